"""`LabelStore`: the user's own words in SQLite, which nothing can recompute.

So far: the folders that the library watches, which model it searches with, and searches. The
file is copied to ``backups/`` once a day and before every change of its schema.
"""

import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from clipsearch.core.drives import Drive
from clipsearch.core.faults import labels_faults
from clipsearch.errors import LibraryError, LibraryTooNew

_APPLICATION_ID = 0x434C5053  # "CLPS": tells our file from any other SQLite database
_BACKUPS_KEPT = 10
# What SQLite says where nothing can be written; IOERR: no space for the WAL's shared memory.
_REFUSED = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)

# The statements of each version; applied in order, each version in its own transaction.
_MIGRATIONS = (
    (
        """
        CREATE TABLE folders (
            path TEXT PRIMARY KEY,
            added_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE activations (  -- the last row is the active space; going back is a new row
            id INTEGER PRIMARY KEY,
            model TEXT NOT NULL,
            space TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            activated_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE rebuilding (  -- a row while the lost index is not complete again
            since TEXT NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE drives (  -- where photos lie on a drive that can be taken away
            place TEXT PRIMARY KEY,
            mount TEXT NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE saved_searches (
            name TEXT PRIMARY KEY,
            query TEXT NOT NULL,
            saved_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE searches (  -- each text once, the latest with the highest number
            number INTEGER PRIMARY KEY,
            query TEXT NOT NULL UNIQUE
        ) STRICT
        """,
    ),
)
SCHEMA_VERSION = len(_MIGRATIONS)


@dataclass(frozen=True, slots=True)
class Space:
    """The space that searches use."""

    model: str
    fingerprint: str
    dimension: int


