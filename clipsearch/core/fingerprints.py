"""Small grey pictures of photos, by which duplicates are recognised; cached on disk by content."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.imaging import file_state
from clipsearch.core.likeness import EDGE
from clipsearch.core.thumbnails import STORED_EDGE, ThumbnailStore
from clipsearch.core.types import Photo
from clipsearch.errors import ImageError
from clipsearch.progress import Progress, no_progress

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

MOST_KEPT = 200_000
"""Fingerprints, of 4 kB each; the oldest go."""

_VERSION = 1
"""Raised when fingerprints are made in another way: then those that are there go."""
_AT_ONCE = 256
"""How many are made, or asked of the database, between two looks at the progress."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is remembered of a picture."""

    pixels: NDArray[np.uint8]
    """``(64, 64)`` grey levels, squashed to a square."""
    sharpness: float
    """Variance of the Laplacian of the grey thumbnail, in grey levels squared."""


def fingerprint(image: Image.Image) -> Fingerprint:
    """Make the fingerprint of a picture.

    Args:
        image: Upright RGB; best a thumbnail of `STORED_EDGE`, to which sharpness refers.
    """
    grey = image.convert("L")
    small = grey.resize((EDGE, EDGE), Image.Resampling.HAMMING, reducing_gap=3.0)
    return Fingerprint(np.asarray(small), _sharpness(np.asarray(grey, np.float32)))


def _sharpness(grey: NDArray[np.float32]) -> float:
    if min(grey.shape) < 3:
        return 0.0
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float(np.var(around - 4 * inner))


class FingerprintStore:
    """Fingerprints in one SQLite file, which can be deleted at any time. Thread-safe.

    Where the file cannot be used, they are kept in memory until the program ends.
    """

    def __init__(self, file: Path, thumbnails: ThumbnailStore) -> None:
        """Use a file, which need not exist yet.

        Args:
            file: Where fingerprints are kept.
            thumbnails: What they are made of; a photo whose drive is away may still have one.
        """
        self._file = file
        self._thumbnails = thumbnails
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    @classmethod
    def in_cache(cls, folder: Path, *, max_pixels: int) -> "FingerprintStore":
        """Use the file and the thumbnails in the cache's folder.

        Args:
            folder: See `clipsearch.settings.cache_folder`.
            max_pixels: Larger photos are left out.
        """
        thumbnails = ThumbnailStore(folder / "thumbnails", max_pixels=max_pixels)
        return cls(folder / "fingerprints.sqlite", thumbnails)

    def known(self, hashes: Collection[str]) -> dict[str, Fingerprint]:
        """Those of some contents that are cached."""
        found = {}
        for some in _in_groups(hashes):
            for key, pixels, sharpness in self._rows("content_hash, pixels, sharpness", some):
                grey = np.frombuffer(pixels, np.uint8).reshape(EDGE, EDGE)
                found[key] = Fingerprint(grey, sharpness)
        return found

    def make(self, photos: Sequence[Photo], *, progress: Progress = no_progress) -> None:
        """Make and cache those that are missing; photos that cannot be read are left out.

        Args:
            photos: One of each content.
            progress: Called every few hundred photos; may cancel, what was made is kept.
        """
        done = 0
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for some in _in_groups(photos):
                progress(done, len(photos), "looking at photos")
                there = {
                    key for (key,) in self._rows("content_hash", [p.content_hash for p in some])
                }
                missing = [photo for photo in some if photo.content_hash not in there]
                self._keep(missing, pool.map(self._made, missing))
                done += len(some)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def _made(self, photo: Photo) -> Fingerprint | None:
        if _has_changed(photo):  # Its thumbnail would be made of another content.
            return None
        try:
            return fingerprint(self._thumbnails.load(photo, STORED_EDGE))
        except ImageError as error:
            _log.info("no fingerprint: %s", error)
            return None

    def _keep(self, photos: Sequence[Photo], made: Iterable[Fingerprint | None]) -> None:
        rows = [
            (photo.content_hash, one.pixels.tobytes(), one.sharpness)
            for photo, one in zip(photos, made, strict=True)
            if one is not None
        ]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany("INSERT OR IGNORE INTO fingerprints VALUES (?, ?, ?)", rows)
                connection.execute(
                    "DELETE FROM fingerprints"
                    " WHERE rowid <= (SELECT max(rowid) FROM fingerprints) - ?",
                    (MOST_KEPT,),
                )

        if rows:
            self._do(write)

    def _rows(self, columns: str, hashes: Sequence[str]) -> list[tuple[Any, ...]]:
        marks = ", ".join("?" * len(hashes))
        query = f"SELECT {columns} FROM fingerprints WHERE content_hash IN ({marks})"
        return self._do(lambda connection: connection.execute(query, hashes).fetchall())

    def _do(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do something with the database; if that fails, again with one that is new."""
        with self._lock:
            try:
                if self._opened is None:
                    self._opened = self._open_file()
                return action(self._opened)
            except (sqlite3.DatabaseError, OSError) as error:
                _log.warning("fingerprints are not kept: %s cannot be used (%s)", self._file, error)
                if self._opened is not None:
                    self._opened.close()
                self._opened = _prepared(sqlite3.connect(":memory:", check_same_thread=False))
                return action(self._opened)

    def _open_file(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connected(self._file)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            self._file.unlink()  # Damaged: all of it can be made again.
            return _connected(self._file)


def _has_changed(photo: Photo) -> bool:
    """Whether the file is another one than was indexed; one that is away has not changed."""
    try:
        now = file_state(photo.path.stat())
    except OSError:
        return False
    return (now.size, now.modified_ns) != (photo.state.size, photo.state.modified_ns)


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    with connection:
        if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            connection.execute("DROP TABLE IF EXISTS fingerprints")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS fingerprints"
            " (content_hash TEXT PRIMARY KEY, pixels BLOB NOT NULL, sharpness REAL NOT NULL) STRICT"
        )
    return connection


def _in_groups(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
