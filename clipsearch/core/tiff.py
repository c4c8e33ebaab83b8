"""Looks up tags in a TIFF's first directory without reading the others' values.

Source: TIFF 6.0, section 2.
"""

import struct

_LONG = 4
_HEADS = (b"II", b"MM")
# Far more than any file has.
_MAX_ENTRIES = 4_096


def tag_bytes(data: bytes, tag: int) -> bytes:
    """Return a tag's value as it is stored, when it is of bytes or 32-bit numbers.

    Args:
        data: A TIFF, or a RAW file that is laid out like one; not a BigTIFF.
        tag: Its number.

    Returns:
        Empty where there is no such tag, or no directory.
    """
    if len(data) < 8 or data[:2] not in _HEADS:
        return b""
    endian = "<" if data[:2] == b"II" else ">"
    directory = struct.unpack_from(f"{endian}L", data, 4)[0]
    if directory + 2 > len(data):
        return b""
    entries = min(struct.unpack_from(f"{endian}H", data, directory)[0], _MAX_ENTRIES)
    first = directory + 2
    for entry in range(first, min(first + 12 * entries, len(data) - 11), 12):
        number, kind, count, place = struct.unpack_from(f"{endian}HHLL", data, entry)
        if number == tag:
            size = count * (4 if kind == _LONG else 1)
            return data[place : place + size] if size > 4 else data[entry + 8 : entry + 8 + size]
    return b""
