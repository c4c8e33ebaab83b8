"""Paints a row of a list of tags or collections: icon, name, how many photos, how many more."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from clipsearch.gui.icons import tinted_pixmap
from clipsearch.gui.label_rows import HEADING_ROLE, ROW_ROLE, Row
from clipsearch.gui.rows import (
    HEADING_ROOM,
    PADDING,
    Index,
    RowDelegate,
    draw_elided,
    quiet_colour,
)
from clipsearch.gui.work import number

_ICON_EDGE = 16
_CORNER = 6


class LabelDelegate(RowDelegate):
    """Colours come from the palette's roles alone, as those of the photos do."""

    heading_role = HEADING_ROLE

    def __init__(self, parent: QWidget) -> None:
        """Paint for the list ``parent``."""
        super().__init__(parent)
        self.target = -1
        """The row over which photos are dragged; -1 if none."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A line."""
        line = option.fontMetrics.height()
        return QSize(0, line + (HEADING_ROOM if index.data(HEADING_ROLE) else 10))

    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See `RowDelegate`."""
        row: Row = index.data(ROW_ROLE)
        muted = quiet_colour(option)
        is_quiet = not row.name or row.photos == 0
        colour = muted if is_quiet else option.palette.color(QPalette.ColorRole.Text)
        if index.row() == self.target:
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(option.rect.adjusted(3, 2, -3, -2), _CORNER, _CORNER)
        room = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        pixmap = self._pixmap(row.icon, colour, painter.device().devicePixelRatioF())
        painter.drawPixmap(room.left(), room.center().y() - _ICON_EDGE // 2 + 1, pixmap)
        taken = self._paint_counts(painter, option, room, row, muted)
        painter.setPen(colour)
        words = room.adjusted(_ICON_EDGE + PADDING, 0, -taken, 0)
        draw_elided(painter, option, words, row.title)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The name is written over itself, beside the icon."""
        left = PADDING + _ICON_EDGE + PADDING // 2
        editor.setGeometry(option.rect.adjusted(left, 1, -PADDING, -1))

    def _paint_counts(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        room: QRect,
        row: Row,
        colour: QColor,
    ) -> int:
        """Returns how many logical pixels they take, at the right."""
        parts = [number(row.photos)] if row.photos else []
        if row.suggested:
            parts.append(f"+{number(row.suggested)}")
        if not parts:
            return 0
        words = "  ".join(parts)
        painter.setPen(colour)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        return option.fontMetrics.horizontalAdvance(words) + PADDING

    def _pixmap(self, icon: str, colour: QColor, ratio: float) -> QPixmap:
        pixmap = tinted_pixmap(icon, colour, round(_ICON_EDGE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
