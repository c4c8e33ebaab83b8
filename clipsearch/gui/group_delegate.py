"""Paints a group of duplicates: its photos side by side, what becomes of each, and its facts."""

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QToolTip,
)

from clipsearch.gui import photo_facts
from clipsearch.gui.duplicate_choices import Choice
from clipsearch.gui.groups_model import CHOICE_ROLE
from clipsearch.gui.rows import Index
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.work import number, size

EDGE = 148
"""Logical pixels of a thumbnail's longer edge."""
_WIDTH = 184
"""Logical pixels of a photo with what stands below it."""
_PADDING = 8
_MARGIN = 10
_CHECK = 18
_CORNER = 6
_FACTS = 4
"""Lines below what becomes of a photo."""


class GroupDelegate(QStyledItemDelegate):
    """Lays a group out in as many lines as its photos need; colours are the palette's alone."""

    def __init__(self, thumbnails: Thumbnails, view: QListView) -> None:
        """Paint for a view."""
        super().__init__(view)
        self._thumbnails = thumbnails
        self._view = view
        self.place = 0
        """Which photo of the current row is the current one."""

    def columns(self) -> int:
        """Photos side by side."""
        return max(1, (self._view.viewport().width() - 2 * _MARGIN) // _WIDTH)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as the lines of photos, and a line that sums up."""
        lines = -(-len(_choice(index).photos) // self.columns())
        return QSize(0, self._head() + lines * self._cell_height() + _MARGIN)

    def cell(self, row: QRect, place: int) -> QRect:
        """Where a photo of a row stands."""
        line, column = divmod(place, self.columns())
        left = row.left() + _MARGIN + column * _WIDTH
        top = row.top() + self._head() + line * self._cell_height()
        return QRect(left, top, _WIDTH - 4, self._cell_height() - 4)

    def place_at(self, row: QRect, point: QPoint, choice: Choice) -> int | None:
        """Which photo of a row is at a point."""
        cells = (self.cell(row, place).contains(point) for place in range(len(choice.photos)))
        return next((place for place, is_hit in enumerate(cells) if is_hit), None)

    def check_box(self, cell: QRect) -> QRect:
        """Where one ticks what is to go."""
        return QRect(cell.left() + _PADDING, self._fate_top(cell), _WIDTH // 2 + 6, self._line())

    def keep_button(self, cell: QRect) -> QRect:
        """Where one says that another photo is kept."""
        width = self._view.fontMetrics().horizontalAdvance(self.tr("Keep")) + 14
        return QRect(cell.right() - _PADDING - width, self._fate_top(cell), width, self._line())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint from memory alone."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        choice = _choice(index)
        self._paint_ground(painter, option)
        self._paint_head(painter, option, choice)
        is_current = index == self._view.currentIndex()
        for place in range(len(choice.photos)):
            cell = self.cell(option.rect, place)
            self._paint_cell_ground(
                painter, option, cell, is_current=is_current and place == self.place
            )
            self._paint_photo(painter, option, cell, choice, place)
            self._paint_fate(painter, option, cell, choice, place)
            self._paint_facts(painter, option, cell, choice, place)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        ground = option.palette.color(QPalette.ColorRole.Highlight)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        ground.setAlphaF(0.16 if is_chosen else 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(option.rect.adjusted(3, 2, -3, -2), _CORNER, _CORNER)
        line = option.palette.color(QPalette.ColorRole.Text)
        line.setAlphaF(0.14)
        painter.setPen(line)
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())

    def _paint_head(self, painter: QPainter, option: QStyleOptionViewItem, choice: Choice) -> None:
        words = self.tr("{count} photos").format(count=number(len(choice.photos)))
        going = choice.going
        if going:
            freed = size(sum(photo.state.size for photo in going))
            more = self.tr("{count} to the bin, {size}").format(
                count=number(len(going)), size=freed
            )
            words = f"{words}  ·  {more}"
        room = QRect(
            option.rect.left() + _MARGIN + _PADDING,
            option.rect.top() + 4,
            option.rect.width() - 2 * _MARGIN,
            self._head() - 4,
        )
        painter.setFont(option.font)
        painter.setPen(self._quiet(option))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_cell_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect, *, is_current: bool
    ) -> None:
        if is_current:
            pen = QPen(option.palette.color(QPalette.ColorRole.Highlight), 2)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), _CORNER, _CORNER)

    def _paint_photo(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        cell: QRect,
        choice: Choice,
        place: int,
    ) -> None:
        photo = choice.photos[place]
        room = QRect(cell.left(), cell.top() + _PADDING, cell.width(), EDGE)
        pixmap = self._thumbnails.pixmap(photo)
        fitted = QSize(max(1, photo.width), max(1, photo.height))
        if pixmap is not None:
            fitted = pixmap.deviceIndependentSize().toSize()
        if max(fitted.width(), fitted.height()) > EDGE:
            fitted.scale(EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio)
        area = QRect(QPoint(0, 0), fitted)
        area.moveCenter(room.center())
        # What is to go is paler: the list can be read at a glance.
        painter.setOpacity(0.45 if choice.is_going(place) else 1.0)
        if pixmap is not None:
            painter.drawPixmap(area, pixmap)
        else:
            ground = option.palette.color(QPalette.ColorRole.Text)
            ground.setAlphaF(0.07)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(area, 5, 5)
        painter.setOpacity(1.0)

    def _paint_fate(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        cell: QRect,
        choice: Choice,
        place: int,
    ) -> None:
        painter.setFont(option.font)
        if place == choice.kept:
            self._paint_kept(painter, option, cell, choice)
            return
        box = self.check_box(cell)
        self._paint_check(painter, option, box, is_on=choice.is_going(place))
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        words = self.tr("to the bin")
        self._draw(painter, box.adjusted(_CHECK + 4, 0, 0, 0), words)
        button = self.keep_button(cell)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = option.palette.color(QPalette.ColorRole.Text)
        edge.setAlphaF(0.35)
        painter.setPen(edge)
        painter.drawRoundedRect(button, _CORNER, _CORNER)
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        painter.drawText(button, Qt.AlignmentFlag.AlignCenter, self.tr("Keep"))

    def _paint_kept(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect, choice: Choice
    ) -> None:
        button = self.keep_button(cell)
        button.moveLeft(cell.left() + _PADDING)
        highlight = option.palette.color(QPalette.ColorRole.Highlight)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(highlight)
        painter.drawRoundedRect(button, _CORNER, _CORNER)
        painter.setPen(option.palette.color(QPalette.ColorRole.HighlightedText))
        painter.drawText(button, Qt.AlignmentFlag.AlignCenter, self.tr("Keep"))
        left = button.right() + _PADDING
        room = QRect(left, button.top(), cell.right() - 2 - left, button.height())
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        self._draw(painter, room, photo_facts.merit_words(choice))

    def _paint_check(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, *, is_on: bool
    ) -> None:
        check = QStyleOptionButton()
        check.rect = QRect(box.left(), box.center().y() - _CHECK // 2 + 1, _CHECK, _CHECK)
        check.palette = option.palette
        check.state = QStyle.StateFlag.State_Enabled
        check.state |= QStyle.StateFlag.State_On if is_on else QStyle.StateFlag.State_Off
        style = self._view.style() or QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, check, painter)
        # In dark colours an empty box cannot be told from the ground of a chosen group.
        edge = option.palette.color(QPalette.ColorRole.Text)
        edge.setAlphaF(0.5)
        painter.setPen(edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(check.rect.adjusted(1, 1, -2, -2), 2, 2)

    def _paint_facts(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        cell: QRect,
        choice: Choice,
        place: int,
    ) -> None:
        photo = choice.photos[place]
        facts = (
            photo.path.name,
            f"{photo_facts.pixels(photo)}  ·  {photo_facts.file_size(photo)}",
            photo_facts.date(photo),
            photo_facts.folder(photo),
        )
        line = self._line()
        room = QRect(
            cell.left() + _PADDING,
            self._fate_top(cell) + line + 4,
            cell.width() - 2 * _PADDING,
            line,
        )
        for number_of, words in enumerate(facts):
            font = QFont(option.font)
            font.setBold(number_of == 0)
            painter.setFont(font)
            colour = option.palette.color(QPalette.ColorRole.Text)
            painter.setPen(colour if number_of == 0 else self._quiet(option))
            # The end of a folder's path tells more than its beginning.
            is_path = number_of == len(facts) - 1
            mode = Qt.TextElideMode.ElideLeft if is_path else Qt.TextElideMode.ElideMiddle
            self._draw(painter, room, words, mode)
            room.translate(0, line)

    def _draw(
        self,
        painter: QPainter,
        room: QRect,
        words: str,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        shown = painter.fontMetrics().elidedText(words, mode, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _quiet(self, option: QStyleOptionViewItem) -> QColor:
        is_chosen = option.state & QStyle.StateFlag.State_Selected
        role = QPalette.ColorRole.Text if is_chosen else QPalette.ColorRole.PlaceholderText
        return option.palette.color(role)

    def _line(self) -> int:
        return max(self._view.fontMetrics().height() + 2, _CHECK)

    def _head(self) -> int:
        return self._line() + 8

    def _fate_top(self, cell: QRect) -> int:
        return cell.top() + _PADDING + EDGE + 6

    def _cell_height(self) -> int:
        return _PADDING + EDGE + 6 + (1 + _FACTS) * self._line() + _PADDING + 4

    def helpEvent(
        self,
        event: QEvent,
        view: object,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Name the whole path of the photo under the mouse."""
        if isinstance(event, QHelpEvent) and index.isValid():
            choice = _choice(index)
            place = self.place_at(option.rect, event.pos(), choice)
            words = "" if place is None else str(choice.photos[place].path)
            QToolTip.showText(event.globalPos(), words, self._view)
            return True
        return False


def _choice(index: Index) -> Choice:
    choice = index.data(CHOICE_ROLE)
    assert isinstance(choice, Choice)
    return choice
