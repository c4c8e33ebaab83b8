"""Lets index and suggestions follow files into which words were written: their pixels stay."""

import os
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from clipsearch.core.imaging import read_file
from clipsearch.core.metadata import read_metadata
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.sidecars import find_sidecar, read_sidecar
from clipsearch.core.suggestions import SuggestionFile
from clipsearch.core.types import Photo
from clipsearch.errors import ImageError


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file that has another content now."""

    path: Path
    old: str
    """Content hash that its row has."""
    new: str
    """Content hash of what was written."""


def take_embeddings_along(index: PhotoIndex, files: Sequence[Rewritten]) -> None:
    """Give the rows of some files their new content, and leave them their embedding.

    A file that has changed once more is left to the next indexing.

    Args:
        index: The active space's, under the write lock.
        files: Each in the index, with its old content.

    Raises:
        LibraryError: The index cannot be written: then the next indexing embeds these files.
    """
    found, embeddings = index.with_contents({one.old for one in files})
    row_of = {photo.path: row for row, photo in enumerate(found)}
    rows: list[int] = []
    photos: list[Photo] = []
    for one in files:
        row = row_of.get(one.path)
        followed = _followed(found[row], one.new) if row is not None else None
        if row is not None and followed is not None:
            rows.append(row)
            photos.append(followed)
    index.write(photos, embeddings[np.array(rows, np.int64)])


def take_suggestions_along(
    file: SuggestionFile, files: Sequence[Rewritten], in_use: Container[str]
) -> None:
    """Suggest of the new contents what was suggested of the old ones.

    Args:
        file: The active space's.
        files: Whose rows have their new content.
        in_use: Old contents that other photos of the library have: they keep their suggestions.

    Raises:
        LibraryError: The file cannot be written: then these photos have no suggestions.
    """
    moved = {one.old: one.new for one in files if one.old not in in_use}
    known = file.read() if moved else None
    if known is not None:
        file.write(known.renamed(moved))


def _followed(photo: Photo, content_hash: str) -> Photo | None:
    try:
        content = read_file(photo.path)
        sidecar = find_sidecar(photo.path)
        sidecar_ns = os.stat(sidecar).st_mtime_ns if sidecar else 0
    except (ImageError, OSError):
        return None
    if content.content_hash != content_hash:
        return None
    return replace(
        photo,
        content_hash=content_hash,
        state=replace(content.state, sidecar_ns=sidecar_ns),
        metadata=read_metadata(content.data, sidecar=read_sidecar(photo.path)),
    )
