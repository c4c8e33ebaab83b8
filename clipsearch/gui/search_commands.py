"""What can be done with the search field, with the history and with saved searches."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from clipsearch.gui.actions import Actions
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.kept_searches import KeptSearches
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.saved_searches import SavedSearches
from clipsearch.gui.search_history import SearchHistory
from clipsearch.gui.search_session import SearchSession


class SearchCommands(QObject):
    """Performs the actions of the menu "Search". GUI thread only."""

    failed = Signal(object)
    """The exception: it cannot be done, or what is kept cannot be read."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        searches: SearchSession,
        library: PhotoLibrary,
        runner: JobRunner,
        scratch: Path,
        window: QObject,
    ) -> None:
        """Connect the actions; what is kept is read when the library is open."""
        super().__init__(window)
        actions.find.triggered.connect(parts.search.take_focus)
        actions.clear.triggered.connect(parts.search.clear)
        actions.add_filter.triggered.connect(parts.search.filter_button.open_menu)
        self.kept = KeptSearches(library, runner, self)
        self.history = SearchHistory(actions, parts, searches, self.kept, scratch)
        self.saved = SavedSearches(actions, parts, self.kept, scratch)
        session.opened.connect(self.kept.read)
        self.kept.failed.connect(self.failed)
        self.saved.failed.connect(self.failed)
