"""Tidies up what a library and its cache leave behind, as far as it is due.

There is no ANN index to keep: `core/nearest.py` finds the best of a million embeddings in memory
faster than LanceDB's indexes do. `benchmarks/searching.py` has the figures.
"""

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from clipsearch.core.compaction import compact_if_due
from clipsearch.core.faults import disk_faults
from clipsearch.core.files import disk_bytes
from clipsearch.core.locking import write_lock
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.pruning import prune_thumbnails
from clipsearch.core.stores import Stores
from clipsearch.core.types import MaintenanceReport
from clipsearch.core.verification import temporary_files
from clipsearch.errors import IndexDamaged, LibraryTooNew
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings, cache_folder

_log = logging.getLogger(__name__)

_LEFT_OVER_S = 3_600.0
"""Seconds after which whoever was writing a file must have been killed."""
_MB = 1_000_000


def maintain(
    stores: Stores, settings: Settings, *, progress: Progress = no_progress
) -> MaintenanceReport:
    """Do what is due, and nothing else.

    The write lock is held step by step, and never while ``progress`` lets the work rest.

    Args:
        stores: The library's files, which need not exist.
        settings: How much room thumbnails may take.
        progress: Called between the steps; may cancel. What was done is kept.

    Raises:
        LibraryBusy: Another process is writing.
        DiskFull: There is no room to compact the index. Nothing is lost.
        LibraryError: The library cannot be read or written.
        Cancelled: By ``progress``.
    """
    progress(0, None, "tidying up")
    swept, freed = _sweep(stores.root) if stores.exist else (0, 0)
    # Before the index: compaction may need the room.
    pruned = prune_thumbnails(
        cache_folder() / "thumbnails", settings.thumbnails_mb * _MB, progress=progress
    )
    space, compacted = stores.space(), False
    for fingerprint in PhotoIndex.fingerprints(stores.root):
        progress(0, None, "compacting the index")
        try:
            done, less = _compact(stores.root, fingerprint)
        except (IndexDamaged, LibraryTooNew) as error:
            if space is None or fingerprint == space.fingerprint:
                raise
            _log.warning("%s", error)  # Of no use to anybody: no reason to leave others untidy.
        else:
            compacted, freed = compacted or done, freed + less
    return MaintenanceReport(
        compacted=compacted,
        bytes_freed=freed + pruned.size,
        thumbnails_removed=pruned.thumbnails,
        left_overs_removed=swept + pruned.left_overs,
    )


def _sweep(root: Path) -> tuple[int, int]:
    """Delete what killed processes have left; how many, and bytes."""
    with write_lock(root), disk_faults(root):
        left = list(_older(temporary_files(root) + PhotoIndex.left_overs(root)))
        size = sum(disk_bytes(path) if path.is_dir() else path.stat().st_size for path in left)
        for path in left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(left), size


def _older(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if os.lstat(path).st_mtime < time.time() - _LEFT_OVER_S:
                yield path


def _compact(root: Path, fingerprint: str) -> tuple[bool, int]:
    """Compact one space's table if it is due; whether it was, and bytes that it freed."""
    # Its dimension does not matter where no embedding is read or written.
    index = PhotoIndex(root, fingerprint, dimension=0)
    with write_lock(root):
        before = disk_bytes(index.files)
        compacted = compact_if_due(index)
        return compacted, max(0, before - disk_bytes(index.files))
