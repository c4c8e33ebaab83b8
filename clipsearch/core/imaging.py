"""The only decoder: embedding, thumbnails, previews and training all see the same picture.

Upright, 8-bit sRGB, transparency on white, the first frame of an animation; what cannot be
decoded whole is refused with a reason in plain words. Thread-safe: every function may run in
several threads at once.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image

from clipsearch.core import formats
from clipsearch.core.colour import to_srgb
from clipsearch.core.damage import DECODER_FAILURES, require_whole_tiff, too_large, why_damaged
from clipsearch.core.jxl import is_upright, prepare_jxl
from clipsearch.core.pillow_setup import allow_pixels, load_heif_reader, silence_warnings
from clipsearch.core.psd import has_transparency, require_flattened
from clipsearch.core.raw import decode_raw
from clipsearch.core.types import FileState
from clipsearch.errors import OversizedImage, UnreadableImage, UnsupportedImage

SUFFIXES = formats.SUFFIXES
"""File name endings that are worth opening; lower case, with the dot."""

MAX_PIXELS = 256_000_000
"""Pictures that declare more are refused unless the caller allows them."""

MAX_BYTES = 1 << 30
"""Larger files are refused: no photo is, and a file is held in memory while it is decoded."""

_AVERAGED_MODES = ("L", "RGB", "CMYK")
_QUARTER_TURNS = (5, 6, 7, 8)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as it was at one moment."""

    data: bytes
    content_hash: str
    state: FileState


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A decoded picture and the size of the full one."""

    image: Image.Image
    """Upright RGB; smaller than the full picture where a reduced scale was enough."""
    width: int
    """Pixels of the full picture, upright."""
    height: int
    """Pixels of the full picture, upright."""


@dataclass(frozen=True, slots=True)
class DecodedPhoto(DecodedPicture):
    """A photo of one read of its file: picture, hash and state belong together."""

    content_hash: str
    state: FileState


def content_hash(data: bytes) -> str:
    """Return the key of a file's content: 32 hex digits of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def read_file(path: Path) -> FileContent:
    """Read a file once, whole, and make sure that it did not change meanwhile.

    Raises:
        UnreadableImage: It is missing, empty, no regular file, forbidden, or being written.
        OversizedImage: It has more than `MAX_BYTES`.
    """
    try:
        # Opening a pipe or a device may block for ever: look before, and look again after
        # opening without blocking, for the name may have been given to another file.
        _require_regular(os.stat(path).st_mode, path)
        with open(os.open(path, _OPEN_FLAGS), "rb") as file:
            before = os.fstat(file.fileno())
            _require_regular(before.st_mode, path)
            if before.st_size > MAX_BYTES:
                raise OversizedImage(f"the file is larger than {MAX_BYTES >> 30} GiB", path)
            data = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UnreadableImage(_why_not_read(error), path) from error
    state, state_after = file_state(before), file_state(after)
    if state != state_after or len(data) != state.size:
        raise UnreadableImage("it changed while it was read; it will be tried again", path)
    if not data:
        raise UnreadableImage("the file is empty", path)
    return FileContent(data, content_hash(data), state)


def read_photo(
    path: Path, *, max_pixels: int = MAX_PIXELS, min_edge: int | None = None
) -> DecodedPhoto:
    """Read and decode a photo; see `decode_picture`.

    Raises:
        ImageError: `UnreadableImage`, `UnsupportedImage` or `OversizedImage`, naming the file.
    """
    content = read_file(path)
    picture = decode_picture(content.data, max_pixels=max_pixels, min_edge=min_edge, path=path)
    return DecodedPhoto(
        picture.image, picture.width, picture.height, content.content_hash, content.state
    )


def decode(
    data: bytes | Path, *, max_pixels: int = MAX_PIXELS, min_edge: int | None = None
) -> Image.Image:
    """Return the picture alone; see `decode_picture`.

    Raises:
        ImageError: `UnreadableImage`, `UnsupportedImage` or `OversizedImage`.
    """
    if isinstance(data, Path):
        return read_photo(data, max_pixels=max_pixels, min_edge=min_edge).image
    return decode_picture(data, max_pixels=max_pixels, min_edge=min_edge).image


