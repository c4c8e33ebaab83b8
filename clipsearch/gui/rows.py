"""What the rows of lists have in common, as they are painted: ground, heading, shortened texts."""

from abc import abstractmethod

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

PADDING = 8
"""Logical pixels at both sides of a row, and between its parts."""
HEADING_ROOM = 18
"""Logical pixels by which a heading is higher than its line."""
_CORNER = 6

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paints headings, and the ground of the rows below them."""

    heading_role: int
    """Under which the model says whether a row is a heading."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint from memory alone."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        if index.data(self.heading_role):
            paint_heading(painter, option, str(index.data()))
        else:
            paint_ground(painter, option)
            self.paint_row(painter, option, index)
        painter.restore()

    @abstractmethod
    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row that is no heading, on its ground."""


def paint_heading(painter: QPainter, option: QStyleOptionViewItem, words: str) -> None:
    """Name the rows below."""
    font = QFont(option.font)
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 0.9)
    painter.setFont(font)
    painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
    room = option.rect.adjusted(PADDING, 0, -PADDING, -4)
    painter.drawText(room, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, words)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Tell the chosen row, the one under the mouse and the one with the focus from the others."""
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


def quiet_colour(option: QStyleOptionViewItem) -> QColor:
    """For what matters less; muted text could not be read on the ground of the chosen row."""
    is_chosen = option.state & QStyle.StateFlag.State_Selected
    return option.palette.color(
        QPalette.ColorRole.Text if is_chosen else QPalette.ColorRole.PlaceholderText
    )


def draw_elided(
    painter: QPainter,
    option: QStyleOptionViewItem,
    room: QRect,
    words: str,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
) -> None:
    """Leave out the middle: the beginning and the end tell one name from another."""
    shown = painter.fontMetrics().elidedText(words, mode, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
