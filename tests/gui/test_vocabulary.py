"""The vocabulary in the window: what a tag means, and its files."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from clipsearch.core.tag_file import parse_vocabulary, read_vocabulary, shipped_vocabulary
from clipsearch.core.tag_vocabulary import Tag
from clipsearch.errors import LibraryError
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind
from clipsearch.gui.name_popup import NamePopup
from clipsearch.gui.tag_popup import TagPopup
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker
from tests.gui.test_sidebar import answer, question
from tests.gui.test_tags_and_collections import press_undo_button, until
from tests.gui.test_word_files import choose

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = "animal = {}\ncat = {}\ndog = { in = 'animal', also = 'hound' }"


@pytest.fixture
def window(qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary) -> MainWindow:
    """A window on a library with a small vocabulary of its own."""
    library.labels.vocabulary.replace(parse_vocabulary(WORDS))
    window = make_window(library, make_tagger=lambda: library.tagging)
    panel = window.labels
    qtbot.waitUntil(lambda: window.is_settled and panel.panel is not None)
    return window


def opened(qtbot: QtBot, window: MainWindow) -> TagPopup:
    """The popup, once the vocabulary was read."""
    qtbot.waitUntil(lambda: bool(window.findChildren(TagPopup)))
    (popup,) = window.findChildren(TagPopup)
    assert popup.isVisible()
    return popup


def test_the_menu_of_a_tag_leads_to_what_it_means(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    panel = window.labels.panel
    assert panel is not None
    panel.tags.menu_wanted.emit("dog", QPoint(10, 10))
    (menu,) = [one for one in panel.findChildren(QMenu) if one.isVisible()]
    (action,) = [one for one in menu.actions() if one.text() == "&Edit Tag…"]
    action.trigger()
    menu.close()
    popup = opened(qtbot, window)
    assert popup.heading.text() == "What is “dog”?"
    assert (popup.synonyms.texts, popup.parents.texts) == (("hound",), ("animal",))
    popup.synonyms.setFocus()
    popup.synonyms.selectAll()
    QTest.keyClicks(popup.synonyms, "hound")
    QTest.keyClick(popup.synonyms, Qt.Key.Key_Return)
    QTest.keyClicks(popup.synonyms, " mutt ")
    popup.looks.setPlainText("a snout\n\nfour legs\na snout")
    popup.meaning.setText("a dog")
    QTest.mouseClick(popup.ok, Qt.MouseButton.LeftButton)
    described = Tag("dog", ("animal",), ("hound", "mutt"), ("a snout", "four legs"), "a dog")
    own = library.labels.vocabulary
    until(qtbot, window, lambda: own.read()["dog"] == described)
    assert "“dog” means something else now." in window.parts.messages.text
    press_undo_button(window)
    until(qtbot, window, lambda: own.read() == parse_vocabulary(WORDS))


@pytest.mark.parametrize(
    ("name", "parents", "synonyms", "told"),
    [
        ("dog", "anmial", "", "Is “animal” meant?"),
        ("animal", "dog", "", "in a circle"),
        ("animal", "", "CAT", "the name of the tag 'cat'"),
    ],
)
def test_a_description_that_does_not_fit_is_told_and_stays_written(
    qtbot: QtBot,
    window: MainWindow,
    library: FakeLibrary,
    name: str,
    parents: str,
    synonyms: str,
    told: str,
) -> None:
    window.labels.vocabulary.edit(name, QPoint(0, 0))
    popup = opened(qtbot, window)
    popup.parents.setPlainText(parents)
    popup.synonyms.setPlainText(synonyms)
    popup.accept()
    assert told in popup.problem.text()
    assert popup.isVisible()
    assert popup.parents.toPlainText() == parents
    popup.close()
    until(qtbot, window, lambda: True)
    assert library.labels.vocabulary.read() == parse_vocabulary(WORDS)


def test_names_are_taken_however_they_are_spelled(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.labels.vocabulary.edit("Cat", QPoint(0, 0))
    popup = opened(qtbot, window)
    assert popup.heading.text() == "What is “cat”?"
    popup.parents.setPlainText("ANIMAL")
    popup.accept()
    until(qtbot, window, lambda: library.labels.vocabulary.read()["cat"] == Tag("cat", ("animal",)))


def test_what_is_not_changed_is_no_step_to_undo(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    before = library.labels.undo_title
    window.labels.vocabulary.edit("dog", QPoint(0, 0))
    opened(qtbot, window).accept()
    until(qtbot, window, lambda: not window.findChildren(TagPopup))
    assert library.labels.undo_title == before
    assert window.parts.messages.text == ""


def test_a_tag_that_nothing_shows_is_edited_by_its_name(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.commands.edit_tag.trigger()
    (names,) = window.findChildren(NamePopup)
    names.editor.field.setText("Rex")
    # The offscreen platform would close the second popup with the first.
    gate = Gate()
    window.labels.session.change(lambda _: gate.wait())
    names.accept()
    qtbot.waitUntil(lambda: not window.findChildren(NamePopup))
    qtbot.wait(50)
    gate.open()
    popup = opened(qtbot, window)
    popup.parents.setPlainText("dog")
    popup.accept()
    own = library.labels.vocabulary
    until(qtbot, window, lambda: "Rex" in own.read())
    assert own.read().implied("Rex") == {"dog", "animal"}


def test_a_change_that_cannot_be_written_is_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.labels.vocabulary.edit("dog", QPoint(0, 0))
    popup = opened(qtbot, window)
    popup.meaning.setText("a dog")
    library.labels.error = LibraryError("The disk is full.")
    popup.accept()
    until(qtbot, window, lambda: "The disk is full." in window.parts.messages.text)
    assert window.parts.messages.kind is Kind.ERROR
    library.labels.error = None
    assert library.labels.vocabulary.read() == parse_vocabulary(WORDS)


def test_what_was_exported_is_edited_and_imported_and_that_is_undone(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    window.commands.export_vocabulary.trigger()
    choose(window, file)
    until(qtbot, window, file.exists)
    assert window.parts.messages.text == f"Exported to {file}: 3 tags."
    assert read_vocabulary(file) == parse_vocabulary(WORDS)
    file.write_text('llama = { also = "alpaca" }', encoding="utf-8")
    window.commands.import_vocabulary.trigger()
    choose(window, file)
    own = library.labels.vocabulary
    until(qtbot, window, lambda: own.read() == parse_vocabulary(file.read_text()))
    assert window.parts.messages.text.startswith("1 tag was read.")
    assert "llama" in window.labels.session.state.vocabulary
    press_undo_button(window)
    until(qtbot, window, lambda: own.read() == parse_vocabulary(WORDS))


def test_the_tags_that_ship_come_back_after_a_question(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    own = library.labels.vocabulary
    window.commands.reset_vocabulary.trigger()
    assert own.read() == parse_vocabulary(WORDS), "nothing is changed before the answer"
    answer(question(window), "Use Them")
    until(qtbot, window, lambda: own.read() == shipped_vocabulary())
    assert any("replaced" in backup.path.name for backup in library.labels.backups())
    press_undo_button(window)
    until(qtbot, window, lambda: own.read() == parse_vocabulary(WORDS))


@pytest.mark.parametrize("does", ["import_from", "export_to"])
def test_a_file_that_is_no_vocabulary_is_named_and_left_alone(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path, does: str
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("milk, bread")
    command: Callable[[Path], None] = getattr(window.labels.vocabulary, does)
    command(file)
    until(qtbot, window, lambda: str(file) in window.parts.messages.text)
    assert window.parts.messages.kind is Kind.ERROR
    assert file.read_text() == "milk, bread"
    assert library.labels.vocabulary.read() == parse_vocabulary(WORDS)


@pytest.mark.parametrize("suggests", [True, False])
def test_without_suggestions_there_is_no_vocabulary_to_edit(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, suggests: bool
) -> None:
    make_tagger = (lambda: library.tagging) if suggests else None
    window = make_window(library, make_tagger=make_tagger)
    until(qtbot, window, lambda: True)
    commands = window.commands
    assert {action.isVisible() for action in commands.of_vocabulary} == {suggests}
