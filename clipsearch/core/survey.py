"""Finds out what there is to do: what is new, changed and gone since the index was written."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clipsearch.core.drives import Drive
from clipsearch.core.folders import is_within
from clipsearch.core.ignoring import NOTHING, IgnorePatterns
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.scan import Scan, ScannedFile, compare, is_left_out, look_at_file, scan
from clipsearch.core.types import FileState, Skipped
from clipsearch.progress import Progress, no_progress


@dataclass(slots=True)
class Survey:
    """What there is to do."""

    work: list[ScannedFile] = field(default_factory=list)
    """Files to read."""
    known: set[Path] = field(default_factory=set)
    """Files of ``work`` that have a row."""
    missing: set[Path] = field(default_factory=set)
    """Files that have a row and are gone."""
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    drives: list[Drive] = field(default_factory=list)
    """Drives that were come upon."""

    def _take(
        self,
        found: Scan,
        known: Mapping[str, FileState],
        offline: Collection[Path],
        folders: Sequence[Path],
    ) -> None:
        changes = compare(found, known, offline)
        self.work += [*changes.new, *changes.changed]
        self.known.update(file.path for file in changes.changed)
        self.missing.update(_of_place(found.folder, changes.missing, folders))
        self.unchanged += changes.unchanged
        self.skipped += found.skipped
        self.drives += found.drives


def survey_folders(
    folders: Sequence[Path],
    index: PhotoIndex,
    *,
    library_folders: Sequence[Path],
    offline: Collection[Path] = (),
    ignored: IgnorePatterns = NOTHING,
    progress: Progress = no_progress,
) -> Survey:
    """Compare whole folders with the index.

    Args:
        folders: Existing folders, none of which is scanned with another.
        index: What was known.
        library_folders: All folders of the library; what lies in those that are not scanned now
            is left alone, also where one lies hidden in another.
        offline: Places whose drive is not there: their photos stay.
        ignored: What is left out.
        progress: May cancel.

    Raises:
        FolderNotFound: A folder is missing.
        Cancelled: By ``progress``.
    """
    survey = Survey()
    for folder in folders:
        found = scan(folder, ignored=ignored, progress=progress)
        survey._take(found, index.states(folder), offline, library_folders)
    return survey


def survey_places(
    places: Iterable[Path],
    index: PhotoIndex,
    *,
    library_folders: Sequence[Path],
    offline: Collection[Path] = (),
    ignored: IgnorePatterns = NOTHING,
    progress: Progress = no_progress,
) -> Survey:
    """Compare some files and folders inside the library's folders with the index.

    Args:
        places: Where something has happened; they need not be there any more. What lies in no
            folder of the library, or in a hidden one, is left out.
        index: What was known.
        library_folders: All folders of the library.
        offline: Places whose drive is not there: their photos stay.
        ignored: What is left out.
        progress: May cancel.

    Raises:
        Cancelled: By ``progress``.
    """
    survey = Survey()
    for place, root in _outermost_places(places, library_folders, ignored):
        if place.is_dir():
            found = scan(place, ignored=ignored, root=root, progress=progress)
        else:
            found = look_at_file(place)
        survey._take(found, index.states(place), offline, library_folders)
    return survey


def _outermost_places(
    places: Iterable[Path], folders: Sequence[Path], ignored: IgnorePatterns
) -> list[tuple[Path, Path]]:
    """The places to look at, each with its library folder; those in others are left out."""
    wanted = dict(f for place in places if (f := _to_look_at(place, folders, ignored)) is not None)
    return sorted((p, root) for p, root in wanted.items() if wanted.keys().isdisjoint(p.parents))


def _to_look_at(
    place: Path, folders: Sequence[Path], ignored: IgnorePatterns
) -> tuple[Path, Path] | None:
    """Where to look for what has happened at a place, and its folder; ``None`` for nowhere."""
    roots = [folder for folder in folders if is_within(place, folder)]
    if not roots:
        return None
    root = max(roots, key=lambda folder: len(folder.parts))
    inside = place.relative_to(root)
    # A drive that has gone takes its folder along: that is no news of its photos.
    if not root.is_dir() or any(is_left_out(part) for part in inside.parts):
        return None
    if ignored.matches(inside, is_folder=place.is_dir()):
        return None
    # Behind a link lies a folder that may have another name in the library: only a look at the
    # whole tells under which it goes.
    straight = os.path.normpath(os.path.join(os.path.realpath(root), inside))
    return (place if os.path.realpath(place) == straight else root), root


def _of_place(place: Path, paths: Iterable[Path], folders: Sequence[Path]) -> Iterator[Path]:
    """Those paths that a look at this place would have come upon."""
    inner = [folder for folder in folders if place in folder.parents]
    return (path for path in paths if not any(folder in path.parents for folder in inner))
