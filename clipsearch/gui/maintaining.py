"""Tidies up the library while nothing else is done to it."""

import logging

from PySide6.QtCore import QObject, QTimer

from clipsearch.core.maintenance_times import MaintenanceTimes
from clipsearch.core.types import IndexReport, MaintenanceReport
from clipsearch.errors import ClipSearchError
from clipsearch.gui import excepthook
from clipsearch.gui.contracts import PhotoLibrary, WorkPace
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.work_queue import at_pace

_log = logging.getLogger(__name__)

_LOOK_MS = 5_000


class Maintaining(QObject):
    """Tidies up soon after changes and now and then, and gives way to work. GUI thread only.

    It is no work of the user's: it has no place in the list of activities, and its errors go to
    the log.
    """

    def __init__(
        self,
        library: PhotoLibrary,
        session: LibrarySession,
        runner: JobRunner,
        pace: WorkPace,
        parent: QObject | None = None,
        *,
        times: MaintenanceTimes | None = None,
    ) -> None:
        """Tidy up ``library`` when ``times`` say so and ``session`` does nothing."""
        super().__init__(parent)
        self._library = library
        self._session = session
        self._runner = runner
        self._pace = pace
        self._times = times or MaintenanceTimes()
        self._job: Job | None = None
        session.indexed.connect(self._note_report)
        session.folder_removed.connect(self._times.note_change)
        session.work.started.connect(self.give_way)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look)
        self._looking.start()

    def look(self) -> None:
        """Tidy up if it is time."""
        is_free = self._job is None and self._session.is_open and self._session.work.is_empty
        if not (is_free and self._times.is_time):
            return
        self._job = self._runner.submit(
            Lane.LIBRARY, at_pace, self._pace, self._library.maintain, progress=True
        )
        self._job.succeeded.connect(self._note_done)
        self._job.failed.connect(self._note_failure)
        self._job.finished.connect(self._end)

    def give_way(self) -> None:
        """Stop, since there is something else to do; it is still time afterwards."""
        if self._job is not None:
            self._job.cancel()

    def _note_report(self, report: IndexReport) -> None:
        if report.wrote_something:
            self._times.note_change()

    def _note_done(self, report: MaintenanceReport) -> None:
        self._times.note_done(report)
        if report.compacted:
            self._session.look()  # It is to be read anew: now, not when the user searches.

    def _note_failure(self, error: Exception) -> None:
        self._times.note_done(None)
        if isinstance(error, ClipSearchError):
            _log.warning("the library was not tidied up: %s", error)
        else:
            excepthook.hand_over(error)

    def _end(self) -> None:
        self._job = None
