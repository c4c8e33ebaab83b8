"""Which searches are remembered, and how they are offered again."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.types import Photo
from clipsearch.errors import LibraryReadOnly
from clipsearch.gui.intake import Intake
from clipsearch.gui.main_window import MainWindow
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, names


@pytest.fixture
def searched(qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary) -> MainWindow:
    """A window whose library knows three searches and a saved one."""
    library.searches.queries = ["blue", "red in:photos", "green"]
    library.searches.by_name = {"Warm": "orange"}
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    window.parts.search.take_focus()
    return window


def press(window: MainWindow, key: Qt.Key) -> None:
    """A key for the list if it is open, else for the field."""
    view = window.search_commands.history.offers.list
    QTest.keyClick(view if view.isVisible() else window.parts.search.field, key)


def offered(window: MainWindow) -> list[str]:
    """What the list offers; nothing while it is closed."""
    view = window.search_commands.history.offers.list
    rows = range(view.model().rowCount()) if view.isVisible() else ()
    return [view.model().index(row, 0).data() for row in rows]


def let_it_rest(window: MainWindow) -> None:
    """As if the time had passed."""
    timer = window.search_commands.history.findChild(QTimer)
    assert timer is not None
    if timer.isActive():
        timer.timeout.emit()


def type_and_wait(qtbot: QtBot, window: MainWindow, words: str) -> None:
    QTest.keyClicks(window.parts.search.field, words)
    qtbot.waitUntil(lambda: window.is_settled and not window.parts.search.query.is_empty)


def test_keystrokes_are_not_remembered(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    type_and_wait(qtbot, window, "gre")
    type_and_wait(qtbot, window, "en")
    assert library.searches.queries == []
    let_it_rest(window)
    qtbot.waitUntil(lambda: library.searches.queries == ["green"])
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_search_that_was_given_up_is_not_remembered(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    type_and_wait(qtbot, window, "green")
    window.parts.search.clear()
    let_it_rest(window)
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.searches.queries == []


def test_enter_remembers_as_soon_as_there_is_an_answer(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    gate = library.search_gates["red"] = Gate()
    QTest.keyClicks(window.parts.search.field, "red")
    QTest.keyClick(window.parts.search.field, Qt.Key.Key_Return)
    qtbot.waitUntil(gate.reached.is_set)
    assert library.searches.queries == []
    gate.open()
    qtbot.waitUntil(lambda: library.searches.queries == ["red"])
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_hit_that_is_opened_remembers_its_search_with_the_chips(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    type_and_wait(qtbot, window, "in:photos red")
    window.parts.grid.enter()
    QTest.keyClick(window.parts.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: library.searches.queries == ["red in:photos"])
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_pasted_picture_is_not_remembered(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    intake = window.findChild(Intake)
    assert intake is not None
    scratch = window.search_commands.history._scratch
    scratch.mkdir()
    pasted = scratch / "pasted.png"
    pasted.write_bytes(photos[0].path.read_bytes())
    for path in (pasted, photos[1].path):
        window.parts.search.add_picture(path)
        qtbot.waitUntil(lambda: window.is_settled)
        let_it_rest(window)
        window.parts.search.clear()
    qtbot.waitUntil(lambda: bool(library.searches.queries))
    [kept] = library.searches.queries
    assert kept.startswith("like:")
    assert photos[1].path.name in kept
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_library_that_cannot_be_written_is_searched_all_the_same(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.searches.error = LibraryReadOnly("The library cannot be written.")
    type_and_wait(qtbot, window, "green")
    QTest.keyClick(window.parts.search.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.parts.messages.isVisible()
    assert names(window) == ["green 1.png"]


def test_the_down_key_offers_searches_in_an_empty_field(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    press(searched, Qt.Key.Key_Down)
    assert offered(searched) == ["blue", "red in:photos", "green", "Warm", "Clear history…"]
    press(searched, Qt.Key.Key_Down)
    press(searched, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(searched) == ["red 0.png", "red 3.png"])
    assert offered(searched) == []
    assert searched.parts.search.field.text() == "red"
    assert [chip.text for chip in searched.parts.search.tray.chips] == ["in: photos"]
    qtbot.waitUntil(lambda: library.searches.queries[0] == "red in:photos")
    assert len(library.searches.queries) == 3
    qtbot.waitUntil(lambda: searched.is_settled)


def test_the_down_key_leads_into_the_grid_where_there_are_hits(
    qtbot: QtBot, searched: MainWindow
) -> None:
    type_and_wait(qtbot, searched, "red")
    press(searched, Qt.Key.Key_Down)
    assert searched.parts.grid.hasFocus()
    assert offered(searched) == []


def test_the_down_key_leads_into_the_grid_where_there_is_nothing_to_offer(
    window: MainWindow,
) -> None:
    window.parts.search.take_focus()
    QTest.keyClick(window.parts.search.field, Qt.Key.Key_Down)
    assert window.parts.grid.hasFocus()
    assert not window.commands.history.isEnabled()


def test_escape_closes_the_list_alone(qtbot: QtBot, searched: MainWindow) -> None:
    type_and_wait(qtbot, searched, "red")
    searched.commands.history.trigger()
    assert len(offered(searched)) == 5
    press(searched, Qt.Key.Key_Escape)
    assert offered(searched) == []
    assert searched.parts.search.field.text() == "red"
    assert searched.parts.search.field.hasFocus()


def test_typing_narrows_the_list_and_enter_searches_what_is_typed(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    searched.commands.history.trigger()
    view = searched.search_commands.history.offers.list
    QTest.keyClicks(view, "re")
    assert offered(searched) == ["red in:photos", "green"]
    QTest.keyClicks(view, "d")
    assert offered(searched) == ["red in:photos"]
    press(searched, Qt.Key.Key_Return)
    assert offered(searched) == []
    qtbot.waitUntil(lambda: library.searches.queries[0] == "red")
    assert searched.parts.search.tray.chips == ()
    qtbot.waitUntil(lambda: searched.is_settled)


def test_values_of_a_filter_take_the_place_of_the_list(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    library.values = FilterValues(folders=(ValueCount("photos", 6),))
    searched.commands.history.trigger()
    QTest.keyClicks(searched.search_commands.history.offers.list, "red")
    assert offered(searched)
    QTest.keyClicks(searched.search_commands.history.offers.list, " in:")
    assert offered(searched) == []
    values = searched.parts.search.completion.list
    qtbot.waitUntil(values.isVisible)
    QTest.keyClick(values, Qt.Key.Key_Return)
    assert [chip.text for chip in searched.parts.search.tray.chips] == ["in: photos"]
    qtbot.waitUntil(lambda: searched.is_settled)


def test_a_saved_search_is_taken_from_the_list(qtbot: QtBot, searched: MainWindow) -> None:
    searched.commands.history.trigger()
    view = searched.search_commands.history.offers.list
    place = view.visualRect(view.model().index(3, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: names(searched) == ["orange 4.png"])
    qtbot.waitUntil(lambda: searched.is_settled)


def test_the_history_is_cleared_after_a_question(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    searched.commands.history.trigger()
    press(searched, Qt.Key.Key_Up)
    press(searched, Qt.Key.Key_Return)
    [box] = [box for box in searched.findChildren(QMessageBox) if box.isVisible()]
    assert len(library.searches.queries) == 3
    [agree] = [b for b in box.findChildren(QPushButton) if b.text() == "Forget Them"]
    QTest.mouseClick(agree, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not searched.commands.clear_history.isEnabled())
    assert library.searches.queries == []
    searched.commands.history.trigger()
    assert offered(searched) == ["Warm"]
    press(searched, Qt.Key.Key_Escape)
