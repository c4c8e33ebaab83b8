"""A single filter as it is typed: from ``name:value`` to a `Filter`, and back."""

import re
from collections.abc import Callable
from typing import cast, get_args

from clipsearch.core.filters import (
    Camera,
    Collection,
    Comparison,
    FileType,
    Filter,
    Inequality,
    InFolder,
    Is,
    Lens,
    Megapixels,
    Near,
    Period,
    Rating,
    Tag,
    Taken,
    Trait,
)
from clipsearch.core.formats import FILE_TYPES
from clipsearch.errors import InputError

_PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_RATING = re.compile(r"(<=|>=|<|>|=)?(-1|[0-5])")
_SIZE = re.compile(r"(<=|>=|<|>)([0-9]*\.?[0-9]+)(?:mp)?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+")
_TRAITS: tuple[Trait, ...] = get_args(Trait)


def read_filter(name: str, value: str, *, negated: bool) -> Filter:
    """Make a filter of what was typed.

    Args:
        name: A key of `READERS`, in any case.
        value: Without quotes, not blank.
        negated: Whether it passes the others.

    Raises:
        InputError: The value is none for this filter.
    """
    return READERS[name.lower()](value, negated)


def write_filter(one: Filter) -> tuple[str, str]:
    """The name and the value of a filter, without quotes and without its negation."""
    match one:
        case InFolder():
            return "in", one.folder
        case Taken():
            until = f"..{_period_text(one.until)}" if one.until else ""
            return one.when, _period_text(one.period) + until
        case Camera():
            return "camera", one.name
        case Lens():
            return "lens", one.name
        case Tag():
            return "tag", one.name
        case Collection():
            return "collection", one.name
        case Rating():
            return "rating", f"{'' if one.comparison == '=' else one.comparison}{one.stars}"
        case FileType():
            return "type", one.name
        case Is():
            return "is", one.trait
        case Megapixels():
            return "size", f"{one.comparison}{number_text(one.value)}MP"
        case Near():
            return "near", ",".join(map(number_text, (one.latitude, one.longitude, one.km)))


def number_text(number: float) -> str:
    """A number as it is typed, without an exponent; `float` reads the same number back."""
    if number.is_integer():
        return str(int(number))
    from decimal import Decimal  # Seldom needed, and the window starts sooner without it.

    return format(Decimal(repr(number)), "f")


def numbers(text: str) -> list[float] | None:
    """Numbers with commas between them; ``None`` if these are none."""
    pieces = [piece.strip() for piece in text.split(",")]
    return [float(p) for p in pieces] if all(map(_NUMBER.fullmatch, pieces)) else None


def _taken_on(value: str, negated: bool) -> Filter:
    first, dots, last = value.partition("..")
    return Taken("on", _period(first), _period(last) if dots else None, negated=negated)


def _rating(value: str, negated: bool) -> Filter:
    match = _RATING.fullmatch(value)
    if not match:
        raise InputError(
            f"'{value}' is no rating: write rating:4 or rating:>=4; it goes from 0 to 5, "
            "and -1 is rejected."
        )
    return Rating(cast("Comparison", match[1] or "="), int(match[2]), negated=negated)


def _file_type(value: str, negated: bool) -> Filter:
    name = value.lower().removeprefix(".")
    if name not in FILE_TYPES:
        raise InputError(
            f"There are no photos of the type '{value}': write for example type:jpeg, type:heic "
            "or type:raw."
        )
    return FileType(name, negated=negated)


def _is(value: str, negated: bool) -> Filter:
    for trait in _TRAITS:
        if trait == value.lower():
            return Is(trait, negated=negated)
    raise InputError(f"A photo cannot be '{value}': write is: with one of {', '.join(_TRAITS)}.")


def _size(value: str, negated: bool) -> Filter:
    match = _SIZE.fullmatch(value)
    if not match:
        raise InputError(f"'{value}' is no size: write size:>5MP or size:<0.5MP, in megapixels.")
    return Megapixels(cast("Inequality", match[1]), float(match[2]), negated=negated)


def _near(value: str, negated: bool) -> Filter:
    place = numbers(value)
    if place is None or len(place) not in (2, 3):
        raise InputError(
            f"'{value}' is no place: write near:LATITUDE,LONGITUDE,KM in degrees and without "
            "spaces, for example near:48.14,11.58,10."
        )
    return Near(*place, negated=negated)


READERS: dict[str, Callable[[str, bool], Filter]] = {
    "in": lambda value, negated: InFolder(value, negated=negated),
    "on": _taken_on,
    "before": lambda value, negated: Taken("before", _period(value), negated=negated),
    "after": lambda value, negated: Taken("after", _period(value), negated=negated),
    "camera": lambda value, negated: Camera(value, negated=negated),
    "lens": lambda value, negated: Lens(value, negated=negated),
    "tag": lambda value, negated: Tag(value, negated=negated),
    "collection": lambda value, negated: Collection(value, negated=negated),
    "rating": _rating,
    "type": _file_type,
    "is": _is,
    "size": _size,
    "near": _near,
}
"""What makes a filter of a value, and whether it is negated, by the filter's name."""

_EXAMPLES = {
    "in": "in:2012",
    "on": "on:2012-05",
    "before": "before:2012-05",
    "after": "after:2012-05",
    "camera": "camera:nikon",
    "lens": "lens:50mm",
    "tag": "tag:Rome",
    "collection": "collection:Best",
    "rating": "rating:>=4",
    "type": "type:heic",
    "is": "is:portrait",
    "size": "size:>5MP",
    "near": "near:48.14,11.58,10",
}


def example(name: str) -> str:
    """A filter of this name as it may be typed."""
    return _EXAMPLES[name.lower()]


def _period(value: str) -> Period:
    match = _PERIOD.fullmatch(value)
    if not match:
        raise InputError(f"'{value}' is no date: write 2012, 2012-05 or 2012-05-17.")
    year, month, day = (None if digits is None else int(digits) for digits in match.groups())
    return Period(year or 0, month, day)


def _period_text(period: Period) -> str:
    later = (f"-{part:02d}" for part in (period.month, period.day) if part is not None)
    return f"{period.year:04d}" + "".join(later)
