"""Which files are worth opening, and which reader a file's content asks for."""

from pathlib import Path

_JPEG_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"}
_HEIF_SUFFIXES = {".heic", ".heics", ".heif", ".heifs", ".hif", ".avif", ".avifs"}
SUFFIXES: frozenset[str] = frozenset(
    {".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | _JPEG_SUFFIXES
    | _HEIF_SUFFIXES
)
"""File name endings that are worth opening; lower case, with the dot."""

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
    (4, b"ftyp", ("AVIF", "HEIF")),
)


def readers(data: bytes, path: Path | None = None) -> tuple[str, ...]:
    """Return the readers that a file's content asks for, by Pillow's names; mostly one.

    Pillow's others (EPS, ...) are never let near it.

    Args:
        data: The whole file.
        path: Its name, which decides where several formats begin alike.

    Returns:
        Empty for what is no picture of ours.
    """
    for offset, magic, names in _SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return names
    return ()
