"""Choosing filters by hand, without knowing the language."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.filters import Filter, InFolder
from clipsearch.core.query_language import parse_query
from clipsearch.gui.filter_editors import DateEditor, Editor, PlaceEditor, SizeEditor
from clipsearch.gui.filter_menu import kinds
from clipsearch.gui.filter_popup import FilterPopup
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.value_editor import ValueEditor
from tests.gui.conftest import FakeLibrary

VALUES = FilterValues(
    folders=(ValueCount("photos", 6), ValueCount("holidays", 4), ValueCount("holidays/Rome", 1)),
    cameras=(ValueCount("NIKON D100", 3),),
)


def open_popup(window: MainWindow, kind: str) -> FilterPopup:
    """Choose a kind of filter in the menu."""
    window.commands.add_filter.trigger()
    menu = window.parts.search.filter_button.kinds
    assert menu.isVisible()
    (action,) = (action for action in menu.actions() if action.data() == kind)
    menu.close()
    action.trigger()
    popup = window.parts.search.popup
    assert popup is not None
    assert popup.isVisible()
    return popup


def listed(editor: Editor) -> list[tuple[str, str]]:
    """What the list offers."""
    assert isinstance(editor, ValueEditor)
    model = editor.list.model()
    return [
        (model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())
    ]


def test_a_folder_is_chosen_from_those_of_the_library(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.values = VALUES
    popup = open_popup(window, "in")
    qtbot.waitUntil(lambda: len(listed(popup.editor)) == 3)
    assert isinstance(popup.editor, ValueEditor)
    QTest.keyClicks(popup.editor.field, "HOLI")
    assert listed(popup.editor) == [("holidays", "4"), ("holidays/Rome", "1")]
    QTest.keyClick(popup.editor.field, Qt.Key.Key_Down)
    QTest.keyClick(popup.editor.list, Qt.Key.Key_Down)
    QTest.keyClick(popup.editor.list, Qt.Key.Key_Return)
    assert window.parts.search.tray.filters == (InFolder("holidays/Rome"),)
    qtbot.waitUntil(lambda: window.is_settled and bool(library.queries))
    assert library.queries[-1].filters == (InFolder("holidays/Rome"),)
    qtbot.waitUntil(lambda: window.parts.search.popup is None)


def test_values_are_read_again_only_after_the_library_has_changed(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.values = VALUES
    popup = open_popup(window, "camera")
    qtbot.waitUntil(lambda: listed(popup.editor) == [("NIKON D100", "3")])
    popup.close()
    library.values = FilterValues(cameras=(ValueCount("other", 1),))
    popup = open_popup(window, "camera")
    qtbot.waitUntil(lambda: window.is_settled)
    assert listed(popup.editor) == [("NIKON D100", "3")]
    library.all.pop()
    window.session.look()
    qtbot.waitUntil(lambda: window.is_settled)
    popup.close()
    popup = open_popup(window, "camera")
    qtbot.waitUntil(lambda: listed(popup.editor) == [("other", "1")])
    popup.close()


def test_a_wrong_value_is_told_and_nothing_is_added(window: MainWindow) -> None:
    popup = open_popup(window, "date")
    assert isinstance(popup.editor, DateEditor)
    popup.editor.first.setText("last year")
    popup.ok.click()
    assert popup.isVisible()
    assert "'last year' is no date" in popup.problem.text()
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert window.parts.search.tray.chips == ()


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_opens_and_says_what_is_missing_or_adds_a_filter(
    window: MainWindow, kind: str
) -> None:
    popup = open_popup(window, kind)
    popup.accept()
    added = window.parts.search.tray.chips
    assert bool(added) != popup.isVisible()
    if popup.isVisible():
        assert popup.problem.text() == "Choose a value, or type one."
    popup.close()


@pytest.mark.parametrize(
    "typed",
    [
        *('in:"a b"', "on:2012", "on:2012-05..2013", "before:2012-05-17", "after:1999"),
        *("camera:d100", "lens:50mm", "tag:Rome", "collection:best", "rating:4", "rating:>=3"),
        *("rating:<2", "rating:-1", "rating:0", "rating:<=5", "rating:>4", "type:raw"),
        *("is:portrait", "is:square", "is:duplicate", "is:located", "size:>5MP", "size:<=0.25MP"),
        *("near:48.14,11.58,5", "near:-33.8675,151.207", "-in:2012", "-is:panorama"),
    ],
)
def test_a_filter_that_is_opened_and_accepted_stays_what_it_is(qtbot: QtBot, typed: str) -> None:
    (content,) = parse_query(typed).filters
    parent = QWidget()
    qtbot.addWidget(parent)
    popup = FilterPopup.of(content, parent)
    chosen: list[Filter] = []
    popup.chosen.connect(chosen.append)
    popup.accept()
    assert chosen == [content]


def test_a_chip_is_changed_by_a_click(qtbot: QtBot, window: MainWindow) -> None:
    search = window.parts.search
    search.set_words("red near:48.14,11.58,5 in:2012")
    QTest.mouseClick(search.tray.chips[0].body, Qt.MouseButton.LeftButton)
    popup = search.popup
    assert popup is not None
    assert isinstance(popup.editor, PlaceEditor)
    assert popup.editor.place.text() == "48.14, 11.58"
    popup.editor.km.setValue(20)
    popup.negated.setChecked(True)
    popup.ok.click()
    assert [chip.text for chip in search.tray.chips] == ["not near: 48.14,11.58,20", "in: 2012"]
    qtbot.waitUntil(lambda: window.is_settled)


def test_tab_leads_from_the_field_over_the_button_to_the_chips(
    qtbot: QtBot, window: MainWindow
) -> None:
    search = window.parts.search
    search.set_words("in:2012 tag:rome")
    qtbot.waitUntil(lambda: window.is_settled and search.tray.chips[1].isVisible())
    search.field.setFocus()
    reached = []
    for _ in range(5):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(window.focusWidget())
    first, second = search.tray.chips
    assert reached == [search.filter_button, first.body, first.remove, second.body, second.remove]


def test_enter_on_cancel_adds_nothing(window: MainWindow) -> None:
    popup = open_popup(window, "rating")
    QTest.keyClick(popup.cancel, Qt.Key.Key_Return)
    assert not popup.isVisible()
    assert window.parts.search.tray.chips == ()


def test_enter_in_a_number_adds_the_filter(qtbot: QtBot, window: MainWindow) -> None:
    popup = open_popup(window, "size")
    assert isinstance(popup.editor, SizeEditor)
    QTest.keyClick(popup.editor.megapixels, Qt.Key.Key_Return)
    assert [chip.text for chip in window.parts.search.tray.chips] == ["size: ≥ 5MP"]
    qtbot.waitUntil(lambda: window.is_settled)
