"""The photos of the grid: a library, or the hits of a query."""

from collections.abc import Sequence
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

PHOTO_ROLE = Qt.ItemDataRole.UserRole
"""The `Photo`."""
SCORE_ROLE = Qt.ItemDataRole.UserRole + 1
"""The score as ``float``; ``None`` where nothing was compared."""
BEHIND_ROLE = Qt.ItemDataRole.UserRole + 2
"""How many duplicates belong to a photo; 0 for most."""
UNFOLDED_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether these stand after it."""

_Index = QModelIndex | QPersistentModelIndex


class PhotoModel(QAbstractListModel):
    """Holds photos and scores, and no pixels; nothing in it touches the disk. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._photos: Sequence[Photo] = ()
        self._scores: Sequence[float | None] | None = None
        self._behind: dict[Path, tuple[Photo, ...]] = {}
        self._unfolded: set[Path] = set()

    @property
    def has_scores(self) -> bool:
        """Whether these are hits that were compared with words or pictures."""
        return self._scores is not None

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Replace the content by photos without scores."""
        self._replace(photos, None, {})

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Replace the content by hits, in their order."""
        scores = [hit.score for hit in hits if hit.score is not None]
        are_scored = len(scores) == len(hits)
        behind = {hit.photo.path: hit.duplicates for hit in hits if hit.duplicates}
        self._replace([hit.photo for hit in hits], scores if are_scored else None, behind)

    def toggle_duplicates(self, row: int) -> None:
        """Show the duplicates of a photo after it, or hide them again; all others stay."""
        path = self._photos[row].path
        behind = self._behind.get(path)
        if behind is None:
            return
        first, last = row + 1, row + len(behind)
        if path in self._unfolded:
            self.beginRemoveRows(QModelIndex(), first, last)
            self._unfolded.discard(path)
            self._splice(first, last + 1, ())
            self.endRemoveRows()
        else:
            self.beginInsertRows(QModelIndex(), first, last)
            self._unfolded.add(path)
            self._splice(first, first, behind)
            self.endInsertRows()
        self.dataChanged.emit(self.index(row), self.index(row))

    def photo(self, row: int) -> Photo:
        """The photo of a row.

        Raises:
            IndexError: There is no such row.
        """
        return self._photos[row]

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
        if role == SCORE_ROLE:
            return None if self._scores is None else self._scores[index.row()]
        if role == BEHIND_ROLE:
            return len(self._behind.get(photo.path, ()))
        if role == UNFOLDED_ROLE:
            return photo.path in self._unfolded
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(photo.path)
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
        score = None if self._scores is None else self._scores[row]
        if score is None:
            return words
        return self.tr("{name}, score {score}").format(name=words, score=score_text(score))

    def _splice(self, start: int, end: int, photos: Sequence[Photo]) -> None:
        """Put photos without scores in the place of some rows."""
        self._photos = [*self._photos[:start], *photos, *self._photos[end:]]
        if self._scores is not None:
            scores = [None] * len(photos)
            self._scores = [*self._scores[:start], *scores, *self._scores[end:]]

    def _replace(
        self,
        photos: Sequence[Photo],
        scores: Sequence[float] | None,
        behind: dict[Path, tuple[Photo, ...]],
    ) -> None:
        self.beginResetModel()
        self._photos = photos
        self._scores = scores
        self._behind = behind
        self._unfolded = set()
        self.endResetModel()


def score_text(score: float) -> str:
    """A score as it stands under a photo, in the user's number format."""
    return QLocale().toString(score, "f", 3)
