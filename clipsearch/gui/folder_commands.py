"""What can be done with the folder that is chosen in the sidebar."""

from PySide6.QtCore import QObject, Signal

from clipsearch.errors import ClipSearchError
from clipsearch.gui.actions import Actions
from clipsearch.gui.dialogs import ask_to_remove
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.reveal import show_folder
from clipsearch.gui.sidebar import Sidebar


class FolderCommands(QObject):
    """Performs the actions of a folder. GUI thread only."""

    failed = Signal(object)
    """The exception: it cannot be done."""

    def __init__(
        self, actions: Actions, sidebar: Sidebar, session: LibrarySession, parent: QObject
    ) -> None:
        """Connect the actions of a folder to what they do."""
        super().__init__(parent)
        self._actions = actions
        self._sidebar = sidebar
        self._session = session
        actions.folder_update.triggered.connect(self._update)
        actions.folder_reveal.triggered.connect(self._reveal)
        actions.folder_remove.triggered.connect(self._ask)
        sidebar.chosen.connect(self._enable)
        sidebar.model.dataChanged.connect(self._enable)
        sidebar.model.modelReset.connect(self._enable)
        self._enable()

    def _enable(self) -> None:
        folder = self._sidebar.folder
        is_there = folder is not None and folder.is_there
        self._actions.folder_update.setEnabled(is_there)
        self._actions.folder_reveal.setEnabled(is_there)
        self._actions.folder_remove.setEnabled(folder is not None)

    def _update(self) -> None:
        folder = self._sidebar.folder
        if folder is not None:
            self._session.update_folder(folder.path)

    def _reveal(self) -> None:
        folder = self._sidebar.folder
        if folder is None:
            return
        try:
            show_folder(folder.path)
        except ClipSearchError as error:
            self.failed.emit(error)

    def _ask(self) -> None:
        folder = self._sidebar.folder
        if folder is not None:
            path = folder.path
            ask_to_remove(self._sidebar, folder, lambda: self._session.remove_folder(path))
