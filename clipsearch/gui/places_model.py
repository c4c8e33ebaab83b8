"""The places of the sidebar: all photos, folders, saved searches, duplicates and training."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from clipsearch.core.types import DuplicateKind, FolderState
from clipsearch.gui.work import number

if TYPE_CHECKING:
    from clipsearch.core.searches import SavedSearch

FOLDER_ROLE = Qt.ItemDataRole.UserRole
"""The `FolderState`; ``None`` for what is no folder."""
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
"""How many photos, as text; empty where nothing is counted."""
AWAY_ROLE = Qt.ItemDataRole.UserRole + 2
"""A few words on a folder that is not there now; empty for all others."""
HEADING_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether the row only names those below it."""
KIND_ROLE = Qt.ItemDataRole.UserRole + 4
"""The `DuplicateKind`; ``None`` for what is no list of duplicates."""
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 5
"""The `SavedSearch`; ``None`` for what is none."""
TRAINING_ROLE = Qt.ItemDataRole.UserRole + 6
"""Whether the row is the page on which a model is trained."""
KINDS: tuple[DuplicateKind, ...] = ("exact", "near", "burst")

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Place:
    """A row: a heading, or what can be shown; all photos if it is nothing else."""

    heading: str = ""
    folder: FolderState | None = None
    search: "SavedSearch | None" = None
    kind: DuplicateKind | None = None
    is_training: bool = False


