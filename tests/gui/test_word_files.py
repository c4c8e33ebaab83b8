"""The user's words outside the library: exports and backups from the window."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.gui.backup_popup import BackupPopup, made_words
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind
from tests.gui.conftest import FakeLibrary, WindowMaker
from tests.gui.test_sidebar import answer, question


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=10_000)


@pytest.mark.parametrize("has_photos", [True, False])
def test_without_photos_there_is_nothing_to_write_or_read(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, has_photos: bool
) -> None:
    if not has_photos:
        library.all = []
    window = make_window(library)
    until(qtbot, window, lambda: True)
    commands = window.commands
    actions = [*commands.of_sidecars, commands.write_originals, *commands.of_word_files]
    assert {action.isEnabled() for action in actions} == {has_photos}


def choose(window: MainWindow, file: Path) -> None:
    (dialog,) = [one for one in window.findChildren(QFileDialog) if one.isVisible()]
    dialog.fileSelected.emit(str(file))
    dialog.close()


def test_what_was_exported_comes_back_by_an_import_that_can_be_undone(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "words.jsonl"
    library.labels.collections.create("Rome")
    window.commands.export_words.trigger()
    choose(window, file)
    until(qtbot, window, file.exists)
    assert window.parts.messages.text == f"Exported to {file}: 1 line."
    library.labels.collections.delete("Rome")
    window.commands.import_words.trigger()
    choose(window, file)
    session = window.labels.session
    until(qtbot, window, lambda: [one.name for one in session.state.collections] == ["Rome"])
    told = "1 added, 0 changed, 0 kept as the library has them."
    assert window.parts.messages.text == told
    (undo,) = [b for b in window.parts.messages.findChildren(QPushButton) if b.text() == "Undo"]
    undo.click()
    until(qtbot, window, lambda: library.labels.collections.all() == [])


def test_imported_searches_are_shown(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "words.jsonl"
    library.labels.export_to(file)
    library.searches.by_name["Reds"] = "red"
    window.labels.files.import_from(file)
    kept = window.search_commands.kept
    until(qtbot, window, lambda: kept.now.named("Reds") is not None)
    window.labels.session.change(lambda labels: labels.collections.create("Rome"))
    library.searches.by_name.clear()
    window.labels.session.undo()
    until(qtbot, window, lambda: kept.now.named("Reds") is None)


def test_a_file_that_is_no_export_is_refused_by_name(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("milk, bread")
    window.labels.files.import_from(file)
    until(qtbot, window, lambda: str(file) in window.parts.messages.text)
    assert window.parts.messages.kind is Kind.ERROR
    window.labels.files.export_to(file)
    until(qtbot, window, lambda: True)
    assert file.read_text() == "milk, bread"


def test_a_backup_is_restored_after_a_question_and_what_was_there_is_kept(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.labels.collections.create("Rome")
    backup = library.labels.back_up()
    library.labels.collections.delete("Rome")
    library.labels.collections.create("Oslo")
    window.commands.restore_backup.trigger()
    qtbot.waitUntil(lambda: window.findChild(BackupPopup) is not None)
    popup = window.findChild(BackupPopup)
    assert popup is not None
    assert made_words(backup) in popup.list.item(0).text()
    popup.accept()
    assert made_words(backup) in question(window).text()
    assert [one.name for one in library.labels.collections.all()] == ["Oslo"]
    answer(question(window), "Restore")
    session = window.labels.session
    until(qtbot, window, lambda: [one.name for one in session.state.collections] == ["Rome"])
    assert f"{backup.path.name} was restored" in window.parts.messages.text
    (undo,) = [b for b in window.parts.messages.findChildren(QPushButton) if b.text() == "Undo"]
    undo.click()
    until(qtbot, window, lambda: [one.name for one in session.state.collections] == ["Oslo"])


def test_without_a_backup_that_is_told(qtbot: QtBot, window: MainWindow) -> None:
    window.commands.restore_backup.trigger()
    until(qtbot, window, lambda: "no backup yet" in window.parts.messages.text)


def test_a_damaged_backup_changes_nothing(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    library.labels.collections.create("Rome")
    damaged = tmp_path / "labels-2026-11-01.sqlite"
    damaged.write_bytes(b"no database" * 1000)
    window.labels.files.restore(damaged)
    until(qtbot, window, lambda: damaged.name in window.parts.messages.text)
    assert window.parts.messages.kind is Kind.ERROR
    assert [one.name for one in library.labels.collections.all()] == ["Rome"]
