"""Searches under names: saved, shown in the sidebar, changed and removed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.searches import SavedSearch
from clipsearch.core.types import Photo
from clipsearch.errors import LibraryReadOnly
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind
from clipsearch.gui.places_model import COUNT_ROLE, PlacesModel
from tests.gui.conftest import FakeLibrary, WindowMaker, names
from tests.gui.test_models import check
from tests.gui.test_sidebar import DUPLICATES, choose, folders, shown

COLD, WARM = 4, 5
"""The rows of the two saved searches."""


@pytest.fixture
def opened(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, photos: list[Photo]
) -> MainWindow:
    """A window over one folder, with two saved searches."""
    library.added = [photos[0].path.parent]
    library.searches.by_name = {"Cold": "blue in:photos", "Warm": "red"}
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    return window


def open_menu(window: MainWindow, row: int) -> list[str]:
    """Right-click on a place; returns what can be done."""
    view = window.parts.sidebar.list
    place = view.visualRect(window.parts.sidebar.model.index(row)).center()
    QTest.mousePress(view.viewport(), Qt.MouseButton.RightButton, pos=place)
    asking = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place)
    )
    QGuiApplication.sendEvent(view.viewport(), asking)
    menu = window.search_commands.saved.menu
    assert menu is not None
    return [action.text().replace("&", "") for action in menu.actions()]


def do(window: MainWindow, words: str) -> None:
    """Choose something from the menu that is open."""
    menu = window.search_commands.saved.menu
    assert menu is not None
    [action] = [one for one in menu.actions() if one.text().replace("&", "") == words]
    action.trigger()
    menu.close()


def click(window: MainWindow, words: str) -> None:
    """A button of the message bar."""
    [button] = [b for b in window.parts.messages.findChildren(QPushButton) if b.text() == words]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.is_settled)


def chosen(window: MainWindow) -> str:
    """The name of the place that is chosen."""
    return str(window.parts.sidebar.list.currentIndex().data())


def test_the_places_model_keeps_qts_rules_with_searches(qtmodeltester: ModelTester) -> None:
    model = PlacesModel()
    searches = [SavedSearch(name, "dog", datetime.now(UTC)) for name in ("a", "b")]
    model.show_searches(searches)
    check(qtmodeltester, model)
    model.show_folders(folders("/a/one"))
    check(qtmodeltester, model)
    model.show_searches([])
    assert model.rowCount() == 7


def test_saved_searches_stand_below_the_folders(opened: MainWindow) -> None:
    assert shown(opened) == [
        *("All photos", "Folders", "photos", "Saved searches", "Cold", "Warm"),
        *DUPLICATES,
    ]
    index = opened.parts.sidebar.model.index(COLD)
    assert index.data(COUNT_ROLE) == ""
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "blue in:photos"


def test_a_saved_search_fills_field_and_chips(qtbot: QtBot, opened: MainWindow) -> None:
    choose(opened, COLD)
    settle(qtbot, opened)
    assert names(opened) == ["blue 2.png"]
    assert opened.parts.search.field.text() == "blue"
    assert [chip.text for chip in opened.parts.search.tray.chips] == ["in: photos"]
    assert chosen(opened) == "Cold"
    choose(opened, WARM)
    settle(qtbot, opened)
    assert names(opened) == ["red 0.png", "red 3.png"]
    assert opened.parts.search.tray.chips == ()


def test_the_sidebar_shows_what_is_searched_for(qtbot: QtBot, opened: MainWindow) -> None:
    choose(opened, WARM)
    settle(qtbot, opened)
    opened.session.look()
    settle(qtbot, opened)
    assert chosen(opened) == "Warm"
    opened.parts.search.set_words("green")
    settle(qtbot, opened)
    assert chosen(opened) == "All photos"
    choose(opened, WARM)
    opened.parts.search.clear()
    settle(qtbot, opened)
    assert chosen(opened) == "All photos"
    assert len(names(opened)) == 6
    choose(opened, WARM)
    choose(opened, 2)
    settle(qtbot, opened)
    assert chosen(opened) == "photos"
    assert opened.parts.search.query.is_empty


def test_a_saved_search_leads_away_from_the_duplicates(qtbot: QtBot, opened: MainWindow) -> None:
    choose(opened, 8)
    settle(qtbot, opened)
    assert not opened.parts.grid.isVisible()
    choose(opened, WARM)
    settle(qtbot, opened)
    assert opened.parts.grid.isVisible()
    assert names(opened) == ["red 0.png", "red 3.png"]


def test_a_search_is_saved_under_a_name(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    assert not opened.commands.save_search.isEnabled()
    opened.parts.search.set_words("green in:photos ")
    settle(qtbot, opened)
    opened.commands.save_search.trigger()
    popup = opened.search_commands.saved.popup
    assert popup is not None
    assert popup.field.selectedText() == "green in:photos", "a first proposal"
    QTest.keyClicks(popup.field, "Leaves")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    settle(qtbot, opened)
    assert library.searches.by_name["Leaves"] == "green in:photos"
    assert chosen(opened) == "Leaves"


def test_what_was_typed_this_moment_is_saved(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    opened.parts.search.set_words("green")
    settle(qtbot, opened)
    QTest.keyClicks(opened.parts.search.field, " 1")
    opened.commands.save_search.trigger()
    popup = opened.search_commands.saved.popup
    assert popup is not None
    popup.accept()
    settle(qtbot, opened)
    assert library.searches.by_name["green 1"] == "green 1"


def test_a_name_that_is_taken_is_told_before_it_is_replaced(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    opened.parts.search.set_words("green")
    settle(qtbot, opened)
    opened.commands.save_search.trigger()
    popup = opened.search_commands.saved.popup
    assert popup is not None
    popup.field.setText(" ")
    popup.accept()
    assert popup.problem.text() == "A saved search needs a name."
    popup.field.setText("Warm")
    assert "takes its place" in popup.problem.text()
    assert popup.ok.text() == "&Replace"
    QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    assert library.searches.by_name["Warm"] == "red"
    assert opened.search_commands.saved.popup is None


def test_a_search_that_is_changed_can_be_updated_and_taken_back(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    update = opened.commands.update_search
    assert not update.isEnabled()
    choose(opened, WARM)
    settle(qtbot, opened)
    assert not update.isEnabled(), "nothing has changed"
    opened.parts.search.set_words("red 3")
    settle(qtbot, opened)
    assert update.text() == "&Update “Warm”"
    update.trigger()
    settle(qtbot, opened)
    assert library.searches.by_name["Warm"] == "red 3"
    assert chosen(opened) == "Warm"
    click(opened, "Undo")
    settle(qtbot, opened)
    assert library.searches.by_name["Warm"] == "red"
    assert chosen(opened) == "All photos", "it is not what is shown"
    assert update.isEnabled()


def test_a_right_click_runs_nothing_and_updates_the_one_below_it(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    opened.parts.search.set_words("green")
    settle(qtbot, opened)
    assert open_menu(opened, WARM) == ["Update to the Current Search", "Rename", "Remove"]
    do(opened, "Update to the Current Search")
    settle(qtbot, opened)
    assert names(opened) == ["green 1.png"]
    assert library.searches.by_name["Warm"] == "green"


def rename(qtbot: QtBot, opened: MainWindow, name: str) -> None:
    """Write a name into the list."""
    view = opened.parts.sidebar.list
    editor = view.findChild(QLineEdit)
    assert editor is not None
    editor.setText(name)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.findChild(QLineEdit) is None)
    settle(qtbot, opened)


def press_f2(window: MainWindow) -> None:
    QTest.keyClick(window.parts.sidebar.list, Qt.Key.Key_F2)


def choose_rename(window: MainWindow) -> None:
    open_menu(window, WARM)
    do(window, "Rename")


@pytest.mark.parametrize("begin", [press_f2, choose_rename])
def test_a_search_is_renamed_in_the_list(
    qtbot: QtBot,
    opened: MainWindow,
    library: FakeLibrary,
    begin: Callable[[MainWindow], None],
) -> None:
    choose(opened, WARM)
    settle(qtbot, opened)
    opened.parts.sidebar.list.setFocus()
    begin(opened)
    rename(qtbot, opened, " Hot ")
    assert library.searches.by_name == {"Cold": "blue in:photos", "Hot": "red"}
    assert chosen(opened) == "Hot"
    assert names(opened) == ["red 0.png", "red 3.png"], "what is shown stays"


def test_a_name_that_is_taken_is_refused(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    opened.parts.sidebar.rename("Warm")
    rename(qtbot, opened, "Cold")
    assert "'Cold' already" in opened.parts.messages.text
    assert len(library.searches.by_name) == 2


def test_delete_removes_a_search_and_undo_brings_it_back(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    choose(opened, WARM)
    settle(qtbot, opened)
    QTest.keyClick(opened.parts.sidebar.list, Qt.Key.Key_Delete)
    settle(qtbot, opened)
    assert list(library.searches.by_name) == ["Cold"]
    assert chosen(opened) == "All photos"
    assert names(opened) == ["red 0.png", "red 3.png"], "what is shown stays"
    click(opened, "Undo")
    settle(qtbot, opened)
    assert library.searches.by_name["Warm"] == "red"
    assert chosen(opened) == "Warm"


def test_delete_means_the_folder_where_a_folder_is_chosen(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    choose(opened, WARM)
    choose(opened, 2)
    QTest.keyClick(opened.parts.sidebar.list, Qt.Key.Key_Delete)
    settle(qtbot, opened)
    assert len(library.searches.by_name) == 2
    assert [box for box in opened.findChildren(QMessageBox) if box.isVisible()]


def test_a_pasted_picture_cannot_be_saved(
    qtbot: QtBot, opened: MainWindow, photos: list[Photo]
) -> None:
    scratch = opened.search_commands.saved._scratch
    scratch.mkdir()
    pasted = scratch / "pasted.png"
    pasted.write_bytes(photos[0].path.read_bytes())
    opened.parts.search.add_picture(pasted)
    settle(qtbot, opened)
    opened.commands.save_search.trigger()
    assert opened.search_commands.saved.popup is None
    assert "pasted picture is gone" in opened.parts.messages.text


def test_what_cannot_be_written_is_told(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    library.searches.error = LibraryReadOnly("The library cannot be written: allow writing.")
    choose(opened, WARM)
    settle(qtbot, opened)
    opened.parts.search.set_words("red 3")
    opened.commands.update_search.trigger()
    settle(qtbot, opened)
    assert opened.parts.messages.kind is Kind.ERROR
    assert "allow writing" in opened.parts.messages.text
    assert library.searches.by_name["Warm"] == "red"


def test_the_menu_key_opens_the_menu_of_the_chosen_search(qtbot: QtBot, opened: MainWindow) -> None:
    choose(opened, COLD)
    settle(qtbot, opened)
    view = opened.parts.sidebar.list
    keyboard = QContextMenuEvent.Reason.Keyboard
    QGuiApplication.sendEvent(
        view.viewport(), QContextMenuEvent(keyboard, QPoint(0, 0), view.mapToGlobal(QPoint(0, 0)))
    )
    do(opened, "Remove")
    settle(qtbot, opened)
    assert "“Cold” is no longer saved" in opened.parts.messages.text
