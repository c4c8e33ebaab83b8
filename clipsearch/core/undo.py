"""`UndoLog`: takes back what was changed in an SQLite file, and does it again.

Triggers write, for each row that changes, the statement that changes it back; see "Automatic
Undo/Redo With SQLite" in SQLite's documentation. So nothing that changes a table can be forgotten
here: a rename, the merging of two tags and ten thousand decisions are undone alike.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from clipsearch.errors import InputError, LibraryError

Transaction: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""Opens a transaction on the connection."""


@dataclass(frozen=True, slots=True)
class Step:
    """One edit, by what takes it back."""

    title: str
    statements: tuple[str, ...]
    """In the order in which they are to be executed."""


class UndoLog:
    """The edits of one connection, without limit. The caller sees to it that it is used alone."""

    def __init__(self, connection: sqlite3.Connection, tables: Sequence[str]) -> None:
        """Watch some tables of the connection's file for as long as it is open."""
        self._connection = connection
        self._done: list[Step] = []
        self._undone: list[Step] = []
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("CREATE TEMP TABLE reversals (number INTEGER PRIMARY KEY, statement)")
        for table in tables:
            for trigger in _triggers(connection, table):
                connection.execute(trigger)

    @property
    def undo_title(self) -> str | None:
        """Of the latest edit; ``None`` if there is none to take back."""
        return self._done[-1].title if self._done else None

    @property
    def redo_title(self) -> str | None:
        """Of the edit that was taken back last; ``None`` if there is none."""
        return self._undone[-1].title if self._undone else None

    def start(self) -> None:
        """Begin an edit; inside its transaction."""
        self._connection.execute("DELETE FROM reversals")

    def finish(self, title: str) -> Step:
        """End an edit; inside its transaction. It counts only once it is committed: `keep` it."""
        rows = self._connection.execute("SELECT statement FROM reversals ORDER BY number DESC")
        step = Step(title, tuple(statement for (statement,) in rows))
        self._connection.execute("DELETE FROM reversals")
        return step

    def keep(self, step: Step) -> None:
        """Remember an edit that was committed; what had been taken back before is forgotten."""
        if step.statements:
            self._done.append(step)
            self._undone.clear()

    def forget(self) -> None:
        """Forget all edits: what they would take back is not there any more."""
        self._done.clear()
        self._undone.clear()

    def undo(self, writing: Transaction) -> str:
        """Take back the latest edit in a transaction of its own; returns its title.

        Raises:
            InputError: There is nothing to take back.
            LibraryError: Another program has changed the same since; it is not tried again.
        """
        return self._move(self._done, self._undone, writing, "There is nothing to undo.")

    def redo(self, writing: Transaction) -> str:
        """Do again what was taken back last; see `undo`."""
        return self._move(self._undone, self._done, writing, "There is nothing to redo.")

    def _move(
        self, source: list[Step], target: list[Step], writing: Transaction, nothing: str
    ) -> str:
        if not source:
            raise InputError(nothing)
        step = source[-1]
        try:
            with writing() as connection:
                reverse = self._play(connection, step)
        except sqlite3.IntegrityError as error:
            source.pop()
            raise LibraryError(
                f"'{step.title}' cannot be taken back or done again: "
                "the same was changed by another program since."
            ) from error
        source.pop()
        target.append(reverse)
        return step.title

    def _play(self, connection: sqlite3.Connection, step: Step) -> Step:
        self.start()
        for statement in step.statements:
            if connection.execute(statement).rowcount != 1:
                raise sqlite3.IntegrityError("the row is gone")
        return self.finish(step.title)


def _triggers(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """One trigger for each way in which a row changes."""
    described = connection.execute(f"PRAGMA main.table_info({table})").fetchall()
    columns = [row[1] for row in described]
    key = [row[1] for row in described if row[5]]
    where = " AND ".join(f"{name} = {{new.{name}}}" for name in key)
    values = ", ".join(f"{{old.{name}}}" for name in columns)
    assignments = ", ".join(f"{name} = {{old.{name}}}" for name in columns)
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("old", "new"))
    for event, reversal in (
        ("INSERT", f"DELETE FROM {table} WHERE {where}"),
        ("DELETE", f"INSERT INTO {table} VALUES ({values})"),
        ("UPDATE", f"UPDATE {table} SET {assignments} WHERE {where}"),
    ):
        # What is written over with the same is no change.
        condition = f"WHEN ({old}) IS NOT ({new}) " if event == "UPDATE" else ""
        yield (
            f"CREATE TEMP TRIGGER reverse_{event.lower()}_{table} AFTER {event} ON main.{table} "
            f"{condition}BEGIN INSERT INTO reversals (statement) VALUES ({_quoting(reversal)}); END"
        )


def _quoting(template: str) -> str:
    """An SQL expression that gives the template with ``{column}`` as SQL literals of its value."""
    expression = template.replace("'", "''").replace("{", "' || quote(").replace("}", ") || '")
    return f"'{expression}'"
