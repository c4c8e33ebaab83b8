"""The grid at size, and one photo large."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from clipsearch.core.types import FileState, Hit, Photo
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.photo_grid import PhotoGrid
from clipsearch.gui.photo_model import PhotoModel
from clipsearch.gui.thumbnails import Thumbnails, picture_source
from clipsearch.gui.tile_delegate import TileDelegate
from clipsearch.settings import Settings
from tests.gui.conftest import FakeLibrary, make_photo

_Index = QModelIndex | QPersistentModelIndex


def test_a_hundred_thousand_photos_ask_for_the_visible_only(
    qtbot: QtBot, runner: JobRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = 0
    size_hint = TileDelegate.sizeHint

    def count(self: TileDelegate, option: QStyleOptionViewItem, index: _Index) -> QSize:
        nonlocal hints
        hints += 1
        return size_hint(self, option, index)

    monkeypatch.setattr(TileDelegate, "sizeHint", count)
    wanted: list[int] = []
    thumbnails = Thumbnails(picture_source(Settings()), runner, 192)
    monkeypatch.setattr(thumbnails, "want", lambda photos: wanted.append(len(photos)))
    model = PhotoModel()
    grid = PhotoGrid(model, thumbnails, 192)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    with qtbot.waitExposed(grid):
        grid.show()
    photos = [make_photo(tmp_path / f"{number}.jpg") for number in range(100_000)]
    began = time.perf_counter()
    model.show_photos(photos)
    took = time.perf_counter() - began
    qtbot.waitUntil(lambda: bool(wanted) and wanted[-1] > 0)
    assert took < 0.5
    assert hints < 1000
    assert 0 < wanted[-1] < 60
    assert 0 in grid.visible_rows()


def test_thumbnails_keep_their_aspect_and_colours(
    qtbot: QtBot, window: MainWindow, photos: list[Photo]
) -> None:
    thumbnails = window.parts.thumbnails
    pixmap = thumbnails.pixmap(photos[0])
    assert pixmap is not None
    assert (pixmap.width(), pixmap.height()) == (60, 40)
    assert pixmap.toImage().pixelColor(50, 20).red() > 200


def test_the_grid_paints_its_thumbnails(window: MainWindow) -> None:
    grid = window.parts.grid
    picture = grid.viewport().grab().toImage()
    centre = grid.visualRect(window.parts.model.index(2)).center()
    # The blue photo's right edge: left of it is its white disc.
    colour = QColor(picture.pixel(centre.x() + 22, centre.y() - 6))
    assert colour.blue() > 200
    assert colour.red() < 60


def test_a_photo_that_is_gone_leaves_a_mark_and_no_error(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    gone = make_photo(tmp_path / "gone.jpg")
    library.all = [gone]
    window.session.look()
    qtbot.waitUntil(lambda: window.parts.thumbnails.is_broken(gone))
    assert window.parts.thumbnails.pixmap(gone) is None
    assert not window.parts.messages.isVisible()
    window.parts.grid.viewport().grab()


def test_enter_opens_arrows_go_on_and_escape_closes(qtbot: QtBot, window: MainWindow) -> None:
    grid, preview = window.parts.grid, window.parts.preview
    grid.enter()
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert preview.isVisible()
    assert preview.caption.startswith("red 0.png")
    QTest.keyClick(preview, Qt.Key.Key_Right)
    QTest.keyClick(preview, Qt.Key.Key_Right)
    QTest.keyClick(preview, Qt.Key.Key_Left)
    assert preview.row == 1
    assert preview.caption.startswith("green 1.png")
    QTest.keyClick(preview, Qt.Key.Key_End)
    QTest.keyClick(preview, Qt.Key.Key_Right)
    assert preview.row == 5
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    assert not preview.isVisible()
    assert grid.currentIndex().row() == 5
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_double_click_opens_the_photo(qtbot: QtBot, window: MainWindow) -> None:
    grid = window.parts.grid
    place = grid.visualRect(window.parts.model.index(1)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.parts.preview.isVisible()
    assert window.parts.preview.row == 1
    qtbot.waitUntil(lambda: window.is_settled)


def test_new_results_close_the_preview(qtbot: QtBot, window: MainWindow) -> None:
    window.parts.preview.open_row(0)
    window.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: not window.parts.preview.isVisible())
    qtbot.waitUntil(lambda: window.is_settled)


def test_find_similar_works_from_the_preview(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    window.parts.grid.enter()
    window.parts.preview.open_row(0)
    QTest.keyClick(window.parts.preview, Qt.Key.Key_Right)
    window.commands.similar.trigger()
    assert not window.parts.preview.isVisible()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1].pictures == (photos[1].path,)


def test_copy_path_takes_all_selected_photos(window: MainWindow, photos: list[Photo]) -> None:
    window.parts.grid.selectAll()
    window.parts.grid.enter()
    window.parts.grid.selectAll()
    window.commands.copy_path.trigger()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied == [str(photo.path) for photo in photos]


def test_typing_over_the_photos_goes_to_the_search_field(qtbot: QtBot, window: MainWindow) -> None:
    window.parts.grid.enter()
    QTest.keyClicks(window.parts.grid, "b")
    assert window.parts.search.field.text() == "b"
    qtbot.waitUntil(lambda: window.is_settled)


@pytest.mark.parametrize("is_order_new", [False, True])
def test_a_photo_whose_file_has_changed_stays_selected(
    qtbot: QtBot, runner: JobRunner, tmp_path: Path, is_order_new: bool
) -> None:
    model = PhotoModel()
    grid = PhotoGrid(model, Thumbnails(picture_source(Settings()), runner, 192), 192)
    qtbot.addWidget(grid)
    hits = [Hit(make_photo(tmp_path / f"{number}.jpg"), 0.5) for number in range(4)]
    model.show_hits(hits)
    with qtbot.waitExposed(grid):
        grid.show()
    grid.show_row(2)
    written = replace(hits[2].photo, content_hash="f" * 32, state=FileState(9, 9))
    hits[2] = replace(hits[2], photo=written)
    with grid.following_photo() if is_order_new else grid.keeping_place(True):
        model.show_hits(hits[::-1])
    assert grid.selected_photos() == [written]
    qtbot.waitUntil(lambda: grid.is_settled)
