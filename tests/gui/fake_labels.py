"""What the user says of drawn photos, kept as it really is, in a folder of its own."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from clipsearch.core import filters
from clipsearch.core.label_backups import Backup
from clipsearch.core.label_exchange import export_labels, import_labels
from clipsearch.core.label_types import ImportReport
from clipsearch.core.labels import LabelStore
from clipsearch.core.own_vocabulary import OwnVocabulary
from clipsearch.core.photo_collections import PhotoCollections
from clipsearch.core.ratings import Ratings
from clipsearch.core.tag_decisions import TagDecisions
from clipsearch.core.types import Photo


class FakeLabels:
    """What is really kept; can be made to fail."""

    _opened: ClassVar[list[tuple[LabelStore, TemporaryDirectory[str]]]] = []

    def __init__(self, photos: Sequence[Photo]) -> None:
        """Nothing is said of these photos yet; there may be more of them later."""
        self._photos = photos
        folder = TemporaryDirectory(prefix="labels-")
        self._store = LabelStore(Path(folder.name) / "labels.sqlite")
        self._opened.append((self._store, folder))
        self.error: Exception | None = None

    @classmethod
    def close_all(cls) -> None:
        """Close what a test has opened."""
        while cls._opened:
            store, folder = cls._opened.pop()
            store.close()
            folder.cleanup()

    @property
    def tags(self) -> TagDecisions:
        """See `LabelKeeper`."""
        self._fail()
        return self._store.tags

    @property
    def ratings(self) -> Ratings:
        """See `LabelKeeper`."""
        self._fail()
        return self._store.ratings

    @property
    def collections(self) -> PhotoCollections:
        """See `LabelKeeper`."""
        self._fail()
        return self._store.collections

    @property
    def vocabulary(self) -> OwnVocabulary:
        """See `LabelKeeper`."""
        self._fail()
        return self._store.vocabulary

    @property
    def undo_title(self) -> str | None:
        """See `LabelKeeper`."""
        return self._store.file.undo_title

    @property
    def redo_title(self) -> str | None:
        """See `LabelKeeper`."""
        return self._store.file.redo_title

    def undo(self) -> str:
        """See `LabelKeeper`."""
        return self._store.file.undo()

    def redo(self) -> str:
        """See `LabelKeeper`."""
        return self._store.file.redo()

    def export_to(self, file: Path) -> int:
        """See `LabelKeeper`."""
        self._fail()
        return export_labels(self._store.file, file, {})

    def import_from(self, file: Path) -> ImportReport:
        """See `LabelKeeper`."""
        self._fail()
        return import_labels(self._store.file, file)

    def backups(self) -> list[Backup]:
        """See `LabelKeeper`."""
        self._fail()
        return self._store.file.backups.all()

    def restore(self, backup: Path) -> tuple[Path, Path]:
        """See `LabelKeeper`."""
        return backup, self._store.file.restore(backup)

    def take_notices(self) -> list[str]:
        """See `LabelKeeper`."""
        return self._store.file.take_notices()

    def stars(self) -> dict[str, int]:
        """See `LabelKeeper`."""
        return {content: stars for content, stars in self._store.ratings.stars().items() if stars}

    def photos(self, content_hashes: Iterable[str]) -> list[Photo]:
        """See `LabelKeeper`."""
        found = {photo.content_hash: photo for photo in self._photos}
        return [found[content] for content in content_hashes if content in found]

    def passing(self, one: filters.Filter, photos: Sequence[Photo]) -> list[Photo]:
        """Those of some photos that pass a filter by what is said."""
        match one:
            case filters.Tag():
                decisions = self._store.tags.of_tag(one.name)
                said = {d.content_hash for d in decisions if d.verdict == "accepted"}
            case filters.Collection():
                said = {c.content_hash for c in self._store.collections.photos(one.name)}
            case _:
                return list(photos)
        return [photo for photo in photos if photo.content_hash in said]

    def back_up(self) -> Backup:
        """Make a copy of what is said now."""
        file = self._store.file
        with file.reading() as connection:
            path = file.backups.make_one_off(connection, "replaced")
        return next(one for one in file.backups.all() if one.path == path)

    def refuse_backups(self) -> None:
        """From now on no copy can be made: a file stands in the place of their folder."""
        folder = self._store.file.backups.folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("not a folder")

    def refuse_writing(self) -> None:
        """From now on nothing can be written, as on a disk that is read-only."""
        with self._store.file.reading() as connection:
            connection.execute("PRAGMA query_only = ON")

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
