"""Finds the XMP files beside photos, and where they belong.

Lightroom and Bridge write ``IMG_1.xmp`` for ``IMG_1.CR2``; darktable and digiKam
``IMG_1.CR2.xmp``, so that RAW and JPEG of one shot each have their own. Lightroom has none for
other formats, in which it writes into the photo itself.
"""

import logging
import os
from pathlib import Path

from clipsearch.core import xmp
from clipsearch.core.formats import RAW_SUFFIXES, SUFFIXES
from clipsearch.core.imaging import read_file
from clipsearch.errors import ImageError

_log = logging.getLogger(__name__)

SUFFIX = ".xmp"
"""File name ending of sidecars; lower case, with the dot."""

# Where the disk tells case apart; nobody writes .Xmp.
_SPELLINGS = (SUFFIX, SUFFIX.upper())


def sidecar_names(photo: Path) -> tuple[Path, ...]:
    """Return where a photo's sidecar may lie, the place that is its alone first."""
    full = [photo.with_name(photo.name + suffix) for suffix in _SPELLINGS]
    short = [photo.with_name(photo.stem + suffix) for suffix in _SPELLINGS]
    return tuple(dict.fromkeys(full + short))


def find_sidecar(photo: Path) -> Path | None:
    """Return the photo's sidecar, or ``None`` where it has none."""
    return next((path for path in sidecar_names(photo) if os.path.isfile(path)), None)


def read_sidecar(photo: Path) -> bytes | None:
    """Return the content of the photo's sidecar; ``None`` where there is none to be read.

    For `clipsearch.core.metadata.read_metadata`. Never raises.
    """
    sidecar = find_sidecar(photo)
    if sidecar is None:
        return None
    try:
        if sidecar.stat().st_size > xmp.MAX_BYTES:
            _log.debug("ignored %s: it is too large to be a sidecar", sidecar)
            return None
        return read_file(sidecar).data
    except (ImageError, OSError) as error:  # empty, forbidden, gone or changing this moment
        _log.debug("ignored a sidecar: %s", error)
        return None


def own_sidecar(photo: Path, *, short_for_raw: bool) -> Path:
    """Return where to write what is said of a photo, and of no other.

    Args:
        photo: In a folder that can be looked at.
        short_for_raw: Whether a new one for a RAW photo is named as Lightroom does.

    Returns:
        The sidecar that is there, unless it belongs to another photo of that name; else a new one.
    """
    found = find_sidecar(photo)
    if found is not None and (_is_full_name(found, photo) or not _is_shared(photo)):
        return found
    is_short = short_for_raw and found is None and _is_raw(photo)
    return photo.with_name((photo.stem if is_short else photo.name) + SUFFIX)


def _is_full_name(sidecar: Path, photo: Path) -> bool:
    return sidecar.name.startswith(photo.name)


def _is_raw(photo: Path) -> bool:
    return photo.suffix.lower() in RAW_SUFFIXES


def _is_shared(photo: Path) -> bool:
    """Whether the short name stands for another photo as well: a RAW one goes before."""
    if _is_raw(photo):
        return False
    endings = (spelled for one in SUFFIXES for spelled in (one, one.upper()))
    others = (photo.with_name(photo.stem + ending) for ending in endings)
    # What is left of a name with two endings may be a photo: a.jpg of a.jpg.png.
    shorter = photo.with_name(photo.stem) if Path(photo.stem).suffix.lower() in SUFFIXES else None
    return any(
        os.path.isfile(other) and not os.path.samefile(other, photo)
        for other in (*others, *([shorter] if shorter else []))
    )
