"""A few small photos in rows, as many beside each other as there is room for."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.flow_layout import FlowLayout
from clipsearch.gui.thumbnails import Thumbnails

EDGE = 92
"""Logical pixels of a photo's longer edge."""
_FRAME = 3
_ROUND = 4
_WORDS_WIDTH = 116
_LINES = 3
"""Of words below a photo, at most."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A photo of the strip."""

    photo: Photo
    words: str = ""
    """Below it."""
    is_framed: bool = False
    spoken: str = ""
    """What a screen reader says beside the file's name."""


class _Cell(QWidget):
    """A tile on the screen; all of one strip are of one size."""

    def __init__(self, tile: Tile) -> None:
        super().__init__()
        self.tile = tile
        path = tile.photo.path
        self.setToolTip(str(path))
        self.setAccessibleName(", ".join(one for one in (path.name, tile.spoken) if one))
        self._picture = QLabel()
        self._picture.setFixedSize(EDGE, EDGE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pixmap: QPixmap | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        if tile.words:
            self.setFixedWidth(_WORDS_WIDTH)
            column.addWidget(self._caption(tile.words))

    def show_pixmap(self, pixmap: QPixmap) -> None:
        """The thumbnail has arrived."""
        self._pixmap = pixmap
        self._picture.setPixmap(self._framed(pixmap) if self.tile.is_framed else pixmap)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the frame in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._pixmap is not None:
            self.show_pixmap(self._pixmap)

    def _caption(self, words: str) -> QLabel:
        label = QLabel(words, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        label.setFixedSize(_WORDS_WIDTH, _LINES * label.fontMetrics().lineSpacing() + 2)
        label.setToolTip(words)
        return label

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


class PhotoStrip(QWidget):
    """Shows tiles, and is as high as they are. GUI thread only."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Make an empty strip with thumbnails of its own, of `EDGE` logical pixels."""
        super().__init__(parent)
        self.thumbnails = thumbnails
        self._cells: list[_Cell] = []
        self._flow = FlowLayout(self)
        thumbnails.loaded.connect(self._paint)

    @property
    def tiles(self) -> Sequence[Tile]:
        """What is shown."""
        return [cell.tile for cell in self._cells]

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show other photos."""
        for cell in self._cells:
            self._flow.removeWidget(cell)
            cell.deleteLater()
        self._cells = [_Cell(tile) for tile in tiles]
        for cell in self._cells:
            self._flow.addWidget(cell)
        self.thumbnails.set_ratio(self.devicePixelRatioF())
        self.thumbnails.want([tile.photo for tile in tiles])
        self._paint()

    def _paint(self) -> None:
        for cell in self._cells:
            pixmap = self.thumbnails.pixmap(cell.tile.photo)
            if pixmap is not None:
                cell.show_pixmap(pixmap)
