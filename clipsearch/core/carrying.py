"""Copies what is said of one content to another, in the SQLite file of the user's words."""

import json
import sqlite3
from collections.abc import Iterable

from clipsearch.core.label_schema import KEYED_BY_CONTENT

LINEAGE = (
    "lineage AS (SELECT content_hash, origin FROM rewritten "
    "UNION SELECT origin, origin FROM rewritten)"
)
"""Contents that one photo has had, by the first of them, for ``WITH``: they count as one photo."""


def carry(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Say of a content what is said of another one; both keep what they have.

    Args:
        connection: In a transaction.
        old: A content hash.
        new: That of the file that took its place.
    """
    for table in KEYED_BY_CONTENT:
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

    Returns:
        The contents in their order, the others behind them.
    """
    rows = connection.execute(
        "WITH RECURSIVE meant (content) AS (SELECT value FROM json_each(?) UNION "
        "SELECT rewritten.content_hash FROM meant JOIN rewritten ON made_of = content) "
        "SELECT content FROM meant",
        (json.dumps(list(contents)),),
    )
    return [content for (content,) in rows]


def forget(connection: sqlite3.Connection, content: str) -> None:
    """Drop what is said of a content; in a transaction."""
    for table in KEYED_BY_CONTENT:
        connection.execute(f"DELETE FROM main.{table} WHERE content_hash = ?", (content,))


def carry_what_was_restored(connection: sqlite3.Connection) -> None:
    """Carry restored words on to the contents that were made after the backup.

    Args:
        connection: In a transaction, with the backup attached as ``restored``.
    """
    later = connection.execute(
        "SELECT made_of, content_hash FROM main.rewritten WHERE content_hash NOT IN "
        "(SELECT content_hash FROM restored.rewritten) ORDER BY rowid"
    ).fetchall()
    for old, new in later:
        carry(connection, old, new)
