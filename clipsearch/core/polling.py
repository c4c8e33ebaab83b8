"""`PollingTree`: what changes under a folder, found by looking, where no system tells of it.

Why not watchdog's polling observer: it keeps a `stat` result and two table entries for every
file, and makes a second such snapshot to compare with, each second or so, however long that
takes: hundreds of megabytes and a busy network for a large photo folder. Here a folder is
remembered by a digest of its pictures' names, sizes and times: memory by folder, not by file.
"""

import errno
import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clipsearch.core.places import Sieve, Sink, What

SHORTEST = 5.0
"""Seconds between two rounds, at least."""

HUNG = 5.0
"""Seconds to wait for a thread: the network may have left it in a call that never returns."""

_SHARE = 10
"""A pause is this many times as long as the round before it."""

_SETTLE = 1.0
"""Seconds until a changed folder is looked at again: somebody may still write there."""

_RESTLESS_ROUNDS = 5
"""So often a folder that changes between these two looks is kept back."""

_QUICK_ROUNDS = 3
"""Between two rounds that look at every file, where those are slow."""

# A time stamp this fresh says little: servers' clocks differ, and FAT counts in 2 s. Nanoseconds.
_RACY_NS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class _Listing:
    modified_ns: int | None
    """The folder's own; ``None`` if it is too fresh to be trusted."""
    digest: bytes
    subfolders: tuple[str, ...]
    links: tuple[str, ...]


class FolderDigests:
    """What the folders of a tree looked like; finds those that look different now."""

    def __init__(self, root: Path, sieve: Sieve) -> None:
        """Name the folder; nothing is looked at yet."""
        self._root = os.fspath(root)
        self._sieve = sieve
        self._known: dict[str, _Listing] = {}

    def look(
        self, *, thorough: bool, stopped: Callable[[], bool] = lambda: False
    ) -> tuple[set[str], set[str]]:
        """Look through the tree, as `scan` goes through it.

        Args:
            thorough: Look at every file. Else only at folders whose own time has changed, which
                files that were written over do not cause.
            stopped: Asked now and then; if it says so, the round ends without a result.

        Returns:
            Folders whose own pictures changed, and folders that came or went.

        Raises:
            OSError: The root cannot be looked at.
        """
        device = os.stat(self._root).st_dev
        found: dict[str, _Listing] = {}
        visited: set[tuple[int, int]] = set()
        to_do, links = [self._root], list[str]()
        while to_do or links:
            if stopped():
                return set(), set()
            folder = to_do.pop() if to_do else links.pop(0)
            listing = self._look_into(folder, visited, thorough=thorough)
            if listing is not None:
                found[folder] = listing
                to_do += [os.path.join(folder, name) for name in listing.subfolders]
                links += [os.path.join(folder, name) for name in listing.links]
        if os.stat(self._root).st_dev != device:
            raise OSError(errno.ENODEV, "unmounted meanwhile", self._root)
        return self._replace(found)

    def is_as_seen(self, folder: str) -> bool:
        """Whether a folder's own pictures still look as they did in the last round."""
        known = self._known.get(folder)
        try:
            return known is None or _list(folder, 0, self._sieve).digest == known.digest
        except OSError:
            return False

    def _replace(self, found: dict[str, _Listing]) -> tuple[set[str], set[str]]:
        before, self._known = self._known, found
        changed = {
            folder
            for folder, listing in found.items()
            if folder in before and before[folder].digest != listing.digest
        }
        return changed, before.keys() ^ found.keys()

    def _look_into(
        self, folder: str, visited: set[tuple[int, int]], *, thorough: bool
    ) -> _Listing | None:
        known = self._known.get(folder)
        try:
            status = os.stat(folder)
            identity = (status.st_dev, status.st_ino)
            if identity in visited:
                return None
            visited.add(identity)
            if not thorough and known and known.modified_ns == status.st_mtime_ns:
                return known
            return _list(folder, status.st_mtime_ns, self._sieve)
        except FileNotFoundError:
            return None
        except OSError:
            return known  # It cannot be read now: that does not mean that anything is gone.


