"""`Ratings`: the stars that the user gives to photos, and the photos they like best."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping

from clipsearch.core.carrying import with_heirs
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_names import as_json, now, photos
from clipsearch.core.label_types import USER
from clipsearch.errors import InputError


class Ratings:
    """Stars and favourites, by the photos' contents. Every change can be undone."""

    def __init__(self, file: LabelFile) -> None:
        """Keep them in a file."""
        self._file = file

    def stars(self) -> dict[str, int]:
        """What the user gave: -1 (rejected) to 5, by the photos' contents.

        It goes before what the photos' own files say, 0 too.
        """
        with self._file.reading() as connection:
            return dict(connection.execute("SELECT content_hash, stars FROM ratings").fetchall())

    def rate(self, content_hashes: Collection[str], stars: int | None) -> None:
        """Give photos stars.

        Args:
            content_hashes: Of any number of photos.
            stars: -1 (rejected) to 5; ``None`` lets their files speak again.

        Raises:
            InputError: So many stars there are not.
        """
        if stars is not None and not -1 <= stars <= 5:
            raise InputError(f"A rating of {stars} is not possible: give 0 to 5 stars, or -1.")
        title = f"Rate {photos(len(content_hashes))}"
        with self._file.editing(title) as connection:
            meant = with_heirs(connection, content_hashes)
            if stars is None:
                connection.execute(
                    "DELETE FROM ratings WHERE content_hash IN (SELECT value FROM json_each(?))",
                    (as_json(meant),),
                )
                return
            write_stars(connection, dict.fromkeys(meant, stars), USER)

    def favourites(self) -> frozenset[str]:
        """The contents of the photos that the user likes best."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT content_hash FROM favourites")
            return frozenset(one for (one,) in rows)

    def set_favourite(self, content_hashes: Iterable[str], is_favourite: bool) -> None:
        """Like photos best, or no more."""
        chosen = list(content_hashes)
        verb = "Make {} favourites" if is_favourite else "Make {} no favourites"
        with self._file.editing(verb.format(photos(len(chosen)))) as connection:
            meant = with_heirs(connection, chosen)
            if is_favourite:
                connection.executemany(
                    "INSERT INTO favourites VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [(one, now()) for one in meant],
                )
            else:
                connection.execute(
                    "DELETE FROM favourites WHERE content_hash IN (SELECT value FROM json_each(?))",
                    (as_json(meant),),
                )


def write_stars(connection: sqlite3.Connection, stars: Mapping[str, int], source: str) -> None:
    """Write stars over those that there are; in an edit.

    Args:
        connection: Of the edit.
        stars: -1 (rejected) to 5, by the photos' contents.
        source: Who says so.
    """
    connection.executemany(
        "INSERT INTO ratings VALUES (?, ?, ?, ?) ON CONFLICT (content_hash) DO UPDATE "
        "SET stars = excluded.stars, source = excluded.source, "
        "rated_at = excluded.rated_at WHERE stars <> excluded.stars",
        [(content, given, source, now()) for content, given in stars.items()],
    )
