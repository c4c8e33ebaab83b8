"""What changes in the library's folders while the window is open."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, SignalInstance

from clipsearch.errors import ClipSearchError
from clipsearch.gui.contracts import WatcherMaker
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.gui.library_session import LibrarySession
from clipsearch.progress import Progress

_TICK_S = 0.5
"""Seconds within which closing the window, and another list of folders, is heeded."""


class Wanted:
    """The folders that are to be watched: written by the window, read by the worker."""

    def __init__(self) -> None:
        """None."""
        self.folders: tuple[Path, ...] = ()


def watch(
    make_watcher: WatcherMaker,
    wanted: Wanted,
    changed: SignalInstance,
    noticed: SignalInstance,
    followed: SignalInstance,
    progress: Progress,
) -> None:
    """Watch until `progress` cancels; for a worker thread. The signals are `Watching`'s."""
    with make_watcher(noticed.emit) as watcher:
        while True:
            progress(0, None)
            new = [folder for folder in wanted.folders if folder not in watcher.folders]
            for folder in new:
                watcher.watch(folder)
            for folder in watcher.folders:
                if folder not in wanted.folders:
                    watcher.unwatch(folder)
            if new:
                followed.emit(new)
            batch = watcher.next_batch(_TICK_S)
            if batch:
                changed.emit(batch)


class Watching(QObject):
    """Watches the library's folders. GUI thread only."""

    changed = Signal(object)
    """Files and folders in which something has happened, a ``frozenset[Path]``."""
    noticed = Signal(str)
    """A sentence that the user should read."""
    followed = Signal(object)
    """Folders that are watched from now on, a ``list[Path]``: what happened in them before has to
    be looked for."""
    failed = Signal(object)
    """The exception: nothing is watched any more."""

    def __init__(
        self, make_watcher: WatcherMaker, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Watch nothing yet."""
        super().__init__(parent)
        self._make_watcher = make_watcher
        self._runner = runner
        self._wanted = Wanted()
        self._job: Job | None = None

    def serve(self, session: LibrarySession) -> None:
        """Watch the folders of a library, and let it take in what changes in them."""
        session.folders_changed.connect(lambda states: self.follow(state.path for state in states))
        self.followed.connect(session.follow_up)
        self.changed.connect(
            lambda places: session.update_places(
                places, self.tr("Taking in changes"), in_background=True
            )
        )

    def follow(self, folders: Iterable[Path]) -> None:
        """Watch these folders and no others."""
        self._wanted.folders = tuple(folders)
        if self._job is None and self._wanted.folders:
            self._job = self._runner.submit(
                Lane.WATCH,
                watch,
                self._make_watcher,
                self._wanted,
                self.changed,
                self.noticed,
                self.followed,
                progress=True,
            )
            self._job.failed.connect(self._fail)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, ClipSearchError):
            self.noticed.emit(str(error))
        else:
            self.failed.emit(error)
