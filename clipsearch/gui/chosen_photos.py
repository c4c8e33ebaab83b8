"""The photos that commands for files are about."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from clipsearch.core.types import Photo
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession


class ChosenPhotos(QObject):
    """The selected photos; without a selection, all. GUI thread only."""

    def __init__(
        self, actions: Sequence[QAction], parts: Parts, session: LibrarySession, parent: QObject
    ) -> None:
        """Follow the library.

        Args:
            actions: They are there once there are photos.
            parts: Of the window.
            session: Tells when there are photos.
            parent: Whose commands they are.
        """
        super().__init__(parent)
        self._actions = actions
        self._grid = parts.grid
        self._all: list[Photo] = []
        self._take([])
        session.photos_changed.connect(self._take)

    @property
    def photos(self) -> list[Photo]:
        """In the order of the grid."""
        return (self._grid.selected_photos() if self._grid.isVisible() else []) or self._all

    def _take(self, photos: list[Photo]) -> None:
        self._all = photos
        for action in self._actions:
            action.setEnabled(bool(photos))
