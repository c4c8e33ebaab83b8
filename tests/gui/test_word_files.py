"""The user's words outside the library: exports, backups and sidecars from the window."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.types import Photo, Skipped
from clipsearch.core.write_out import WriteOut
from clipsearch.errors import LibraryError
from clipsearch.gui.backup_popup import BackupPopup, made_words
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker
from tests.gui.test_sidebar import answer, question


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=10_000)


def write_sidecars(window: MainWindow) -> None:
    window.commands.write_sidecars.trigger()
    answer(question(window), "Write")


def test_without_a_selection_the_sidecars_of_all_photos_are_written(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    window.parts.grid.clearSelection()
    library.sidecars = WriteOut(tuple(photo.path for photo in photos[:2]), 4, ())
    window.commands.write_sidecars.trigger()
    assert question(window).text() == "Write the sidecars of 6 photos?"
    assert library.sidecars_of == [], "nothing is written before the answer"
    answer(question(window), "Write")
    until(qtbot, window, lambda: len(library.sidecars_of) == 1)
    assert library.sidecars_of == [photos]
    assert window.parts.messages.text == "Sidecars: 2 written, 4 unchanged, 0 skipped."


def test_of_selected_photos_only_theirs_are_written(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    grid = window.parts.grid
    grid.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select
    for row in (1, 2):
        grid.selectionModel().select(window.parts.model.index(row, 0), flags)
    write_sidecars(window)
    until(qtbot, window, lambda: library.sidecars_of == [photos[1:3]])


def test_the_reasons_of_what_is_skipped_can_be_read(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.sidecars = WriteOut((), 5, (Skipped(photos[0].path, "it is write-protected"),))
    write_sidecars(window)
    until(qtbot, window, lambda: "1 skipped" in window.parts.messages.text)
    bar = window.parts.messages
    (why,) = [one for one in bar.findChildren(QPushButton) if one.text() == "Why?"]
    why.click()
    box = question(window)
    assert box.detailedText() == f"{photos[0].path}: it is write-protected"
    box.close()


def test_what_was_said_just_before_is_written_too(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    gate = Gate()
    window.labels.session.change(lambda _: gate.wait())
    write_sidecars(window)
    qtbot.waitUntil(gate.reached.is_set)
    qtbot.wait(50)
    assert library.sidecars_of == []
    gate.open()
    until(qtbot, window, lambda: len(library.sidecars_of) == 1)


def test_a_second_wish_does_not_overtake_the_first(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    gate = Gate()
    window.labels.session.change(lambda _: gate.wait())
    window.labels.files.write_sidecars(photos[:1])
    window.labels.files.write_sidecars(photos[1:2])
    gate.open()
    until(qtbot, window, lambda: library.sidecars_of == [photos[:1], photos[1:2]])


def test_sidecars_that_cannot_be_written_are_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.sidecars_error = LibraryError("The library cannot be read.")
    write_sidecars(window)
    until(qtbot, window, lambda: "cannot be read" in window.parts.messages.text)


@pytest.mark.parametrize("has_photos", [True, False])
def test_without_photos_there_is_nothing_to_write(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, has_photos: bool
) -> None:
    if not has_photos:
        library.all = []
    window = make_window(library)
    until(qtbot, window, lambda: True)
    commands = window.commands
    actions = [commands.write_sidecars, commands.write_originals, *commands.of_word_files]
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
