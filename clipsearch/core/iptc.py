"""Reads IPTC-IIM, the captions of press photographers since 1991.

Pillow has a reader, `PIL.IptcImagePlugin.getiptcinfo`, but it takes JPEGs and TIFFs only, and
loses everything at the first damaged byte.

Source: IPTC-NAA Information Interchange Model 4.2, chapters 3 and 5 to 6.
"""

from collections.abc import Iterator

from clipsearch.core import fields
from clipsearch.core.fields import Fields, Moment

_MARKER = 0x1C
_CHARACTER_SET = (1, 90)
_UTF_8 = b"\x1b%G"
_TITLE, _KEYWORD, _DATE, _TIME, _CAPTION = (2, 5), (2, 25), (2, 55), (2, 60), (2, 120)


def read_iptc(data: bytes) -> Fields:
    """Return what the datasets say; what follows a damaged one is missing."""
    found: dict[tuple[int, int], list[bytes]] = {}
    for name, value in _datasets(data):
        found.setdefault(name, []).append(value)
    is_utf8 = _UTF_8 in found.get(_CHARACTER_SET, ())

    def texts(name: tuple[int, int]) -> list[str]:
        return [word for value in found.get(name, ()) if (word := _decoded(value, is_utf8))]

    return Fields(
        taken=_moment(texts(_DATE), texts(_TIME)),
        keywords=fields.unique(texts(_KEYWORD)),
        title=next(iter(texts(_TITLE)), None),
        description=next(iter(texts(_CAPTION)), None),
    )


def _datasets(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    while at + 5 <= len(data) and data[at] == _MARKER:
        name = (data[at + 1], data[at + 2])
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if size & 0x8000:  # extended: the number of bytes that hold the size
            width = size & 0x7FFF
            if width > 4:
                return
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        value = data[at : at + size]
        if len(value) < size:
            return
        yield name, value
        at += size


def _decoded(value: bytes, is_utf8: bool) -> str | None:
    # Without the escape sequence it should be Latin-1; but many programs write UTF-8 all the
    # same, and next to no Latin-1 text is valid UTF-8 by accident.
    if is_utf8:
        return fields.text(value.decode("utf-8", "replace"))
    return fields.text(value)


def _moment(dates: list[str], times: list[str]) -> Moment | None:
    """Join ``20090831`` and ``120500+0200``."""
    if not dates or len(dates[0]) < 8:
        return None
    day, clock = dates[0], times[0] if times else ""
    written = f"{day[:4]}-{day[4:6]}-{day[6:8]}"
    if len(clock) >= 6:
        written += f" {clock[:2]}:{clock[2:4]}:{clock[4:6]}{clock[6:11]}"
    return fields.moment(written)
