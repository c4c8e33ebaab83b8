"""`Labelling`: what the user says of a library's photos, by the photos' files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from clipsearch.core.facets import Facets
from clipsearch.core.folders import absolute
from clipsearch.core.label_backups import Backup
from clipsearch.core.label_exchange import export_labels, import_labels
from clipsearch.core.label_types import Decision, ImportReport
from clipsearch.core.labels import LabelStore
from clipsearch.core.library_labels import contents_of
from clipsearch.core.locking import write_lock
from clipsearch.core.own_vocabulary import OwnVocabulary
from clipsearch.core.photo_collections import PhotoCollections
from clipsearch.core.ratings import Ratings, write_stars
from clipsearch.core.searching import Searching
from clipsearch.core.stores import Stores
from clipsearch.core.succession import Succession
from clipsearch.core.tag_decisions import TagDecisions, write_decisions
from clipsearch.core.types import Photo
from clipsearch.errors import InputError, LibraryError


class Labelling:
    """Tags, ratings and collections of a library; every change can be undone. Thread-safe.

    All of it belongs to what is in a file, so it stays when files are moved, renamed or copied.
    """

    def __init__(self, stores: Stores, searching: Searching) -> None:
        """Open nothing yet."""
        self._stores = stores
        self._searching = searching

    @property
    def tags(self) -> TagDecisions:
        """Which tags photos have, and which they were denied."""
        return self._store.tags

    @property
    def ratings(self) -> Ratings:
        """Stars and favourites."""
        return self._store.ratings

    @property
    def collections(self) -> PhotoCollections:
        """The user's collections."""
        return self._store.collections

    @property
    def succession(self) -> Succession:
        """Which contents clipsearch made of which others."""
        return self._store.succession

    @property
    def vocabulary(self) -> OwnVocabulary:
        """How the user describes the tags that can be suggested; a library need not have photos."""
        return self._stores.labels().vocabulary

    @property
    def undo_title(self) -> str | None:
        """What `undo` would take back; ``None`` if there is nothing."""
        return self._store.file.undo_title

    @property
    def redo_title(self) -> str | None:
        """What `redo` would do again; ``None`` if there is nothing."""
        return self._store.file.redo_title

    def undo(self) -> str:
        """Take back the latest change of this session; see `LabelFile.undo`."""
        return self._store.file.undo()

    def redo(self) -> str:
        """Do again what was taken back last; see `LabelFile.undo`."""
        return self._store.file.redo()

    def contents(self, paths: Sequence[Path]) -> list[str]:
        """The content hashes of photos of the library, each once.

        Raises:
            InputError: One of the paths is not in the library.
        """
        found = self._stores.current()[1].contents_at([absolute(path) for path in paths])
        for path, content in zip(paths, found, strict=True):
            if content is None:
                raise InputError(f"{path} is not in the library: index its folder first.")
        return list(dict.fromkeys(content for content in found if content is not None))

    def stars(self) -> dict[str, int]:
        """The stars of all photos that have some, or were rejected (-1), by their contents.

        What the user says goes before what the photos' own files say.
        """
        facets = self._stores.current()[1].facets
        stars = self._searching.labels.ratings(facets)
        rows = np.flatnonzero(stars)
        contents = facets.content_hashes.take(rows).to_pylist()
        return dict(zip(contents, stars[rows].tolist(), strict=True))

    def photos(self, content_hashes: Iterable[str]) -> list[Photo]:
        """The photos that have these contents, in this order; all files of each.

        What is not in the library any more is left out.
        """
        return self._stores.current()[1].photos_with(content_hashes)

    def former_contents(self, content_hashes: Collection[str]) -> frozenset[str]:
        """Those of some contents that no photo has any more since clipsearch wrote words into it.

        What was said of such a content is said of its heir, so to the user it is no photo.
        """
        rewritten = {
            content
            for content, heirs in self.succession.heirs(content_hashes).items()
            if len(heirs) > 1
        }
        return frozenset(rewritten - {photo.content_hash for photo in self.photos(rewritten)})

    def photos_at(self, paths: Sequence[Path]) -> list[Photo]:
        """The photos at some paths and below some folders; all of them if none is named.

        Raises:
            InputError: At one of the paths is no photo of the library.
        """
        photos = self._stores.current()[1].all_photos()
        if not paths:
            return photos
        named = dict.fromkeys(map(absolute, paths))
        chosen: list[Photo] = []
        reached: set[Path] = set()
        for photo in photos:
            if leading := named.keys() & {photo.path, *photo.path.parents}:
                chosen.append(photo)
                reached |= leading
        for path in named:
            if path not in reached:
                raise InputError(f"{path} is not in the library: index its folder first.")
        return chosen

    @property
    def facets(self) -> Facets:
        """What the photos' files say, without the user's words."""
        return self._stores.current()[1].facets

    def contents_of_collection(self, name: str) -> Collection[str]:
        """The content hashes of a collection's photos, also of a smart one.

        Raises:
            InputError: There is no such collection, or its query cannot be answered.
        """
        return contents_of(self.collections, name, self._searching.contents_found)

    def take_notices(self) -> list[str]:
        """Sentences that the user should read, each given once: a backup could not be made."""
        return self._store.file.take_notices()

    def take_in(
        self, decisions: Sequence[Decision], stars: Mapping[str, int], source: str, title: str
    ) -> None:
        """Write over what is said, in one step that can be undone.

        Args:
            decisions: With sources and dates of their own.
            stars: -1 (rejected) to 5, by the photos' contents.
            source: Who gave the stars.
            title: What is done, as a menu would say it.

        Raises:
            InputError: A decision has no name for a tag.
        """
        with self._store.file.editing(title) as connection:
            write_decisions(connection, decisions)
            write_stars(connection, stars, source)

    def export_to(self, file: Path) -> int:
        """Write everything that is said into a file of JSON lines; returns how many.

        Raises:
            InputError: The file is something else, or cannot be written.
        """
        columns = self._stores.current()[1].columns
        paths: dict[str, list[str]] = {}
        for content, path in zip(
            columns.column("content_hash").to_pylist(),
            columns.column("path").to_pylist(),
            strict=True,
        ):
            paths.setdefault(content, []).append(path)
        return export_labels(self._stores.labels().file, absolute(file), paths)

    def import_from(self, file: Path) -> ImportReport:
        """Merge an exported file with what is said here, where the newer word wins.

        Raises:
            InputError: The file cannot be read, or a line, which is named, is wrong; nothing is
                written.
        """
        return import_labels(self._stores.labels().file, absolute(file))

    def backups(self) -> list[Backup]:
        """The copies of the user's words, the latest first."""
        return self._stores.backups.all()

    def restore(self, backup: Path | None = None) -> tuple[Path, Path]:
        """Take over what a backup says; which photos are indexed stays. See `LabelFile.restore`.

        Args:
            backup: A file, or the name of one; the latest sound one by default.

        Returns:
            The backup, and the copy that was made of what was said before.

        Raises:
            InputError: There is no such backup.
            LabelsDamaged: It is not sound; nothing was changed.
            LibraryError: The disk is full or read-only, or another process is writing.
        """
        if backup is None:
            newest = self._stores.backups.newest_sound()
            if newest is None:
                raise InputError(f"There is no sound backup in {self._stores.backups.folder}.")
            backup = newest.path
        elif (named := self._stores.backups.folder / backup).exists():
            backup = named
        with write_lock(self._stores.root):
            return backup, self._stores.labels().file.restore(absolute(backup))

    @property
    def _store(self) -> LabelStore:
        if not self._stores.exist:
            raise LibraryError(
                f"The library {self._stores.root} holds no photos yet: index a folder first."
            )
        return self._stores.labels()
