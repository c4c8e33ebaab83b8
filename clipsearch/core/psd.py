"""What reading Photoshop files takes beside Pillow, which decodes their flattened picture.

Source: Adobe Photoshop File Formats Specification, November 2019.
"""

import struct
from collections.abc import Iterator

from clipsearch.errors import UnsupportedImage

_LARGE = 2
_DEEP = (16, 32)
_VERSION_INFO = 1057
_MAX_RESOURCES = 10_000  # far more than any file has


def require_flattened(data: bytes) -> None:
    """Refuse files that hold nothing that can be shown, in words that say what to do.

    Damaged ones are left to the decoder.

    Raises:
        UnsupportedImage: Too deep, a large document (PSB), or layers alone.
    """
    if len(data) < 26:
        return
    version, depth = (int.from_bytes(data[at : at + 2], "big") for at in (4, 22))
    if version == _LARGE:
        raise UnsupportedImage("it is a large Photoshop document (PSB), which cannot be read")
    if depth in _DEEP:
        raise UnsupportedImage(
            f"it is a Photoshop file of {depth} bits a channel: only 8 bits can be read"
        )
    if any(
        number == _VERSION_INFO and content[4:5] == b"\0" for number, content in _resources(data)
    ):
        # The picture is there, but blank.
        raise UnsupportedImage(
            "the Photoshop file holds only layers: save it with 'Maximize compatibility'"
        )


def has_transparency(data: bytes) -> bool:
    """Whether a fourth channel is the flattened picture's opacity, and not a saved selection."""
    try:
        layers = _section(data, _section(data, 26)[1])[1]
        # The lengths of the section and of its first part, then the number of layers: negative
        # where the first channel behind the colours is the opacity.
        size, _, count = struct.unpack_from(">LLh", data, layers)
    except struct.error:
        return False
    return bool(size > 0 and count < 0)


def _section(data: bytes, at: int) -> tuple[int, int]:
    """Return where the content of a section begins and ends."""
    return at + 4, at + 4 + int(struct.unpack_from(">L", data, at)[0])


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the image resources' numbers and contents, up to a damaged place."""
    try:
        at, end = _section(data, _section(data, 26)[1])
        for _ in range(_MAX_RESOURCES):
            if at >= end or data[at : at + 4] != b"8BIM":
                return
            number, name_size = struct.unpack_from(">HB", data, at + 4)
            at += 7 + name_size + (name_size + 1) % 2
            start = at + 4
            size = int(struct.unpack_from(">L", data, at)[0])
            yield number, data[start : start + size]
            at = start + size + size % 2
    except struct.error:
        return
