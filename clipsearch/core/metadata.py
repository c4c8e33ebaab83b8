"""What a photo's file and its sidecar say: when, where, with what, and the user's own words.

Nothing is decoded and nothing is written. No input, however broken, raises: what cannot be read
is missing.

Pillow reads EXIF and finds most blocks. exifread and piexif know fewer containers than it does;
pyexiv2 and pyexiftool would bring a C++ library, or Perl, for fields that a photo search does not
show.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from clipsearch.core.embedded import extended_packet, find_blocks
from clipsearch.core.exif import exposure_of, read_exif
from clipsearch.core.fields import Fields, unique
from clipsearch.core.iptc import read_iptc
from clipsearch.core.types import Exposure, Metadata
from clipsearch.core.xmp import Properties, extended_id, read_properties, read_xmp

if TYPE_CHECKING:
    from PIL import Image

    from clipsearch.core.embedded import Blocks

_T = TypeVar("_T")


def read_metadata(
    data: bytes, image: "Image.Image | None" = None, sidecar: bytes | None = None
) -> Metadata:
    """Return what is known of a photo. Thread-safe; never raises.

    The camera's facts come from EXIF before XMP and IPTC, from the file before the sidecar. The
    user's words (rating, keywords, title, description) come from the sidecar before the file, from
    XMP before IPTC and EXIF.

    Args:
        data: The whole file, as it was read for its hash.
        image: The picture as Pillow opened it, where somebody has; spares opening it again.
        sidecar: The content of the XMP file beside it.
    """
    blocks = find_blocks(data, image)
    exif = read_exif(blocks.exif) if blocks.exif is not None else Fields()
    xmp = read_xmp(_properties(blocks))
    iptc = read_iptc(blocks.iptc)
    beside = read_xmp(read_properties(sidecar)) if sidecar else Fields()
    return _merge((exif, xmp, iptc, beside), (beside, xmp, iptc, exif), (xmp, iptc))


def read_exposure(data: bytes) -> Exposure:
    """Return how a photo was exposed. Thread-safe; never raises.

    Args:
        data: The whole file.
    """
    exif = find_blocks(data).exif
    return exposure_of(exif) if exif is not None else Exposure()


def _properties(blocks: "Blocks") -> Properties:
    properties = read_properties(blocks.xmp) if blocks.xmp else {}
    name = extended_id(properties)
    if name and blocks.extensions:
        further = read_properties(extended_packet(blocks, name))
        properties = {**further, **properties}
    return properties


def _merge(
    facts: Sequence[Fields], words: Sequence[Fields], embedded: Sequence[Fields]
) -> Metadata:
    """Choose among what the blocks say, each in its order of trust."""
    taken = _first(facts, lambda one: one.taken) or _first(facts, lambda one: one.created)
    place = _first(facts, lambda one: one.position)
    return Metadata(
        taken_at=taken.at if taken else None,
        utc_offset=taken.utc_offset if taken else None,
        camera=_first(facts, lambda one: one.camera),
        lens=_first(facts, lambda one: one.lens),
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        altitude=_first(facts, lambda one: one.altitude),
        rating=_first(words, lambda one: one.rating),
        # Programs keep XMP and IPTC alike, and some write one only: both together. A sidecar's
        # list is the newer one, in which words may have been taken out.
        keywords=words[0].keywords or unique(word for one in embedded for word in one.keywords),
        title=_first(words, lambda one: one.title),
        description=_first(words, lambda one: one.description),
    )


def _first(blocks: Sequence[Fields], field: Callable[[Fields], _T | None]) -> _T | None:
    """Return what the first block says that says anything."""
    return next((value for one in blocks if (value := field(one)) is not None), None)
