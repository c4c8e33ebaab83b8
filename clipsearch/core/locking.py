"""One writer at a time, over all processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from clipsearch.core.faults import disk_faults
from clipsearch.errors import LibraryBusy


@contextmanager
def write_lock(root: Path) -> Iterator[None]:
    """Hold a library's write lock; others may read meanwhile. A dead process holds nothing.

    Raises:
        LibraryBusy: Another process, or another `Library` of this one, is writing.
        DiskFull: No space left for the lock's file.
        LibraryReadOnly: No permission.
    """
    with disk_faults(root):
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / "write.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise LibraryBusy(
                f"Another clipsearch is writing to the library {root}: "
                "wait until it is done, or close it."
            ) from error
    try:
        yield
    finally:
        lock.release()
