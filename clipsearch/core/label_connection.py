"""Connections to the SQLite file of the user's own words: opened, checked, brought up to date."""

import shutil
import sqlite3
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from clipsearch.core.label_schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from clipsearch.errors import LibraryError, LibraryTooNew

_BUSY_S = 5.0
# What SQLite says where nothing can be written; IOERR: no space for the WAL's shared memory.
_REFUSED = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)


def connect(file: Path) -> tuple[sqlite3.Connection, "TemporaryDirectory[str] | None"]:
    """Connect for writing, or for reading alone where nothing can be written.

    Returns:
        The connection, and the folder of the copy that it reads, if it must read one.
    """
    try:
        return _connect_for_writing(file), None
    except sqlite3.OperationalError as error:
        if not file.exists() or primary_code(error) not in _REFUSED:
            raise
    wal = file.with_name(f"{file.name}-wal")
    if not (wal.exists() and wal.stat().st_size):
        # Immutable: a read-only folder has no room for the WAL's shared memory.
        return _connect_for_reading(file, "mode=ro&immutable=1"), None
    # What was committed last lies in the WAL, and reading it takes a folder to write in.
    folder = TemporaryDirectory(prefix="clipsearch-")
    copy = Path(folder.name) / file.name
    shutil.copyfile(file, copy)
    shutil.copyfile(wal, copy.with_name(wal.name))
    return _connect_for_reading(copy, "mode=rw"), folder


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without what details it; 0 for an error of Python's wrapper."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def damage_of(connection: sqlite3.Connection, *, is_thorough: bool = False) -> str:
    """What SQLite finds wrong with a file; empty if nothing.

    Args:
        connection: To the file.
        is_thorough: Compare indexes with their tables, and what refers to other rows, too. Takes
            four times as long; without it every page is read, 400 MB a second.

    Raises:
        sqlite3.DatabaseError: So much is wrong that it cannot be looked at.
    """
    pragma = "integrity_check" if is_thorough else "quick_check"
    # As bytes: it names what it finds, which may be no text.
    lines = connection.execute(f"SELECT CAST({pragma} AS BLOB) FROM pragma_{pragma}")
    found = [line.decode(errors="replace") for (line,) in lines if line != b"ok"]
    if is_thorough:
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        found += [f"{len(orphans)} rows refer to what is not there"] if orphans else []
    return "; ".join(found)


def schema_version(connection: sqlite3.Connection, file: Path) -> int:
    """The version of the tables in a file; 0 if it is empty.

    Raises:
        LibraryTooNew: A newer version of clipsearch wrote it.
        LibraryError: It is another program's.
    """
    # In one look: another process may be making the file.
    with nullcontext() if connection.in_transaction else connection:
        if not connection.in_transaction:
            connection.execute("BEGIN")
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (version or tables) and application != APPLICATION_ID:
        raise LibraryError(
            f"{file} belongs to another program: name another folder with --library."
        )
    if version > SCHEMA_VERSION:
        raise LibraryTooNew(
            f"{file} was written by a newer clipsearch (schema {version}, this one knows "
            f"{SCHEMA_VERSION}): update clipsearch."
        )
    return version


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring the tables of a file up to this version, each version in its own transaction.

    Raises:
        LibraryTooNew: A newer version of clipsearch wrote it.
        LibraryError: It is another program's.
    """
    version = schema_version(connection, file)
    while version < SCHEMA_VERSION:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            # Asked again inside: another process may just have done it.
            version = schema_version(connection, file)
            for statement in MIGRATIONS[version] if version < SCHEMA_VERSION else ():
                connection.execute(statement)
            version = min(version + 1, SCHEMA_VERSION)
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _connect_for_writing(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, timeout=_BUSY_S, check_same_thread=False, isolation_level=None
    )
    try:
        # WAL: readers and one writer at once; a commit is what it appends to the log. It is with
        # the system then, so a process that is killed takes nothing along that was committed:
        # whoever opens the file next replays the log, and leaves out half a transaction at its
        # end, whose checksum does not fit.
        _keep_a_log(connection)
        # FULL: the log is on the disk before a commit returns, so an acknowledged word survives a
        # power cut as well. NORMAL would sync at checkpoints alone, and lose the words since the
        # last one. A checkpoint (SQLite's own, every 1,000 pages) syncs the log before it writes
        # the database, and the database before the log starts over: cut anywhere, one is whole.
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS alone: fsync leaves the words in the drive's cache, this does not.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL; of two that do so with a new file, SQLite lets one wait for nothing."""
    end = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _connect_for_reading(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"{file.resolve().as_uri()}?{mode}"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection
