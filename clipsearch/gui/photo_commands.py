"""What can be done with the photos that are current or selected in the grid."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from clipsearch.errors import ClipSearchError
from clipsearch.gui.actions import Actions
from clipsearch.gui.layout import Parts
from clipsearch.gui.photo_model import BEHIND_ROLE
from clipsearch.gui.reveal import show_in_folder


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
        self._enable()

    def _enable(self) -> None:
        index = self._parts.grid.currentIndex()
        has_photo = index.isValid()
        self._actions.unfold.setEnabled(has_photo and bool(index.data(BEHIND_ROLE)))
        for action in (self._actions.open, *self._actions.of_a_photo):
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
        photo = self._parts.grid.current_photo()
        if photo is not None:
            self._parts.preview.leave()
            self._parts.search.search_like(photo.path)

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
