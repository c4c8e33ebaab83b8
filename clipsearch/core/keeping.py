"""`Keeper`: keeps a library up to date with its folders for as long as it runs."""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clipsearch.core.folders import absolute, outermost
from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.library import Library
from clipsearch.core.maintenance_times import MaintenanceTimes
from clipsearch.core.pace import Pace
from clipsearch.core.scan import require_folder
from clipsearch.core.types import IndexReport
from clipsearch.core.watch import FolderWatcher
from clipsearch.errors import ClipSearchError, LabelsDamaged, LibraryBusy, LibraryTooNew
from clipsearch.progress import Cancelled, Progress, no_progress

_MOST_PLACES = 10_000
"""Kept for another attempt; with more, their folders as a whole."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between two attempts, and between two looks at other things."""

    tick: float = 0.5
    """Within this, `Keeper.stop` is heeded while nothing happens."""
    busy: float = 2.0
    """After another process held the write lock; doubled each time."""
    longest_busy: float = 30.0
    failed: float = 30.0
    """After another error, unless something changes before."""
    folders: float = 10.0
    """Between two readings of the library's list of folders, while nothing happens."""
    untidy: float = 30.0
    """After a change, until the library is tidied up; a few changes later is soon enough."""


class Keeper:
    """Brings a library up to date, and goes on doing so with every change. Use it once.

    All of it happens in the thread that calls `run`; `stop` may be called from any thread and
    from a signal handler.
    """

    def __init__(
        self,
        library: Library,
        *,
        done: Callable[[IndexReport, Collection[Path]], None],
        notice: Callable[[str], None],
        progress: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(no_progress),
        watcher: Callable[[Callable[[str], None]], FolderWatcher] | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Take a library; nothing happens yet.

        Args:
            library: To be kept up to date.
            done: Told what every batch came to, and the places that were looked at.
            notice: Takes sentences for the user, from several threads.
            progress: Makes a progress display for one piece of work.
            watcher: Makes the watcher; one that leaves out what the settings say by default.
            pauses: How long to wait for what.
        """
        self._library = library
        self._done = done
        self._notice = notice
        self._progress = progress
        ignored = IgnorePatterns(library.settings.ignore)
        self._make_watcher = watcher or partial(FolderWatcher, ignored=ignored)
        self._pace = Pace.of(library.settings)
        self._pauses = pauses or Pauses()
        self._maintenance = MaintenanceTimes(after_a_change=self._pauses.untidy)
        # No event: setting one takes a lock, and a signal handler must not wait for one.
        self._is_stopped = False
        self._waiting: set[Path] = set()
        self._pause = 0.0
        self._next_try = 0.0
        self._last_failure = ""

    def stop(self) -> None:
        """Make `run` return soon; finished photos are kept."""
        self._is_stopped = True

    def run(
        self, folders: Sequence[Path] = (), *, watching: Callable[[], None] = lambda: None
    ) -> None:
        """Add folders, bring all up to date, and then what changes, until `stop`.

        While another process writes, and after errors of a batch, it tries again later.

        Args:
            folders: To be added to the library.
            watching: Called once everything is up to date.

        Raises:
            InputError: The library has no folders, and none are given.
            FolderNotFound: A folder to be added is missing.
            LibraryError: The library cannot be written at the start, or never again.
            ModelError: The model cannot be used at the start.
        """
        given = [absolute(folder) for folder in folders]
        for folder in given:
            require_folder(folder)
        try:
            with self._make_watcher(self._notice) as watcher:
                # Before the first look: what changes during it is handed over afterwards.
                for folder in [*self._library.folders(), *given]:
                    watcher.watch(folder)
                if given:
                    self._insist(given)
                self._insist(())
                if not self._is_stopped:
                    watching()
                self._keep(watcher)
        except Cancelled:
            if not self._is_stopped:
                raise

    def _keep(self, watcher: FolderWatcher) -> None:
        next_reading = 0.0
        while not self._is_stopped:
            batch = watcher.next_batch(self._pauses.tick)
            self._waiting |= batch
            now = time.monotonic()
            if self._waiting and (batch or now >= self._next_try):
                self._attempt()
            if batch or now >= next_reading:
                self._follow(watcher)
                next_reading = now + self._pauses.folders
            if not batch:
                self._library.release_idle_model()
                if self._maintenance.is_time:
                    self._maintain()

    def _insist(self, folders: Sequence[Path]) -> None:
        """Index at the start; waits for another writer, and for nothing else."""
        while not self._is_stopped:
            try:
                self._index(folders)
            except LibraryBusy as error:
                self._fail(error, busy=True)
                self._sleep_until(self._next_try)
            else:
                self._succeed()
                return

    def _attempt(self) -> None:
        places = frozenset(self._waiting)
        try:
            self._bring_up_to_date(places)
        except LibraryBusy as error:
            self._fail(error, busy=True)
        except (LibraryTooNew, LabelsDamaged):
            raise  # It will not get better by waiting.
        except ClipSearchError as error:
            self._fail(error, busy=False)
        else:
            self._waiting.clear()
            self._succeed()
        if len(self._waiting) > _MOST_PLACES:
            self._waiting = set(self._roots_of(places))

    def _bring_up_to_date(self, places: frozenset[Path]) -> None:
        self._report(lambda progress: self._library.update(places, progress=progress), places)

    def _roots_of(self, places: frozenset[Path]) -> list[Path]:
        """The library's folders that hold any of the places."""
        folders = self._library.folders()
        return outermost(
            [f for f in folders if f in places or any(f in place.parents for place in places)]
        )

    def _index(self, folders: Sequence[Path]) -> None:
        self._report(
            lambda progress: self._library.index(folders, progress=progress),
            folders or self._library.folders(),
        )

    def _report(self, work: Callable[[Progress], IndexReport], looked_at: Collection[Path]) -> None:
        with self._progress() as progress:
            result = work(self._at_pace(progress))
        for sentence in result.notices:
            self._notice(sentence)
        if result.wrote_something:
            self._maintenance.note_change()
        self._done(result, looked_at)

    def _at_pace(self, progress: Progress) -> Progress:
        def report(done: int, total: int | None, note: str = "") -> None:
            if self._is_stopped:
                raise Cancelled
            progress(done, total, note)

        return self._pace.apply(report)

    def _maintain(self) -> None:
        """Tidy up; another writer is left in peace, and errors are told once."""
        report = None
        try:
            report = self._library.maintain(progress=self._at_pace(no_progress))
        except LibraryBusy:
            pass
        except (LibraryTooNew, LabelsDamaged):
            raise
        except ClipSearchError as error:
            self._tell_once(error)
        self._maintenance.note_done(report)

    def _follow(self, watcher: FolderWatcher) -> None:
        """Watch what the library's folders are now: another process may have added some."""
        try:
            folders = self._library.folders()
        except (LibraryTooNew, LabelsDamaged):
            raise
        except ClipSearchError as error:
            self._fail(error, busy=False)
            return
        for folder in folders:
            if folder not in watcher.folders:
                watcher.watch(folder)
                self._waiting.add(folder)
        for folder in watcher.folders:
            if folder not in folders:
                watcher.unwatch(folder)

    def _fail(self, error: ClipSearchError, *, busy: bool) -> None:
        if busy:
            longer = min(2 * self._pause, self._pauses.longest_busy)
            self._pause = max(self._pauses.busy, longer)
        else:
            self._pause = self._pauses.failed
        self._next_try = time.monotonic() + self._pause
        self._tell_once(error)

    def _tell_once(self, error: ClipSearchError) -> None:
        if str(error) != self._last_failure:  # Not with every attempt.
            self._last_failure = str(error)
            self._notice(f"{error} It is tried again.")

    def _succeed(self) -> None:
        self._pause = self._next_try = 0.0
        self._last_failure = ""

    def _sleep_until(self, when: float) -> None:
        while not self._is_stopped and (left := when - time.monotonic()) > 0:
            time.sleep(min(left, self._pauses.tick))
