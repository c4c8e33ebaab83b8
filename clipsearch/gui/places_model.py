"""The places of the sidebar: all photos, the library's folders, and its duplicates."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from clipsearch.core.types import DuplicateKind, FolderState
from clipsearch.gui.work import number

FOLDER_ROLE = Qt.ItemDataRole.UserRole
"""The `FolderState`; ``None`` for what is no folder."""
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
"""How many photos, as text; empty for a heading."""
AWAY_ROLE = Qt.ItemDataRole.UserRole + 2
"""A few words on a folder that is not there now; empty for all others."""
HEADING_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether the row only names those below it."""
KIND_ROLE = Qt.ItemDataRole.UserRole + 4
"""The `DuplicateKind`; ``None`` for what is no list of duplicates."""
KINDS: tuple[DuplicateKind, ...] = ("exact", "near", "burst")

_Index = QModelIndex | QPersistentModelIndex
_ALL, _HEADING, _FIRST_FOLDER = range(3)


class PlacesModel(QAbstractListModel):
    """All photos, then headings with the folders, if there are any, and the lists of duplicates.

    GUI thread only.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of no folder and no photo yet."""
        super().__init__(parent)
        self._folders: Sequence[FolderState] = ()
        self._total = 0
        self._groups: dict[DuplicateKind, int | None] = dict.fromkeys(KINDS)

    def show_total(self, photos: int) -> None:
        """The library holds so many photos."""
        self._total = photos
        self.dataChanged.emit(self.index(_ALL), self.index(_ALL))

    def show_folders(self, folders: Sequence[FolderState]) -> None:
        """These are the folders; as long as they are the same, no row comes or goes."""
        if [folder.path for folder in folders] != [folder.path for folder in self._folders]:
            self.beginResetModel()
            self._folders = tuple(folders)
            self.endResetModel()
        elif folders:
            self._folders = tuple(folders)
            last = self.index(self._first_kind - 2)
            self.dataChanged.emit(self.index(_FIRST_FOLDER), last)

    def show_groups(self, kind: DuplicateKind, groups: int | None) -> None:
        """There are so many groups of duplicates of a kind; ``None`` if nobody knows."""
        self._groups[kind] = groups
        row = self.row_of_kind(kind)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))

    def kind(self, row: int) -> DuplicateKind | None:
        """Which duplicates a row stands for; ``None`` for all other rows."""
        place = row - self._first_kind
        return KINDS[place] if self._folders and 0 <= place < len(KINDS) else None

    def row_of_kind(self, kind: DuplicateKind) -> int | None:
        """Where a list of duplicates stands; ``None`` while the library has no folders."""
        return self._first_kind + KINDS.index(kind) if self._folders else None

    @property
    def _first_kind(self) -> int:
        return _FIRST_FOLDER + len(self._folders) + 1

    def _is_heading(self, row: int) -> bool:
        return row in (_HEADING, self._first_kind - 1)

    def folder(self, row: int) -> FolderState | None:
        """The folder of a row; ``None`` for all photos and for the heading."""
        place = row - _FIRST_FOLDER
        return self._folders[place] if 0 <= place < len(self._folders) else None

    def row_of(self, folder: Path) -> int | None:
        """Where a folder stands; ``None`` if it is not there."""
        paths = [state.path for state in self._folders]
        return paths.index(folder) + _FIRST_FOLDER if folder in paths else None

    def name_of(self, folder: FolderState) -> str:
        """What a folder is called: its name, and that of its parent where that tells it apart."""
        name = folder.path.name or str(folder.path)
        namesakes = Counter(other.path.name for other in self._folders)[folder.path.name]
        if namesakes < 2 or not folder.path.parent.name:
            return name
        return self.tr("{name} in {parent}").format(name=name, parent=folder.path.parent.name)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many places there are, the heading included."""
        if parent.isValid():
            return 0
        return self._first_kind + len(KINDS) if self._folders else 1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """A heading can be neither chosen nor reached by the arrow keys."""
        if self._is_heading(index.row()):
            return Qt.ItemFlag.NoItemFlags
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemNeverHasChildren if index.isValid() else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the delegate, a tooltip or a screen reader asks for."""
        if not index.isValid():
            return None
        folder = self.folder(index.row())
        if role == FOLDER_ROLE:
            return folder
        if role == HEADING_ROLE:
            return self._is_heading(index.row())
        if role == KIND_ROLE:
            return self.kind(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name(index.row(), folder)
        if role == COUNT_ROLE:
            count = self._count(index.row(), folder)
            return "" if count is None else number(count)
        if role in (AWAY_ROLE, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._state(folder)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(index.row(), folder)
        if role == Qt.ItemDataRole.ToolTipRole and folder is not None:
            return "\n".join(part for part in (str(folder.path), self._state(folder)) if part)
        return None

    def _name(self, row: int, folder: FolderState | None) -> str:
        if folder is not None:
            return self.name_of(folder)
        kind = self.kind(row)
        if kind is not None:
            return kind_name(kind)
        if self._is_heading(row):
            return self.tr("Folders") if row == _HEADING else self.tr("Duplicates")
        return self.tr("All photos")

    def _count(self, row: int, folder: FolderState | None) -> int | None:
        """Photos, or groups of duplicates; ``None`` where there is nothing to count."""
        kind = self.kind(row)
        if kind is not None:
            return self._groups[kind]
        if self._is_heading(row):
            return None
        return self._total if folder is None else folder.photos

    def _state(self, folder: FolderState | None) -> str:
        return "" if folder is None or folder.is_there else self.tr("not there now")

    def _spoken(self, row: int, folder: FolderState | None) -> str:
        name = self._name(row, folder)
        count = self._count(row, folder)
        if count is None:
            return name
        if self.kind(row) is not None:
            words = self.tr("{name}, 1 group") if count == 1 else self.tr("{name}, {count} groups")
        else:
            words = self.tr("{name}, 1 photo") if count == 1 else self.tr("{name}, {count} photos")
        return words.format(name=name, count=number(count))


def kind_name(kind: DuplicateKind) -> str:
    """What a list of duplicates is called."""
    names = {
        "exact": QCoreApplication.translate("PlacesModel", "Exact copies"),
        "near": QCoreApplication.translate("PlacesModel", "Near-duplicates"),
        "burst": QCoreApplication.translate("PlacesModel", "Bursts"),
    }
    return names[kind]
