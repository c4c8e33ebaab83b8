"""The library in the background: opening, warming up, indexing, its folders."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from clipsearch.core.types import (
    DuplicateGroup,
    IndexReport,
    LibraryInfo,
    Photo,
    Removal,
    SpaceState,
)
from clipsearch.gui.contracts import PhotoLibrary, Remover, SampleMaker, WorkPace
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.work import Task, names_of, number
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.progress import Progress

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
    folders_changed = Signal(object)
    """The library's folders, a ``list[FolderState]``."""
    indexed = Signal(object, object)
    """An `IndexReport`, and the `Task` that it is about."""
    folder_removed = Signal(object, int)
    """The ``Path`` of a folder that was removed, and how many photos left with it."""
    photos_removed = Signal(object)
    """A `Removal`: what is in the bin now, and what was kept."""
    model_changed = Signal(str)
    """The name of the model that searches use now."""
    model_stopped = Signal(str)
    """The user stopped the change to this model; searches go on with the old one."""
    space_forgotten = Signal(object)
    """The `SpaceState` of an index that was deleted."""
    indexing_stopped = Signal(bool)
    """The user stopped it; tells whether an update would take it up again."""

    def __init__(
        self,
        library: PhotoLibrary,
        runner: JobRunner,
        pace: WorkPace,
        parent: QObject | None = None,
    ) -> None:
        """Do nothing yet; `start` opens the library."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._is_open = False
        self._is_followed = False
        self._stopped: list[Path] | None = None
        self.work = WorkQueue(runner, pace, self)
        """What is being indexed or removed, and what waits for it."""
        self.work.started.connect(self._begin)
        self.work.succeeded.connect(self._report)
        self.work.stopped.connect(self._note_stop)
        self.work.ended.connect(self._end)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look)
        self._idling = QTimer(self, interval=_IDLE_CHECK_MS)
        self._idling.timeout.connect(self._release_idle_model)

    @property
    def is_indexing(self) -> bool:
        """Whether folders are being indexed or wait for it."""
        return not self.work.is_empty

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

    def look_at_folders(self) -> None:
        """Find out again which folders are there."""
        if not self._is_open:
            return
        # Beside the queries: a network drive that does not answer must not hold them up.
        job = self._runner.submit(Lane.THUMBNAILS, self._library.folder_states, topic="folders")
        job.succeeded.connect(self.folders_changed)
        job.failed.connect(self.unreadable)

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Index folders after what is being indexed already."""
        where = tuple(_absolute(folder) for folder in folders)
        title = self.tr("Indexing {names}").format(names=names_of(where))
        self.work.submit(Task(title, tuple(folders), where), self._library.index, list(folders))

    def add_samples(self, make_samples: SampleMaker) -> None:
        """Index the sample photos."""
        task = Task(self.tr("Indexing the sample photos"), scope=())
        self.work.submit(task, index_samples, self._library, make_samples)

    def update(self) -> None:
        """Bring all folders that were ever added up to date."""
        self.work.submit(Task(self.tr("Updating the library")), self._library.index, ())

    def update_folder(self, folder: Path) -> None:
        """Bring one of the library's folders up to date."""
        title = self.tr("Looking for changes in {names}").format(names=names_of([folder]))
        self.work.submit(Task(title, scope=(folder,)), self._library.index, [folder])

    def update_places(
        self, places: Collection[Path], title: str, *, in_background: bool = False
    ) -> None:
        """Bring some files and folders up to date.

        Args:
            places: Files and folders inside the library's folders.
            title: What to call that, in a few words.
            in_background: Whether nobody waits for it.
        """
        where = tuple(sorted(places))
        task = Task(title, scope=where, is_background=in_background)
        self.work.submit(task, self._library.update, where)

    def follow_up(self, folders: Sequence[Path]) -> None:
        """Look for what happened in folders before they were watched."""
        if self._is_followed:
            self.update_places(folders, self.tr("Looking for changes"), in_background=True)
        else:
            task = Task(self.tr("Looking for changes"), is_background=True)
            self.work.submit(task, self._library.index, ())
        self._is_followed = True

    def remove_folder(self, folder: Path) -> None:
        """Forget a folder; its files stay where they are."""
        title = self.tr("Removing {names}").format(names=names_of([folder]))
        task = Task(title, scope=(folder,), is_indexing=False)
        self.work.submit(task, self._library.remove_folder, folder)

    def remove_photos(self, remove: Remover, groups: Sequence[DuplicateGroup]) -> None:
        """Move all photos of some groups but the keepers to the bin."""
        count = sum(len(group.photos) - 1 for group in groups)
        title = self.tr("Moving {count} photos to the bin").format(count=number(count))
        task = Task(title, scope=(), is_indexing=False, is_counted=True)
        self.work.submit(task, remove, self._library, list(groups))

    def use_model(self, model: str) -> None:
        """Change to another model, on from where that was stopped; the newest choice wins."""
        for work in self.work.works:
            if work.task.model:
                self.work.cancel(work)
        title = self.tr("Changing to {model}").format(model=model)
        self.work.submit(Task(title, model=model), self._library.use_model, model)

    def forget_space(self, space: SpaceState) -> None:
        """Delete the index of a model that is not in use."""
        title = self.tr("Deleting the index of {model}").format(model=space.model)
        task = Task(title, is_indexing=False)
        self.work.submit(task, self._library.forget_space, space.fingerprint)

    def cancel_indexing(self) -> None:
        """Stop; what is finished stays in the library."""
        self.work.cancel()

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
        self.look_at_folders()
        if self._stopped is not None and self.work.is_empty:
            known = set(found.info.folders)
            goes_on = bool(known) and all(_is_below(path, known) for path in self._stopped)
            self._stopped = None
            self.indexing_stopped.emit(goes_on)

    def _begin(self) -> None:
        if len(self.work.works) == 1:
            self._stopped = None
        self._looking.start()

    def _report(self, task: Task, outcome: object) -> None:
        if isinstance(outcome, IndexReport):
            self.indexed.emit(outcome, task)
            if task.model:
                self._warm_up()
                self.model_changed.emit(task.model)
        elif isinstance(outcome, Removal):
            self.photos_removed.emit(outcome)
        elif isinstance(outcome, SpaceState):
            self.space_forgotten.emit(outcome)
        elif task.scope:
            self.folder_removed.emit(task.scope[0], outcome)

    def _note_stop(self, task: Task) -> None:
        if task.model:
            self.model_stopped.emit(task.model)
        # Told after the next look, which tells whether the library knows the folders already.
        elif task.is_indexing:
            self._stopped = [*(self._stopped or ()), *task.folders]

    def _end(self) -> None:
        if self.work.is_empty:
            self._looking.stop()
        self.look()


def _is_below(path: Path, folders: set[Path]) -> bool:
    absolute = _absolute(path)
    return not folders.isdisjoint({absolute, *absolute.parents})


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))
