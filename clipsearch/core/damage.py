"""What decoders raise on damaged files, and what that means in plain words."""

import re
import struct
import zlib
from typing import TYPE_CHECKING

from clipsearch.core.boxes import boxes

if TYPE_CHECKING:
    from PIL import Image

DECODER_FAILURES = (
    OSError,
    SyntaxError,
    ValueError,  # includes UnicodeDecodeError
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,  # divisions by zero and overflows on absurd header fields
    RuntimeError,  # libheif and libavif
    struct.error,
    zlib.error,
)
"""What Pillow's plugins, libheif's wrapper and the C decoders raise; Pillow documents none of it.

Found by reading them and by decoding truncated and bit-flipped files of every format.
"""

_CUT_SHORT = re.compile(r"truncat|end of file|unexpected eof|not enough|premature", re.IGNORECASE)

_STRIP_OFFSETS, _STRIP_SIZES = 273, 279
_TILE_OFFSETS, _TILE_SIZES = 324, 325


def why_damaged(error: BaseException, data: bytes) -> str:
    """Return the reason that a user can act on: copy the file again, or give it up."""
    if _CUT_SHORT.search(str(error)) or _declared_size(data) > len(data):
        return "the file is cut short"
    return "the file is damaged, or of a rare kind"


def too_large(max_pixels: int) -> str:
    """Return the reason for a picture of more pixels than is safe to decode."""
    return f"it has more than {max_pixels / 1e6:g} megapixels, which is not safe to open"


def require_whole_tiff(image: "Image.Image", data: bytes) -> None:
    """Refuse a compressed TIFF with pixels beyond its end.

    libtiff reports them to nobody and leaves that part of the picture grey.

    Raises:
        EOFError: Some of the pixels are missing.
    """
    tags = getattr(image, "tag_v2", {})
    if image.info.get("compression") == "raw":  # Pillow itself looks; many files count wrongly
        return
    for offsets, sizes in ((_STRIP_OFFSETS, _STRIP_SIZES), (_TILE_OFFSETS, _TILE_SIZES)):
        for offset, size in zip(tags.get(offsets, ()), tags.get(sizes, ()), strict=False):
            if offset + size > len(data):
                raise EOFError("truncated TIFF")


def _declared_size(data: bytes) -> int:
    """Return how long the file says it is, in bytes; 0 where its format does not say."""
    if data[8:12] == b"WEBP":
        return 8 + int.from_bytes(data[4:8], "little")
    if data[:4] in (b"II*\0", b"MM\0*") and len(data) >= 8:  # the first directory is there
        return 8 + int.from_bytes(data[4:8], "little" if data[:2] == b"II" else "big")
    if data[4:8] in (b"ftyp", b"JXL "):  # HEIF, AVIF and JPEG XL
        return max((box.end for box in boxes(data)), default=0)
    return 0