def _list(folder: str, modified_ns: int, sieve: Sieve) -> _Listing:
    lines, subfolders, links = list[str](), list[str](), list[str]()
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_dir():
                    if sieve.wants_folder(entry.path):
                        (links if entry.is_symlink() else subfolders).append(entry.name)
                elif line := _line(entry, sieve):
                    lines.append(line)
            except OSError:
                continue  # Gone this moment, or a link to nowhere.
    digest = hashlib.blake2b("\0".join(sorted(lines)).encode(), digest_size=16).digest()
    is_fresh = abs(time.time_ns() - modified_ns) < _RACY_NS
    return _Listing(
        None if is_fresh else modified_ns, digest, tuple(sorted(subfolders)), tuple(sorted(links))
    )


def _line(entry: "os.DirEntry[str]", sieve: Sieve) -> str | None:
    if not sieve.wants_file(entry.path):
        return None
    status = entry.stat()
    return f"{entry.name}\0{status.st_size}\0{status.st_mtime_ns}"


def look_at(place: Path, sieve: Sieve | None) -> object:
    """What a place looks like now, to be compared with a later look; ``None`` if it is gone.

    Args:
        place: A file or folder.
        sieve: Which of a folder's files count.
    """
    try:
        status = os.stat(place)
        if stat.S_ISDIR(status.st_mode):
            return _list(os.fspath(place), 0, sieve).digest if sieve else None
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class PollingTree:
    """A `Source` for one folder that looks through it now and then, in one thread.

    The first look is taken in the background; when it is done, the whole folder is told, since
    it may have changed meanwhile.
    """

    def __init__(
        self,
        root: Path,
        sieve: Sieve,
        sink: Sink,
        *,
        announce: Callable[[float], None],
        shortest: float = SHORTEST,
        settle: float = _SETTLE,
    ) -> None:
        """Name the folder; nothing is looked at yet.

        Args:
            root: The folder.
            sieve: Which paths count.
            sink: Takes what is found.
            announce: Told once, how many seconds lie between two looks.
            shortest: Seconds between two rounds, at least.
            settle: Seconds until a changed folder is looked at again.
        """
        self._root = os.fspath(root)
        self._sink = sink
        self._announce = announce
        self._shortest = shortest
        self._settle = settle
        self._restless: dict[str, int] = {}
        self._digests = FolderDigests(root, sieve)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch-polling", daemon=True)

    def start(self) -> None:
        """Begin to look; see `Source.start`."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; see `Source.stop`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(HUNG)

    def _run(self) -> None:
        slow = pause = 0.0
        number = 0
        while not self._stop.wait(pause):
            thorough = _SHARE * slow <= self._shortest or number % (_QUICK_ROUNDS + 1) == 0
            start = time.perf_counter()
            try:
                changed, moved = self._digests.look(thorough=thorough, stopped=self._stop.is_set)
            except OSError:
                self._sink(What.GONE, self._root)
                pause = self._shortest
                continue
            seconds = time.perf_counter() - start
            slow = seconds if thorough else slow
            pause = max(self._shortest, _SHARE * seconds)
            if number == 0 and not self._stop.is_set():
                self._announce(pause)
                self._sink(What.FOLDER, self._root)
            else:
                self._tell(changed | moved)
            number += 1

    def _tell(self, changed: set[str]) -> None:
        """Tell of folders in which nobody is writing; the others wait for the next round."""
        candidates = changed | self._restless.keys()
        if not candidates or self._stop.wait(self._settle):
            return
        for folder in sorted(candidates):
            rounds = self._restless.pop(folder, 0)
            if rounds >= _RESTLESS_ROUNDS or self._digests.is_as_seen(folder):
                self._sink(What.FOLDER, folder)
            else:
                self._restless[folder] = rounds + 1
