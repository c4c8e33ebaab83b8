"""What reading JPEG XL takes beside its Pillow plug-in (the extra ``jxl``).

The plug-in decodes the whole picture when it is opened, so the size is looked up here before. Like
all of Pillow's decoders, libjxl runs in our process; a file made to attack it could crash or take
over clipsearch, and this one is younger than the others. So it is an extra.
"""

from typing import TYPE_CHECKING

from clipsearch.core.boxes import boxes
from clipsearch.core.damage import too_large
from clipsearch.core.formats import missing_reader
from clipsearch.errors import OversizedImage, UnsupportedImage

if TYPE_CHECKING:
    from PIL import Image

_CODESTREAM = b"\xff\x0a"
# Bytes in which the picture's size is said.
_HEAD = 16
_MAX_PIXELS_FOR_METADATA = 256_000_000
# Width to height, where only the height is stored.
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def prepare_jxl(data: bytes, max_pixels: int) -> None:
    """Make the reader known to Pillow, and see to it that the file is safe to open.

    Raises:
        UnsupportedImage: The plug-in is not installed.
        OversizedImage: The file declares more than `max_pixels`.
        EOFError: It ends before it says its size.
    """
    try:
        import pillow_jxl  # noqa: F401 (registers itself, once)
    except ImportError as error:
        raise UnsupportedImage(missing_reader("JXL")) from error
    if declared_pixels(data) > max_pixels:
        raise OversizedImage(too_large(max_pixels))


def declared_pixels(data: bytes) -> int:
    """Return how many pixels the file says that it has.

    Source: ISO/IEC 18181-1, annex D.2 (SizeHeader).

    Raises:
        EOFError: It ends before it says so.
    """
    head = _codestream_head(data)
    if len(head) < _HEAD:
        raise EOFError("truncated JPEG XL")
    bits = _Bits(head[len(_CODESTREAM) :])
    is_small = bits.take(1)
    height = _dimension(bits, is_small)
    ratio = _RATIOS.get(bits.take(3))
    width = height * ratio[0] // ratio[1] if ratio else _dimension(bits, is_small)
    return width * height


def is_upright(image: "Image.Image") -> bool:
    """Whether the plug-in has turned the picture, by the codestream's own orientation.

    EXIF has no say then (ISO/IEC 18181-2, section 9.4). It has if the file is a repacked JPEG,
    which comes out as it was.
    """
    return image.format == "JXL" and not getattr(image, "jpeg", False)


def repacked_jpeg(data: bytes) -> bytes:
    """Return the JPEG that the file was made of without loss; empty if it was not.

    The libjxl tools compress the metadata of such files, with Brotli, which nothing else here
    unpacks; it takes about as long as decoding.

    Raises:
        RuntimeError, ValueError, EOFError: It is damaged.
    """
    if not any(box.kind == b"jbrd" for box in boxes(data)):
        return b""
    try:
        import pillow_jxl
    except ImportError:
        return b""
    if declared_pixels(data) > _MAX_PIXELS_FOR_METADATA:
        return b""
    is_jpeg, _, content, *_ = pillow_jxl.Decoder()(data)
    return content if is_jpeg and isinstance(content, bytes) else b""


class _Bits:
    """Reads numbers of some bits, the lowest bit first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return value


def _dimension(bits: _Bits, is_small: int) -> int:
    if is_small:
        return (bits.take(5) + 1) * 8
    return bits.take((9, 13, 18, 30)[bits.take(2)]) + 1


def _codestream_head(data: bytes) -> bytes:
    """Return the first bytes of the codestream, alone or in the boxes of a container."""
    if data.startswith(_CODESTREAM):
        return data[:_HEAD]
    head = b""
    for box in boxes(data):
        start = {b"jxlc": box.start, b"jxlp": box.start + 4}.get(box.kind)  # parts are numbered
        if start is not None:
            head += data[start : min(start + _HEAD, box.end)]
        if len(head) >= _HEAD:
            break
    return head[:_HEAD]
