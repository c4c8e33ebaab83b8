"""What one block of metadata (EXIF, XMP, IPTC) says, in the form that all of them share.

Each reader returns `Fields`; `clipsearch.core.metadata` decides which of them has the word. The
functions here turn what cameras and programs write into a value, or into ``None`` where it is
garbage.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# Longer texts and lists are cut: they end up in an index and in a panel of the window.
_MAX_TEXT = 10_000
_MAX_KEYWORD = 500
_MAX_KEYWORDS = 1_000

# The first photograph is of 1826; what is older is a clock that was never set.
_FIRST_YEAR = 1826
_LARGEST_OFFSET = 15 * 60
_DATE = re.compile(
    r"(\d{4})(?:[:/.-](\d{1,2})(?:[:/.-](\d{1,2}))?)?"
    r"(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?)?"
    r"\s*(Z|[+-]\d{1,2}:?\d{2})?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})", re.ASCII)
# C0 but line break and tab, and C1.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_LOWEST, _HIGHEST = -12_000.0, 100_000.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as the clock on the wall showed it."""

    at: datetime
    utc_offset: int | None
    """Minutes ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What one block says."""

    taken: Moment | None = None
    """When the scene was in front of the lens."""
    created: Moment | None = None
    """When the picture was digitised or the file made: second best."""
    camera: str | None = None
    lens: str | None = None
    position: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    altitude: float | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    title: str | None = None
    description: str | None = None


def text(value: object) -> str | None:
    """Return a text without what is invisible, cut at the first NUL; ``None`` if nothing is left.

    Args:
        value: Bytes are UTF-8 or Latin-1. Text that is UTF-8 read as Latin-1, which is how Pillow
            reads the "ASCII" of EXIF, is mended.
    """
    if isinstance(value, bytes):
        value = value[: _MAX_TEXT * 4].decode("latin-1")
        return text(_mended(value))
    if not isinstance(value, str):
        return None
    value = value.partition("\0")[0]
    return _CONTROL.sub(" ", value[:_MAX_TEXT]).strip() or None


def exif_text(value: object) -> str | None:
    """Return what an EXIF reader took for Latin-1, though most programs write UTF-8."""
    return text(_mended(value) if isinstance(value, str) else value)


def _mended(latin: str) -> str:
    try:
        return latin.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return latin


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Return keywords without empty and repeated ones, in their order."""
    kept: dict[str, None] = {}
    for word in words:
        tidy = " ".join(word[:_MAX_KEYWORD].split())
        if tidy:
            kept[tidy] = None
        if len(kept) == _MAX_KEYWORDS:
            break
    return tuple(kept)


def moment(value: object, subseconds: object = None, offset: object = None) -> Moment | None:
    """Read a date of EXIF (``2009:08:31 12:05:00``), XMP (ISO 8601) or IPTC.

    A date without a time is that day's midnight, one without a month the year's first day.

    Args:
        value: The date.
        subseconds: EXIF's digits behind the decimal point.
        offset: EXIF's ``+02:00``; one in `value` goes before.
    """
    written = text(value)
    match = _DATE.match(written) if written else None
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if not fraction and isinstance(subseconds, str):
        fraction = subseconds.strip("\0 ")
    try:
        at = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            _microseconds(fraction),
        )
    except ValueError:  # 0000:00:00, the 31st of February
        return None
    if at.year < _FIRST_YEAR:
        return None
    return Moment(at, _minutes(zone or offset))


def _microseconds(fraction: str | None) -> int:
    if not fraction or not (fraction.isascii() and fraction.isdigit()):
        return 0
    return int(fraction[:6].ljust(6, "0"))


def _minutes(offset: object) -> int | None:
    written = text(offset)
    if written in ("Z", "z"):
        return 0
    match = _OFFSET.fullmatch(written) if written else None
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes > _LARGEST_OFFSET:
        return None
    return -minutes if match[1] == "-" else minutes


def position(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return a place on Earth, or ``None`` for garbage.

    Zero and zero is what a receiver without a fix writes, and an island in no photo.
    """
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # NaN is neither
        return None
    return (latitude, longitude) if latitude or longitude else None


def altitude(metres: float, *, below: bool = False) -> float | None:
    """Return the height above the sea, or ``None`` for garbage."""
    if not math.isfinite(metres):
        return None
    height = -metres if below else metres
    return height if _LOWEST <= height <= _HIGHEST else None


def rating(value: object) -> int | None:
    """Return -1 (rejected) to 5, or ``None`` for garbage; programs write ``3`` and ``3.0``."""
    try:
        stars = float(value) if isinstance(value, (str, int, float)) else math.nan
    except ValueError:
        return None
    return round(stars) if -1 <= stars <= 5 else None


def camera(make: object, model: object) -> str | None:
    """Join make and model as people say it: ``Nikon D100`` of NIKON CORPORATION, NIKON D100."""
    brand = _brand(exif_text(make) or "")
    name = " ".join((exif_text(model) or "").split())
    if not brand or not name:
        return name or brand or None
    if not name.lower().startswith(brand.lower()):
        return f"{brand} {name}"
    rest = name[len(brand) :]
    return brand + rest if rest[:1] in ("", " ") else name


_COMPANY = re.compile(
    r"[\s,]+(?:corporation|corp|company|co|ltd|limited|inc|gmbh|ag|imaging|optical|electronics|electric"
    r"|techwin|camera|photo\s+film|digital|mobile\s+communications?)\b\.?(?=[\s,.]|$)",
    re.IGNORECASE,
)
_OTHER_NAMES = {"eastman kodak": "Kodak", "fuji": "Fujifilm", "lge": "LG", "hewlett-packard": "HP"}


def _brand(make: str) -> str:
    """Return the name on the front of the camera."""
    short = " ".join(_COMPANY.sub("", make).split()).strip(" ,.")
    if short.lower() in _OTHER_NAMES:
        return _OTHER_NAMES[short.lower()]
    return " ".join(
        # Three capitals are an abbreviation (DJI, HTC); more are a loud name.
        word.capitalize() if word.islower() or (word.isupper() and len(word) > 3) else word
        for word in short.split()
    )
