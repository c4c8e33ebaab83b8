"""The library in the background: opening, warming up, indexing."""

import logging
import os
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
    """A sentence on the library, found on opening it, that the user should read."""
    photos_changed = Signal(object)
    """All photos, a ``list[Photo]``, the newest first."""
    info_changed = Signal(object)
    """A `LibraryInfo`."""
    opened = Signal()
    """The library could be read for the first time."""
    unreadable = Signal(object)
    """The exception: the library cannot be opened, or be read any more."""
    ready = Signal()
    """The model is loaded: queries are answered at once."""
    model_failed = Signal(object)
    """The exception: the model cannot be loaded."""
    outdated = Signal()
    """The model has changed since the photos were indexed; they are being indexed again."""
    indexing_started = Signal()
    indexing_moved = Signal(int, object, str)
    """Done, total or ``None``, note."""
    indexed = Signal(object, object)
    """An `IndexReport`, and the folders that were added, a ``tuple[Path, ...]``."""
    indexing_failed = Signal(object)
    """The exception."""
    indexing_stopped = Signal(bool)
    """The user stopped it; tells whether an update would take it up again."""
    indexing_ended = Signal()
    """No indexing is left to do, whatever became of it."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Do nothing yet; `start` opens the library."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._is_open = False
        self._indexing: dict[Job, tuple[Path, ...]] = {}
        self._stopped: list[Path] | None = None
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look)
        self._idling = QTimer(self, interval=_IDLE_CHECK_MS)
        self._idling.timeout.connect(self._release_idle_model)

    @property
    def is_indexing(self) -> bool:
        """Whether folders are being indexed or wait for it."""
        return bool(self._indexing)

    @property
    def is_open(self) -> bool:
        """Whether the library could be read."""
        return self._is_open

    def start(self) -> None:
        """Open the library, then load the model while the user looks at the photos.

        May be called again after `unreadable`.
        """
        job = self._runner.submit(Lane.LIBRARY, open_library, self._library)
        job.succeeded.connect(self._take)
        job.succeeded.connect(self._mend)
        job.failed.connect(self.unreadable)

    def look(self) -> None:
        """Read again what the library holds."""
        job = self._runner.submit(Lane.INTERACTIVE, look, self._library, topic="look")
        job.succeeded.connect(self._take)
        job.failed.connect(self.unreadable)

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Index folders after what is being indexed already."""
        self._follow(
            self._runner.submit(Lane.LIBRARY, self._library.index, list(folders), progress=True),
            folders,
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
        job.failed.connect(self.model_failed)

    def _warmed_up(self, info: LibraryInfo) -> None:
        self.info_changed.emit(info)
        self.ready.emit()
        self._idling.start()
        if info.index_state == "outdated":
            self.update()
            self.outdated.emit()

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
        if not self._is_open:
            self._is_open = True
            self._warm_up()
            self.opened.emit()
        if self._stopped is not None and not self._indexing:
            known = set(found.info.folders)
            goes_on = bool(known) and all(_is_below(path, known) for path in self._stopped)
            self._stopped = None
            self.indexing_stopped.emit(goes_on)

    def _follow(self, job: Job, folders: Sequence[Path] = ()) -> None:
        if not self._indexing:
            self._stopped = None
        self._indexing[job] = tuple(folders)
        job.progressed.connect(self.indexing_moved)
        job.succeeded.connect(self._report)
        job.failed.connect(self.indexing_failed)
        job.cancelled.connect(self._note_stop)
        job.finished.connect(self._end)
        self._looking.start()
        self.indexing_started.emit()

    def _report(self, report: IndexReport) -> None:
        self.indexed.emit(report, self._indexing[self._telling_job()])

    def _note_stop(self) -> None:
        # Told after the next look, which tells whether the library knows the folders already.
        self._stopped = [*(self._stopped or ()), *self._indexing[self._telling_job()]]

    def _telling_job(self) -> Job:
        job = self.sender()
        assert isinstance(job, Job)
        return job

    def _end(self) -> None:
        del self._indexing[self._telling_job()]
        if not self._indexing:
            self._looking.stop()
            self.indexing_ended.emit()
        self.look()


def _is_below(path: Path, folders: set[Path]) -> bool:
    absolute = Path(os.path.abspath(path.expanduser()))
    return not folders.isdisjoint({absolute, *absolute.parents})


def _update(library: PhotoLibrary, progress: Progress) -> IndexReport:
    return library.index((), progress=progress)
