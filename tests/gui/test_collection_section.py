"""The inspector's section on collections, and the captions that are written in it."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clipsearch.core.types import Photo
from clipsearch.gui.caption_field import CaptionField
from clipsearch.gui.collection_row import Membership
from clipsearch.gui.collection_section import CollectionSection, Memberships, read_memberships
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.main_window import MainWindow
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, names


@pytest.fixture
def inspected(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, photos: list[Photo]
) -> MainWindow:
    """A window whose inspector tells of the first of three photos in collections."""
    first, second, third, *_ = [photo.content_hash for photo in photos]
    library.added = [photos[0].path.parent]
    collections = library.labels.collections
    for name, contents in {"Best": [first, second], "rome": [first, second, third]}.items():
        collections.create(name, note="for the album" if name == "Best" else "")
        collections.add(name, contents)
    collections.set_caption("rome", [first], "at the Forum")
    window = make_window(library)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.is_settled)
    if not window.parts.inspector.isVisible():
        window.commands.inspector.trigger()
    window.parts.grid.show_row(0)
    qtbot.waitUntil(lambda: window.is_settled and bool(window.parts.inspector.sections))
    until(qtbot, window, lambda: shown(window) == {"Best": "", "rome": "at the Forum"})
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def section_of(window: MainWindow) -> CollectionSection:
    (found,) = [s for s in window.parts.inspector.sections if isinstance(s, CollectionSection)]
    return found


def shown(window: MainWindow) -> dict[str, str]:
    return {row.chip.name: row.field.toPlainText() for row in section_of(window).rows}


def field_of(window: MainWindow, name: str) -> CaptionField:
    (field,) = [row.field for row in section_of(window).rows if row.chip.name == name]
    return field


def write(qtbot: QtBot, field: CaptionField, words: str) -> None:
    """Replace the text with the focus in the field, as at the keyboard."""
    field.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(field.hasFocus)
    QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.SelectAll))
    QTest.keyClicks(field, words)


def captions(library: FakeLibrary, name: str) -> dict[str, str]:
    found = library.labels.collections.photos(name)
    return {one.content_hash: one.caption for one in found if one.caption}


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=10_000)


def test_enter_keeps_a_caption_and_goes_back_to_the_photos(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    field = field_of(inspected, "Best")
    assert field.placeholderText() == "Add a caption…"
    write(qtbot, field, " a red dog ")
    QTest.keyClick(field, Qt.Key.Key_Return)
    content = photos[0].content_hash
    until(qtbot, inspected, lambda: captions(library, "Best") == {content: "a red dog"})
    assert inspected.parts.grid.hasFocus()
    until(qtbot, inspected, lambda: shown(inspected)["Best"] == "a red dog")
    assert captions(library, "rome") == {content: "at the Forum"}, "of its own"


def test_leaving_the_field_keeps_a_caption_once(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    write(qtbot, field_of(inspected, "rome"), "on the Palatine")
    inspected.parts.search.field.setFocus(Qt.FocusReason.MouseFocusReason)
    content = photos[0].content_hash
    until(qtbot, inspected, lambda: captions(library, "rome") == {content: "on the Palatine"})
    field_of(inspected, "rome").setFocus(Qt.FocusReason.MouseFocusReason)
    inspected.parts.search.field.setFocus(Qt.FocusReason.MouseFocusReason)
    until(qtbot, inspected, lambda: True)
    library.labels.undo()
    assert captions(library, "rome") == {content: "at the Forum"}, "no second step was made"


def test_what_is_being_written_is_kept_when_the_window_is_closed(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, runner: JobRunner
) -> None:
    write(qtbot, field_of(inspected, "Best"), "the last words")
    gate = Gate()
    inspected.labels.session.change(lambda _: gate.wait())
    inspected.close()
    threading.Timer(0.1, gate.open).start()
    runner.close()
    assert list(captions(library, "Best").values()) == ["the last words"]


def test_a_caption_goes_to_the_photo_that_it_was_written_for(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    write(qtbot, field_of(inspected, "Best"), "the first")
    inspected.parts.grid.setCurrentIndex(inspected.parts.model.index(1, 0))
    until(qtbot, inspected, lambda: shown(inspected) == {"Best": "", "rome": ""})
    until(qtbot, inspected, lambda: captions(library, "Best") != {})
    assert captions(library, "Best") == {photos[0].content_hash: "the first"}


def test_escape_brings_back_what_was_kept_and_leaves(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    field = field_of(inspected, "rome")
    write(qtbot, field, "a slip")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.toPlainText() == "at the Forum"
    assert inspected.parts.grid.hasFocus()
    until(qtbot, inspected, lambda: True)
    assert captions(library, "rome") == {photos[0].content_hash: "at the Forum"}
    assert inspected.labels.session.state.undo_title == "Change a caption in 'rome'"


def test_an_erased_caption_is_gone(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary
) -> None:
    field = field_of(inspected, "rome")
    write(qtbot, field, "")
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Enter)
    until(qtbot, inspected, lambda: captions(library, "rome") == {})


def test_the_windows_undo_takes_back_what_was_kept_and_the_fields_own_what_was_not(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    field, undo = field_of(inspected, "Best"), QKeySequence("Ctrl+Z")
    write(qtbot, field, "a dog")
    field.save()
    content = photos[0].content_hash
    until(qtbot, inspected, lambda: captions(library, "Best") == {content: "a dog"})
    QTest.keyClicks(field, "x")
    QTest.keySequence(field, undo)
    assert "x" not in field.toPlainText()
    assert captions(library, "Best") == {content: "a dog"}
    QTest.keySequence(field, undo)
    until(qtbot, inspected, lambda: captions(library, "Best") == {})
    until(qtbot, inspected, lambda: shown(inspected)["Best"] == "")
    QTest.keySequence(field, QKeySequence("Ctrl+Shift+Z"))
    until(qtbot, inspected, lambda: shown(inspected)["Best"] == "a dog")


def test_of_several_photos_one_caption_is_written_for_those_that_are_in_it(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    shift = Qt.KeyboardModifier.ShiftModifier
    for _ in range(2):
        QTest.keyClick(inspected.parts.grid, Qt.Key.Key_Right, shift)
    rows = section_of(inspected).rows
    until(qtbot, inspected, lambda: [row.count.isHidden() for row in rows] == [False, True])
    assert rows[0].count.text() == "2 of 3 photos"
    assert rows[0].field.placeholderText() == "Add a caption to 2 photos…"
    assert rows[1].field.placeholderText() == "3 photos, different captions…"
    assert shown(inspected) == {"Best": "", "rome": ""}
    rows[1].field.setFocus(Qt.FocusReason.OtherFocusReason)
    inspected.parts.grid.setFocus(Qt.FocusReason.OtherFocusReason)
    assert not rows[1].field.is_changed, "looking at different captions changes none"
    write(qtbot, rows[0].field, "both")
    QTest.keyClick(rows[0].field, Qt.Key.Key_Return)
    both = {photo.content_hash: "both" for photo in photos[:2]}
    until(qtbot, inspected, lambda: captions(library, "Best") == both)
    inspected.commands.undo.trigger()
    until(qtbot, inspected, lambda: captions(library, "Best") == {})
    assert captions(library, "rome") == {photos[0].content_hash: "at the Forum"}


def test_what_could_not_be_kept_stays_in_the_field(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary
) -> None:
    field = field_of(inspected, "Best")
    library.labels.refuse_writing()
    write(qtbot, field, "a long text")
    QTest.keyClick(field, Qt.Key.Key_Return)
    until(qtbot, inspected, lambda: "may not be written" in inspected.parts.messages.text)
    until(qtbot, inspected, lambda: field.is_changed)
    assert field.toPlainText() == "a long text"


def test_what_is_being_written_is_not_written_over(
    qtbot: QtBot, inspected: MainWindow, photos: list[Photo]
) -> None:
    field = field_of(inspected, "Best")
    write(qtbot, field, "half a sen")
    content = photos[0].content_hash
    other = Membership("Best", (content,), "said elsewhere")
    section_of(inspected).show_answer(Memberships((content,), (other,)))
    assert field.toPlainText() == "half a sen"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.toPlainText() == "said elsewhere"


def test_shift_and_enter_begins_a_line_and_the_field_grows(
    qtbot: QtBot, inspected: MainWindow
) -> None:
    field = field_of(inspected, "Best")
    before = field.height()
    write(qtbot, field, "one")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "two")
    assert field.toPlainText() == "one\ntwo"
    assert field.height() > before
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.height() == before


def test_the_pane_scrolls_with_what_is_written(qtbot: QtBot, inspected: MainWindow) -> None:
    field = field_of(inspected, "rome")
    write(qtbot, field, "one")

    def is_caret_seen() -> bool:
        return field.viewport().visibleRegion().contains(field.cursorRect().center())

    qtbot.waitUntil(is_caret_seen)
    for _ in range(60):
        QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert field.height() > inspected.parts.inspector.height()
    qtbot.waitUntil(is_caret_seen)
    field.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.waitUntil(is_caret_seen)
    # Without Shift: Qt remembers the last key's modifiers beyond this test.
    QTest.keyClick(field, Qt.Key.Key_Escape)


def test_the_chip_shows_the_collection_and_its_cross_takes_the_photos_out(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary
) -> None:
    best, rome = section_of(inspected).rows
    until(qtbot, inspected, lambda: "for the album" not in rome.chip.body.toolTip())
    rome.chip.remove.click()
    assert shown(inspected) == {"Best": ""}, "at once"
    until(qtbot, inspected, lambda: len(library.labels.collections.photos("rome")) == 2)
    best.chip.body.click()
    until(qtbot, inspected, lambda: len(names(inspected)) == 2)


def test_photos_in_no_collection_have_no_such_section(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    inspected.parts.grid.show_row(4)
    until(qtbot, inspected, lambda: section_of(inspected).isHidden())
    content = photos[4].content_hash
    inspected.labels.session.change(lambda labels: labels.collections.add("Best", [content]))
    until(qtbot, inspected, lambda: shown(inspected) == {"Best": ""})


def test_tab_leads_from_field_to_field(qtbot: QtBot, inspected: MainWindow) -> None:
    best, rome = section_of(inspected).rows
    best.field.setFocus(Qt.FocusReason.TabFocusReason)
    seen = []
    for _ in range(3):
        QTest.keyClick(inspected.focusWidget(), Qt.Key.Key_Tab)
        seen.append(inspected.focusWidget())
    assert seen == [rome.chip.body, rome.chip.remove, rome.field]


def test_collections_are_read_by_name_whatever_photo_is_in_them(library: FakeLibrary) -> None:
    collections = library.labels.collections
    for name, contents in {"b": ["x"], "A": ["y"], "c": ["x", "y"]}.items():
        collections.create(name)
        collections.add(name, contents)
    collections.set_caption("c", ["x", "y"], "same")
    found = read_memberships(["y", "x", "z"], library)
    assert found.collections == (
        Membership("A", ("y",), ""),
        Membership("b", ("x",), ""),
        Membership("c", ("y", "x"), "same"),
    )
