"""Copies what is said of one content to another, in the SQLite file of the user's words."""

import json
import sqlite3
from collections.abc import Container, Iterable
from itertools import chain

from clipsearch.core.label_schema import KEYED_BY_CONTENT

LINEAGE = (
    "lineage AS (SELECT content_hash, origin FROM rewritten "
    "UNION SELECT origin, origin FROM rewritten)"
)
"""Contents that one photo has had, by the first of them, for ``WITH``: they count as one photo."""


def carry(
    connection: sqlite3.Connection, old: str, new: str, tables: Iterable[str] = KEYED_BY_CONTENT
) -> None:
    """Say of a content what is said of another one; both keep what they have.

    Args:
        connection: In a transaction.
        old: A content hash.
        new: That of the file that took its place.
        tables: Of `KEYED_BY_CONTENT`.
    """
    for table in tables:
        columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        taken = ", ".join(":new" if name == "content_hash" else name for name in columns)
        connection.execute(
            f"INSERT OR IGNORE INTO main.{table} ({', '.join(columns)}) "
            f"SELECT {taken} FROM main.{table} WHERE content_hash = :old",
            {"old": old, "new": new},
        )


def with_heirs(connection: sqlite3.Connection, contents: Iterable[str]) -> list[str]:
    """Contents, and those that were made of them: who speaks may know of the old one alone.

    A window shows photos as they were read last, which may be before they were written into.

    Args:
        connection: To the user's words.
        contents: Content hashes.
    """
    return list(dict.fromkeys(chain.from_iterable(heirs(connection, contents).values())))


def heirs(connection: sqlite3.Connection, contents: Iterable[str]) -> dict[str, list[str]]:
    """Which contents were made of each of some others, by these, which come first."""
    found: dict[str, list[str]] = {}
    for content, heir in connection.execute(
        "WITH RECURSIVE meant (content, heir) AS (SELECT value, value FROM json_each(?) UNION "
        "SELECT content, rewritten.content_hash FROM meant JOIN rewritten ON made_of = heir) "
        "SELECT content, heir FROM meant",
        (json.dumps(list(contents)),),
    ):
        found.setdefault(content, []).append(heir)
    return found


def forget(connection: sqlite3.Connection, content: str) -> None:
    """Drop what is said of a content; in a transaction."""
    for table in KEYED_BY_CONTENT:
        connection.execute(f"DELETE FROM main.{table} WHERE content_hash = ?", (content,))


def carry_what_was_restored(connection: sqlite3.Connection) -> None:
    """Carry restored words on to the contents that were made after the backup.

    Args:
        connection: In a transaction, with the backup attached as ``restored``.
    """
    known = connection.execute("SELECT content_hash FROM restored.rewritten").fetchall()
    carry_on(connection, {content for (content,) in known}, KEYED_BY_CONTENT)


def carry_on(connection: sqlite3.Connection, known: Container[str], tables: Iterable[str]) -> None:
    """Carry words on to the contents that were made after a backup.

    Args:
        connection: In a transaction.
        known: The contents of which the backup knows that clipsearch made them.
        tables: Of `KEYED_BY_CONTENT`: those that have rows of the backup.
    """
    carried = list(tables)
    made = "SELECT made_of, content_hash FROM main.rewritten ORDER BY rowid"
    for old, new in connection.execute(made).fetchall():
        if new not in known:
            carry(connection, old, new, carried)
