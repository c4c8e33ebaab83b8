"""`LabelFile`: the SQLite file of the user's own words: opened, migrated, backed up, undone.

It is copied to ``backups/`` once a day and before every change of its schema.
"""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from clipsearch.core.faults import labels_faults
from clipsearch.core.label_schema import APPLICATION_ID, EDITED, MIGRATIONS, SCHEMA_VERSION
from clipsearch.core.undo import UndoLog
from clipsearch.errors import LibraryError, LibraryTooNew

_BACKUPS_KEPT = 10
# What SQLite says where nothing can be written; IOERR: no space for the WAL's shared memory.
_REFUSED = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)


class LabelFile:
    """One connection to the file; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, creating or migrating it where it may be written.

        Raises:
            LibraryTooNew: A newer version of clipsearch wrote it.
            LibraryReadOnly: It does not exist and cannot be created.
            LabelsDamaged: It is not a database any more.
        """
        self.path = path
        self._lock = threading.RLock()
        self._copy: TemporaryDirectory[str] | None = None
        self._undo: UndoLog | None = None
        self._edits = 0
        with labels_faults(path):
            self._connection = self._connect()
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
            if self._copy is not None:
                self._copy.cleanup()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read through the connection, alone."""
        with self._lock, labels_faults(self.path):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all of it is kept, or nothing if an exception leaves it."""
        # The connection as a context manager commits, or rolls back on an exception.
        with self._lock, labels_faults(self.path), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection

    @contextmanager
    def editing(self, title: str) -> Iterator[sqlite3.Connection]:
        """Write in one transaction that can be undone.

        Args:
            title: What is done, as a menu would say it.
        """
        with self._lock:
            # Outside of the transaction, with which it would be rolled back.
            log = self._undo_log()
            with self.writing() as connection:
                log.start()
                yield connection
                step = log.finish(title)
            log.keep(step)
            self._edits += 1

    @property
    def revision(self) -> tuple[int, int]:
        """Another one after every edit, and after whatever another program wrote."""
        with self.reading() as connection:
            seen: int = connection.execute("PRAGMA data_version").fetchone()[0]
            return self._edits, seen

    @property
    def undo_title(self) -> str | None:
        """What `undo` would take back; ``None`` if there is nothing."""
        return self._undo.undo_title if self._undo else None

    @property
    def redo_title(self) -> str | None:
        """What `redo` would do again; ``None`` if there is nothing."""
        return self._undo.redo_title if self._undo else None

    def undo(self) -> str:
        """Take back the latest edit of this session that has not been taken back.

        Returns:
            Its title.

        Raises:
            InputError: There is nothing to take back.
            LibraryError: Another program has changed the same since; it is not tried again.
        """
        with self._lock:
            self._edits += 1
            return self._undo_log().undo(self.writing)

    def redo(self) -> str:
        """Do again what was taken back last; see `undo`."""
        with self._lock:
            self._edits += 1
            return self._undo_log().redo(self.writing)

    def _undo_log(self) -> UndoLog:
        # Made when it is first needed: who only searches pays nothing for it.
        if self._undo is None:
            with labels_faults(self.path):
                self._undo = UndoLog(self._connection, EDITED)
        return self._undo

    def integrity(self) -> str:
        """What SQLite finds wrong with the file; empty if nothing."""
        with self.reading() as connection:
            found = [line for (line,) in connection.execute("PRAGMA integrity_check")]
        return "" if found == ["ok"] else "; ".join(found)

    def back_up(self) -> None:
        """Copy the file to today's backup unless there is one, and drop the oldest.

        Raises:
            OSError: The copy cannot be written.
        """
        folder = self.path.parent / "backups"
        target = folder / f"labels-{datetime.now(UTC):%Y-%m-%d}.sqlite"
        if not target.exists():
            self._copy_to(target)
        for old in sorted(folder.glob("labels-????-??-??.sqlite"))[:-_BACKUPS_KEPT]:
            old.unlink(missing_ok=True)

    def _copy_to(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)  # Of a process that was killed.
        with self.reading() as connection:
            copy = sqlite3.connect(temporary)
            try:
                connection.backup(copy)
            finally:
                copy.close()
        temporary.replace(target)

    def _connect(self) -> sqlite3.Connection:
        """Connect for writing, or for reading alone where nothing can be written."""
        try:
            return _connect_for_writing(self.path)
        except sqlite3.OperationalError as error:
            if not self.path.exists() or _primary_code(error) not in _REFUSED:
                raise
        wal = self.path.with_name(f"{self.path.name}-wal")
        if not (wal.exists() and wal.stat().st_size):
            # Immutable: a read-only folder has no room for the WAL's shared memory.
            return _connect_for_reading(self.path, "mode=ro&immutable=1")
        # What was committed last lies in the WAL, and reading it takes a folder to write in.
        self._copy = TemporaryDirectory(prefix="clipsearch-")
        copy = Path(self._copy.name) / self.path.name
        shutil.copyfile(self.path, copy)
        shutil.copyfile(wal, copy.with_name(wal.name))
        return _connect_for_reading(copy, "mode=rw")

    def _migrate(self) -> None:
        with labels_faults(self.path):
            version = self._checked_version()
        if 0 < version < SCHEMA_VERSION:
            stamp = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}"
            self._copy_to(self.path.parent / "backups" / f"labels-schema{version}-{stamp}.sqlite")
        while version < SCHEMA_VERSION:
            with self.writing() as connection:
                # Asked again inside: another process may just have done it.
                version = self._checked_version()
                for statement in MIGRATIONS[version] if version < SCHEMA_VERSION else ():
                    connection.execute(statement)
                version = min(version + 1, SCHEMA_VERSION)
                connection.execute(f"PRAGMA user_version = {version}")
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def _checked_version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        application = self._connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (version or tables) and application != APPLICATION_ID:
            raise LibraryError(
                f"{self.path} belongs to another program: name another folder with --library."
            )
        if version > SCHEMA_VERSION:
            raise LibraryTooNew(
                f"The library {self.path.parent} was written by a newer clipsearch "
                f"(schema {version}, this one knows {SCHEMA_VERSION}): update clipsearch."
            )
        return version


def _connect_for_writing(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=5, check_same_thread=False, isolation_level=None)
    try:
        # WAL: readers and one writer at once. FULL: an acknowledged word survives a power cut.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_for_reading(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"{file.resolve().as_uri()}?{mode}"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _primary_code(error: sqlite3.Error) -> int:
    return error.sqlite_errorcode & 0xFF
