"""The wall of candidates: keys decide, and the cursor goes on to what is undecided."""

from enum import StrEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyleOptionViewItem

from clipsearch.gui.photo_grid import PhotoGrid
from clipsearch.gui.review_model import VERDICT_ROLE, ReviewModel
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.tile_delegate import TileDelegate

_AHEAD = 4
"""Screens of thumbnails that are asked for beforehand."""
_BADGE = 26
"""Logical pixels of the mark of a decision."""
_TICK = ((0.27, 0.53), (0.43, 0.69), (0.74, 0.33))
_CROSS = ((0.32, 0.32), (0.68, 0.68)), ((0.68, 0.32), (0.32, 0.68))
"""In parts of the mark."""


class Key(StrEnum):
    """What a key asks for."""

    ACCEPT = "accept"
    REJECT = "reject"
    SKIP = "skip"
    UNDECIDE = "undecide"
    ACCEPT_ABOVE = "accept above"
    REJECT_BELOW = "reject below"
    LEAVE = "leave"


_KEYS = {
    Qt.Key.Key_Return: Key.ACCEPT,
    Qt.Key.Key_Enter: Key.ACCEPT,
    Qt.Key.Key_A: Key.ACCEPT,
    Qt.Key.Key_Delete: Key.REJECT,
    Qt.Key.Key_Backspace: Key.REJECT,
    Qt.Key.Key_R: Key.REJECT,
    Qt.Key.Key_Space: Key.SKIP,
    Qt.Key.Key_U: Key.UNDECIDE,
    Qt.Key.Key_Escape: Key.LEAVE,
}
_WITH_CONTROL = {
    Qt.Key.Key_Return: Key.ACCEPT_ABOVE,
    Qt.Key.Key_Enter: Key.ACCEPT_ABOVE,
    Qt.Key.Key_Delete: Key.REJECT_BELOW,
}


class ReviewWall(PhotoGrid):
    """A grid of which each photo is decided. GUI thread only."""

    asked = Signal(object)
    """A `Key` was pressed."""

    def __init__(self, model: ReviewModel, thumbnails: Thumbnails) -> None:
        """Show the candidates."""
        super().__init__(model, thumbnails, thumbnails.edge)
        self._is_pointing = False
        """Whether the mouse was used last: while keys are, the pointer rests anywhere."""
        self._tiles = ReviewTile(thumbnails, thumbnails.edge, self)
        self.setItemDelegate(self._tiles)
        self.setDragEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)
        self.setAccessibleName(self.tr("Candidates"))
        self.setAccessibleDescription(
            self.tr("Enter accepts, Delete rejects, Space skips, Escape goes back.")
        )

    @property
    def selected_rows(self) -> list[int]:
        """The rows that a decision is about, from the top."""
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        rows = sorted(row for part in parts for row in range(part.top(), part.bottom() + 1))
        current = self.currentIndex().row()
        return rows or ([current] if current >= 0 else [])

    @property
    def rows_in_use(self) -> set[int]:
        """Rows of which none may change into another photo under the user's hands.

        All up to the current one, those that are selected, and the one that is pointed at.
        """
        rows = {*range(self.currentIndex().row() + 1), *self.selected_rows}
        if self._is_pointing and self.viewport().underMouse():
            pointed = self.indexAt(self.viewport().mapFromGlobal(QCursor.pos()))
            rows |= {pointed.row()} if pointed.isValid() else set()
        return rows

    def ask_for_thumbnails(self) -> None:
        """Ask for what is visible, and for some screens more: a key must never wait."""
        rows = self.visible_rows()
        end = min(rows.stop + _AHEAD * len(rows), self._count())
        self._thumbnails.want([self._photos.photo(row) for row in range(rows.start, end)])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Remember that the hand is on the mouse."""
        self._is_pointing = True
        super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys decide; arrow keys, also with Shift, move as in any grid."""
        self._is_pointing = False
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        asked = (_WITH_CONTROL if has_control else _KEYS).get(Qt.Key(event.key()))
        if asked is not None:
            self.asked.emit(asked)
        else:
            super().keyPressEvent(event)


class ReviewTile(TileDelegate):
    """A tick on what is accepted, a cross on what is rejected."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint from memory alone."""
        super().paint(painter, option, index)
        verdict = index.data(VERDICT_ROLE)
        if verdict is None:
            return
        area = self._area(option.rect, index)
        badge = QRectF(area.left() + 6, area.top() + 6, _BADGE, _BADGE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_accepted = verdict == "accepted"
        role = QPalette.ColorRole.Highlight if is_accepted else QPalette.ColorRole.Shadow
        line = option.palette.color(QPalette.ColorRole.HighlightedText)
        painter.setBrush(option.palette.color(role))
        painter.setPen(QPen(line, 1.5))
        painter.drawEllipse(badge)
        _draw_lines(painter, badge, line, (_TICK,) if is_accepted else _CROSS)
        painter.restore()


def _draw_lines(
    painter: QPainter,
    badge: QRectF,
    colour: QColor,
    lines: tuple[tuple[tuple[float, float], ...], ...],
) -> None:
    painter.setPen(QPen(colour, 2.4, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    for line in lines:
        painter.drawPolyline(
            [
                QPointF(badge.left() + x * badge.width(), badge.top() + y * badge.height())
                for x, y in line
            ]
        )
