"""The places of the sidebar: all photos, and the library's folders."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from clipsearch.core.types import FolderState
from clipsearch.gui.work import number

FOLDER_ROLE = Qt.ItemDataRole.UserRole
"""The `FolderState`; ``None`` for what is no folder."""
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
"""How many photos, as text; empty for a heading."""
AWAY_ROLE = Qt.ItemDataRole.UserRole + 2
"""A few words on a folder that is not there now; empty for all others."""
HEADING_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether the row only names those below it."""

_Index = QModelIndex | QPersistentModelIndex
_ALL, _HEADING, _FIRST_FOLDER = range(3)


class PlacesModel(QAbstractListModel):
    """All photos, then a heading with the folders, if there are any. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of no folder and no photo yet."""
        super().__init__(parent)
        self._folders: Sequence[FolderState] = ()
        self._total = 0

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
            last = self.index(self.rowCount() - 1)
            self.dataChanged.emit(self.index(_FIRST_FOLDER), last)

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
        return _FIRST_FOLDER + len(self._folders) if self._folders else 1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """A heading can be neither chosen nor reached by the arrow keys."""
        if index.row() == _HEADING:
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
            return index.row() == _HEADING
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name(index.row(), folder)
        if role == COUNT_ROLE:
            return "" if index.row() == _HEADING else number(self._photos(folder))
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
        return self.tr("Folders") if row == _HEADING else self.tr("All photos")

    def _photos(self, folder: FolderState | None) -> int:
        return self._total if folder is None else folder.photos

    def _state(self, folder: FolderState | None) -> str:
        return "" if folder is None or folder.is_there else self.tr("not there now")

    def _spoken(self, row: int, folder: FolderState | None) -> str:
        name = self._name(row, folder)
        if row == _HEADING:
            return name
        photos = self._photos(folder)
        words = self.tr("{name}, 1 photo") if photos == 1 else self.tr("{name}, {count} photos")
        return words.format(name=name, count=number(photos))
