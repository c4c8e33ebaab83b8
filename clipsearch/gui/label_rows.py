"""The rows of a list of names, tags or collections: what each shows, and what can be done to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from clipsearch.gui.work import number

ROW_ROLE = Qt.ItemDataRole.UserRole
"""The `Row`."""
HEADING_ROLE = Qt.ItemDataRole.UserRole + 1
"""Whether the row only names those below it."""

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Row:
    """One row."""

    name: str
    """Of the tag or collection; empty for a row that makes a new one, and for a heading."""
    title: str
    """What is to be read."""
    icon: str = ""
    photos: int | None = None
    """``None`` where nobody has counted."""
    suggested: int = 0
    tip: str = ""
    takes_photos: bool = False
    """Whether photos can be dropped on it."""
    is_editable: bool = False
    """Whether its name can be written in the list."""
    is_heading: bool = False


class LabelRows(QAbstractListModel):
    """Holds rows. GUI thread only."""

    renamed = Signal(str, str)
    """Somebody wrote another name: the old and the new one."""
    created = Signal(str)
    """Somebody wrote a name into the row that makes a new one."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Hold no rows yet."""
        super().__init__(parent)
        self._rows: Sequence[Row] = ()

    @property
    def rows(self) -> Sequence[Row]:
        """All rows."""
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> bool:
        """Replace the rows; returns whether any came or went: else only what they show changes."""
        if [(row.name, row.title) for row in rows] != [(row.name, row.title) for row in self._rows]:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()
            return True
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
        return False

    def row_of(self, name: str) -> int | None:
        """Where a name stands; ``None`` if it is not there."""
        return next((place for place, row in enumerate(self._rows) if row.name == name), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many rows there are, the headings included."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """What can be done to a row; nothing to a heading."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        row = self._rows[index.row()]
        if row.is_heading:
            return Qt.ItemFlag.NoItemFlags
        flags = super().flags(index) | Qt.ItemFlag.ItemNeverHasChildren
        if row.is_editable:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags | Qt.ItemFlag.ItemIsDropEnabled if row.takes_photos else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the delegate, the editor, a tooltip or a screen reader asks for."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        found = {
            ROW_ROLE: row,
            HEADING_ROLE: row.is_heading,
            Qt.ItemDataRole.DisplayRole: row.title,
            Qt.ItemDataRole.EditRole: row.name,
            Qt.ItemDataRole.ToolTipRole: row.tip or None,
        }
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return found.get(role)

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tell what was written; the row itself changes when that has been kept."""
        written = str(value).strip()
        old = self._rows[index.row()].name
        if role != Qt.ItemDataRole.EditRole or not written or written == old:
            return False
        if old:
            self.renamed.emit(old, written)
        else:
            self.created.emit(written)
        return True

    def _spoken(self, row: Row) -> str:
        words = row.title
        if row.photos is not None:
            one = self.tr("{name}, 1 photo")
            pattern = one if row.photos == 1 else self.tr("{name}, {count} photos")
            words = pattern.format(name=words, count=number(row.photos))
        if row.suggested:
            words = self.tr("{words}, {count} suggested").format(
                words=words, count=number(row.suggested)
            )
        return words
