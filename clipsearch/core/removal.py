"""Moves duplicates to the bin, after another look at the files themselves: the index may be old."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from clipsearch.core.bin import move_to_bin
from clipsearch.core.imaging import read_file
from clipsearch.core.types import DuplicateGroup, Photo, Removal, Skipped
from clipsearch.errors import BinRefused, ImageError, InputError, LibraryBusy
from clipsearch.progress import Progress, no_progress


class Updatable(Protocol):
    """The part of `clipsearch.core.library.Library` that is needed here."""

    def update(self, places: Collection[Path]) -> object:
        """Bring some files up to date."""


def photos_to_remove(groups: Sequence[DuplicateGroup]) -> list[Photo]:
    """All photos of some groups but the keepers, each once.

    Raises:
        InputError: There is a burst among them, whose shots differ.
    """
    if any(group.kind == "burst" for group in groups):
        raise InputError("The shots of a burst differ: choose among them yourself.")
    return list({p.path: p for group in groups for p in group.photos[1:]}.values())


def remove_duplicates(
    library: Updatable, groups: Sequence[DuplicateGroup], *, progress: Progress = no_progress
) -> Removal:
    """Move what `photos_to_remove` names to the bin; see `remove_chosen`.

    Raises:
        InputError: There is a burst among the groups.
        LibraryError: The library cannot be written; the photos are in the bin nevertheless.
        Cancelled: By ``progress``.
    """
    photos_to_remove(groups)
    return remove_chosen(library, groups, progress=progress)


def remove_chosen(
    library: Updatable, groups: Sequence[DuplicateGroup], *, progress: Progress = no_progress
) -> Removal:
    """Move all photos of some groups but the keepers to the bin, and out of the index.

    A photo stays if it, or its keeper, is not on the disk any more as it was indexed. What the user
    has said of a photo stays in any case: it is kept by content.

    Args:
        library: Whose duplicates they are.
        groups: Of any kind, with nothing in them but a keeper and what is to go in favour of it,
            as the user has chosen photo by photo.
        progress: Called before each photo; may cancel.

    Raises:
        LibraryError: The library cannot be written; the photos are in the bin nevertheless.
        Cancelled: By ``progress``.
    """
    total = sum(len(group.photos) - 1 for group in groups)
    removed: list[Path] = []
    kept: list[Skipped] = []
    try:
        for group in groups:
            done = len(removed) + len(kept)
            for photo, reason in _removed(group, progress, done, total):
                if reason is None:
                    removed.append(photo.path)
                else:
                    kept.append(Skipped(photo.path, reason))
    finally:
        _forget(library, removed)
    return Removal(tuple(removed), tuple(kept))


def _removed(
    group: DuplicateGroup, progress: Progress, done: int, total: int
) -> Iterator[tuple[Photo, str | None]]:
    """Each photo but the keeper, once it is in the bin; or with the reason why it is not."""
    for number, photo in enumerate(group.photos[1:]):
        progress(done + number, total, photo.path.name)
        reason = _why_not(group.keeper, photo)
        if reason is None:
            try:
                move_to_bin(photo.path)
            except BinRefused as error:
                reason = str(error)
        yield photo, reason


def _why_not(keeper: Photo, photo: Photo) -> str | None:
    """Why a photo must not go, if there is a reason."""
    if not _is_as_indexed(keeper):
        return f"the one to keep, {keeper.path}, is not there as it was: index its folder again"
    if not _is_as_indexed(photo):
        return "it is not there as it was: index its folder again"
    if photo.path.samefile(keeper.path):
        return f"it is {keeper.path} by another name"
    return None


def _is_as_indexed(photo: Photo) -> bool:
    try:
        return read_file(photo.path).content_hash == photo.content_hash
    except ImageError:
        return False


def _forget(library: Updatable, removed: Sequence[Path]) -> None:
    if removed:
        # Whoever is writing finds out at the next look at the folders.
        with suppress(LibraryBusy):
            library.update(removed)