class PlacesModel(QAbstractListModel):
    """All photos, and below headings the folders, the saved searches and lists of duplicates.

    GUI thread only.
    """

    rename_wanted = Signal(str, str)
    """A saved search was given another name in the list: the old and the new one."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of no folder and no photo yet."""
        super().__init__(parent)
        self._folders: Sequence[FolderState] = ()
        self._searches: Sequence[SavedSearch] = ()
        self._total = 0
        self._groups: dict[DuplicateKind, int | None] = dict.fromkeys(KINDS)
        self._can_train = False
        self._places = [Place()]

    def show_total(self, photos: int) -> None:
        """The library holds so many photos."""
        self._total = photos
        self.dataChanged.emit(self.index(0), self.index(0))

    def show_folders(self, folders: Sequence[FolderState]) -> None:
        """These are the folders; as long as they are the same, no row comes or goes."""
        if [folder.path for folder in folders] != [folder.path for folder in self._folders]:
            self._folders = tuple(folders)
            self._reset()
        elif folders:
            self._folders = tuple(folders)
            self._places = list(self._lay_out())
            self.dataChanged.emit(self.index(0), self.index(len(self._places) - 1))

    def show_searches(self, searches: "Sequence[SavedSearch]") -> None:
        """These are the saved searches; as long as they are the same, no row comes or goes."""
        if tuple(searches) != self._searches:
            self._searches = tuple(searches)
            self._reset()

    def show_groups(self, kind: DuplicateKind, groups: int | None) -> None:
        """There are so many groups of duplicates of a kind; ``None`` if nobody knows."""
        self._groups[kind] = groups
        row = self.row_of_kind(kind)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))

    def offer_training(self) -> None:
        """There is a page on which a model can be trained."""
        self._can_train = True
        self._reset()

    def place(self, row: int) -> Place:
        """What a row stands for."""
        return self._places[row] if 0 <= row < len(self._places) else Place()

    def row_of(self, folder: Path) -> int | None:
        """Where a folder stands; ``None`` if it is not there."""
        return self._row(lambda place: place.folder is not None and place.folder.path == folder)

    def row_of_kind(self, kind: DuplicateKind) -> int | None:
        """Where a list of duplicates stands; ``None`` while the library has no folders."""
        return self._row(lambda place: place.kind == kind)

    def row_of_training(self) -> int | None:
        """Where the page of training stands; ``None`` while the library has no folders."""
        return self._row(lambda place: place.is_training)

    def row_of_search(self, name: str) -> int | None:
        """Where a saved search stands; ``None`` if it is not there."""
        return self._row(lambda place: place.search is not None and place.search.name == name)

    def name_of(self, folder: FolderState) -> str:
        """What a folder is called: its name, and that of its parent where that tells it apart."""
        name = folder.path.name or str(folder.path)
        namesakes = Counter(other.path.name for other in self._folders)[folder.path.name]
        if namesakes < 2 or not folder.path.parent.name:
            return name
        return self.tr("{name} in {parent}").format(name=name, parent=folder.path.parent.name)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many places there are, the headings included."""
        return 0 if parent.isValid() else len(self._places)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """A heading can be neither chosen nor reached; a saved search can be renamed."""
        place = self.place(index.row())
        if place.heading:
            return Qt.ItemFlag.NoItemFlags
        flags = super().flags(index)
        if place.search is not None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags | Qt.ItemFlag.ItemNeverHasChildren if index.isValid() else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the delegate, a tooltip or a screen reader asks for."""
        if not index.isValid():
            return None
        place = self._places[index.row()]
        if role == FOLDER_ROLE:
            return place.folder
        if role == HEADING_ROLE:
            return bool(place.heading)
        if role == KIND_ROLE:
            return place.kind
        if role == TRAINING_ROLE:
            return place.is_training
        if role == SEARCH_ROLE:
            return place.search
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._name(place)
        if role == COUNT_ROLE:
            count = self._count(place)
            return "" if count is None else number(count)
        if role in (AWAY_ROLE, Qt.ItemDataRole.AccessibleDescriptionRole):
            return _state(place)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(place)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(place)
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name of a saved search; it has that when the library has."""
        search = self.place(index.row()).search
        name = str(value).strip()
        is_edit = role == Qt.ItemDataRole.EditRole
        if is_edit and search is not None and name not in ("", search.name):
            self.rename_wanted.emit(search.name, name)
        return False

    def _row(self, is_wanted: Callable[[Place], bool]) -> int | None:
        return next((row for row, place in enumerate(self._places) if is_wanted(place)), None)

    def _reset(self) -> None:
        self.beginResetModel()
        self._places = list(self._lay_out())
        self.endResetModel()

    def _lay_out(self) -> Iterator[Place]:
        yield Place()
        if self._folders:
            yield Place(self.tr("Folders"))
            yield from (Place(folder=folder) for folder in self._folders)
        if self._searches:
            yield Place(self.tr("Saved searches"))
            yield from (Place(search=search) for search in self._searches)
        if self._folders:
            yield Place(self.tr("Duplicates"))
            yield from (Place(kind=kind) for kind in KINDS)
        if self._folders and self._can_train:
            yield Place(self.tr("Model"))
            yield Place(is_training=True)

    def _name(self, place: Place) -> str:
        if place.folder is not None:
            return self.name_of(place.folder)
        if place.kind is not None:
            return kind_name(place.kind)
        if place.search is not None:
            return place.search.name
        if place.is_training:
            return self.tr("Train")
        return place.heading or self.tr("All photos")

    def _count(self, place: Place) -> int | None:
        """Photos, or groups of duplicates; ``None`` where nothing is counted."""
        if place.kind is not None:
            return self._groups[place.kind]
        if place.heading or place.search is not None or place.is_training:
            return None
        return self._total if place.folder is None else place.folder.photos

    def _spoken(self, place: Place) -> str:
        name = self._name(place)
        count = self._count(place)
        if count is None:
            return name
        if place.kind is not None:
            words = self.tr("{name}, 1 group") if count == 1 else self.tr("{name}, {count} groups")
        else:
            words = self.tr("{name}, 1 photo") if count == 1 else self.tr("{name}, {count} photos")
        return words.format(name=name, count=number(count))


def _state(place: Place) -> str:
    is_there = place.folder is None or place.folder.is_there
    return "" if is_there else QCoreApplication.translate("PlacesModel", "not there now")


def _tip(place: Place) -> str | None:
    if place.search is not None:
        return place.search.query
    if place.folder is None:
        return None
    return "\n".join(part for part in (str(place.folder.path), _state(place)) if part)


def kind_name(kind: DuplicateKind) -> str:
    """What a list of duplicates is called."""
    names = {
        "exact": QCoreApplication.translate("PlacesModel", "Exact copies"),
        "near": QCoreApplication.translate("PlacesModel", "Near-duplicates"),
        "burst": QCoreApplication.translate("PlacesModel", "Bursts"),
    }
    return names[kind]
