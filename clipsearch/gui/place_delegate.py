"""Paints one place of the sidebar: icon, name, how many photos, and what is wrong with it."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from clipsearch.gui.icons import tinted_pixmap
from clipsearch.gui.places_model import (
    AWAY_ROLE,
    COUNT_ROLE,
    FOLDER_ROLE,
    HEADING_ROLE,
    KIND_ROLE,
    SEARCH_ROLE,
    TRAINING_ROLE,
)
from clipsearch.gui.rows import (
    HEADING_ROOM,
    PADDING,
    Index,
    RowDelegate,
    draw_elided,
    quiet_colour,
)

_ICON_EDGE = 16
_ICONS = {"exact": "copy", "near": "similar", "burst": "burst", None: "picture"}


class PlaceDelegate(RowDelegate):
    """Colours come from the palette's roles alone, as those of the photos do."""

    heading_role = HEADING_ROLE

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A line, or two where there is something to tell of a folder."""
        line = option.fontMetrics.height()
        if index.data(HEADING_ROLE):
            return QSize(0, line + HEADING_ROOM)
        return QSize(0, (2 * line if index.data(AWAY_ROLE) else line) + 10)

    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See `RowDelegate`."""
        away = str(index.data(AWAY_ROLE))
        colour = option.palette.color(QPalette.ColorRole.Text)
        muted = quiet_colour(option)
        if away:
            colour = muted
        room = option.rect.adjusted(PADDING, 5, -PADDING, -5)
        line = option.fontMetrics.height()
        first = QRect(room.left(), room.top(), room.width(), line)
        icon = _icon(index, away)
        pixmap = self._pixmap(icon, colour, painter.device().devicePixelRatioF())
        painter.drawPixmap(first.left(), first.center().y() - _ICON_EDGE // 2 + 1, pixmap)
        count = str(index.data(COUNT_ROLE))
        painter.setPen(muted)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        taken = option.fontMetrics.horizontalAdvance(count) + PADDING
        words = first.adjusted(_ICON_EDGE + PADDING, 0, -taken, 0)
        painter.setPen(colour)
        draw_elided(painter, option, words, str(index.data()))
        if away:
            below = words.translated(0, line)
            below.setRight(room.right())
            draw_elided(painter, option, below, away)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The name is written over itself, beside the icon."""
        left = PADDING + _ICON_EDGE + PADDING // 2
        editor.setGeometry(option.rect.adjusted(left, 1, -PADDING, -1))

    def _pixmap(self, icon: str, colour: QColor, ratio: float) -> QPixmap:
        pixmap = tinted_pixmap(icon, colour, round(_ICON_EDGE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def _icon(index: Index, away: str) -> str:
    if index.data(SEARCH_ROLE) is not None:
        return "saved"
    if index.data(TRAINING_ROLE):
        return "train"
    if index.data(FOLDER_ROLE) is None:
        return _ICONS[index.data(KIND_ROLE)]
    return "folder-away" if away else "folder"
