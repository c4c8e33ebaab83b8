"""Paints one photo of the grid: thumbnail, relevance, selection and focus."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.icons import tinted_pixmap
from clipsearch.gui.photo_model import (
    BEHIND_ROLE,
    CERTAIN_ROLE,
    PHOTO_ROLE,
    RELEVANCE_ROLE,
    UNFOLDED_ROLE,
    relevance_text,
)
from clipsearch.gui.thumbnails import Thumbnails

if TYPE_CHECKING:
    from clipsearch.gui.label_marks import LabelMarks

_PADDING = 10
"""Logical pixels between a photo and the edge of its tile."""
_CORNER = 9
_BROKEN_EDGE = 40
_LESS_CERTAIN = 0.45
"""Opacity of photos below the line."""


class TileDelegate(QStyledItemDelegate):
    """All tiles have the size that the grid sets; a photo keeps its aspect within."""

    def __init__(self, thumbnails: Thumbnails, edge: int, parent: QWidget) -> None:
        """Paint for the view ``parent``, photos of ``edge`` logical pixels."""
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._edge = edge
        self._line = parent.fontMetrics().height()
        self.marks: LabelMarks | None = None
        """What the user says of the photos, if it is to be seen."""
        self.tile = QSize(edge, edge)
        """Logical pixels of every tile."""

    def least_tile(self, *, with_relevance: bool) -> QSize:
        """Logical pixels that a tile takes at least."""
        width = self._edge + 2 * _PADDING
        return QSize(width, width + (self._line + 4 if with_relevance else 0))

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The same for every row; the view asks once."""
        return self.tile

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint from memory alone; what is not there yet is a quiet rectangle of its shape."""
        photo = index.data(PHOTO_ROLE)
        relevance = index.data(RELEVANCE_ROLE)
        rect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_state(painter, option, rect)
        if not index.data(CERTAIN_ROLE):
            painter.setOpacity(_LESS_CERTAIN)
        self._paint_photo(painter, option, self._area(rect, index), photo)
        painter.setOpacity(1)
        if relevance is not None:
            self._paint_relevance(painter, option, rect, relevance)
        if index.data(BEHIND_ROLE):
            self._paint_badge(painter, option, index)
        marks = self.marks.words(photo.content_hash) if self.marks is not None else ""
        if marks:
            self._paint_marks(painter, self._area(rect, index), marks.strip())
        painter.restore()

    def badge(self, tile: QRect, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Where a tile says how many duplicates are behind its photo: in the upper right of it."""
        badge = QRect(0, 0, self._line * 2 + 4, self._line + 4)
        badge.moveTopRight(self._area(tile, index).topRight() + QPoint(-4, 4))
        return badge

    def _area(self, tile: QRect, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Where the photo of a tile stands, whether or not its pixels are there."""
        photo = index.data(PHOTO_ROLE)
        room = QRect(tile.x(), tile.y() + _PADDING, tile.width(), self._edge)
        room = room.marginsRemoved(QMargins((tile.width() - self._edge) // 2, 0, 0, 0))
        room.setWidth(self._edge)
        pixmap = self._thumbnails.pixmap(photo)
        size = QSize(photo.width, photo.height)
        if pixmap is not None:
            size = pixmap.deviceIndependentSize().toSize()
        # A relevance stands close under its photo; without one, photos are centred.
        at_foot = index.data(RELEVANCE_ROLE) is not None
        return _placed(_fitted(size, self._edge), room, at_foot=at_foot)

    def _paint_badge(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        badge = self.badge(option.rect, index)
        radius = badge.height() / 2
        painter.setPen(QPen(option.palette.color(QPalette.ColorRole.HighlightedText), 1))
        painter.setBrush(option.palette.color(QPalette.ColorRole.Highlight))
        painter.drawRoundedRect(badge, radius, radius)
        sign = "\u2212" if index.data(UNFOLDED_ROLE) else "+"
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, f"{sign}{index.data(BEHIND_ROLE)}")

    def _paint_marks(self, painter: QPainter, area: QRect, words: str) -> None:
        """In the lower left of the photo, small."""
        width = painter.fontMetrics().horizontalAdvance(words) + 12
        ground = QRect(0, 0, min(width, area.width() - 8), self._line + 2)
        ground.moveBottomLeft(area.bottomLeft() + QPoint(4, -4))
        # Not the palette's: a photo is as dark in a light window as in a dark one.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(ground, 4, 4)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_state(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
        """A ground for what is selected, a lighter one under the mouse, a ring for the focus."""
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        highlight = option.palette.color(QPalette.ColorRole.Highlight)
        ground = QColor(highlight)
        if selected:
            ground.setAlphaF(0.30)
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = option.palette.color(QPalette.ColorRole.Text)
            ground.setAlphaF(0.06)
        else:
            ground.setAlphaF(0)
        painter.setBrush(ground)
        pen = QPen(highlight, 2) if selected or focused else QPen(Qt.PenStyle.NoPen)
        if focused and not selected:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawRoundedRect(rect.adjusted(3, 3, -3, -3), _CORNER, _CORNER)
        if selected and focused:
            # A second ring tells the current photo from the other selected ones.
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.Text), 1))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), _CORNER + 1, _CORNER + 1)

    def _paint_photo(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        area: QRect,
        photo: Photo,
    ) -> None:
        pixmap = self._thumbnails.pixmap(photo)
        if pixmap is not None:
            painter.drawPixmap(area, pixmap)
            return
        ground = option.palette.color(QPalette.ColorRole.Text)
        ground.setAlphaF(0.07)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 5, 5)
        if self._thumbnails.is_broken(photo):
            icon = self._broken(option.palette, painter.device().devicePixelRatioF())
            painter.drawPixmap(_placed(QSize(_BROKEN_EDGE, _BROKEN_EDGE), area), icon)

    def _broken(self, palette: QPalette, ratio: float) -> QPixmap:
        colour = palette.color(QPalette.ColorRole.PlaceholderText)
        pixmap = tinted_pixmap("broken", colour, round(_BROKEN_EDGE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _paint_relevance(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, relevance: float
    ) -> None:
        font = option.font
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        line = QRect(rect.x(), rect.bottom() - self._line - 7, rect.width(), self._line)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, relevance_text(relevance))


def _fitted(size: QSize, edge: int) -> QSize:
    """Shrink to the edge, keeping the aspect; what is smaller stays as it is."""
    if max(size.width(), size.height()) <= edge:
        return size
    return size.scaled(edge, edge, Qt.AspectRatioMode.KeepAspectRatio)


def _placed(size: QSize, room: QRect, *, at_foot: bool = False) -> QRect:
    left = room.x() + (room.width() - size.width()) // 2
    spare = room.height() - size.height()
    top = room.y() + (spare if at_foot else spare // 2)
    return QRect(QPoint(left, top), size)
