"""The list of models: those on this machine, then those that can be downloaded."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QStyleOptionViewItem

from clipsearch.core.types import ModelState
from clipsearch.gui.model_words import size_line, state_line
from clipsearch.gui.rows import (
    HEADING_ROOM,
    PADDING,
    Index,
    RowDelegate,
    draw_elided,
    quiet_colour,
)
from clipsearch.gui.work import Work

STATE_ROLE = Qt.ItemDataRole.UserRole
"""Where a model stands, a line; empty for a heading."""
SIZE_ROLE = Qt.ItemDataRole.UserRole + 1
"""The disk that it takes, a few words."""
ACTIVE_ROLE = Qt.ItemDataRole.UserRole + 2
"""Whether searches use it."""
HEADING_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether the row only names those below it."""


class ModelList(QAbstractListModel):
    """Headings and models, as far as they fit what is looked for. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of no model yet."""
        super().__init__(parent)
        self._states: Sequence[ModelState] = ()
        self._rows: list[ModelState | str] = []
        self._photos = 0
        self._works: Mapping[str, Work] = {}
        self._wanted = ""

    def show_states(self, states: Sequence[ModelState], photos: int) -> None:
        """These are the models, and so many photos are in the library."""
        self._states, self._photos = states, photos
        self._arrange()

    def show_works(self, works: Mapping[str, Work]) -> None:
        """This is what is being done with models, by their names."""
        self._works = works
        self._tell_all()

    def look_for(self, words: str) -> None:
        """Leave only models whose names hold these words."""
        self._wanted = words.casefold()
        self._arrange()

    def state(self, row: int) -> ModelState | None:
        """The model of a row; ``None`` for a heading."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, ModelState) else None

    def row_of(self, name: str) -> int | None:
        """Where a model stands; ``None`` if it is not shown."""
        names = [None if isinstance(row, str) else row.name for row in self._rows]
        return names.index(name) if name in names else None

    def _arrange(self) -> None:
        rows = self._arranged()
        # As long as they are the same, no row comes or goes.
        if [_key(row) for row in rows] == [_key(row) for row in self._rows]:
            self._rows = rows
            self._tell_all()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _arranged(self) -> list[ModelState | str]:
        fitting = [s for s in self._states if self._fits(s)]
        near = [s for s in fitting if not _is_remote(s)]
        far = [s for s in fitting if _is_remote(s)]
        rows: list[ModelState | str] = []
        for heading, group in (
            (self.tr("On this machine"), near),
            (self.tr("Can be downloaded"), far),
        ):
            if group:
                rows += [heading, *group]
        return rows

    def _fits(self, state: ModelState) -> bool:
        return all(word in state.name.casefold() for word in self._wanted.split())

    def _tell_all(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many rows there are, the headings included."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A heading can be neither chosen nor reached by the arrow keys."""
        if index.isValid() and self.state(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemNeverHasChildren if index.isValid() else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the delegate, a tooltip or a screen reader asks for."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, str):
            return {Qt.ItemDataRole.DisplayRole: row, HEADING_ROLE: True}.get(role)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role in (STATE_ROLE, Qt.ItemDataRole.AccessibleDescriptionRole):
            return state_line(row, self._photos, self._works.get(row.name))
        if role == SIZE_ROLE:
            return size_line(row)
        if role == ACTIVE_ROLE:
            return row.is_active
        if role == HEADING_ROLE:
            return False
        return None


def _key(row: ModelState | str) -> str:
    return row if isinstance(row, str) else f"\0{row.name}"


def _is_remote(state: ModelState) -> bool:
    return not (state.is_here or state.spaces or state.is_removable)


class ModelDelegate(RowDelegate):
    """Paints a model in two lines: name and size, and where it stands."""

    heading_role = HEADING_ROLE

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines, or one for a heading."""
        line = option.fontMetrics.height()
        is_heading = index.data(HEADING_ROLE)
        return QSize(0, line + HEADING_ROOM if is_heading else 2 * line + 12)

    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See `RowDelegate`."""
        quiet = quiet_colour(option)
        line = option.fontMetrics.height()
        room = option.rect.adjusted(PADDING, 6, -PADDING, -6)
        first = QRect(room.left(), room.top(), room.width(), line)
        words = str(index.data(SIZE_ROLE))
        painter.setPen(quiet)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        taken = option.fontMetrics.horizontalAdvance(words) + PADDING
        second = first.translated(0, line)
        draw_elided(
            painter, option, second, str(index.data(STATE_ROLE)), Qt.TextElideMode.ElideRight
        )
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        if index.data(ACTIVE_ROLE):
            bold = QFont(option.font)
            bold.setBold(True)
            painter.setFont(bold)
        draw_elided(painter, option, first.adjusted(0, 0, -taken, 0), str(index.data()))
