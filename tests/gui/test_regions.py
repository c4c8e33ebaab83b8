"""Searching by a part of a photo."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clipsearch.core.query import Part, Picture, Query, Region
from clipsearch.core.types import Photo
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.photo_canvas import PhotoCanvas
from tests.gui.conftest import FakeLibrary

LEFT = Qt.MouseButton.LeftButton


def drag(canvas: PhotoCanvas, start: QPoint, end: QPoint) -> None:
    """Draw with the mouse."""
    QTest.mousePress(canvas, LEFT, pos=start)
    QTest.mouseMove(canvas, (start + end) / 2)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, LEFT, pos=end)


def open_photo(window: MainWindow, row: int) -> QRect:
    """Show a photo large; tells where it is painted, in the canvas."""
    window.parts.grid.enter()
    window.parts.preview.open_row(row)
    area = window.parts.preview.canvas.area
    assert area.width() == 60, "as large as the photo is"
    return area


def draw_right_half(window: MainWindow, row: int = 2) -> Region:
    area = open_photo(window, row)
    drag(
        window.parts.preview.canvas,
        area.topLeft() + QPoint(30, 0),
        area.bottomRight() + QPoint(200, 200),
    )
    region = window.parts.preview.canvas.region
    assert region == Region(0.5, 0, 0.5, 1)
    return region


def test_enter_searches_by_the_region_alone(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    window.parts.search.set_words("e")
    qtbot.waitUntil(lambda: window.is_settled)
    region = draw_right_half(window)
    photo = window.parts.model.photo(2)
    assert window.commands.search_part.isEnabled()
    QTest.keyClick(window.parts.preview, Qt.Key.Key_Return)
    assert not window.parts.preview.isVisible()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1] == Query((Part(Picture(photo.path, region)),), k=200)
    (chip,) = window.parts.search.pictures
    assert chip.text == f"like part of {photo.path.name}"
    assert not window.commands.search_part.isEnabled()


def test_shift_enter_adds_the_region_to_what_is_searched_for(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("red in:photos")
    qtbot.waitUntil(lambda: window.is_settled)
    region = draw_right_half(window, row=1)
    photo = window.parts.model.photo(1)
    QTest.keyClick(window.parts.preview, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1].parts == (Part("red"), Part(Picture(photo.path, region)))
    assert len(library.queries[-1].filters) == 1


def test_escape_takes_the_rectangle_away_and_then_closes(window: MainWindow) -> None:
    draw_right_half(window)
    preview = window.parts.preview
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    assert preview.isVisible()
    assert preview.part is None
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    assert not preview.isVisible()


@pytest.mark.parametrize("leave", ["click", "next"])
def test_a_click_and_another_photo_take_the_rectangle_away(window: MainWindow, leave: str) -> None:
    draw_right_half(window)
    preview = window.parts.preview
    if leave == "click":
        QTest.mouseClick(preview.canvas, LEFT, pos=preview.canvas.area.center())
    else:
        QTest.keyClick(preview, Qt.Key.Key_Right)
    assert preview.part is None
    assert not window.commands.add_part.isEnabled()


def test_nothing_is_drawn_beside_the_photo(window: MainWindow) -> None:
    area = open_photo(window, 0)
    canvas = window.parts.preview.canvas
    drag(canvas, area.topLeft() - QPoint(40, 40), area.center())
    assert canvas.region is None


def test_a_double_click_still_goes_back(window: MainWindow) -> None:
    area = open_photo(window, 0)
    canvas = window.parts.preview.canvas
    QTest.mouseDClick(canvas, LEFT, pos=area.center())
    assert not window.parts.preview.isVisible()


def test_a_region_is_painted(window: MainWindow) -> None:
    area = open_photo(window, 2)
    canvas = window.parts.preview.canvas
    before = canvas.grab().toImage()
    drag(canvas, area.topLeft() + QPoint(30, 0), area.bottomRight())
    after = canvas.grab().toImage()
    outside, inside = area.topLeft() + QPoint(3, 3), area.topLeft() + QPoint(50, 20)
    assert before.pixelColor(outside) != after.pixelColor(outside)
    assert before.pixelColor(inside) == after.pixelColor(inside)


def test_a_region_needs_no_mouse(window: MainWindow) -> None:
    open_photo(window, 2)
    preview = window.parts.preview
    QTest.keyClick(preview, Qt.Key.Key_R)
    assert preview.canvas.region == Region(0.25, 0.25, 0.5, 0.5)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(preview, Qt.Key.Key_Up, control)
    assert preview.canvas.region == Region(0.25, 0.23, 0.5, 0.5)
    for _ in range(40):
        QTest.keyClick(preview, Qt.Key.Key_Right, control)
    assert preview.canvas.region == Region(0.5, 0.23, 0.5, 0.5)
    for _ in range(40):
        QTest.keyClick(preview, Qt.Key.Key_Left, shift)
        QTest.keyClick(preview, Qt.Key.Key_Down, shift)
    assert preview.canvas.region == Region(0.5, 0.23, 0.02, 0.77)
    assert preview.row == 2


def test_find_similar_takes_all_photos_that_are_selected(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("e in:photos")
    qtbot.waitUntil(lambda: window.is_settled)
    window.parts.grid.enter()
    window.parts.grid.selectAll()
    paths = [photo.path for photo in window.parts.grid.selected_photos()]
    assert len(paths) > 1
    window.commands.similar.trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1] == Query.of(*paths, k=200)


def test_a_photo_is_added_to_what_is_searched_for(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled)
    window.parts.grid.enter()
    first = window.parts.model.photo(0)
    window.commands.add_similar.trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1] == Query.of("red", first.path, k=200)


def test_too_many_photos_are_refused(window: MainWindow, library: FakeLibrary) -> None:
    library.all = library.all * 3
    window.parts.model.show_photos(library.all)
    window.parts.grid.enter()
    window.parts.grid.selectAll()
    window.commands.similar.trigger()
    assert "at most 10" in window.parts.messages.text
    assert window.parts.search.query.is_empty
