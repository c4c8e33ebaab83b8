"""`PhotoCollections`: sets of photos, made by hand or by a saved query."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain

from clipsearch.core.carrying import LINEAGE, heirs, with_heirs
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_names import as_json, collection_name, key_of, now, photos
from clipsearch.core.label_types import Collected, CollectionInfo
from clipsearch.errors import InputError


class PhotoCollections:
    """The user's collections, by the photos' contents. Every change can be undone."""

    def __init__(self, file: LabelFile) -> None:
        """Keep them in a file."""
        self._file = file

    def all(self) -> list[CollectionInfo]:
        """All collections, by name."""
        with self._file.reading() as connection:
            rows = connection.execute(
                f"WITH {LINEAGE}, again AS (SELECT collection, "
                "count(*) - count(DISTINCT origin) AS times "
                "FROM lineage CROSS JOIN collected USING (content_hash) GROUP BY collection) "
                "SELECT name, count(content_hash) - coalesce("
                "(SELECT times FROM again WHERE again.collection = id), 0), query, note "
                "FROM collections LEFT JOIN collected ON collections.id = collected.collection "
                "GROUP BY id ORDER BY key"
            )
            return [CollectionInfo(*row) for row in rows]

    def named(self, name: str) -> CollectionInfo:
        """The collection that goes by a name.

        Raises:
            InputError: There is none.
        """
        found = next((one for one in self.all() if key_of(one.name) == key_of(name)), None)
        if found is None:
            raise _unknown(name)
        return found

    def photos(self, name: str) -> list[Collected]:
        """What was put into a collection by hand, in the order in which it was.

        Raises:
            InputError: There is no such collection.
        """
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT content_hash, caption, added_at FROM collected WHERE collection = ? "
                "ORDER BY added_at, content_hash",
                (_known(connection, name),),
            )
            return [Collected(one, text, datetime.fromisoformat(at)) for one, text, at in rows]

    def of_photos(self, content_hashes: Iterable[str]) -> dict[str, dict[str, str]]:
        """The collections that some photos were put into, by the photos' contents.

        Returns:
            For each photo that is in one, its captions there, by the collections' names in order.
        """
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT content_hash, name, caption FROM collected "
                "JOIN collections ON collections.id = collected.collection "
                "WHERE content_hash IN (SELECT value FROM json_each(?)) ORDER BY key",
                (as_json(content_hashes),),
            )
            for content_hash, name, caption in rows:
                found[content_hash][name] = caption
        return dict(found)

    def create(self, name: str, *, query: str | None = None, note: str = "") -> None:
        """Make a collection.

        Args:
            name: Any text, once: case does not tell names apart.
            query: Of a smart one, in the query language; the caller has read it.
            note: What the user says of it.

        Raises:
            InputError: It is no name, or there is a collection of this name.
        """
        name = collection_name(name)
        with self._file.editing(f"Create the collection '{name}'") as connection:
            _require_new(connection, name)
            connection.execute(
                "INSERT INTO collections (key, name, query, note, created_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (key_of(name), name, query, note.strip(), now()),
            )

    def rename(self, name: str, new: str) -> None:
        """Give a collection another name.

        Raises:
            InputError: There is no such collection, it is no name, or another one goes by it.
        """
        new = collection_name(new)
        with self._file.editing(f"Rename the collection '{name}' to '{new}'") as connection:
            number = _known(connection, name)
            if key_of(new) != key_of(name):
                _require_new(connection, new)
            connection.execute(
                "UPDATE collections SET key = ?, name = ? WHERE id = ?", (key_of(new), new, number)
            )

    def describe(self, name: str, *, query: str | None = None, note: str | None = None) -> None:
        """Change a collection's query or note; what is ``None`` stays.

        Raises:
            InputError: There is no such collection, or a query is given for one made by hand.
        """
        with self._file.editing(f"Change the collection '{name}'") as connection:
            number = _known(connection, name)
            if query is not None and _query_of(connection, number) is None:
                raise InputError(
                    f"The photos of the collection '{name}' were put in by hand: "
                    "make another one for the query."
                )
            connection.execute(
                "UPDATE collections SET query = coalesce(?, query), note = coalesce(?, note) "
                "WHERE id = ?",
                (query, note and note.strip(), number),
            )

    def delete(self, name: str) -> None:
        """Delete a collection; its photos stay where they are.

        Raises:
            InputError: There is no such collection.
        """
        with self._file.editing(f"Delete the collection '{name}'") as connection:
            number = _known(connection, name)
            connection.execute("DELETE FROM collected WHERE collection = ?", (number,))
            connection.execute("DELETE FROM collections WHERE id = ?", (number,))

    def add(self, name: str, content_hashes: Collection[str]) -> None:
        """Put photos into a collection; those that are in it stay as they are.

        Raises:
            InputError: There is no such collection, or it is a smart one.
        """
        title = f"Add {photos(len(content_hashes))} to '{name}'"
        with self._file.editing(title) as connection:
            number = _known(connection, name)
            if _query_of(connection, number) is not None:
                raise InputError(
                    f"The collection '{name}' is made by its query: change that, "
                    "or put the photos into another one."
                )
            connection.executemany(
                "INSERT INTO collected VALUES (?, ?, '', ?) ON CONFLICT DO NOTHING",
                [(number, one, now()) for one in with_heirs(connection, content_hashes)],
            )

    def remove(self, name: str, content_hashes: Collection[str]) -> None:
        """Take photos out of a collection.

        Raises:
            InputError: There is no such collection.
        """
        title = f"Take {photos(len(content_hashes))} out of '{name}'"
        with self._file.editing(title) as connection:
            connection.execute(
                "DELETE FROM collected WHERE collection = ? "
                "AND content_hash IN (SELECT value FROM json_each(?))",
                (_known(connection, name), as_json(with_heirs(connection, content_hashes))),
            )

    def set_caption(self, name: str, content_hashes: Collection[str], caption: str) -> None:
        """Say the same of some photos in a collection; an empty text takes their captions away.

        Raises:
            InputError: There is no such collection, or one of the photos is not in it.
        """
        what = "a caption" if len(content_hashes) == 1 else f"{len(content_hashes):,} captions"
        with self._file.editing(f"Change {what} in '{name}'") as connection:
            meant = heirs(connection, content_hashes)
            number = _known(connection, name)
            if any(_is_outside(connection, number, contents) for contents in meant.values()):
                raise InputError(f"A photo is not in the collection '{name}': add it first.")
            connection.execute(
                "UPDATE collected SET caption = ? WHERE collection = ? "
                "AND content_hash IN (SELECT value FROM json_each(?))",
                (caption.strip(), number, as_json(chain.from_iterable(meant.values()))),
            )


def _known(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT id FROM collections WHERE key = ?", (key_of(name),)).fetchone()
    if row is None:
        raise _unknown(name)
    return int(row[0])


def _is_outside(connection: sqlite3.Connection, number: int, contents: Iterable[str]) -> bool:
    """Whether a photo, by the contents that it has had, is not in a collection."""
    row = connection.execute(
        "SELECT 1 FROM collected WHERE collection = ? "
        "AND content_hash IN (SELECT value FROM json_each(?))",
        (number, as_json(contents)),
    ).fetchone()
    return row is None


def _query_of(connection: sqlite3.Connection, number: int) -> str | None:
    row = connection.execute("SELECT query FROM collections WHERE id = ?", (number,)).fetchone()
    query: str | None = row[0]
    return query


def _require_new(connection: sqlite3.Connection, name: str) -> None:
    row = connection.execute("SELECT name FROM collections WHERE key = ?", (key_of(name),))
    found = row.fetchone()
    if found is not None:
        raise InputError(f"There is a collection '{found[0]}' already: take another name.")


def _unknown(name: str) -> InputError:
    return InputError(
        f"There is no collection '{name}': 'clipsearch collections list' shows what there is."
    )
