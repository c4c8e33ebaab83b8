"""`LabelStore`: the user's own words in SQLite, which nothing can recompute.

Its own tables are the folders that the library watches, which model it searches with, and searches.
`TagDecisions`, `Ratings` and `PhotoCollections` keep what is said of photos in the same file, and
`OwnVocabulary` what is said of tags.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from clipsearch.core.drives import Drive
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_names import now
from clipsearch.core.own_vocabulary import OwnVocabulary
from clipsearch.core.photo_collections import PhotoCollections
from clipsearch.core.ratings import Ratings
from clipsearch.core.succession import Succession
from clipsearch.core.tag_decisions import TagDecisions


@dataclass(frozen=True, slots=True)
class Space:
    """The space that searches use."""

    model: str
    fingerprint: str
    dimension: int


class LabelStore:
    """The user's words; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the file; see `LabelFile`."""
        self._file = LabelFile(path)
        self.tags = TagDecisions(self._file)
        self.ratings = Ratings(self._file)
        self.collections = PhotoCollections(self._file)
        self.succession = Succession(self._file)
        self.vocabulary = OwnVocabulary(self._file)
        self.vocabulary.take_in_file()

    @property
    def file(self) -> LabelFile:
        """Where everything is kept."""
        return self._file

    def close(self) -> list[str]:
        """Close the file; see `LabelFile.close`."""
        return self._file.close()

    def folders(self) -> tuple[Path, ...]:
        """Folders of the library, in the order they were added."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT path FROM folders ORDER BY added_at, path")
            return tuple(Path(path) for (path,) in rows)

    def set_folders(self, folders: Iterable[Path]) -> None:
        """Make these the library's folders; those already there keep their date."""
        wanted = {str(folder) for folder in folders}
        with self._file.writing() as connection:
            known = {path for (path,) in connection.execute("SELECT path FROM folders")}
            connection.executemany(
                "DELETE FROM folders WHERE path = ?", [(path,) for path in sorted(known - wanted)]
            )
            connection.executemany(
                "INSERT INTO folders VALUES (?, ?)",
                [(path, now()) for path in sorted(wanted - known)],
            )

    def drives(self) -> tuple[Drive, ...]:
        """The drives on which photos of the library were found."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT place, mount FROM drives ORDER BY place")
            return tuple(Drive(Path(place), Path(mount)) for place, mount in rows)

    def remember_drives(self, drives: Iterable[Drive]) -> None:
        """Remember where drives were come upon."""
        rows = [(str(drive.place), str(drive.mount)) for drive in drives]
        with self._file.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO drives VALUES (?, ?)", rows)

    def active_space(self) -> Space | None:
        """The space that searches use; ``None`` before the first indexing."""
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT model, space, dimension FROM activations ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return Space(*row) if row else None

    def model_names(self) -> dict[str, str]:
        """The name of the model of each space that was ever active, by fingerprint; the latest."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT space, model FROM activations ORDER BY id")
            return dict(rows.fetchall())

    def models_used(self) -> list[str]:
        """The names of all models that searches have used, the latest first, each once."""
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT model FROM activations GROUP BY model ORDER BY max(id) DESC"
            )
            return [model for (model,) in rows]

    def activate(self, space: Space) -> None:
        """Make a space the one that searches use."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO activations (model, space, dimension, activated_at) "
                "VALUES (?, ?, ?, ?)",
                (space.model, space.fingerprint, space.dimension, now()),
            )

    def rebuilding(self) -> bool:
        """Whether the index was lost, and is not known to be complete again."""
        with self._file.reading() as connection:
            return connection.execute("SELECT 1 FROM rebuilding").fetchone() is not None

    def set_rebuilding(self, is_rebuilding: bool) -> None:
        """Remember that the index was lost, or that it is complete again."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM rebuilding")
            if is_rebuilding:
                connection.execute("INSERT INTO rebuilding VALUES (?)", (now(),))

    def save_search(self, name: str, query: str) -> None:
        """Keep a search under a name, instead of what went by that name before."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO saved_searches VALUES (?, ?, ?)", (name, query, now())
            )

    def saved_searches(self) -> list[tuple[str, str, str]]:
        """Name, query and when it was saved (ISO 8601) of each saved search, by name."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT name, query, saved_at FROM saved_searches")
            return sorted(rows.fetchall(), key=lambda row: (row[0].casefold(), row[0]))

    def forget_search(self, name: str) -> None:
        """Drop a saved search."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM saved_searches WHERE name = ?", (name,))

    def remember_search(self, query: str, kept: int) -> None:
        """Put a search at the top of the history, of which so many are kept."""
        with self._file.writing() as connection:
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
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT query FROM searches ORDER BY number DESC LIMIT ?", (limit,)
            )
            return [query for (query,) in rows]

    def forget_searches(self) -> None:
        """Empty the history."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM searches")
