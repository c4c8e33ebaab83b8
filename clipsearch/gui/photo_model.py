"""The photos of the grid: a library, or the hits of a query."""

from collections.abc import Sequence

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

_Index = QModelIndex | QPersistentModelIndex


class PhotoModel(QAbstractListModel):
    """Holds photos and scores, and no pixels; nothing in it touches the disk. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._photos: Sequence[Photo] = ()
        self._scores: Sequence[float] | None = None

    @property
    def has_scores(self) -> bool:
        """Whether these are hits that were compared with words or pictures."""
        return self._scores is not None

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Replace the content by photos without scores."""
        self._replace(photos, None)

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Replace the content by hits, in their order."""
        scores = [hit.score for hit in hits if hit.score is not None]
        are_scored = len(scores) == len(hits)
        self._replace([hit.photo for hit in hits], scores if are_scored else None)

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
        name = self._photos[row].path.name
        if self._scores is None:
            return name
        return self.tr("{name}, score {score}").format(
            name=name, score=score_text(self._scores[row])
        )

    def _replace(self, photos: Sequence[Photo], scores: Sequence[float] | None) -> None:
        self.beginResetModel()
        self._photos = photos
        self._scores = scores
        self.endResetModel()


def score_text(score: float) -> str:
    """A score as it stands under a photo, in the user's number format."""
    return QLocale().toString(score, "f", 3)
