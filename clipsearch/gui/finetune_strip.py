"""A few small photos in rows, as many beside each other as there is room for."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPalette, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.thumbnails import Thumbnails

EDGE = 92
"""Logical pixels of a photo's longer edge."""
_GAP = 12
_FRAME = 3
_ROUND = 4
_LINES = 2
"""Of words below a photo."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A photo of the strip."""

    photo: Photo
    words: str = ""
    """Below it."""
    is_framed: bool = False
    spoken: str = ""
    """What a screen reader says beside the file's name."""


class PhotoStrip(QListWidget):
    """Shows tiles, and is as high as they are. GUI thread only."""

    def __init__(self, thumbnails: Thumbnails, *, has_words: bool, parent: QWidget | None = None):
        """Make an empty strip.

        Args:
            thumbnails: Of `EDGE` logical pixels, of this strip alone.
            has_words: Whether there is room for words below the photos.
            parent: The widget that holds it.
        """
        super().__init__(parent)
        self.thumbnails = thumbnails
        self._tiles: Sequence[Tile] = ()
        words = _LINES * self.fontMetrics().lineSpacing() + 4 if has_words else 0
        width = EDGE + (3 * _GAP if has_words else _GAP)
        self._cell = QSize(width, EDGE + _GAP + words)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(EDGE, EDGE))
        self.setGridSize(self._cell)
        self.setWordWrap(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        thumbnails.loaded.connect(self._paint)
        self._fit()

    @property
    def tiles(self) -> Sequence[Tile]:
        """What is shown."""
        return self._tiles

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show other photos."""
        self._tiles = tuple(tiles)
        self.clear()
        for tile in tiles:
            item = QListWidgetItem(tile.words)
            item.setToolTip(str(tile.photo.path))
            spoken = ", ".join(one for one in (tile.photo.path.name, tile.spoken) if one)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.addItem(item)
        self.thumbnails.set_ratio(self.devicePixelRatioF())
        self.thumbnails.want([tile.photo for tile in tiles])
        self._paint()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the rows need."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the frames in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _fit(self) -> None:
        columns = max(1, (self.width() - 2) // self._cell.width())
        rows = -(-len(self._tiles) // columns)
        self.setFixedHeight(rows * self._cell.height() + 4)

    def _paint(self) -> None:
        for row, tile in enumerate(self._tiles):
            pixmap = self.thumbnails.pixmap(tile.photo)
            item = self.item(row)
            if pixmap is not None and item is not None:
                item.setIcon(QIcon(self._framed(pixmap) if tile.is_framed else pixmap))

    def _framed(self, pixmap: QPixmap) -> QPixmap:
        framed = QPixmap(pixmap)
        painter = QPainter(framed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), _FRAME))
        size = pixmap.deviceIndependentSize()
        inset = _FRAME / 2
        edge = QRectF(inset, inset, size.width() - _FRAME, size.height() - _FRAME)
        painter.drawRoundedRect(edge, _ROUND, _ROUND)
        painter.end()
        return framed
