"""`Succession`: which contents clipsearch made of which, by writing words into photos' files.

A file that is written into has another content, and everything that is said of a photo belongs to
its content. So the words are copied to the new content before the file takes its place; copies and
backups of the photo keep theirs.
"""

import sqlite3
from collections.abc import Collection, Container, Sequence

from clipsearch.core.carrying import carry, forget, heirs
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_names import as_json


class Succession:
    """Kept beside the user's words."""

    def __init__(self, file: LabelFile) -> None:
        """Keep it in a file."""
        self._file = file

    def origins(self, content_hashes: Collection[str]) -> dict[str, str]:
        """By what the XMP in a file knows its photo, for those contents that clipsearch made.

        A file cannot hold its own hash, so it names the content that the photo had first.
        """
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT content_hash, origin FROM rewritten "
                "WHERE content_hash IN (SELECT value FROM json_each(?))",
                (as_json(content_hashes),),
            )
            return dict(rows.fetchall())

    def heirs(self, content_hashes: Collection[str]) -> dict[str, list[str]]:
        """Which contents clipsearch made of each of some others, by these, which come first."""
        with self._file.reading() as connection:
            return heirs(connection, content_hashes)

    def hand_over(self, pairs: Sequence[tuple[str, str]], in_use: Container[str]) -> None:
        """Say of new contents what is said of those they are made of, all in one transaction.

        It cannot be undone, nor can what was said before: undoing that would change what is said
        of the old content alone.

        A file may get a content back that it had before, when tags are taken back. What was said
        of that then has been said anew, unless it has stayed the content of another photo.

        Args:
            pairs: The old content and the new one, each.
            in_use: The contents of the library's photos.

        Raises:
            LibraryError: The words cannot be written; nothing was.
        """
        with self._file.editing_for_good() as connection:
            for old, new in pairs:
                if new not in in_use and _was_left(connection, new):
                    forget(connection, new)
                carry(connection, old, new)
                connection.execute(
                    "INSERT OR IGNORE INTO rewritten VALUES (:new, :old, coalesce("
                    "(SELECT origin FROM rewritten WHERE content_hash = :old), :old))",
                    {"old": old, "new": new},
                )


def _was_left(connection: sqlite3.Connection, content: str) -> bool:
    """Whether a file had this content, and got another one from clipsearch."""
    row = connection.execute("SELECT 1 FROM rewritten WHERE made_of = ?", (content,)).fetchone()
    return row is not None
