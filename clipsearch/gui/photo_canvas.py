"""Paints one photo large, and lets a rectangle be drawn on it."""

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from clipsearch.core.query import Region

_SHADE = 170
"""Opacity of what lies over the rest of the photo, of 255."""
_DIGITS = 4
"""Of a region's edges: a ten-thousandth of a photo is less than a pixel on any screen."""

_STEP = 0.02
"""Of the photo's width or height, that a key moves the region."""


class PhotoCanvas(QWidget):
    """Paints a pixmap as large as it fits, never larger than it is, and a region on it."""

    region_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty canvas."""
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._size = QSize()
        self._region: Region | None = None
        self._start: QPoint | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)

    @property
    def region(self) -> Region | None:
        """The part of the photo that is drawn, if one is."""
        return self._region

    def show_pixmap(self, pixmap: QPixmap, size: QSize) -> None:
        """Show a pixmap in place of a photo.

        Args:
            pixmap: The pixels there are so far; may be smaller than the photo.
            size: The photo's size in device pixels, so that the sharper pixels that come later
                fill the same area.
        """
        self._pixmap, self._size = pixmap, size
        self.update()

    def clear_region(self) -> None:
        """Take the rectangle away."""
        self._start = None
        self._set_region(None)

    def place_region(self) -> None:
        """Put a rectangle into the middle, for whoever has no mouse."""
        self._set_region(Region(0.25, 0.25, 0.5, 0.5))

    def move_region(self, across: int, down: int) -> None:
        """Move the rectangle some steps, as far as the photo goes."""
        if self._region is not None:
            x = _within(self._region.x + across * _STEP, 0, 1 - self._region.width)
            y = _within(self._region.y + down * _STEP, 0, 1 - self._region.height)
            self._set_region(replace(self._region, x=x, y=y))

    def stretch_region(self, across: int, down: int) -> None:
        """Move the right and the lower edge of the rectangle some steps."""
        if self._region is not None:
            width = _within(self._region.width + across * _STEP, _STEP, 1 - self._region.x)
            height = _within(self._region.height + down * _STEP, _STEP, 1 - self._region.y)
            self._set_region(replace(self._region, width=width, height=height))

    @property
    def area(self) -> QRect:
        """Where the photo is painted, in logical pixels."""
        size = QSize(self._size / self.devicePixelRatioF())
        if size.width() > self.width() or size.height() > self.height():
            size.scale(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        centre = self.rect().center() - QRect(QPoint(), size).center()
        return QRect(centre, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Centre and scale; the ground is the grid's. Outside the region it shines through."""
        painter = QPainter(self)
        if self._pixmap.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self.area, self._pixmap)
        if self._region is not None:
            self._paint_region(painter, self._region)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is being drawn would no longer be where it was."""
        super().resizeEvent(event)
        self._start = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a rectangle, on the photo."""
        place = event.position().toPoint()
        if event.button() is not Qt.MouseButton.LeftButton or not self.area.contains(place):
            super().mousePressEvent(event)
            return
        self._start = place

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the rectangle on, as far as the photo goes."""
        place = event.position().toPoint()
        if self._start is None:
            is_on_photo = self.area.contains(place) and not self._pixmap.isNull()
            self.setCursor(
                Qt.CursorShape.CrossCursor if is_on_photo else Qt.CursorShape.ArrowCursor
            )
        elif (place - self._start).manhattanLength() >= QApplication.startDragDistance():
            self._set_region(self._region_between(self._start, place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the rectangle; a mere click takes away the one there was."""
        if self._start is None:
            super().mouseReleaseEvent(event)
            return
        moved = event.position().toPoint() - self._start
        if moved.manhattanLength() < QApplication.startDragDistance():
            self._set_region(None)
        self._start = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Not the canvas's."""
        event.ignore()

    def _region_between(self, first: QPoint, second: QPoint) -> Region | None:
        area = QRectF(self.area)
        corners = QRectF(QPointF(first), QPointF(second)).normalized() & area
        x = round((corners.x() - area.x()) / area.width(), _DIGITS)
        y = round((corners.y() - area.y()) / area.height(), _DIGITS)
        width = round(min(corners.width() / area.width(), 1 - x), _DIGITS)
        height = round(min(corners.height() / area.height(), 1 - y), _DIGITS)
        return Region(x, y, width, height) if width > 0 and height > 0 else None

    def _set_region(self, region: Region | None) -> None:
        if region != self._region:
            self._region = region
            self.update()
            self.region_changed.emit()

    def _paint_region(self, painter: QPainter, region: Region) -> None:
        area = QRectF(self.area)
        kept = QRectF(
            area.x() + region.x * area.width(),
            area.y() + region.y * area.height(),
            region.width * area.width(),
            region.height * area.height(),
        )
        rest = QPainterPath()
        rest.addRect(area)
        rest.addRect(kept)
        shade = self.palette().color(QPalette.ColorRole.Base)
        shade.setAlpha(_SHADE)
        painter.fillPath(rest, shade)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
        painter.drawRect(kept)


def _within(edge: float, least: float, most: float) -> float:
    return round(min(max(edge, least), most), _DIGITS)