class LabelStore:
    """One connection to the user's words; safe to call from several threads."""

    def __init__(self, file: Path) -> None:
        """Open the file, creating or migrating it where it may be written.

        Raises:
            LibraryTooNew: A newer version of clipsearch wrote it.
            LibraryReadOnly: It does not exist and cannot be created.
            LabelsDamaged: It is not a database any more.
        """
        self._file = file
        self._lock = threading.Lock()
        self._copy: TemporaryDirectory[str] | None = None
        with labels_faults(file):
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

    def folders(self) -> tuple[Path, ...]:
        """Folders of the library, in the order they were added."""
        with self._reading() as connection:
            rows = connection.execute("SELECT path FROM folders ORDER BY added_at, path")
            return tuple(Path(path) for (path,) in rows)

    def set_folders(self, folders: Iterable[Path]) -> None:
        """Make these the library's folders; those already there keep their date."""
        wanted = {str(folder) for folder in folders}
        with self._writing() as connection:
            known = {path for (path,) in connection.execute("SELECT path FROM folders")}
            connection.executemany(
                "DELETE FROM folders WHERE path = ?", [(path,) for path in sorted(known - wanted)]
            )
            connection.executemany(
                "INSERT INTO folders VALUES (?, ?)",
                [(path, _now()) for path in sorted(wanted - known)],
            )

    def drives(self) -> tuple[Drive, ...]:
        """The drives on which photos of the library were found."""
        with self._reading() as connection:
            rows = connection.execute("SELECT place, mount FROM drives ORDER BY place")
            return tuple(Drive(Path(place), Path(mount)) for place, mount in rows)

    def remember_drives(self, drives: Iterable[Drive]) -> None:
        """Remember where drives were come upon."""
        rows = [(str(drive.place), str(drive.mount)) for drive in drives]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO drives VALUES (?, ?)", rows)

    def active_space(self) -> Space | None:
        """The space that searches use; ``None`` before the first indexing."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT model, space, dimension FROM activations ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return Space(*row) if row else None

    def model_names(self) -> dict[str, str]:
        """The name of the model of each space that was ever active, by fingerprint; the latest."""
        with self._reading() as connection:
            rows = connection.execute("SELECT space, model FROM activations ORDER BY id")
            return dict(rows.fetchall())

    def activate(self, space: Space) -> None:
        """Make a space the one that searches use."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO activations (model, space, dimension, activated_at) "
                "VALUES (?, ?, ?, ?)",
                (space.model, space.fingerprint, space.dimension, _now()),
            )

    def rebuilding(self) -> bool:
        """Whether the index was lost, and is not known to be complete again."""
        with self._reading() as connection:
            return connection.execute("SELECT 1 FROM rebuilding").fetchone() is not None

    def set_rebuilding(self, is_rebuilding: bool) -> None:
        """Remember that the index was lost, or that it is complete again."""
        with self._writing() as connection:
            connection.execute("DELETE FROM rebuilding")
            if is_rebuilding:
                connection.execute("INSERT INTO rebuilding VALUES (?)", (_now(),))

    def save_search(self, name: str, query: str) -> None:
        """Keep a search under a name, instead of what went by that name before."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO saved_searches VALUES (?, ?, ?)", (name, query, _now())
            )

    def saved_searches(self) -> list[tuple[str, str, str]]:
        """Name, query and when it was saved (ISO 8601) of each saved search, by name."""
        with self._reading() as connection:
            rows = connection.execute("SELECT name, query, saved_at FROM saved_searches")
            return sorted(rows.fetchall(), key=lambda row: (row[0].casefold(), row[0]))

    def forget_search(self, name: str) -> None:
        """Drop a saved search."""
        with self._writing() as connection:
            connection.execute("DELETE FROM saved_searches WHERE name = ?", (name,))

    def remember_search(self, query: str, kept: int) -> None:
        """Put a search at the top of the history, of which so many are kept."""
        with self._writing() as connection:
            connection.execute("DELETE FROM searches WHERE query = ?", (query,))
            connection.execute(
                "INSERT INTO searches VALUES "
                "((SELECT coalesce(max(number), 0) + 1 FROM searches), ?)",
                (query,),
            )
            connection.execute(
                "DELETE FROM searches WHERE number NOT IN "
                "(SELECT number FROM searches ORDER BY number DESC LIMIT ?)",
                (kept,),
            )

    def searches(self, limit: int) -> list[str]:
        """What was searched for, the latest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT query FROM searches ORDER BY number DESC LIMIT ?", (limit,)
            )
            return [query for (query,) in rows]

    def forget_searches(self) -> None:
        """Empty the history."""
        with self._writing() as connection:
            connection.execute("DELETE FROM searches")

    def integrity(self) -> str:
        """What SQLite finds wrong with the file; empty if nothing."""
        with self._reading() as connection:
            found = [line for (line,) in connection.execute("PRAGMA integrity_check")]
        return "" if found == ["ok"] else "; ".join(found)

    def back_up(self) -> None:
        """Copy the file to today's backup unless there is one, and drop the oldest.

        Raises:
            OSError: The copy cannot be written.
        """
        folder = self._file.parent / "backups"
        target = folder / f"labels-{datetime.now(UTC):%Y-%m-%d}.sqlite"
        if not target.exists():
            self._copy_to(target)
        for old in sorted(folder.glob("labels-????-??-??.sqlite"))[:-_BACKUPS_KEPT]:
            old.unlink(missing_ok=True)

    def _copy_to(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)  # Of a process that was killed.
        with self._reading() as connection:
            copy = sqlite3.connect(temporary)
            try:
                connection.backup(copy)
            finally:
                copy.close()
        temporary.replace(target)

    def _connect(self) -> sqlite3.Connection:
        """Connect for writing, or for reading alone where nothing can be written."""
        try:
            return _connect_for_writing(self._file)
        except sqlite3.OperationalError as error:
            if not self._file.exists() or _primary_code(error) not in _REFUSED:
                raise
        wal = self._file.with_name(f"{self._file.name}-wal")
        if not (wal.exists() and wal.stat().st_size):
            # Immutable: a read-only folder has no room for the WAL's shared memory.
            return _connect_for_reading(self._file, "mode=ro&immutable=1")
        # What was committed last lies in the WAL, and reading it takes a folder to write in.
        self._copy = TemporaryDirectory(prefix="clipsearch-")
        copy = Path(self._copy.name) / self._file.name
        shutil.copyfile(self._file, copy)
        shutil.copyfile(wal, copy.with_name(wal.name))
        return _connect_for_reading(copy, "mode=rw")

    def _migrate(self) -> None:
        with labels_faults(self._file):
            version = self._checked_version()
        if 0 < version < SCHEMA_VERSION:
            stamp = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}"
            self._copy_to(self._file.parent / "backups" / f"labels-schema{version}-{stamp}.sqlite")
        while version < SCHEMA_VERSION:
            with self._writing() as connection:
                # Asked again inside: another process may just have done it.
                version = self._checked_version()
                for statement in _MIGRATIONS[version] if version < SCHEMA_VERSION else ():
                    connection.execute(statement)
                version = min(version + 1, SCHEMA_VERSION)
                connection.execute(f"PRAGMA user_version = {version}")
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")

    def _checked_version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        application = self._connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (version or tables) and application != _APPLICATION_ID:
            raise LibraryError(
                f"{self._file} belongs to another program: name another folder with --library."
            )
        if version > SCHEMA_VERSION:
            raise LibraryTooNew(
                f"The library {self._file.parent} was written by a newer clipsearch "
                f"(schema {version}, this one knows {SCHEMA_VERSION}): update clipsearch."
            )
        return version

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, labels_faults(self._file):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # The connection as a context manager commits, or rolls back on an exception.
        with self._lock, labels_faults(self._file), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
