"""Turns what disks and databases raise into sentences."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clipsearch.errors import (
    DiskFull,
    IndexDamaged,
    LabelsDamaged,
    LibraryBusy,
    LibraryError,
    LibraryReadOnly,
)

_FULL = ("no space left", "disk is full", "quota exceeded", "not enough space")
_READ_ONLY = ("read-only", "readonly", "permission denied", "access is denied", "unable to open")
# What SQLite says of some damage without a code of its own.
_GARBLED = ("decode to UTF-8", "unsupported file format", "malformed database schema")
_FULL_BELOW = 1 << 16  # bytes: SQLite says "disk I/O error" or "unable to open" when it is full
_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def _by_cause(error: Exception, root: Path) -> LibraryError | None:
    """The fault of the disk that an error stands for, or ``None`` if it is another one."""
    # LanceDB passes the operating system's text on inside a RuntimeError.
    # The path may hold any words; some messages leave its first slash out.
    text = str(error).replace(str(root).strip(os.sep), "").lower()
    number = error.errno if isinstance(error, OSError) else None
    full = number in _FULL_ERRNO or any(words in text for words in _FULL)
    if full or _free_bytes(root) < _FULL_BELOW:
        return DiskFull(
            f"The disk that holds the library {root} is full: make space, then do it again. "
            "What was finished is kept."
        )
    refused = number in {errno.EACCES, errno.EPERM, errno.EROFS}
    if refused or any(words in text for words in _READ_ONLY):
        return LibraryReadOnly(
            f"The library {root} may not be written: "
            "check the folder's permissions, or name another with --library."
        )
    return None


def _free_bytes(root: Path) -> int:
    existing = next((path for path in (root, *root.parents) if path.exists()), None)
    return shutil.disk_usage(existing).free if existing else _FULL_BELOW


@contextmanager
def index_faults(root: Path) -> Iterator[None]:
    """Translate what LanceDB raises.

    Raises:
        DiskFull: No space left.
        LibraryReadOnly: No permission.
        IndexDamaged: Anything else; the index can be rebuilt.
    """
    try:
        yield
    # LanceDB's own errors are RuntimeError, ValueError and OSError, without a common base.
    except (RuntimeError, ValueError, OSError) as error:
        first = str(error).splitlines()[0][:200] if str(error) else repr(error)
        damaged = IndexDamaged(f"The index of the library {root} is damaged ({first}).")
        raise (_by_cause(error, root) or damaged) from error


@contextmanager
def disk_faults(root: Path) -> Iterator[None]:
    """Translate what the operating system raises while the library's own files are written.

    Raises:
        DiskFull: No space left.
        LibraryReadOnly: No permission.
        LibraryError: Any other fault of the disk.
    """
    try:
        yield
    except OSError as error:
        other = LibraryError(f"The library {root} cannot be used: {error.strerror or error}.")
        raise (_by_cause(error, root) or other) from error


@contextmanager
def labels_faults(file: Path) -> Iterator[None]:
    """Translate what SQLite raises.

    Raises:
        DiskFull: No space left.
        LibraryReadOnly: No permission.
        LibraryBusy: Another process holds the file for longer than the time-out.
        LabelsDamaged: The file is not a database any more.
        LibraryError: Any other fault of the disk.
    """
    try:
        yield
    except UnicodeDecodeError as error:  # Of a message that quotes what it found.
        raise _labels_damaged(file, error) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LibraryBusy(
                f"The library {file.parent} is in use by another process: try again later."
            ) from error
        is_garbled = any(words in str(error) for words in _GARBLED)
        if is_garbled or code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            raise _labels_damaged(file, error) from error
        if not isinstance(error, sqlite3.OperationalError):
            raise  # Our own misuse of the database.
        other = LibraryError(f"The library {file.parent} cannot be used: {error}.")
        raise (_by_cause(error, file.parent) or other) from error


def _labels_damaged(file: Path, error: Exception) -> LabelsDamaged:
    return LabelsDamaged(
        f"{file} is damaged ({error}): 'clipsearch verify --repair', or opening the window "
        "again, saves what can be read of it and brings the rest back from a backup."
    )
