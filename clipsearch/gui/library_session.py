"""The library in the background: opening, warming up, indexing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from clipsearch.core.types import IndexReport, LibraryInfo, Photo
from clipsearch.gui.contracts import PhotoLibrary, SampleMaker
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.progress import Progress

log = logging.getLogger(__name__)

_LOOK_MS = 4000
"""Milliseconds between two looks at what indexing has brought so far."""

_IDLE_CHECK_MS = 60_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A library that has been opened."""

    notices: tuple[str, ...]
    photos: list[Photo]
    info: LibraryInfo


def open_library(library: PhotoLibrary) -> Opened:
    """Open the stores and read what the window shows first; for a worker thread."""
    notices = library.open()
    return Opened(notices, library.photos(), library.info())


def warm_up(library: PhotoLibrary) -> LibraryInfo:
    """Load the model; for a worker thread."""
    library.warm_up()
    return library.info()


def look(library: PhotoLibrary) -> Opened:
    """Read what the library holds now; for a worker thread."""
    return Opened((), library.photos(), library.info())


def index_samples(
    library: PhotoLibrary, make_samples: SampleMaker, progress: Progress
) -> IndexReport:
    """Put the sample photos into the cache and index them; for a worker thread."""
    return library.index([make_samples()], progress=progress)


class LibrarySession(QObject):
    """What the window knows of the library. GUI thread only."""

    noticed = Signal(str)
    """A sentence that the user should read."""
    photos_changed = Signal(object)
    """All photos, a ``list[Photo]``, the newest first."""
    info_changed = Signal(object)
    """A `LibraryInfo`."""
    opened = Signal()
    ready = Signal()
    """The model is loaded: queries are answered at once."""
    indexing_started = Signal()
    indexing_moved = Signal(int, object, str)
    """Done, total or ``None``, note."""
    indexed = Signal(object)
    """An `IndexReport`."""
    indexing_ended = Signal()
    """No indexing is left to do, whatever became of it."""
    failed = Signal(object)
    """The exception of whatever went wrong."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Do nothing yet; `start` opens the library."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._indexing: list[Job] = []
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look)
        self._idling = QTimer(self, interval=_IDLE_CHECK_MS)
        self._idling.timeout.connect(self._release_idle_model)

    @property
    def is_indexing(self) -> bool:
        """Whether folders are being indexed or wait for it."""
        return bool(self._indexing)

    def start(self) -> None:
        """Open the library, then load the model while the user looks at the photos."""
        job = self._runner.submit(Lane.LIBRARY, open_library, self._library)
        job.succeeded.connect(self._take)
        job.succeeded.connect(self._mend)
        job.succeeded.connect(self._warm_up)
        job.failed.connect(self.failed)
        job.finished.connect(self.opened)

    def look(self) -> None:
        """Read again what the library holds."""
        job = self._runner.submit(Lane.INTERACTIVE, look, self._library, topic="look")
        job.succeeded.connect(self._take)
        job.failed.connect(self.failed)

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Index folders after what is being indexed already."""
        self._follow(
            self._runner.submit(Lane.LIBRARY, self._library.index, list(folders), progress=True)
        )

    def add_samples(self, make_samples: SampleMaker) -> None:
        """Index the sample photos."""
        self._follow(
            self._runner.submit(
                Lane.LIBRARY, index_samples, self._library, make_samples, progress=True
            )
        )

    def update(self) -> None:
        """Bring all folders that were ever added up to date."""
        self._follow(self._runner.submit(Lane.LIBRARY, _update, self._library, progress=True))

    def cancel_indexing(self) -> None:
        """Stop; what is finished stays in the library."""
        for job in self._indexing:
            job.cancel()

    def _warm_up(self) -> None:
        job = self._runner.submit(Lane.INTERACTIVE, warm_up, self._library)
        job.succeeded.connect(self._warmed_up)
        job.failed.connect(self.failed)

    def _warmed_up(self, info: LibraryInfo) -> None:
        self.info_changed.emit(info)
        self.ready.emit()
        self._idling.start()
        if info.index_state == "outdated":
            self.noticed.emit(self.tr("The model has changed: all photos are looked at anew."))
            self.update()

    def _mend(self, found: Opened) -> None:
        # The notice that the damaged index was moved aside has been shown.
        if found.info.index_state == "incomplete" and found.info.folders:
            self.update()

    def _release_idle_model(self) -> None:
        # In the lane of the queries: none can be under way.
        self._runner.submit(Lane.INTERACTIVE, self._library.release_idle_model, topic="idle")

    def _take(self, found: Opened) -> None:
        for notice in found.notices:
            self.noticed.emit(notice)
        self.info_changed.emit(found.info)
        self.photos_changed.emit(found.photos)

    def _follow(self, job: Job) -> None:
        self._indexing.append(job)
        job.progressed.connect(self.indexing_moved)
        job.succeeded.connect(self._report)
        job.failed.connect(self.failed)
        job.finished.connect(self._end)
        self._looking.start()
        self.indexing_started.emit()

    def _report(self, report: IndexReport) -> None:
        for notice in report.notices:
            self.noticed.emit(notice)
        self.indexed.emit(report)

    def _end(self) -> None:
        job = self.sender()
        self._indexing = [other for other in self._indexing if other is not job]
        if not self._indexing:
            self._looking.stop()
            self.indexing_ended.emit()
        self.look()


def _update(library: PhotoLibrary, progress: Progress) -> IndexReport:
    return library.index((), progress=progress)
