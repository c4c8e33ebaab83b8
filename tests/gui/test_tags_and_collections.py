"""Tags, collections, stars and undo in the window."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.types import Photo
from clipsearch.errors import LibraryError
from clipsearch.gui.drag_picture import drag_picture
from clipsearch.gui.label_list import LabelList
from clipsearch.gui.label_panel import LabelPanel
from clipsearch.gui.label_rows import LabelRows, Row
from clipsearch.gui.label_state import read_labels
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind, Subject
from clipsearch.gui.name_popup import NamePopup
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, names
from tests.gui.test_models import check

ALL = 6
"""Photos of the fake library."""


@pytest.fixture
def labelled(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, photos: list[Photo]
) -> MainWindow:
    """A window on two collections, one of them smart, and two tags."""
    library.added = [photos[0].path.parent]
    contents = [photo.content_hash for photo in photos]
    library.labels.collections.create("Best", note="for the wall")
    library.labels.collections.add("Best", contents[:2])
    library.labels.collections.create("Reds", query="red")
    library.labels.tags.decide("dog", contents[1:4], "accepted")
    library.labels.tags.decide("sea", contents[:1], "rejected")
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled and bool(panel_of(window).tags.rows.rows))
    return window


def panel_of(window: MainWindow) -> LabelPanel:
    assert window.labels.panel is not None
    return window.labels.panel


def rows(view: LabelList) -> list[tuple[str, int | None]]:
    return [(row.title, row.photos) for row in view.rows.rows]


def click(view: LabelList, name: str) -> None:
    row = view.rows.row_of(name)
    assert row is not None
    place = view.visualRect(view.rows.index(row)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def write(view: LabelList, text: str) -> None:
    """Write into the editor that is open in a list."""
    (editor,) = [e for e in view.viewport().findChildren(QLineEdit) if e.isVisible()]
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def drop(window: MainWindow, view: LabelList, name: str) -> bool:
    """Drop what is dragged from the grid on a row, and tell whether it was taken."""
    row = view.rows.row_of(name)
    assert row is not None
    place = QPointF(view.visualRect(view.rows.index(row)).center())
    event = QDropEvent(
        place,
        Qt.DropAction.CopyAction,
        QMimeData(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    view.dropEvent(event)
    return event.isAccepted()


def select(window: MainWindow, *numbers: int) -> None:
    """Select the photos with these places in the grid."""
    grid = window.parts.grid
    grid.setFocus()
    grid.show_row(numbers[0])
    model = grid.selectionModel()
    for number in numbers[1:]:
        model.select(window.parts.model.index(number), model.SelectionFlag.Select)


def press_undo_button(window: MainWindow) -> None:
    (button,) = [
        b
        for b in window.parts.messages.findChildren(QPushButton)
        if b.text() == "Undo" and b.isVisible()
    ]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=10_000)


def test_the_rows_keep_qts_rules(qtmodeltester: ModelTester) -> None:
    model = LabelRows()
    check(qtmodeltester, model)
    model.show_rows([Row("", "Suggested", is_heading=True), Row("dog", "dog", photos=2)])
    model.show_rows([Row("dog", "dog", photos=3, suggested=1, is_editable=True)])
    check(qtmodeltester, model)
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "dog, 3 photos, 1 suggested"


def test_collections_and_tags_are_listed_with_counts(labelled: MainWindow) -> None:
    panel = panel_of(labelled)
    assert rows(panel.collections) == [("Best", None), ("Reds", None), ("New collection…", None)]
    assert rows(panel.tags) == [("dog", 3), ("sea", 0)]
    best, reds, _ = panel.collections.rows.rows
    assert best.tip == "Best\nfor the wall"
    assert best.icon != reds.icon
    assert not reds.takes_photos, "what a search finds is in it, and nothing else"


def test_tab_leads_through_the_panel(labelled: MainWindow) -> None:
    sidebar, panel = labelled.parts.sidebar, panel_of(labelled)
    sidebar.list.setFocus()
    reached = []
    for _ in range(3):
        labelled.focusNextChild()
        reached.append(labelled.focusWidget())
    assert reached == [panel.collections, panel.tags, sidebar.add], "without a line to filter by"


def test_a_choice_is_a_search_like_any_other(qtbot: QtBot, labelled: MainWindow) -> None:
    panel = panel_of(labelled)
    click(panel.collections, "Best")
    until(qtbot, labelled, lambda: len(names(labelled)) == 2)
    assert [chip.text for chip in labelled.parts.search.tray.chips] == ["collection: Best"]
    click(panel.tags, "dog")
    until(qtbot, labelled, lambda: len(names(labelled)) == 3)
    assert [chip.text for chip in labelled.parts.search.tray.chips] == ["tag: dog"]
    assert (panel.tags.chosen_name, panel.collections.chosen_name) == ("dog", "")
    labelled.parts.search.set_words("red")
    until(qtbot, labelled, lambda: len(names(labelled)) == 1)
    assert panel.tags.chosen_name == "", "this is not what the tag alone shows"


def test_stars_and_favourites_by_keys_are_undone_one_by_one(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    select(labelled, 0, 1)
    QTest.keyClick(labelled.parts.grid, Qt.Key.Key_4)
    QTest.keyClick(labelled.parts.grid, Qt.Key.Key_Period)
    first, second = (photo.content_hash for photo in photos[:2])
    assert labelled.labels.photos.marks.words(first) == "★★★★ ♥", "shown before it is written"
    until(qtbot, labelled, lambda: labelled.commands.undo.text().endswith("2 photos favourites"))
    assert library.labels.stars() == {first: 4, second: 4}
    assert library.labels.ratings.favourites() == {first, second}
    labelled.commands.undo.trigger()
    until(qtbot, labelled, lambda: labelled.labels.photos.marks.words(first) == "★★★★")
    labelled.commands.undo.trigger()
    until(qtbot, labelled, lambda: not labelled.labels.photos.marks.words(first))
    assert labelled.commands.redo.text() == "&Redo: Rate 2 photos"
    labelled.commands.redo.trigger()
    until(qtbot, labelled, lambda: library.labels.stars() == {first: 4, second: 4})


def test_keys_that_rate_are_letters_in_the_search_field(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    labelled.parts.search.field.setFocus()
    QTest.keyClicks(labelled.parts.search.field, "20.4")
    assert labelled.parts.search.field.text() == "20.4"
    until(qtbot, labelled, lambda: True)
    assert library.labels.stars() == {}


def test_nothing_to_undo_is_told_by_the_action(labelled: MainWindow) -> None:
    # What was said before the window was opened is of the same session here.
    labelled.labels.session.state = type(labelled.labels.session.state)()
    labelled.labels.session.read.emit(labelled.labels.session.state)
    assert not labelled.commands.undo.isEnabled()
    assert not labelled.commands.redo.isEnabled()
    assert labelled.commands.undo.text() == "&Undo"


def test_photos_dropped_on_a_collection_are_in_it(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    panel = panel_of(labelled)
    select(labelled, 2, 3)
    assert drop(labelled, panel.collections, "Best")
    until(qtbot, labelled, lambda: len(library.labels.collections.photos("Best")) == 4)
    qtbot.waitUntil(lambda: bool(labelled.parts.messages.text))
    assert labelled.parts.messages.text == "Added 2 photos to “Best”."
    press_undo_button(labelled)
    until(qtbot, labelled, lambda: len(library.labels.collections.photos("Best")) == 2)
    assert not drop(labelled, panel.collections, "Reds"), "a smart one takes none"
    select(labelled, 0, 1, 2)
    drop(labelled, panel.collections, "Best")
    until(qtbot, labelled, lambda: labelled.parts.messages.text == "Added 1 photo to “Best”.")
    drop(labelled, panel.collections, "Best")
    until(qtbot, labelled, lambda: labelled.parts.messages.text.endswith("“Best” already."))
    assert not [b for b in labelled.parts.messages.findChildren(QPushButton) if b.isVisible()]
    select(labelled, 2, 3)
    assert drop(labelled, panel.tags, "sea")
    until(qtbot, labelled, lambda: ("sea", 2) in rows(panel.tags))
    decided = {d.content_hash: d.verdict for d in library.labels.tags.of_tag("sea")}
    assert decided[photos[2].content_hash] == "accepted"


def test_photos_dropped_on_new_begin_the_collection_that_is_named_then(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    panel = panel_of(labelled)
    select(labelled, 4)
    assert drop(labelled, panel.collections, "")
    (editor,) = panel.collections.viewport().findChildren(QLineEdit)
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    select(labelled, 0, 1, 2)
    drop(labelled, panel.collections, "")
    write(panel.collections, "Trip")
    until(qtbot, labelled, lambda: panel.collections.rows.row_of("Trip") is not None)
    until(qtbot, labelled, lambda: len(library.labels.collections.photos("Trip")) == 3)


def test_a_collection_is_renamed_in_place_and_shown_on(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    panel = panel_of(labelled)
    click(panel.collections, "Best")
    until(qtbot, labelled, lambda: len(names(labelled)) == 2)
    panel.collections.setFocus()
    QTest.keyClick(panel.collections, Qt.Key.Key_F2)
    write(panel.collections, "Finest")
    until(qtbot, labelled, lambda: panel.collections.chosen_name == "Finest")
    assert len(names(labelled)) == 2
    panel.collections.write_anew("Finest")
    write(panel.collections, "reds")
    until(qtbot, labelled, lambda: "There is a collection 'Reds'" in labelled.parts.messages.text)
    assert {one.name for one in library.labels.collections.all()} == {"Finest", "Reds"}


def test_a_tag_renamed_like_another_becomes_one_with_it(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    panel = panel_of(labelled)
    panel.tags.write_anew("sea")
    write(panel.tags, "Dog")
    until(qtbot, labelled, lambda: [name for name, _ in rows(panel.tags)] == ["dog"])
    press_undo_button(labelled)
    until(qtbot, labelled, lambda: rows(panel.tags) == [("dog", 3), ("sea", 0)])


def test_what_is_deleted_comes_back_with_undo(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    panel = panel_of(labelled)
    click(panel.collections, "Best")
    until(qtbot, labelled, lambda: len(names(labelled)) == 2)
    panel.collections.setFocus()
    QTest.keyClick(panel.collections, Qt.Key.Key_Delete)
    until(qtbot, labelled, lambda: panel.collections.rows.row_of("Best") is None)
    assert len(names(labelled)) == ALL, "what is gone is not shown any more"
    press_undo_button(labelled)
    until(qtbot, labelled, lambda: panel.collections.rows.row_of("Best") == 0)
    assert len(library.labels.collections.photos("Best")) == 2


def test_photos_taken_out_leave_the_grid(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    assert not labelled.commands.uncollect.isEnabled()
    click(panel_of(labelled).collections, "Best")
    until(qtbot, labelled, lambda: len(names(labelled)) == 2)
    select(labelled, 0)
    labelled.commands.uncollect.trigger()
    until(qtbot, labelled, lambda: len(names(labelled)) == 1)
    labelled.commands.undo.trigger()
    until(qtbot, labelled, lambda: len(names(labelled)) == 2)


def popup_of(window: MainWindow) -> NamePopup:
    (popup,) = [one for one in window.findChildren(NamePopup) if one.isVisible()]
    return popup


def test_a_tag_is_typed_or_chosen_among_the_known(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    select(labelled, 5)
    labelled.commands.tag.trigger()
    popup = popup_of(labelled)
    assert popup.accessibleName() == "Tag 1 photo"
    QTest.keyClicks(popup.editor.field, "do")
    assert popup.editor.list.model().rowCount() == 1
    QTest.keyClick(popup.editor.field, Qt.Key.Key_Down)
    QTest.keyClick(popup.editor.list, Qt.Key.Key_Return)
    until(qtbot, labelled, lambda: ("dog", 4) in rows(panel_of(labelled).tags))
    labelled.commands.collect.trigger()
    popup = popup_of(labelled)
    QTest.keyClicks(popup.editor.field, "New one")
    QTest.keyClick(popup.editor.field, Qt.Key.Key_Return)
    until(qtbot, labelled, lambda: panel_of(labelled).collections.rows.row_of("New one") == 1)
    (kept,) = library.labels.collections.photos("New one")
    assert kept.content_hash == photos[5].content_hash


def test_a_search_becomes_a_smart_collection(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    assert not labelled.commands.smart.isEnabled()
    labelled.parts.search.set_words("tag:dog blue")
    until(qtbot, labelled, lambda: labelled.commands.smart.isEnabled())
    labelled.commands.smart.trigger()
    popup = popup_of(labelled)
    QTest.keyClicks(popup.editor.field, "Blue dogs")
    QTest.keyClick(popup.editor.field, Qt.Key.Key_Return)
    until(qtbot, labelled, lambda: panel_of(labelled).collections.rows.row_of("Blue dogs") == 1)
    made = next(one for one in library.labels.collections.all() if one.name == "Blue dogs")
    assert made.query is not None
    assert "tag:dog" in made.query


def test_what_is_not_kept_is_told_and_not_shown(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.labels.error = LibraryError("The disk is full: make room.")
    select(labelled, 0)
    QTest.keyClick(labelled.parts.grid, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: "The disk is full" in labelled.parts.messages.text)
    library.labels.error = None
    content = photos[0].content_hash
    until(qtbot, labelled, lambda: not labelled.labels.photos.marks.words(content))


def test_a_backup_that_fails_is_told_once_and_when_it_happens(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary
) -> None:
    library.labels.refuse_backups()
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    window.parts.grid.show_row(0)
    window.commands.stars[3].trigger()
    bar = window.parts.messages
    qtbot.waitUntil(lambda: "No backup was made of your labels" in bar.text)
    assert "a backup is tried again" in bar.text
    assert bar.kind is Kind.ERROR
    window.commands.undo.trigger()
    qtbot.waitUntil(lambda: window.is_settled and library.labels.stars() == {})
    assert "No backup" in bar.text, "what is said next does not take it away"
    bar.clear(Subject.BACKUP)
    window.commands.stars[4].trigger()
    qtbot.waitUntil(lambda: window.is_settled and list(library.labels.stars().values()) == [4])
    assert "No backup" not in bar.text


def test_labelling_does_not_wait_for_an_indexing(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary
) -> None:
    gate = library.index_gate = Gate()
    labelled.session.update()
    qtbot.waitUntil(gate.reached.is_set)
    select(labelled, 0)
    QTest.keyClick(labelled.parts.grid, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: list(library.labels.stars().values()) == [5])
    gate.open()
    until(qtbot, labelled, lambda: True)


def test_many_tags_can_be_filtered(
    qtbot: QtBot, labelled: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    panel = panel_of(labelled)
    assert not panel.filter.isVisible()
    for number in range(12):
        library.labels.tags.decide(f"place {number}", [photos[0].content_hash], "accepted")
    labelled.labels.session.look()
    qtbot.waitUntil(panel.filter.isVisible)
    QTest.keyClicks(panel.filter, "place 1")
    assert [name for name, _ in rows(panel.tags)] == ["place 1", "place 10", "place 11"]
    QTest.keyClick(panel.filter, Qt.Key.Key_Return)
    until(qtbot, labelled, lambda: panel.tags.chosen_name == "place 1")
    assert len(names(labelled)) == 1


def test_what_is_suggested_is_counted_apart(library: FakeLibrary, photos: list[Photo]) -> None:
    contents = [photo.content_hash for photo in photos]
    library.labels.tags.decide("dog", contents[:2], "accepted")
    # As the library counts: what is suggested is found, too.
    found = (("dog", 6), ("Rome", 3), ("boat", 4))
    library.values = FilterValues(tags=tuple(ValueCount(name, count) for name, count in found))
    library.tagging.suggested = {"dog": 5, "boat": 4, "cat": 0}
    state = read_labels(library, lambda: library.tagging)
    assert [(tag.name, tag.given, tag.suggested, tag.is_own) for tag in state.tags] == [
        ("boat", 0, 4, False),
        ("dog", 2, 4, True),
        ("Rome", 3, 0, False),
    ]
    assert state.vocabulary == ("animal", "cat")
    panel = LabelPanel()
    panel.show_state(state)
    assert [row.title for row in panel.tags.rows.rows] == ["dog", "Rome", "Suggested", "boat"]
    panel.deleteLater()


def test_what_is_dragged_hides_no_target(labelled: MainWindow) -> None:
    thumbnail = QPixmap(190, 120)
    thumbnail.fill(Qt.GlobalColor.red)
    one = drag_picture(thumbnail, 1, labelled.palette(), 2.0)
    assert one.deviceIndependentSize().width() <= 80
    assert one.toImage().pixelColor(130, 10) == Qt.GlobalColor.red
    several = drag_picture(thumbnail, 12, labelled.palette(), 2.0)
    assert several.toImage() != one.toImage(), "it says how many there are"
