"""Sidecars, written and read from the window."""

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.read_in import ReadIn
from clipsearch.core.types import Photo, Skipped
from clipsearch.core.write_out import WriteOut
from clipsearch.errors import LibraryError
from clipsearch.gui.main_window import MainWindow
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
    library.sidecars.written = WriteOut(tuple(photo.path for photo in photos[:2]), 4, ())
    window.commands.write_sidecars.trigger()
    assert question(window).text() == "Write the sidecars of 6 photos?"
    assert library.sidecars.of == [], "nothing is written before the answer"
    answer(question(window), "Write")
    until(qtbot, window, lambda: len(library.sidecars.of) == 1)
    assert library.sidecars.of == [photos]
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
    until(qtbot, window, lambda: library.sidecars.of == [photos[1:3]])


def test_the_reasons_of_what_is_skipped_can_be_read(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.sidecars.written = WriteOut((), 5, (Skipped(photos[0].path, "it is write-protected"),))
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
    assert library.sidecars.of == []
    gate.open()
    until(qtbot, window, lambda: len(library.sidecars.of) == 1)


def test_a_second_wish_does_not_overtake_the_first(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    gate = Gate()
    window.labels.session.change(lambda _: gate.wait())
    window.labels.sidecars.write(photos[:1])
    window.labels.sidecars.write(photos[1:2])
    gate.open()
    until(qtbot, window, lambda: library.sidecars.of == [photos[:1], photos[1:2]])


def test_sidecars_that_cannot_be_written_are_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.sidecars.error = LibraryError("The library cannot be read.")
    write_sidecars(window)
    until(qtbot, window, lambda: "cannot be read" in window.parts.messages.text)


def test_suggested_tags_are_written_only_if_that_is_ticked(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary
) -> None:
    window = make_window(library, make_tagger=lambda: library.tagging)
    until(qtbot, window, lambda: True)
    write_sidecars(window)
    until(qtbot, window, lambda: library.sidecars.with_suggestions == [False])
    window.commands.write_sidecars.trigger()
    tick = question(window).checkBox()
    assert tick is not None
    assert tick.text() == "Write the suggested tags, too"
    tick.click()
    answer(question(window), "Write")
    until(qtbot, window, lambda: library.sidecars.with_suggestions == [False, True])


def test_where_nothing_suggests_tags_none_are_offered(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.commands.write_sidecars.trigger()
    assert question(window).checkBox() is None
    answer(question(window), "Write")
    until(qtbot, window, lambda: library.sidecars.with_suggestions == [False])


# Read


def read_sidecars(window: MainWindow) -> None:
    window.commands.read_sidecars.trigger()
    answer(question(window), "Read")


def test_what_is_read_of_the_selected_photos_shows_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.sidecars.found = ReadIn(1, 2, 3, ())
    window.parts.grid.show_row(2)
    window.commands.read_sidecars.trigger()
    assert "of 1 photo your own?" in question(window).text()
    assert library.labels.tags.tags() == [], "nothing is read before the answer"
    answer(question(window), "Read")
    session = window.labels.session
    until(qtbot, window, lambda: [tag.name for tag in session.state.tags] == ["beside"])
    (decision,) = library.labels.tags.of_tag("beside")
    assert decision.content_hash == photos[2].content_hash
    told = "Read from the files: tags 1, ratings 2. Left as you said: 3."
    assert window.parts.messages.text == told
    (undo,) = [b for b in window.parts.messages.findChildren(QPushButton) if b.text() == "Undo"]
    undo.click()
    until(qtbot, window, lambda: library.labels.tags.of_tag("beside") == [])


def test_that_there_is_nothing_new_to_read_is_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    read_sidecars(window)
    until(qtbot, window, lambda: "No new tags or stars" in window.parts.messages.text)


def test_keywords_that_cannot_be_tags_are_told_with_their_photos(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    reason = "'a||b' is no name for a tag: write a word, or levels as in A|B."
    library.sidecars.found = ReadIn(0, 0, 0, (Skipped(photos[0].path, reason),))
    read_sidecars(window)
    until(qtbot, window, lambda: "Cannot be tags: 1." in window.parts.messages.text)
    (why,) = [b for b in window.parts.messages.findChildren(QPushButton) if b.text() == "Why?"]
    why.click()
    assert question(window).detailedText() == f"{photos[0].path}: {reason}"
    question(window).close()


def test_a_library_that_cannot_be_written_is_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.sidecars.error = LibraryError("The library may not be written.")
    read_sidecars(window)
    until(qtbot, window, lambda: "may not be written" in window.parts.messages.text)
