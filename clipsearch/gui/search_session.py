"""Searches in the background: one query at a time, the newest wins."""

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from clipsearch.core.query import Query
from clipsearch.core.types import Page
from clipsearch.errors import ImageError
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.jobs import Job, JobRunner, Lane

_log = logging.getLogger(__name__)


class SearchSession(QObject):
    """Asks the library and tells the answer to the newest query only. GUI thread only."""

    answered = Signal(Query, object, int)
    """The newest query, a `Page`, and how many hits it was asked for."""
    failed = Signal(Query, object)
    """The newest query and its exception."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Do nothing yet; `search` asks."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._job: Job | None = None
        self._query = Query()
        self._count = 0

    @property
    def is_asking(self) -> bool:
        """Whether an answer is on its way."""
        return self._job is not None

    def search(self, query: Query, count: int) -> None:
        """Ask for some hits of a query; forgets an older one that is still on its way.

        Args:
            query: Says from which hit on; its own ``k`` is of no account.
            count: How many.
        """
        self.cancel()
        self._query = query
        self._count = count
        asked = replace(query, k=count)
        self._job = self._runner.submit(
            Lane.INTERACTIVE, self._library.search_page, asked, topic="search"
        )
        self._job.succeeded.connect(self._answer)
        self._job.failed.connect(self._fail)

    def cancel(self) -> None:
        """Want no answer any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _answer(self, page: Page) -> None:
        self._job = None
        if self._query.fold:
            # So that the next answers can be folded: nothing changes under the user's eyes.
            asked = replace(self._query, k=self._count)
            job = self._runner.submit(
                Lane.DUPLICATES, look_at_versions, self._library, asked, topic="versions"
            )
            job.failed.connect(_note)
        self.answered.emit(self._query, page, self._count)

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.failed.emit(self._query, error)


def look_at_versions(library: PhotoLibrary, query: Query) -> None:
    """Find out which hits are versions of one picture, where nobody has; for a worker thread."""
    library.search_page(query, patiently=True)


def _note(error: Exception) -> None:
    _log.info("versions among the hits stay unknown: %s", error)


def unusable_picture(query: Query, error: Exception) -> Path | None:
    """Tell which of a query's pictures cannot be read; ``None`` if something else failed."""
    if not isinstance(error, ImageError):
        return None
    if len(query.pictures) == 1:
        return query.pictures[0]
    return error.path if error.path in query.pictures else None
