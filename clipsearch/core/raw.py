"""Decodes RAW photos with LibRaw, through rawpy (the extra ``raw``).

The camera's own preview inside the file is preferred: it looks as the camera meant it, and takes a
tenth of the time. Where it is too small or cut differently, the sensor's values are developed at
half size.

LibRaw is a C++ library that parses a hundred undocumented formats, here in our process: a file
made to attack it could crash or take over clipsearch. So it is an extra, gets only files that are
RAW by name or content, and is asked for sizes before anything is decoded.
"""

import math
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from PIL import Image

from clipsearch.core.damage import DECODER_FAILURES, too_large
from clipsearch.core.formats import missing_reader
from clipsearch.errors import OversizedImage, UnsupportedImage

if TYPE_CHECKING:
    from collections.abc import Callable

    import rawpy

    from clipsearch.core.imaging import DecodedPicture

# LibRaw's bits: 1 mirrors left to right, 2 top to bottom, 4 exchanges the axes before that.
_TURNS = {
    1: Image.Transpose.FLIP_LEFT_RIGHT,
    2: Image.Transpose.FLIP_TOP_BOTTOM,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.TRANSPOSE,
    5: Image.Transpose.ROTATE_90,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
}
_EXCHANGES_AXES = 4
# Of the ratio of the edges: 3:2 and 4:3 differ by a tenth, a few cropped pixels by less than this.
_SAME_SHAPE = 0.04


class RawPicture(NamedTuple):
    """A RAW photo's picture and the size of the full one."""

    image: Image.Image
    """Upright RGB."""
    width: int
    """Pixels of the sensor's picture, upright."""
    height: int


def decode_raw(
    data: bytes,
    max_pixels: int,
    min_edge: int | None,
    decode_preview: "Callable[[bytes], DecodedPicture]",
) -> RawPicture:
    """Decode a RAW photo.

    Args:
        data: The whole file.
        max_pixels: Larger ones are refused before anything is decoded.
        min_edge: Neither edge of the result need be longer than this; ``None`` for all there is.
        decode_preview: Decodes the JPEG inside, upright; may reduce it to `min_edge`.

    Raises:
        UnsupportedImage: rawpy is not installed, or LibRaw does not know the camera.
        OversizedImage: More than `max_pixels`.
        OSError, MemoryError, ValueError: Damaged, cut short, or too much for this machine.
    """
    try:
        import rawpy
    except ImportError as error:
        raise UnsupportedImage(missing_reader("RAW")) from error
    try:
        with rawpy.imread(BytesIO(data)) as raw:
            return _picture(raw, max_pixels, min_edge, decode_preview)
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        _raise_ours(error)


def _picture(
    raw: "rawpy.RawPy",
    max_pixels: int,
    min_edge: int | None,
    decode_preview: "Callable[[bytes], DecodedPicture]",
) -> RawPicture:
    sizes = raw.sizes
    if sizes.raw_width * sizes.raw_height > max_pixels:
        raise OversizedImage(too_large(max_pixels))
    width, height = sizes.width, sizes.height
    if sizes.flip & _EXCHANGES_AXES:
        width, height = height, width
    # Half of the edge is what developing would give.
    wanted = min(width, height) // 2
    wanted = wanted if min_edge is None else min(wanted, min_edge)
    image = _preview(raw, (width, height), wanted, decode_preview) or _develop(raw)
    return RawPicture(image, width, height)


def _preview(
    raw: "rawpy.RawPy",
    full: tuple[int, int],
    wanted: int,
    decode_preview: "Callable[[bytes], DecodedPicture]",
) -> Image.Image | None:
    """Return the camera's preview, or ``None`` where it will not do."""
    import rawpy

    try:
        thumbnail = raw.extract_thumb()
        if isinstance(thumbnail.data, bytes):
            picture = decode_preview(thumbnail.data)
            image, size = picture.image, (picture.width, picture.height)
        else:
            image = Image.fromarray(thumbnail.data).convert("RGB")
            image = _turned(image, raw.sizes.flip)
            size = image.size
    # There is none, or it is of a kind that nobody reads, or damaged: the sensor's values remain.
    except (
        rawpy.LibRawError,
        rawpy.NotSupportedError,
        OversizedImage,
        Image.DecompressionBombError,
        *DECODER_FAILURES,
    ):
        return None
    if min(size) < wanted:
        return None
    if raw.sizes.flip & _EXCHANGES_AXES and not _has_shape(size, full):
        # Its own EXIF did not say that it lies on its side.
        image, size = _turned(image, raw.sizes.flip), size[::-1]
    return image if _has_shape(size, full) else None


def _has_shape(size: tuple[int, int], full: tuple[int, int]) -> bool:
    """Whether a preview shows all of the picture: some have black bars, or another crop."""
    if not min(*size, *full):
        return False
    return abs(math.log(size[0] * full[1] / (size[1] * full[0]))) < _SAME_SHAPE


def _turned(image: Image.Image, flip: int) -> Image.Image:
    return image.transpose(_TURNS[flip]) if flip in _TURNS else image


def _develop(raw: "rawpy.RawPy") -> Image.Image:
    """Return the sensor's picture at half its size, upright, in sRGB."""
    return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8))


def _raise_ours(error: Exception) -> NoReturn:
    import rawpy

    if isinstance(error, rawpy.LibRawFileUnsupportedError):
        raise UnsupportedImage(
            "it is no RAW photo, or of a camera that the installed rawpy does not know"
        ) from error
    if isinstance(error, (rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawTooBigError)):
        raise MemoryError(str(error)) from error
    if isinstance(error, rawpy.LibRawIOError):  # it wanted to read behind the end
        raise EOFError("truncated RAW") from error
    raise ValueError(str(error)) from error
