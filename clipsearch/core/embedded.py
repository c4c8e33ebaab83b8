"""Finds the blocks of metadata (EXIF, XMP, IPTC) inside a file, without decoding the picture.

Pillow opens JPEG, HEIF, AVIF, GIF and PSD without decoding and hands the blocks out. It is passed
by where it would do more: PNG's chunks behind the pixels (where exiftool puts XMP) it reads only
by decoding, WebP's animation decoder allocates the canvas, JPEG XL's plug-in decodes at opening,
and RAW files are TIFFs to it, or nothing.
"""

import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from clipsearch.core import formats, xmp
from clipsearch.core.boxes import Box, boxes
from clipsearch.core.damage import DECODER_FAILURES
from clipsearch.core.jxl import repacked_jpeg
from clipsearch.core.pillow_setup import load_heif_reader, silence_warnings
from clipsearch.core.tiff import tag_bytes

_log = logging.getLogger(__name__)

FAILURES = (*DECODER_FAILURES, Image.DecompressionBombError, MemoryError)
"""What reading metadata may raise on broken files; every one means a missing block."""

_MAX_CHUNKS = 200_000
_MAX_EXIF = 16 << 20

_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_ID_BYTES = 32
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_TIFF_XMP, _TIFF_IPTC = 700, 33723
_PHOTOSHOP_IPTC, _PHOTOSHOP_EXIF, _PHOTOSHOP_XMP = 0x0404, 0x0422, 0x0424
_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# RAW files that are TIFFs under a number of their own: Olympus and Panasonic.
_DISGUISED_TIFF_HEADS = (b"IIRO", b"IIRS", b"IIU\0", b"MMOR")
_FUJI_RAW = b"FUJIFILMCCD-RAW"
_CANON_BOX = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_CANON_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


@dataclass(frozen=True, slots=True)
class Blocks:
    """What was found; the blocks themselves may still be damaged."""

    exif: Image.Exif | None = None
    xmp: bytes = b""
    """The main packet."""
    extensions: tuple[bytes, ...] = ()
    """Of a JPEG: pieces of a further packet, each with its header."""
    iptc: bytes = b""


def find_blocks(data: bytes, image: Image.Image | None = None) -> Blocks:
    """Return a file's blocks of metadata; whatever is broken is missing.

    Args:
        data: The whole file.
        image: The picture as Pillow opened it, where somebody has; spares opening it again.
    """
    silence_warnings()
    try:
        return _find(data, image)
    except FAILURES as error:
        _log.debug("no metadata in a damaged file: %s", error)
        return Blocks()


def extended_packet(blocks: Blocks, name: str) -> bytes:
    """Put a JPEG's further XMP packet together; empty if pieces are missing.

    Source: XMP specification, part 3, section 1.1.3.1.

    Args:
        blocks: With the pieces.
        name: The digest that the main packet names.
    """
    pieces: dict[int, bytes] = {}
    total = 0
    for piece in blocks.extensions:
        if piece[:_ID_BYTES] == name.encode("ascii", "replace") and len(piece) >= _ID_BYTES + 8:
            total, offset = struct.unpack_from(">II", piece, _ID_BYTES)
            pieces[offset] = piece[_ID_BYTES + 8 :]
    packet = b"".join(pieces[offset] for offset in sorted(pieces))
    return packet if len(packet) == total <= xmp.MAX_BYTES else b""


def _find(data: bytes, image: Image.Image | None) -> Blocks:
    head = data[:4]
    if head in _TIFF_HEADS or head in _DISGUISED_TIFF_HEADS:
        return _in_tiff(data)
    if data.startswith(_FUJI_RAW):
        return _in_fuji_raw(data)
    if data[4:12] == b"ftypcrx ":
        return _in_canon_raw(data)
    if data.startswith(b"\x89PNG"):
        return _in_png(data)
    if data[8:12] == b"WEBP":
        return _in_webp(data)
    if data[4:8] == b"JXL ":
        return _in_jxl(data)
    readers = formats.readers(data)
    if "HEIF" in readers:
        load_heif_reader()
    if not readers or readers[0] in formats.OPTIONAL_READERS:
        return Blocks()
    opened = nullcontext(image) if image else Image.open(BytesIO(data), formats=readers)
    with opened as picture:
        return _in_opened(picture)


def _in_opened(image: Image.Image) -> Blocks:
    resources = {number: block for number, _, block in getattr(image, "resources", ())}
    photoshop: dict[int, Any] = image.info.get("photoshop") or resources
    return Blocks(
        exif=_exif(image.info.get("exif") or resources.get(_PHOTOSHOP_EXIF)),
        xmp=_bytes(image.info.get("xmp") or resources.get(_PHOTOSHOP_XMP)),
        extensions=tuple(
            segment[len(_EXTENSION) :]
            for name, segment in getattr(image, "applist", ())
            if name == "APP1" and segment.startswith(_EXTENSION)
        ),
        iptc=_bytes(photoshop.get(_PHOTOSHOP_IPTC)),
    )


