"""The one grid of photos: library and results alike, ready for 100,000 tiles."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.drag_picture import drag_picture
from clipsearch.gui.label_marks import LabelMarks
from clipsearch.gui.photo_model import BEHIND_ROLE, PhotoModel
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.tile_delegate import TileDelegate

_LAYOUT_BATCH = 2000
"""Tiles that are laid out before the window answers again."""
_SCREENS_LEFT = 3
"""Below the screen, when more photos are asked for."""


class PhotoGrid(QListView):
    """Shows a `PhotoModel` and asks for the thumbnails of what is visible. GUI thread only."""

    opened = Signal(int)
    """Enter, Space or a double click: show this row large."""
    typed = Signal(str)
    """Something was typed while the grid had the focus: it belongs to the search field."""
    end_neared = Signal()
    """The last photo is on the screen, or not far below it."""

    def __init__(
        self,
        model: PhotoModel,
        thumbnails: Thumbnails,
        edge: int,
        parent: QWidget | None = None,
    ) -> None:
        """Show a model with tiles of ``edge`` logical pixels."""
        super().__init__(parent)
        self._photos = model
        self._thumbnails = thumbnails
        self._tiles = TileDelegate(thumbnails, edge, self)
        self._configure()
        self.setModel(model)
        self.setItemDelegate(self._tiles)
        # Coalesces the many moves of one scroll or resize into one request.
        self._asking = QTimer(self, interval=20, singleShot=True)
        self._asking.timeout.connect(self.ask_for_thumbnails)
        self.verticalScrollBar().valueChanged.connect(self._ask_soon)
        self.verticalScrollBar().rangeChanged.connect(self._ask_soon)
        model.modelReset.connect(self._fit)
        model.rowsInserted.connect(self._lay_out)
        model.rowsRemoved.connect(self._lay_out)
        thumbnails.loaded.connect(self._repaint)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    @property
    def is_settled(self) -> bool:
        """Whether every visible thumbnail has been asked for and has arrived."""
        return not self._asking.isActive() and self._thumbnails.is_complete

    def show_marks(self, marks: LabelMarks) -> None:
        """Show what the user says of the photos, as it changes."""
        self._tiles.marks = marks
        marks.changed.connect(self.viewport().update)

    def show_row(self, row: int) -> None:
        """Make a row the current and only selected one, and scroll to it if need be."""
        index = self._photos.index(row)
        # The view's own method minds which keys are held: it adds to the selection under Ctrl+Z.
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self.scrollTo(index)

    def current_photo(self) -> Photo | None:
        """The photo that actions are about."""
        index = self.currentIndex()
        return self._photos.photo(index.row()) if index.isValid() else None

    def selected_photos(self) -> list[Photo]:
        """The selected photos, in the order of the grid."""
        # Ranges, since 100,000 single indexes take a fifth of a second.
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        ranges = sorted((part.top(), part.bottom()) for part in parts)
        return [self._photos.photo(row) for top, end in ranges for row in range(top, end + 1)]

    def enter(self) -> None:
        """Take the focus, on the first photo if none is current."""
        if self._count() and not self.currentIndex().isValid():
            self.show_row(0)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @contextmanager
    def keeping_place(self, keep: bool) -> Iterator[None]:
        """Replace the model's content without moving what is on the screen.

        Args:
            keep: Stay where the user is, on the same photo; else go to the top.
        """
        photo = self.current_photo()
        offset = self.verticalScrollBar().value()
        yield
        if not keep:
            self.scrollToTop()
            return
        if photo is not None:
            self._select(photo)
        # The layout after a reset is put off; without it the scroll bar has nowhere to go.
        self._lay_out()
        self.verticalScrollBar().setValue(offset)

    @contextmanager
    def following_photo(self) -> Iterator[None]:
        """Replace the model's content by the same photos in another order.

        The current photo stays in sight if it was, wherever it stands now; else go to the top.
        """
        photo, row = self.current_photo(), self.currentIndex().row()
        was_seen = row in self.visible_rows()
        yield
        if photo is None or not was_seen:
            self.scrollToTop()
            return
        self._select(photo)
        self.doItemsLayout()  # As above.
        self.scrollTo(self.currentIndex())

    def visible_rows(self) -> range:
        """Rows that are at least partly on the screen; all are of one size, so few are probed."""
        tile = self._tiles.tile
        first = self.indexAt(QPoint(tile.width() // 2, 0))
        if not first.isValid():
            first = self.indexAt(QPoint(tile.width() // 2, tile.height() // 2))
        if not first.isValid():
            return range(0)
        lines = self.viewport().height() // tile.height() + 2
        return range(first.row(), min(first.row() + lines * self.columns(), self._count()))

    def columns(self) -> int:
        """Photos side by side."""
        return max(1, self.viewport().width() // self._tiles.tile.width())

    def ask_for_thumbnails(self) -> None:
        """Ask for what is visible, and then for one screen more in reading direction."""
        rows = self.visible_rows()
        more = range(rows.stop, min(rows.stop + len(rows), self._count()))
        self._thumbnails.want([self._photos.photo(row) for part in (rows, more) for row in part])
        if rows.stop + _SCREENS_LEFT * len(rows) >= self._count():
            self.end_neared.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spread the tiles over the width, so that no ragged strip is left."""
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Load sharper or smaller thumbnails once the window is on another screen."""
        if self._thumbnails.set_ratio(self.devicePixelRatioF()):
            self._ask_soon()
        super().paintEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the number of duplicates shows or hides them, and selects nothing."""
        index = self.indexAt(event.position().toPoint())
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and index.isValid() and index.data(BEHIND_ROLE):
            badge = self._tiles.badge(self.visualRect(index), index)
            if badge.contains(event.position().toPoint()):
                self._photos.toggle_duplicates(index.row())
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open a photo; everything else as in any list."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self.currentIndex().isValid():
                self.opened.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the files of the selected photos; a small picture leaves the targets in sight."""
        photos = self.selected_photos()
        if not photos:
            return
        drag = QDrag(self)
        drag.setMimeData(self._photos.mimeData(self.selectedIndexes()))
        thumbnail, ratio = self._thumbnails.pixmap(photos[0]), self.devicePixelRatioF()
        drag.setPixmap(drag_picture(thumbnail, len(photos), self.palette(), ratio))
        drag.setHotSpot(QPoint(-12, -12))
        drag.exec(actions)

    def keyboardSearch(self, search: str) -> None:
        """Typing searches the library, not file names."""
        if search.isprintable():
            self.typed.emit(search)

    def _configure(self) -> None:
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_LAYOUT_BATCH)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(True)
        # Photos are dragged out as files; what is dropped goes to the window.
        self.setAcceptDrops(False)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: a scroll bar that comes and goes would move every tile.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName(self.tr("Photos"))
        self.setAccessibleDescription(
            self.tr("Arrow keys move, Enter shows the photo large, typing searches.")
        )

    def _lay_out(self) -> None:
        """Lay out all tiles: after the first batch alone, the place of the user is off the end."""
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.doItemsLayout()
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self._ask_soon()

    def _select(self, photo: Photo) -> None:
        # By path: the file may have changed since.
        rows = (row for row in range(self._count()) if self._photos.photo(row).path == photo.path)
        row = next(rows, None)
        if row is not None:
            self.selectionModel().setCurrentIndex(
                self._photos.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def _count(self) -> int:
        return self._photos.rowCount()

    def _fit(self) -> None:
        least = self._tiles.least_tile(with_relevance=self._photos.are_compared)
        width = self.viewport().width()
        columns = max(1, width // least.width())
        # Qt begins a new line when a tile would touch the edge: one pixel less.
        tile = QSize(max(least.width(), (width - 1) // columns), least.height())
        if tile != self._tiles.tile:
            self._tiles.tile = tile
            self.setGridSize(tile)
        self.verticalScrollBar().setSingleStep(tile.height() // 3)
        self._ask_soon()

    def _ask_soon(self) -> None:
        self._asking.start()

    def _repaint(self, photos: list[Photo]) -> None:
        # Only what is on the screen; a thumbnail further down is painted when it gets there.
        arrived = {photo.path for photo in photos}
        for row in self.visible_rows():
            if self._photos.photo(row).path in arrived:
                self.update(self._photos.index(row))
