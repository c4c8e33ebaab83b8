"""The photos of the grid: a library, or the hits of a query."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QLocale,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
)

from clipsearch.core.types import Hit, Photo
from clipsearch.gui.query_words import part_words

PHOTO_ROLE = Qt.ItemDataRole.UserRole
"""The `Photo`."""
RELEVANCE_ROLE = Qt.ItemDataRole.UserRole + 1
"""How certain the hit is, ``float`` from 0 to 1; ``None`` where nothing was compared."""
CERTAIN_ROLE = Qt.ItemDataRole.UserRole + 2
"""Whether it is certain enough to be shown without being asked for."""
BEHIND_ROLE = Qt.ItemDataRole.UserRole + 3
"""How many duplicates belong to a photo; 0 for most."""
UNFOLDED_ROLE = Qt.ItemDataRole.UserRole + 4
"""Whether these stand after it."""

_Index = QModelIndex | QPersistentModelIndex


class PhotoModel(QAbstractListModel):
    """Holds photos and hits, and no pixels; nothing in it touches the disk. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._photos: Sequence[Photo] = ()
        self._hits: Sequence[Hit | None] | None = None
        self._are_compared = False
        self._behind: dict[Path, tuple[Photo, ...]] = {}
        self._unfolded: dict[Path, int] = {}

    @property
    def are_compared(self) -> bool:
        """Whether these are hits that were compared with words or pictures."""
        return self._are_compared

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Replace the content by photos that were not searched for."""
        self._replace(photos, None, {})

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Replace the content by hits, in their order."""
        behind = {hit.photo.path: hit.duplicates for hit in hits if hit.duplicates}
        self._replace([hit.photo for hit in hits], list(hits), behind)

    def append_hits(self, hits: Sequence[Hit], behind: Mapping[Path, tuple[Photo, ...]]) -> None:
        """Add hits below, and duplicates behind hits that are there; no row moves.

        Args:
            hits: The next ones, compared if those above are.
            behind: More duplicates, by the paths of their hits; where some are shown already,
                these are seen the next time.
        """
        for path, photos in behind.items():
            self._behind[path] = (*self._behind.get(path, ()), *photos)
        for row, photo in enumerate(self._photos if behind else ()):
            if photo.path in behind:
                self.dataChanged.emit(self.index(row), self.index(row))
        if hits:
            self._behind |= {hit.photo.path: hit.duplicates for hit in hits if hit.duplicates}
            first = len(self._photos)
            self.beginInsertRows(QModelIndex(), first, first + len(hits) - 1)
            self._photos = [*self._photos, *(hit.photo for hit in hits)]
            if self._hits is not None:
                self._hits = [*self._hits, *hits]
            self.endInsertRows()

    def toggle_duplicates(self, row: int) -> None:
        """Show the duplicates of a photo after it, or hide them again; all others stay."""
        path = self._photos[row].path
        behind = self._behind.get(path)
        if behind is None:
            return
        first, last = row + 1, row + self._unfolded.get(path, len(behind))
        if path in self._unfolded:
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._unfolded[path]
            self._splice(first, last + 1, ())
            self.endRemoveRows()
        else:
            self.beginInsertRows(QModelIndex(), first, last)
            self._unfolded[path] = len(behind)
            self._splice(first, first, behind)
            self.endInsertRows()
        self.dataChanged.emit(self.index(row), self.index(row))

    def photo(self, row: int) -> Photo:
        """The photo of a row.

        Raises:
            IndexError: There is no such row.
        """
        return self._photos[row]

    def hit(self, row: int) -> Hit | None:
        """Why the photo of a row is here; ``None`` if it was not searched for by itself."""
        return None if self._hits is None else self._hits[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many photos there are."""
        return 0 if parent.isValid() else len(self._photos)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the view, a tooltip or a screen reader asks for."""
        if not index.isValid():
            return None
        photo = self._photos[index.row()]
        if role == PHOTO_ROLE:
            return photo
        hit = self.hit(index.row())
        if role == RELEVANCE_ROLE:
            return hit.relevance if hit is not None and hit.score is not None else None
        if role == CERTAIN_ROLE:
            return hit is None or hit.above_cutoff
        if role == BEHIND_ROLE:
            return len(self._behind.get(photo.path, ()))
        if role == UNFOLDED_ROLE:
            return photo.path in self._unfolded
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(index.row())
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Photos can be selected and dragged out as files."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        """Photos are dragged as file addresses."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files of the dragged photos."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._photos[index.row()].path)) for index in indexes])
        return mime

    def supportedDragActions(self) -> Qt.DropAction:
        """Copying only: the originals stay where they are."""
        return Qt.DropAction.CopyAction

    def _spoken(self, row: int) -> str:
        path = self._photos[row].path
        words = path.name
        behind = self._behind.get(path)
        if behind is not None:
            words = self.tr("{name}, with duplicates: {count}").format(
                name=words, count=len(behind)
            )
        hit = self.hit(row)
        if hit is None or hit.score is None:
            return words
        return self.tr("{name}, {percent} certain").format(
            name=words, percent=relevance_text(hit.relevance)
        )

    def _tip(self, row: int) -> str:
        path = str(self._photos[row].path)
        hit = self.hit(row)
        if hit is None or len(hit.parts) < 2:
            return path
        parts = [f"{part_words(match.part)}, {relevance_text(match.met)}" for match in hit.parts]
        return "\n".join([path, *parts])

    def _splice(self, start: int, end: int, photos: Sequence[Photo]) -> None:
        """Put photos that were not compared in the place of some rows."""
        self._photos = [*self._photos[:start], *photos, *self._photos[end:]]
        if self._hits is not None:
            nothing = [None] * len(photos)
            self._hits = [*self._hits[:start], *nothing, *self._hits[end:]]

    def _replace(
        self,
        photos: Sequence[Photo],
        hits: Sequence[Hit] | None,
        behind: dict[Path, tuple[Photo, ...]],
    ) -> None:
        self.beginResetModel()
        self._photos = photos
        self._hits = hits
        self._are_compared = hits is not None and all(hit.score is not None for hit in hits)
        self._behind = behind
        self._unfolded = {}
        self.endResetModel()


def relevance_text(relevance: float) -> str:
    """A relevance as it stands under a photo, in the user's number format."""
    return f"{QLocale().toString(round(100 * relevance))} %"