def _in_tiff(data: bytes) -> Blocks:
    """Read the first directory of a TIFF, or of a RAW file that looks like one."""
    if data[:4] in _DISGUISED_TIFF_HEADS:
        # Pillow insists on a TIFF's own number; only the head is copied with another one.
        data = (b"II*\0" if data[:2] == b"II" else b"MM\0*") + data[4:]
    exif = Image.Exif()
    if data[2:4] in (b"+\0", b"\0+"):  # BigTIFF: the directory's place has eight bytes
        exif.bigtiff, exif.endian = True, "<" if data[:2] == b"II" else ">"
        offset = struct.unpack_from(f"{exif.endian}Q", data, 8)[0]
        exif.load_from_fp(BytesIO(data), offset)
        return Blocks(exif, _bytes(_tag(exif, _TIFF_XMP)))
    exif.load_from_fp(BytesIO(data))
    # Photoshop calls IPTC a list of 32-bit numbers, of which Pillow keeps only the first.
    return Blocks(exif, _bytes(_tag(exif, _TIFF_XMP)), iptc=tag_bytes(data, _TIFF_IPTC))


def _in_png(data: bytes) -> Blocks:
    exif, packet = b"", b""
    for kind, content in _chunks(data, 8, ">I4s", 4):
        if kind == b"eXIf":
            exif = content
        elif kind == b"iTXt" and content.startswith(_XMP_KEYWORD + b"\0"):
            packet = _international_text(content)
    if not exif:
        return Blocks(_imagemagick_exif(data), packet)
    return Blocks(_exif(exif), packet)


def _in_webp(data: bytes) -> Blocks:
    found = dict(_chunks(data, 12, "<4sI", 0))
    return Blocks(_exif(found.get(b"EXIF")), found.get(b"XMP ", b""))


def _in_jxl(data: bytes) -> Blocks:
    """Read the boxes of a container."""
    found = {box.kind: box for box in boxes(data)}
    exif, packet = found.get(b"Exif"), found.get(b"xml ")
    if b"brob" in found and not exif:  # compressed
        return _find(repacked_jpeg(data), None)
    block = _content(data, exif)
    if block[:4] not in _TIFF_HEADS:  # four bytes say how far off it begins; some leave them out
        block = block[4 + int.from_bytes(block[:4], "big") :]
    return Blocks(_exif(block), _content(data, packet))


def _in_fuji_raw(data: bytes) -> Blocks:
    offset, size = struct.unpack_from(">II", data, 84)
    preview = data[offset : offset + size]
    return _find(preview, None) if preview.startswith(b"\xff\xd8\xff") else Blocks()


def _in_canon_raw(data: bytes) -> Blocks:
    """Read CR3: each directory of the EXIF is a TIFF of its own.

    Source: github.com/lclevy/canon_cr3.
    """
    packet = b""
    exif: Image.Exif | None = None
    for box in boxes(data):
        if box.kind == b"uuid" and data[box.start : box.start + 16] == _CANON_XMP_BOX:
            packet = data[box.start + 16 : box.end]
        elif box.kind == b"moov":
            exif = _canon_exif(data, box)
    return Blocks(exif, packet)


def _canon_exif(data: bytes, movie: Box) -> Image.Exif | None:
    found = {
        inner.kind: _content(data, inner)
        for box in boxes(data, movie.start, movie.end)
        if box.kind == b"uuid" and data[box.start : box.start + 16] == _CANON_BOX
        for inner in boxes(data, box.start + 16, box.end)
    }
    main = _exif(found.get(b"CMT1"))
    for kind, tag in ((b"CMT2", 0x8769), (b"CMT4", 0x8825)):
        part = _exif(found.get(kind))
        if main is not None and part is not None:
            main.get_ifd(tag).update({number: _tag(part, number) for number in list(part)})
    return main


def _chunks(data: bytes, at: int, head: str, checksum: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the chunks that are whole, but for the pixels.

    Args:
        data: A PNG or a RIFF file.
        at: Where the first chunk begins.
        head: Size and kind, or kind and size, as `struct` writes it.
        checksum: Bytes behind each content; RIFF fills up to an even number instead.
    """
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            return
        one, other = struct.unpack_from(head, data, at)
        size, kind = (one, other) if isinstance(one, int) else (other, one)
        start, end = at + 8, at + 8 + size
        if end > len(data):
            return
        if kind in (b"eXIf", b"iTXt", b"EXIF", b"XMP "):
            yield kind, data[start:end]
        at = end + (checksum or size % 2)


def _international_text(content: bytes) -> bytes:
    """Return the text of an ``iTXt`` chunk (PNG 1.2, section 11.3.4.5)."""
    is_compressed, _method = content[len(_XMP_KEYWORD) + 1 :][:2]
    _language, _translated, written = content[len(_XMP_KEYWORD) + 3 :].split(b"\0", 2)
    return zlib.decompressobj().decompress(written, xmp.MAX_BYTES) if is_compressed else written


def _imagemagick_exif(data: bytes) -> Image.Exif | None:
    """Read EXIF that ImageMagick wrote as text before PNG had a chunk for it."""
    if b"Raw profile type exif" not in data:
        return None
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        return image.getexif()


def _exif(block: object) -> Image.Exif | None:
    if not isinstance(block, bytes) or not 0 < len(block) <= _MAX_EXIF:
        return None
    exif = Image.Exif()
    try:
        exif.load(block)
    except FAILURES as error:
        _log.debug("ignored a broken EXIF block: %s", error)
        return None
    return exif


def _tag(exif: Image.Exif, tag: int) -> object:
    try:
        return exif.get(tag)
    except FAILURES:
        return None


def _bytes(value: object) -> bytes:
    """Return a block's bytes; some TIFFs declare them as text."""
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    return value if isinstance(value, bytes) else b""


def _content(data: bytes, box: Box | None) -> bytes:
    return data[box.start : box.end] if box else b""
