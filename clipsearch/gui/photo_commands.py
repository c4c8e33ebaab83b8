"""What can be done with the photos that are current or selected in the grid."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from clipsearch.core.query import Picture
from clipsearch.errors import ClipSearchError, InputError
from clipsearch.gui.actions import Actions
from clipsearch.gui.layout import Parts
from clipsearch.gui.photo_model import BEHIND_ROLE
from clipsearch.gui.reveal import show_in_folder

_MOST_PICTURES = 10
"""Each is read, and compared with every photo."""


class PhotoCommands(QObject):
    """Performs the actions of a photo, from the grid and from the preview. GUI thread only."""

    failed = Signal(object)
    """The exception: it cannot be done."""
    done = Signal()
    """A photo was shown, large or in its folder."""

    def __init__(self, actions: Actions, parts: Parts, parent: QObject) -> None:
        """Connect the actions of a photo to what they do."""
        super().__init__(parent)
        self._actions = actions
        self._parts = parts
        actions.open.triggered.connect(self._open_current)
        actions.unfold.triggered.connect(self._unfold)
        actions.similar.triggered.connect(self._find_similar)
        actions.add_similar.triggered.connect(self._add_similar)
        actions.search_part.triggered.connect(self._search_part)
        actions.add_part.triggered.connect(self._add_part)
        actions.reveal.triggered.connect(self._reveal)
        actions.copy_path.triggered.connect(self._copy_paths)
        parts.grid.opened.connect(parts.preview.open_row)
        parts.grid.selectionModel().currentChanged.connect(self._enable)
        parts.model.modelReset.connect(self._enable)
        parts.model.dataChanged.connect(self._enable)
        parts.preview.moved.connect(parts.grid.show_row)
        parts.preview.closed.connect(self._return_to_grid)
        parts.preview.failed.connect(self.failed)
        parts.preview.moved.connect(self.done)
        parts.preview.part_drawn.connect(self._enable_part)
        parts.preview.part_accepted.connect(self._accept_part)
        self._enable_part(False)
        self._enable()

    def _enable(self) -> None:
        index = self._parts.grid.currentIndex()
        has_photo = index.isValid()
        self._actions.unfold.setEnabled(has_photo and bool(index.data(BEHIND_ROLE)))
        for action in self._actions.of_photos:
            action.setEnabled(has_photo)

    def _open_current(self) -> None:
        index = self._parts.grid.currentIndex()
        if index.isValid():
            self._parts.preview.open_row(index.row())

    def _unfold(self) -> None:
        index = self._parts.grid.currentIndex()
        if index.isValid():
            self._parts.model.toggle_duplicates(index.row())

    def _return_to_grid(self) -> None:
        self._parts.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _find_similar(self) -> None:
        pictures = self._chosen_pictures()
        if pictures:
            self._parts.preview.leave()
            self._parts.search.search_like(*pictures)

    def _add_similar(self) -> None:
        pictures = self._chosen_pictures()
        if pictures:
            self._parts.preview.leave()
            self._parts.search.add_pictures(*pictures)

    def _chosen_pictures(self) -> list[Picture]:
        """Those that are selected; the one that is shown large is the only one."""
        grid, current = self._parts.grid, self._parts.grid.current_photo()
        photos = grid.selected_photos() or ([] if current is None else [current])
        if len(photos) > _MOST_PICTURES:
            reason = f"{len(photos)} photos are selected: to search by them, select at most"
            self.failed.emit(InputError(f"{reason} {_MOST_PICTURES}."))
            return []
        return [Picture(photo.path) for photo in photos]

    def _enable_part(self, is_drawn: bool) -> None:
        for action in self._actions.of_a_part:
            action.setEnabled(is_drawn)

    def _accept_part(self, is_added: bool) -> None:
        if is_added:
            self._add_part()
        else:
            self._search_part()

    def _search_part(self) -> None:
        part = self._parts.preview.part
        if part is not None:
            self._parts.preview.leave()
            self._parts.search.search_like(part)

    def _add_part(self) -> None:
        part = self._parts.preview.part
        if part is not None:
            self._parts.preview.leave()
            self._parts.search.add_pictures(part)

    def _reveal(self) -> None:
        photo = self._parts.grid.current_photo()
        if photo is None:
            return
        try:
            show_in_folder(photo.path)
        except ClipSearchError as error:
            self.failed.emit(error)
        else:
            self.done.emit()

    def _copy_paths(self) -> None:
        paths = [str(photo.path) for photo in self._parts.grid.selected_photos()]
        if paths:
            QGuiApplication.clipboard().setText("\n".join(paths))
