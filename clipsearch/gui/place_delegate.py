"""Paints one place of the sidebar: icon, name, how many photos, and what is wrong with it."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from clipsearch.gui.icons import tinted_pixmap
from clipsearch.gui.places_model import AWAY_ROLE, COUNT_ROLE, FOLDER_ROLE, HEADING_ROLE

_PADDING = 8
"""Logical pixels at both sides of a row, and between its parts."""
_ICON_EDGE = 16
_CORNER = 6

_Index = QModelIndex | QPersistentModelIndex


class PlaceDelegate(QStyledItemDelegate):
    """Colours come from the palette's roles alone, as those of the photos do."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """A line, or two where there is something to tell of a folder."""
        line = option.fontMetrics.height()
        if index.data(HEADING_ROLE):
            return QSize(0, line + 18)
        return QSize(0, (2 * line if index.data(AWAY_ROLE) else line) + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint from memory alone."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        if index.data(HEADING_ROLE):
            self._paint_heading(painter, option, index)
        else:
            self._paint_ground(painter, option)
            self._paint_place(painter, option, index)
        painter.restore()

    def _paint_heading(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        font = option.font
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        room = option.rect.adjusted(_PADDING, 0, -_PADDING, -4)
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, flags, str(index.data()))

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        state = option.state
        highlight = option.palette.color(QPalette.ColorRole.Highlight)
        ground = QColor(highlight)
        if state & QStyle.StateFlag.State_Selected:
            ground.setAlphaF(0.30)
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = option.palette.color(QPalette.ColorRole.Text)
            ground.setAlphaF(0.06)
        else:
            ground.setAlphaF(0)
        painter.setBrush(ground)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(highlight, 1.5) if focused else QPen(Qt.PenStyle.NoPen))
        painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), _CORNER, _CORNER)

    def _paint_place(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        away = str(index.data(AWAY_ROLE))
        colour = option.palette.color(QPalette.ColorRole.Text)
        # Muted text could not be read on the ground of the chosen row.
        is_chosen = option.state & QStyle.StateFlag.State_Selected
        quiet = QPalette.ColorRole.Text if is_chosen else QPalette.ColorRole.PlaceholderText
        muted = option.palette.color(quiet)
        if away:
            colour = muted
        room = option.rect.adjusted(_PADDING, 5, -_PADDING, -5)
        line = option.fontMetrics.height()
        first = QRect(room.left(), room.top(), room.width(), line)
        icon = _icon(index, away)
        pixmap = self._pixmap(icon, colour, painter.device().devicePixelRatioF())
        painter.drawPixmap(first.left(), first.center().y() - _ICON_EDGE // 2 + 1, pixmap)
        count = str(index.data(COUNT_ROLE))
        painter.setPen(muted)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        taken = option.fontMetrics.horizontalAdvance(count) + _PADDING
        words = first.adjusted(_ICON_EDGE + _PADDING, 0, -taken, 0)
        painter.setPen(colour)
        _draw_elided(painter, option, words, str(index.data()))
        if away:
            below = words.translated(0, line)
            below.setRight(room.right())
            _draw_elided(painter, option, below, away)

    def _pixmap(self, icon: str, colour: QColor, ratio: float) -> QPixmap:
        pixmap = tinted_pixmap(icon, colour, round(_ICON_EDGE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def _icon(index: _Index, away: str) -> str:
    if index.data(FOLDER_ROLE) is None:
        return "picture"
    return "folder-away" if away else "folder"


def _draw_elided(painter: QPainter, option: QStyleOptionViewItem, room: QRect, words: str) -> None:
    """Leave out the middle: the beginning and the end tell one folder from another."""
    shown = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
