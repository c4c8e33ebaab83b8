"""`FolderWatcher`: watches folders and hands over batches of places to look at again.

It knows neither the database nor what is indexed: whoever takes a batch scans its places.
Nothing is missed if a folder is watched first and scanned then.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from clipsearch.core.debounce import Debouncer, Patience
from clipsearch.core.folders import absolute
from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.places import Sieve, What
from clipsearch.core.polling import HUNG, look_at
from clipsearch.core.watched_folder import WatchedFolder, Ways

_CHECK_EVERY = 3.0
"""Seconds between two checks whether the watched folders are still there."""

_MOST_PLACES = 10_000
"""That wait; with more, the watched folder that they lie in is looked at as a whole."""

_SHORTEST_WAIT = 0.05  # seconds: events by the thousand do not make as many wake-ups

# What is known of a file's being written; see `Debouncer.add_file`.
_SETTLED = {What.CHANGED: False, What.TOUCHED: None, What.COMPLETE: True}


class FolderWatcher:
    """Watches several folders with everything under them. Thread-safe; close it.

    On Linux by inotify, on macOS and Windows through watchdog; network drives, and folders that
    the system refuses to watch, are looked through now and then. A folder that lies in another
    watched one takes no watch of its own. For symbolic links see `InotifyTree`.
    """

    def __init__(
        self,
        notice: Callable[[str], None],
        *,
        ignored: IgnorePatterns | None = None,
        patience: Patience | None = None,
        check_every: float = _CHECK_EVERY,
        ways: Ways | None = None,
    ) -> None:
        """Make a watcher of no folders.

        Args:
            notice: Takes sentences for the user, from several threads; it must not call the
                watcher.
            ignored: What is left out, below each folder.
            patience: How long places are kept back.
            check_every: Seconds between two checks whether the folders are there.
            ways: How folders are watched; tests put others in.
        """
        self._notice = notice
        self._ignored = ignored or IgnorePatterns()
        self._ways = ways or Ways()
        self._check_every = check_every
        # Two locks: events come in under `_ready` while a source is started or joined under
        # `_control`. Whoever holds `_ready` never asks for `_control`.
        self._control = threading.RLock()
        self._wanted: list[Path] = []
        self._watched: dict[Path, WatchedFolder] = {}
        self._ready = threading.Condition()
        self._debouncer = Debouncer(self._look, patience or Patience())
        self._is_closed = False
        self._woken = threading.Event()
        self._keeper = threading.Thread(target=self._keep_up, name="watch-folders", daemon=True)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are watched, in the order they were added."""
        with self._control:
            return tuple(self._wanted)

    def watch(self, folder: Path) -> None:
        """Watch a folder, also one that is not there now; returns when changes are noticed.

        For a folder that is looked through now and then it returns at once, and all of it is
        handed over when the first look is complete.

        Raises:
            InputError: The folder's name is not valid text.
        """
        with self._control:
            folder = absolute(folder)
            if folder in self._wanted or self._is_closed:
                return
            self._wanted.append(folder)
            self._arrange()
            if not self._keeper.is_alive():
                self._keeper.start()

    def unwatch(self, folder: Path) -> None:
        """Watch a folder no more; one that is not watched is no error."""
        with self._control:
            folder = absolute(folder)
            if folder in self._wanted:
                self._wanted.remove(folder)
                self._arrange()

    def next_batch(self, timeout: float | None = None) -> frozenset[Path]:
        """Wait for places that should be looked at again.

        Args:
            timeout: Seconds to wait; ``None`` for as long as it takes.

        Returns:
            Files and folders, absolute, in the spelling of the watched folder; of a folder,
            everything under it. Some may be gone. Empty after the timeout, or once closed.
        """
        end = None if timeout is None else time.monotonic() + timeout
        with self._ready:
            while not self._is_closed:
                now = time.monotonic()
                if batch := self._debouncer.collect(now):
                    return batch
                if end is not None and now >= end:
                    break
                check = self._debouncer.next_check(now)
                waits = [max(check - now, _SHORTEST_WAIT)] if check is not None else []
                waits += [end - now] if end is not None else []
                self._ready.wait(min(waits, default=None))
        return frozenset()

    def close(self) -> None:
        """Stop all threads; `next_batch` returns at once, here and from then on.

        A thread that hangs in a call to a dead network drive is left behind; it ends by itself.
        """
        self._is_closed = True
        with self._ready:
            self._ready.notify_all()
        self._woken.set()
        is_free = self._control.acquire(timeout=HUNG)
        watched = list(self._watched.values())
        self._watched.clear()
        self._wanted.clear()
        if is_free:
            self._control.release()
        for folder in watched:
            folder.stop()
        if self._keeper.is_alive():
            self._keeper.join(HUNG)

    def _arrange(self) -> None:
        """Watch the outermost of the folders that are wanted, and no others."""
        active = self._outermost(self._wanted)
        for folder in active:
            if folder not in self._watched:
                self._watched[folder] = self._make(folder)
                self._watched[folder].start()
        for folder in self._watched.keys() - set(active):
            self._watched.pop(folder).stop()
            with self._ready:
                self._debouncer.forget_under(folder, active)

    def _outermost(self, folders: list[Path]) -> list[Path]:
        """Drop folders that are watched with others."""
        sieves = {folder: Sieve(folder, self._ignored) for folder in folders}
        return [
            folder
            for folder in folders
            if not any(
                other in folder.parents and sieve.wants_folder(os.fspath(folder))
                for other, sieve in sieves.items()
            )
        ]

    def _make(self, folder: Path) -> WatchedFolder:
        sieve = Sieve(folder, self._ignored)

        def sink(what: What, path: str) -> None:
            self._take(folder, sieve, what, path)

        return WatchedFolder(
            folder, sieve, self._ways, sink=sink, notice=self._notice, wake=self._woken.set
        )

    def _keep_up(self) -> None:
        while not self._is_closed:
            self._woken.wait(self._check_every)
            self._woken.clear()
            with self._control:
                for watched in list(self._watched.values()):
                    if not self._is_closed:
                        watched.check()

    def _take(self, root: Path, sieve: Sieve, what: What, path: str) -> None:
        """Called from the sources' threads."""
        settled = _SETTLED.get(what)
        pictures = sieve.pictures(path) if what in _SETTLED else []
        if what in _SETTLED and not pictures:
            return
        if what is What.FOLDER and not sieve.wants_folder(path):
            return
        with self._ready:
            now = time.monotonic()
            was_empty = not len(self._debouncer)
            if what is What.LOST or len(self._debouncer) >= _MOST_PLACES:
                self._debouncer.replace_under(root, now)
            elif pictures:
                for picture in pictures:
                    self._debouncer.add_file(picture, now, settled=settled)
            else:
                self._debouncer.add_folder(Path(path), now)
            if was_empty:  # Else whoever waits wakes up soon by itself.
                self._ready.notify_all()

    def _look(self, place: Path) -> object:
        sieves = [w.sieve for w in list(self._watched.values()) if place.is_relative_to(w.folder)]
        return look_at(place, sieves[0] if sieves else None)
