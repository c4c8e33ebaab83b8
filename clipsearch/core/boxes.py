"""Walks the boxes of HEIF, AVIF, JPEG XL and CR3 files.

Source: ISO/IEC 14496-12, section 4.2; ISO/IEC 18181-2, section 4.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# No photo has more; a damaged one could otherwise keep us for minutes.
_MAX_BOXES = 20_000


@dataclass(frozen=True, slots=True)
class Box:
    """One box, which may end beyond the data where they are cut short."""

    kind: bytes
    """Four letters."""
    start: int
    """Where its content begins, in bytes."""
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes that lie one after another between two places, not those inside them."""
    end = len(data) if end is None else min(end, len(data))
    at = start
    for _ in range(_MAX_BOXES):
        if not 0 <= at <= end - 8:
            return
        size, header = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:  # up to the end of the file
            size = end - at
        if size < header:
            return
        yield Box(data[at + 4 : at + 8], at + header, at + size)
        at += size
