"""The order of the photos: chosen, shown, remembered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clipsearch.core.facets import Facets
from clipsearch.core.query import Query, Sort
from clipsearch.core.snapshot import to_arrow
from clipsearch.core.types import Metadata
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.sorting import by_name
from tests.gui.conftest import FakeLibrary, WindowMaker, make_photo, names

NEWEST_FIRST = ["red 0.png", "green 1.png", "blue 2.png", "red 3.png", "orange 4.png", "navy 5.png"]
BY_NAME = sorted(NEWEST_FIRST)


def chosen(window: MainWindow) -> list[Sort]:
    """What the menu says."""
    return [sort for sort, action in window.commands.sorts.items() if action.isChecked()]


def asked_for(library: FakeLibrary) -> Sort:
    """The order of the newest query."""
    return library.queries[-1].sort


def search(qtbot: QtBot, window: MainWindow, words: str) -> None:
    window.parts.search.set_words(words)
    qtbot.waitUntil(lambda: window.is_settled)


def test_the_library_is_sorted_by_name_and_back(window: MainWindow) -> None:
    assert names(window) == NEWEST_FIRST
    assert chosen(window) == ["date"]
    assert not window.commands.sorts["relevance"].isEnabled(), "nothing was compared"
    window.commands.sorts["name"].trigger()
    assert names(window) == BY_NAME
    assert window.parts.sort.text() == "Name"
    window.commands.sorts["date"].trigger()
    assert names(window) == NEWEST_FIRST


def test_photos_are_sorted_as_the_core_sorts_hits(tmp_path: Path) -> None:
    spelled = ("b/IMG_2.JPG", "a/img_2.jpg", "a/img_10.jpg", "z/Ärger.png", "a/zoo.png", "c/é.png")
    photos = [replace(make_photo(tmp_path / name), metadata=Metadata()) for name in spelled]
    nothing = np.zeros((len(photos), 1), np.float32)
    facets = Facets(to_arrow(photos, list(spelled), nothing))
    assert by_name(photos) == [photos[row] for row in facets.by_name]


def test_hits_are_asked_for_in_the_order_that_was_chosen(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    search(qtbot, window, "e")
    assert asked_for(library) == "relevance"
    assert chosen(window) == ["relevance"]
    assert names(window) == [name for name in NEWEST_FIRST if "e" in name]
    window.commands.sorts["name"].trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1] == replace(Query.of("e", k=200), sort="name")
    assert names(window) == [name for name in BY_NAME if "e" in name]


def test_who_browses_by_name_still_gets_the_best_hits_first(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.commands.sorts["name"].trigger()
    search(qtbot, window, "red")
    assert asked_for(library) == "relevance"
    assert window.parts.sort.text() == "Relevance"
    search(qtbot, window, "in:photos")
    assert asked_for(library) == "name", "filters alone compare nothing"
    window.parts.search.clear()
    assert names(window) == BY_NAME
    assert window.parts.sort.text() == "Name"


def test_the_photo_one_looks_at_stays_in_sight(qtbot: QtBot, window: MainWindow) -> None:
    grid = window.parts.grid
    window.resize(420, 420)
    grid.show_row(3)
    photo = grid.current_photo()
    assert photo is not None
    window.commands.sorts["name"].trigger()
    assert grid.current_photo() == photo
    row = grid.currentIndex().row()
    assert names(window)[row] == "red 3.png"
    assert row in grid.visible_rows()
    qtbot.waitUntil(lambda: window.is_settled)


def test_less_certain_hits_stay_shown_and_below(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library.search
    monkeypatch.setattr(
        library,
        "search",
        lambda query: sorted(
            (replace(hit, above_cutoff="red" in hit.photo.path.name) for hit in found(query)),
            key=lambda hit: not hit.above_cutoff,  # As the library does.
        ),
    )
    search(qtbot, window, "e")
    window.gallery.show_less_certain(True)
    window.commands.sorts["name"].trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert names(window) == [
        *("red 0.png", "red 3.png"),
        *("blue 2.png", "green 1.png", "orange 4.png"),
    ]


def test_orders_are_remembered(
    qtbot: QtBot, window: MainWindow, make_window: WindowMaker, library: FakeLibrary
) -> None:
    window.commands.sorts["name"].trigger()
    search(qtbot, window, "red")
    window.commands.sorts["date"].trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    window.close()
    again = make_window(library)
    qtbot.waitUntil(lambda: again.is_settled)
    assert names(again) == BY_NAME
    search(qtbot, again, "red")
    assert chosen(again) == ["date"]


def test_an_order_that_nobody_knows_is_forgotten(window: MainWindow) -> None:
    window.parts.sort.set_orders("size", "relevance")
    assert window.parts.sort.orders == ("relevance", "date")


def test_the_button_opens_the_menu_by_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    button = window.parts.sort
    assert button.accessibleName() == "Sorted by: Newest First"
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert button.sorts.isVisible()
    QTest.keyClick(button.sorts, Qt.Key.Key_Down)
    QTest.keyClick(button.sorts, Qt.Key.Key_Return)
    assert names(window) == BY_NAME
    qtbot.waitUntil(lambda: window.is_settled)
