"""`LabelFile`: the SQLite file of the user's own words: opened, migrated, backed up, undone.

It is copied to ``backups/`` before the first edit of a day, when it is closed after edits, before
the index of the photos is written, and before every change of its schema.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clipsearch.core.carrying import carry_what_was_restored
from clipsearch.core.faults import disk_faults, labels_faults
from clipsearch.core.label_backups import LabelBackups, brought_up_to_date
from clipsearch.core.label_connection import connect, damage_of, migrate, schema_version
from clipsearch.core.label_schema import EDITED, SCHEMA_VERSION, SINCE
from clipsearch.core.undo import UndoLog
from clipsearch.errors import LabelsDamaged, LibraryError

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

_SMALL = 4_000_000
"""Bytes, of some 10,000 decisions; so much is copied whenever the file is closed after an edit."""
_FRESH_S = 600.0
"""Of a larger file, a copy of today that is so new will do: a loop of commands makes one."""


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
        self.backups = LabelBackups(path)
        self._lock = threading.RLock()
        self._edits = 0
        self._is_copied = True
        """Whether a copy holds all edits."""
        self._last_copy: Path | None = None
        """The copy that was there, or was made, before the last edit."""
        self._made_copy: Path | None = None
        """The copy that was made here."""
        self._notices: list[str] = []
        self._identity: tuple[int, int] | None = None
        self._open()

    def _open(self) -> None:
        self._undo: UndoLog | None = None
        self._copy: TemporaryDirectory[str] | None = None
        with labels_faults(self.path):
            self._connection, self._copy = connect(self.path)
        try:
            with labels_faults(self.path):
                version = schema_version(self._connection, self.path)
                if 0 < version < SCHEMA_VERSION:
                    with disk_faults(self.path.parent):
                        self.backups.make_one_off(self._connection, f"schema{version}")
                migrate(self._connection, self.path)
            self._identity = _identity(self.path)
        except BaseException:
            self._disconnect()
            raise

    def close(self) -> list[str]:
        """Close the connection, after a copy of what has been edited.

        Returns:
            Sentences that the user should read.
        """
        with self._lock:
            if not self._is_copied and self._is_copy_due():
                self._copy_quietly()
            self._disconnect()
            return self.take_notices()

    def _disconnect(self) -> None:
        self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read through the connection, alone."""
        with self._lock, labels_faults(self.path):
            self._follow()
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all of it is kept, or nothing if an exception leaves it."""
        with self._lock, labels_faults(self.path):
            self._follow()
            # The connection as a context manager commits, or rolls back on an exception.
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection

    @contextmanager
    def editing(self, title: str) -> Iterator[sqlite3.Connection]:
        """Write in one transaction that can be undone.

        Args:
            title: What is done, as a menu would say it.
        """
        with self._lock:
            self._follow()
            self._copy_before_the_first_edit()
            # Outside of the transaction, with which it would be rolled back.
            log = self._undo_log()
            with self.writing() as connection:
                log.start()
                yield connection
                step = log.finish(title)
            log.keep(step)
            self._note_edit()

    @contextmanager
    def editing_for_good(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction after which nothing can be undone, nor what was done before."""
        with self._lock:
            self._follow()
            self._copy_before_the_first_edit()
            with self.writing() as connection:
                yield connection
            if self._undo is not None:
                self._undo.forget()
            self._note_edit()

    def _follow(self) -> None:
        """Open the file anew if another one took its place: words for the old one would be lost."""
        # Without an identity the file could not be opened the last time.
        if self._identity is not None and self._connection.in_transaction:
            return
        identity = _identity(self.path)
        if identity is None:
            raise LabelsDamaged(
                f"{self.path} is gone: 'clipsearch verify --repair', or opening the window again, "
                "brings it back from the last backup."
            )
        if identity != self._identity:
            self._identity = None
            self._disconnect()
            self._open()
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
            self._note_edit()
            return self._undo_log().undo(self.writing)

    def redo(self) -> str:
        """Do again what was taken back last; see `undo`."""
        with self._lock:
            self._note_edit()
            return self._undo_log().redo(self.writing)

    def _undo_log(self) -> UndoLog:
        # Made when it is first needed: who only searches pays nothing for it.
        if self._undo is None:
            with labels_faults(self.path):
                self._undo = UndoLog(self._connection, EDITED)
        return self._undo

    def damage(self, *, is_thorough: bool = False) -> str:
        """What is wrong with the file; empty if nothing. See `damage_of`.

        Raises:
            LabelsDamaged: So much that it cannot be looked at.
        """
        with self.reading() as connection:
            return damage_of(connection, is_thorough=is_thorough)

    def back_up(self) -> None:
        """Copy the file to today's copy unless there is one, and drop what is too old.

        Raises:
            LibraryError: The copy cannot be written: the disk is full or read-only.
            LabelsDamaged: The file is not sound; no copy was made or dropped.
        """
        with self._lock:
            if not self.backups.today.exists():
                self._copy_now()

    def keep_copy(self) -> Path:
        """Copy the file before much of it is replaced; returns the copy.

        Raises:
            LibraryError: The copy cannot be written: the disk is full or read-only.
            LabelsDamaged: The file is not sound; no copy was made.
        """
        with disk_faults(self.path.parent), self.reading() as connection:
            return self.backups.make_one_off(connection, "replaced")

    def restore(self, backup: Path) -> Path:
        """Take over the words of a backup in one transaction; which photos are indexed stays.

        Other processes that have the file open see it as any other change. It is no step that
        `undo` takes back: the copy that was made of the words before can be restored in turn.

        Args:
            backup: Of this version or an older one.

        Returns:
            The copy of what the words were before.

        Raises:
            InputError: There is no such backup.
            LabelsDamaged: The backup, or the file, is not sound, or a newer clipsearch wrote the
                backup; nothing was changed.
            LibraryError: The disk is full or read-only; nothing was changed.
        """
        with (
            self._lock,
            disk_faults(self.path.parent),
            brought_up_to_date(backup) as (source, version),
        ):
            kept = self.keep_copy()
            with self.reading() as connection:
                connection.execute("ATTACH ? AS restored", (str(source),))
            try:
                with self.writing() as connection:
                    connection.execute("PRAGMA defer_foreign_keys = ON")
                    # Of what lay elsewhere when the backup was made, it says nothing.
                    tables = [table for table in EDITED if SINCE.get(table, 0) <= version]
                    for table in reversed(tables):
                        connection.execute(f"DELETE FROM main.{table}")
                    for table in tables:
                        connection.execute(
                            f"INSERT INTO main.{table} SELECT * FROM restored.{table}"
                        )
                    carry_what_was_restored(connection)
            finally:
                self._connection.execute("DETACH restored")
            if self._undo is not None:
                self._undo.forget()
            self._note_edit()
            return kept

    def notify(self, sentence: str) -> None:
        """Keep a sentence that the user should read, for `take_notices`."""
        with self._lock:
            self._notices.append(sentence)

    def take_notices(self) -> list[str]:
        """Sentences that the user should read, each given once."""
        with self._lock:
            taken, self._notices = self._notices, []
            return taken

    def _note_edit(self) -> None:
        self._edits += 1
        self._is_copied = False

    def _copy_before_the_first_edit(self) -> None:
        today = self.backups.today
        if self._last_copy != today:
            self._last_copy = today
            if not today.exists():
                self._copy_quietly()

    def _is_copy_due(self) -> bool:
        today = self.backups.today
        try:
            if today == self._made_copy or self.path.stat().st_size < _SMALL:
                return True
            return time.time() - today.stat().st_mtime > _FRESH_S
        except FileNotFoundError:
            return True

    def _copy_quietly(self) -> None:
        """Copy; neither a full disk nor a damaged page must keep anybody from labelling."""
        try:
            self._copy_now()
            self._notices = []
        except LibraryError as error:
            self._notices = [f"No backup was made of your labels. {error}"]

    def _copy_now(self) -> None:
        with disk_faults(self.path.parent), self.reading() as connection:
            self.backups.make_daily(connection)
        self._made_copy = self.backups.today
        self._is_copied = True


def _identity(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one at the same place; ``None`` if there is none."""
    try:
        state = os.stat(file)
    except FileNotFoundError:
        return None
    return state.st_dev, state.st_ino
