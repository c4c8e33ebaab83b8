"""Keeps the cache of thumbnails to a limit: what was used least recently goes first.

All libraries share the cache, so nothing here asks whether a library still knows a photo: the
thumbnails of those that have left grow old, and go.

`benchmarks/maintenance.py`, a million thumbnails, the system's cache empty: a look at all of them
takes 18 s, at every 16th folder 0.9 s (0.2 s the second time). So their size is estimated first.
"""

import os
import re
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipsearch.progress import Progress, no_progress

_PART = re.compile("[0-9a-f]{2}")
_EVERY = 16
"""Of the folders, one in so many is looked at for an estimate: contents' hashes spread evenly."""
_ENOUGH = 1_000
"""Thumbnails from which an estimate is right to a tenth."""
_NEARLY = 0.9
"""Share of the limit from which all are looked at, and to which they are brought down."""
_HALF_WRITTEN_S = 3_600.0
"""Seconds after which whoever was writing a file must have been killed."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted."""

    thumbnails: int = 0
    left_overs: int = 0
    """Files that killed processes had half written."""
    size: int = 0
    """Bytes of all of them."""


def prune_thumbnails(folder: Path, max_bytes: int, *, progress: Progress = no_progress) -> Pruned:
    """Delete the thumbnails used least recently if all take more than a limit.

    Any number of threads and processes may read, write and prune meanwhile.

    Args:
        folder: Of a `ThumbnailStore`; need not exist. Nothing but thumbnails is deleted in it.
        max_bytes: The limit.
        progress: Called some hundred times; may cancel.
    """
    parts = [entry.path for entry in _parts(str(folder))]
    progress(0, None, "measuring thumbnails")
    if not _may_exceed(parts, _NEARLY * max_bytes):
        return Pruned()
    used, sizes = array("q"), array("q")
    left_overs, left_size = 0, 0
    for part in parts:
        progress(0, None, "measuring thumbnails")
        for path, status in _files(part):
            if path.endswith(".jpg"):
                used.append(status.st_mtime_ns)
                sizes.append(status.st_size)
            elif status.st_mtime < time.time() - _HALF_WRITTEN_S and _delete(path):
                left_overs += 1
                left_size += status.st_size
    if sum(sizes) <= max_bytes:
        return Pruned(left_overs=left_overs, size=left_size)
    excess = sum(sizes) - int(_NEARLY * max_bytes)
    last = _last_to_go(np.asarray(used), np.asarray(sizes), excess)
    removed, size = _delete_until(parts, last, progress)
    return Pruned(removed, left_overs, size + left_size)


def _may_exceed(parts: list[str], limit: float) -> bool:
    sizes = [status.st_size for part in parts[::_EVERY] for _, status in _files(part)]
    if len(sizes) < _ENOUGH:
        return True
    return sum(sizes) * len(parts) / len(parts[::_EVERY]) > limit


@dataclass(frozen=True, slots=True)
class _Last:
    """Which of the thumbnails are the last to go."""

    used: int
    """When they were used, nanoseconds since 1970; all that were used before go."""
    count: int
    """How many of those that were used at that very moment go, too."""


def _last_to_go(used: NDArray[np.int64], sizes: NDArray[np.int64], excess: int) -> _Last:
    order = np.argsort(used, kind="stable")
    count = int(np.searchsorted(np.cumsum(sizes[order]), excess)) + 1
    going = used[order[:count]]
    return _Last(int(going[-1]), int(np.count_nonzero(going == going[-1])))


def _delete_until(parts: list[str], last: _Last, progress: Progress) -> tuple[int, int]:
    """Delete in a second pass, which spares what was used since; how many, and bytes.

    Times and sizes of a million thumbnails take 16 MB; with their names it would be 250.
    """
    removed, freed, left = 0, 0, last.count
    for part in parts:
        progress(removed, None, "deleting thumbnails")
        for path, status in _files(part):
            is_last = status.st_mtime_ns == last.used and left > 0
            if not path.endswith(".jpg") or not (status.st_mtime_ns < last.used or is_last):
                continue
            if _delete(path):
                removed += 1
                freed += status.st_size
                left -= is_last
    return removed, freed


def _files(part: str) -> Iterator[tuple[str, os.stat_result]]:
    """Thumbnails, and what was to become some, in one of the folder's parts."""
    for inner in _parts(part):
        digits = os.path.basename(part) + inner.name
        for entry in _entries(inner.path):
            is_ours = entry.name.startswith(digits) and entry.name.endswith(".jpg")
            if not is_ours and not (entry.name.startswith("tmp") and entry.name.endswith(".tmp")):
                continue
            try:
                if entry.is_file(follow_symlinks=False):
                    yield entry.path, entry.stat(follow_symlinks=False)
            except OSError:  # Somebody else has just deleted it.
                continue


def _parts(folder: str) -> list["os.DirEntry[str]"]:
    # No link is followed: nothing outside is ever deleted.
    return [
        entry
        for entry in _entries(folder)
        if _PART.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
    ]


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # Not there, or not ours to read.
        return []


def _delete(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True
