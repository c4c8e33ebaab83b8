"""Which files are worth opening, and which reader a file's content asks for."""

from pathlib import Path
from typing import NamedTuple

from clipsearch.core.tiff import tag_bytes

_JPEG_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"})
_HEIC_SUFFIXES = frozenset({".heic", ".heics", ".heif", ".heifs", ".hif"})
_AVIF_SUFFIXES = frozenset({".avif", ".avifs"})
_TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
RAW_SUFFIXES: frozenset[str] = frozenset(
    {".dng", ".raw"}
    | {".cr2", ".cr3"}  # Canon
    | {".nef", ".nrw"}  # Nikon
    | {".arw", ".srf", ".sr2"}  # Sony
    | {".orf", ".rw2", ".raf", ".pef", ".srw"}  # Olympus, Panasonic, Fuji, Pentax, Samsung
    | {".rwl", ".3fr", ".iiq", ".x3f"}  # Leica, Hasselblad, Phase One, Sigma
    | {".erf", ".kdc", ".dcr", ".mrw"}  # Epson, Kodak, Minolta
)
"""Endings of RAW photos; lower case, with the dot."""

SUFFIXES: frozenset[str] = frozenset(
    {".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".psd"}
    | _TIFF_SUFFIXES
    | _JPEG_SUFFIXES
    | _HEIC_SUFFIXES
    | _AVIF_SUFFIXES
    # Listed without their readers too: the user shall learn what is missing.
    | RAW_SUFFIXES
    | {".jxl"}
)
"""File name endings that are worth opening; lower case, with the dot."""

FILE_TYPES: dict[str, frozenset[str]] = {
    **{suffix[1:]: frozenset({suffix}) for suffix in sorted(SUFFIXES)},
    **dict.fromkeys(("jpg", "jpeg"), _JPEG_SUFFIXES),
    **dict.fromkeys(("tif", "tiff"), _TIFF_SUFFIXES),
    **dict.fromkeys(("heic", "heif"), _HEIC_SUFFIXES),
    "avif": _AVIF_SUFFIXES,
    "png": frozenset({".png", ".apng"}),
    "bmp": frozenset({".bmp", ".dib"}),
    "raw": RAW_SUFFIXES,
}
"""Endings of a format's files, by what people call it; an ending is a name too."""


class OptionalReader(NamedTuple):
    """A reader that comes with an extra of the package."""

    module: str
    package: str
    """Its name in the package index."""
    extra: str
    what: str
    """Names one such file: ``a RAW photo``."""


OPTIONAL_READERS = {
    "RAW": OptionalReader("rawpy", "rawpy", "raw", "a RAW photo"),
    "JXL": OptionalReader("pillow_jxl", "pillow-jxl-plugin", "jxl", "a JPEG XL picture"),
}
"""By the names that `readers` returns."""


def missing_reader(name: str) -> str:
    """Return the reason why a file of an optional format cannot be read."""
    reader = OPTIONAL_READERS[name]
    return f"it is {reader.what}: install clipsearch[{reader.extra}] to read it"


# Both ftyp readers look at the brands inside and decline what is not theirs.
_SIGNATURES: tuple[tuple[int, bytes, tuple[str, ...]], ...] = (
    (0, b"\xff\xd8\xff", ("JPEG",)),
    (0, b"\x89PNG\r\n\x1a\n", ("PNG",)),
    (0, b"GIF87a", ("GIF",)),
    (0, b"GIF89a", ("GIF",)),
    (8, b"WEBP", ("WEBP",)),
    (0, b"BM", ("BMP",)),
    (0, b"\x28\0\0\0", ("DIB",)),
    (0, b"II*\0", ("TIFF",)),
    (0, b"MM\0*", ("TIFF",)),
    (0, b"II+\0", ("TIFF",)),
    (0, b"MM\0+", ("TIFF",)),
    (4, b"ftypcrx ", ("RAW",)),
    (4, b"ftyp", ("AVIF", "HEIF")),
    (0, b"8BPS", ("PSD",)),
    (0, b"\xff\x0a", ("JXL",)),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", ("JXL",)),
    (0, b"FUJIFILMCCD-RAW", ("RAW",)),
    (0, b"FOVb", ("RAW",)),  # Sigma
    (0, b"\0MRM", ("RAW",)),  # Minolta
    (0, b"IIRO", ("RAW",)),  # Olympus, three kinds
    (0, b"IIRS", ("RAW",)),
    (0, b"MMOR", ("RAW",)),
    (0, b"IIU\0", ("RAW",)),  # Panasonic, Leica
)
_CANON_RAW = b"CR"
_DNG_VERSION = 50706


def readers(data: bytes, path: Path | None = None) -> tuple[str, ...]:
    """Return the readers that a file's content asks for, by Pillow's names; mostly one.

    Pillow's others (EPS, ...) are never let near it.

    Args:
        data: The whole file.
        path: Its name, which decides where several formats begin alike.

    Returns:
        Empty for what is no picture of ours.
    """
    suffix = path.suffix.lower() if path else ""
    for offset, magic, names in _SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return ("RAW",) if names == ("TIFF",) and _is_raw(data, suffix) else names
    # LibRaw knows beginnings of its own.
    return ("RAW",) if suffix in RAW_SUFFIXES else ()


def _is_raw(data: bytes, suffix: str) -> bool:
    """Tell RAW photos from pictures: to Pillow, most are TIFFs of a tiny preview."""
    if suffix in _TIFF_SUFFIXES:  # that some program left the RAW file's tags in
        return False
    return suffix in RAW_SUFFIXES or data[8:10] == _CANON_RAW or bool(tag_bytes(data, _DNG_VERSION))
