"""Searches in the background: one query at a time, the newest wins."""

from PySide6.QtCore import QObject, Signal

from clipsearch.core.types import Hit, Query
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.jobs import Job, JobRunner, Lane


class SearchSession(QObject):
    """Asks the library and tells the answer to the newest query only. GUI thread only."""

    answered = Signal(Query, object)
    """The query and its ``list[Hit]``, the best first."""
    failed = Signal(object)
    """The exception of the newest query."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Do nothing yet; `search` asks."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._job: Job | None = None
        self._query = Query()

    def search(self, query: Query) -> None:
        """Ask; forgets an older query that is still on its way."""
        self.cancel()
        self._query = query
        self._job = self._runner.submit(
            Lane.INTERACTIVE, self._library.search, query, topic="search"
        )
        self._job.succeeded.connect(self._answer)
        self._job.failed.connect(self.failed)

    def cancel(self) -> None:
        """Want no answer any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _answer(self, hits: list[Hit]) -> None:
        self.answered.emit(self._query, hits)
