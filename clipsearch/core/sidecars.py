"""Finds the XMP files that other programs put beside photos; they are read, never written.

Lightroom and Bridge write ``IMG_1.xmp`` for ``IMG_1.CR2``; darktable and digiKam
``IMG_1.CR2.xmp``, so that RAW and JPEG of one shot each have their own.
"""

import logging
import os
from pathlib import Path

from clipsearch.core import xmp
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