def decode_picture(
    data: bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    min_edge: int | None = None,
    path: Path | None = None,
) -> DecodedPicture:
    """Decode the first frame to upright 8-bit sRGB, transparency composited on white.

    Args:
        data: The whole file.
        max_pixels: Pictures that declare more are refused before anything is decoded.
        min_edge: If the picture will be scaled down: neither edge of the result need be longer
            than this, in pixels. JPEGs are then decoded at a reduced scale, several times faster;
            other formats are reduced as soon as they are decoded.
        path: Where the data comes from, for the error's sentence.

    Raises:
        UnreadableImage: Damaged or cut short; nothing half-decoded is ever returned.
        UnsupportedImage: Not a picture, or of a format that clipsearch does not read.
        OversizedImage: More than `max_pixels`.
    """
    names = _readers(data, path)
    silence_warnings()
    allow_pixels(max_pixels)
    try:
        return _decode(data, names, max_pixels, min_edge)
    except (OversizedImage, Image.DecompressionBombError) as error:
        reason = error.reason if isinstance(error, OversizedImage) else too_large(max_pixels)
        raise OversizedImage(reason, path) from error
    except UnsupportedImage as error:
        raise UnsupportedImage(error.reason, path) from error
    except MemoryError as error:
        raise UnreadableImage("there is not enough memory to open it", path) from error
    except DECODER_FAILURES as error:
        raise UnreadableImage(why_damaged(error, data), path) from error


def file_state(result: os.stat_result) -> FileState:
    """Return what is remembered of a `stat`."""
    return FileState(result.st_size, result.st_mtime_ns)


# O_BINARY exists on Windows only, O_NONBLOCK everywhere else.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def _require_regular(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise UnreadableImage("it is not an ordinary file", path)


def _why_not_read(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "there is no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"it cannot be read ({getattr(error, 'strerror', None) or error})"


def _readers(data: bytes, path: Path | None) -> tuple[str, ...]:
    if not data:
        raise UnreadableImage("the file is empty", path)
    names = formats.readers(data, path)
    if not names:
        raise UnsupportedImage("it is not a picture that clipsearch can read", path)
    return names


def _decode(
    data: bytes, names: tuple[str, ...], max_pixels: int, min_edge: int | None
) -> DecodedPicture:
    if "RAW" in names:
        raw = decode_raw(
            data, max_pixels, min_edge, lambda jpeg: _decode(jpeg, ("JPEG",), max_pixels, min_edge)
        )
        return DecodedPicture(*raw)
    _prepare_reader(data, names, max_pixels)
    with Image.open(BytesIO(data), formats=names) as image:
        if image.width * image.height > max_pixels:
            raise OversizedImage(too_large(max_pixels))
        if image.format == "TIFF":
            require_whole_tiff(image, data)
        size = image.size
        reduced = bool(min_edge and image.draft(None, (min_edge, min_edge)))
        image.load()
        if not reduced:  # TIFFs are turned, and some HEIFs measured, only by loading
            size = image.size
        orientation = _orientation(image)
        is_opaque = image.format == "PSD" and not has_transparency(data)
        picture = image.convert("RGB") if is_opaque and image.mode == "RGBA" else image
        rgb = to_srgb(_reduced(picture, min_edge) if min_edge else picture)
    if orientation in _QUARTER_TURNS:
        size = size[::-1]
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
    return DecodedPicture(rgb, *size)


def _reduced(image: Image.Image, min_edge: int) -> Image.Image:
    """Average squares of pixels, as JPEG's reduced scales do, before the colours are converted.

    Those of a large picture cost as much as its decoding.
    """
    factor = min(image.size) // min_edge
    # Of what cannot be seen, the colour must not be averaged in.
    if factor < 2 or image.mode not in _AVERAGED_MODES or image.has_transparency_data:
        return image
    return image.reduce(factor)


def _prepare_reader(data: bytes, names: tuple[str, ...], max_pixels: int) -> None:
    """Load what is loaded for the first such file only; refuse what the reader would get wrong."""
    if "HEIF" in names:
        load_heif_reader()
    elif "JXL" in names:
        prepare_jxl(data, max_pixels)
    elif "PSD" in names:
        require_flattened(data)


def _orientation(image: Image.Image) -> int:
    """Return how the loaded picture is still to be turned, by EXIF or XMP.

    TIFF and HEIF readers turn the picture themselves and take the tag out; AVIF's sets the tag to
    what the container says.
    """
    if is_upright(image):
        return 1
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODER_FAILURES:  # broken metadata does not make a broken picture
        return 1
    return value if isinstance(value, int) else 1
