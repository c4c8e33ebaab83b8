"""Which of several photos is the best one to keep; the answer is always the same."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from clipsearch.core.types import Photo

Order: TypeAlias = Callable[[Sequence[Photo], Mapping[str, float]], list[Photo]]
"""Photos best first, given them and the sharpness of each content."""

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
    enough = _AS_SHARP * max(
        (sharpness.get(photo.content_hash, 0.0) for photo in photos), default=0
    )
    return sorted(
        photos,
        key=lambda photo: (
            -photo.width * photo.height,
            sharpness.get(photo.content_hash, 0.0) < enough,
            -photo.state.size,
            *_copy_key(photo),
        ),
    )


def shots_best_first(photos: Sequence[Photo], sharpness: Mapping[str, float]) -> list[Photo]:
    """Order shots of one moment: most pixels, the sharpest, the largest file.

    Args:
        photos: Shots.
        sharpness: As of `versions_best_first`.
    """
    return sorted(
        photos,
        key=lambda photo: (
            -photo.width * photo.height,
            -sharpness.get(photo.content_hash, 0.0),
            -photo.state.size,
            *_copy_key(photo),
        ),
    )


def _copy_key(photo: Photo) -> tuple[bool, bool, int, int, str]:
    path = str(photo.path)
    return (
        photo.state.sidecar_ns == 0,
        _COPY.search(photo.path.stem) is not None,
        len(path),
        photo.state.modified_ns,
        path,
    )
