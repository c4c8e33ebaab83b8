"""Which of several photos is the best one to keep; the answer is always the same."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from clipsearch.core.types import DuplicateKind, Merit, Photo

Order: TypeAlias = Callable[[Sequence[Photo], Mapping[str, float]], list[Photo]]
"""Photos best first, given them and the sharpness of each content."""

_Key: TypeAlias = Callable[[Photo], tuple[Any, ...]]

# What systems and programs add to the name of a copy.
_COPY = re.compile(
    r"[ _-]?\(\d+\)$"
    r"|[ _-]+(?:copy|copie|kopie|copia|cópia|kopia|копия|コピー|副本)(?:[ _-]*\(?\d+\)?)?$"
    r"|^(?:copy of|copie de|kopie von|copia de|cópia de) ",
    re.IGNORECASE,
)
_AS_SHARP = 0.5
"""Share of the sharpest one's variance; recompression changes less, and makes nothing better."""


def copies_best_first(photos: Sequence[Photo]) -> list[Photo]:
    """Order equal files: a sidecar, a name of its own, the shortest and then the oldest path."""
    return sorted(photos, key=_copy_key)


def versions_best_first(photos: Sequence[Photo], sharpness: Mapping[str, float]) -> list[Photo]:
    """Order versions of one picture: most pixels, not much blurred, the largest file.

    Args:
        photos: Versions.
        sharpness: By content hash, see `clipsearch.core.fingerprints`; missing ones count as 0.
    """
    return sorted(photos, key=_version_key(photos, sharpness))


def shots_best_first(photos: Sequence[Photo], sharpness: Mapping[str, float]) -> list[Photo]:
    """Order shots of one moment: most pixels, the sharpest, the largest file.

    Args:
        photos: Shots.
        sharpness: As of `versions_best_first`.
    """
    return sorted(photos, key=_shot_key(sharpness))


def merit(kind: DuplicateKind, photos: Sequence[Photo], sharpness: Mapping[str, float]) -> Merit:
    """Tell in what the first photo of a group is ahead of the second.

    Args:
        kind: Says which of the orders above the photos have.
        photos: Two at least, best first.
        sharpness: As of `versions_best_first`.
    """
    merits: tuple[Merit, ...] = ("pixels", "sharpness", "bytes", *_COPY_MERITS)
    key = _version_key(photos, sharpness) if kind == "near" else _shot_key(sharpness)
    if kind == "exact":
        merits, key = _COPY_MERITS, _copy_key
    best, other = key(photos[0]), key(photos[1])
    return next(merits[place] for place in range(len(merits)) if best[place] != other[place])


def _version_key(photos: Sequence[Photo], sharpness: Mapping[str, float]) -> _Key:
    enough = _AS_SHARP * max(
        (sharpness.get(photo.content_hash, 0.0) for photo in photos), default=0
    )
    return lambda photo: (
        -photo.width * photo.height,
        sharpness.get(photo.content_hash, 0.0) < enough,
        -photo.state.size,
        *_copy_key(photo),
    )


def _shot_key(sharpness: Mapping[str, float]) -> _Key:
    return lambda photo: (
        -photo.width * photo.height,
        -sharpness.get(photo.content_hash, 0.0),
        -photo.state.size,
        *_copy_key(photo),
    )


_COPY_MERITS: tuple[Merit, ...] = ("sidecar", "name", "short path", "age", "first path")


def _copy_key(photo: Photo) -> tuple[bool, bool, int, int, str]:
    """What `_COPY_MERITS` names, one after the other."""
    path = str(photo.path)
    return (
        photo.state.sidecar_ns == 0,
        _COPY.search(photo.path.stem) is not None,
        len(path),
        photo.state.modified_ns,
        path,
    )
