"""Values that are offered while a filter is typed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.filters import Camera, InFolder, Is, Tag
from clipsearch.gui.completion import OpenValue, open_value
from clipsearch.gui.main_window import MainWindow
from tests.gui.conftest import FakeLibrary

VALUES = FilterValues(
    folders=(ValueCount("photos", 6), ValueCount("my holidays", 4), ValueCount("Rome", 1)),
    cameras=(ValueCount("NIKON D100", 3), ValueCount('odd "name"', 1)),
    tags=(ValueCount("Rome", 2),),
)


@pytest.fixture
def typing(qtbot: QtBot, window: MainWindow, library: FakeLibrary) -> MainWindow:
    """A window whose library has values, with the cursor in the field."""
    library.values = VALUES
    window.parts.search.take_focus()
    return window


def offered(window: MainWindow) -> list[str]:
    """What the list offers; nothing while it is closed."""
    view = window.parts.search.completion.list
    rows = range(view.model().rowCount()) if view.isVisible() else ()
    return [view.model().index(row, 0).data() for row in rows]


def press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window.parts.search.completion.list, key)


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("in:", OpenValue("in", 3, "")),
        ("red -IN:ro", OpenValue("in", 8, "ro")),
        ('tag:"new y', OpenValue("tag", 4, "new y")),
        ('tag:"a ""b', OpenValue("tag", 4, 'a "b')),
        ('"a" camera:n', OpenValue("camera", 11, "n")),
        ('tag:"new york"', None),
        ("in:rome ", None),
        ('"words in:ro', None),
        ("begin:ro", None),
        ("rating:4", None),
    ],
)
def test_the_value_that_is_being_typed(before: str, value: OpenValue | None) -> None:
    assert open_value(before) == value


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_a_value_is_offered_and_taken(qtbot: QtBot, typing: MainWindow, key: Qt.Key) -> None:
    search = typing.parts.search
    QTest.keyClicks(search.field, "red -in:HOL")
    qtbot.waitUntil(lambda: offered(typing) == ["my holidays"])
    press(typing, key)
    assert search.tray.filters == (InFolder("my holidays", negated=True),)
    assert search.field.text() == "red"
    assert search.field.hasFocus()
    qtbot.waitUntil(lambda: typing.is_settled)


def test_a_further_value_is_reached_with_the_arrow_keys(qtbot: QtBot, typing: MainWindow) -> None:
    QTest.keyClicks(typing.parts.search.field, "camera:")
    qtbot.waitUntil(lambda: offered(typing) == ["NIKON D100", 'odd "name"'])
    press(typing, Qt.Key.Key_Down)
    press(typing, Qt.Key.Key_Return)
    assert typing.parts.search.tray.filters == (Camera('odd "name"'),)


def test_escape_closes_the_list_and_keeps_what_is_typed(qtbot: QtBot, typing: MainWindow) -> None:
    field = typing.parts.search.field
    QTest.keyClicks(field, "tag:ro")
    qtbot.waitUntil(lambda: offered(typing) == ["Rome"])
    press(typing, Qt.Key.Key_Escape)
    assert offered(typing) == []
    assert field.text() == "tag:ro"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert typing.parts.search.tray.filters == (Tag("ro"),)


def test_typing_goes_on_below_the_list(qtbot: QtBot, typing: MainWindow) -> None:
    field = typing.parts.search.field
    QTest.keyClicks(field, "is:por")
    assert offered(typing) == ["portrait"]
    QTest.keyClicks(typing.parts.search.completion.list, "trait ")
    assert offered(typing) == []
    assert typing.parts.search.tray.filters == (Is("portrait"),)


def test_what_stands_behind_the_cursor_stays(qtbot: QtBot, typing: MainWindow) -> None:
    field = typing.parts.search.field
    field.setText("in: dog")
    field.setCursorPosition(3)
    QTest.keyClicks(field, "rom")
    qtbot.waitUntil(lambda: offered(typing) == ["Rome"])
    press(typing, Qt.Key.Key_Return)
    assert typing.parts.search.tray.filters == (InFolder("Rome"),)
    assert field.text() == "dog"


def test_nothing_is_offered_where_nothing_fits(qtbot: QtBot, typing: MainWindow) -> None:
    QTest.keyClicks(typing.parts.search.field, "in:zebra")
    qtbot.waitUntil(lambda: typing.is_settled)
    assert offered(typing) == []
