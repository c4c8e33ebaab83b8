"""`Query`: the parts that a photo is compared with, the filters that it must pass, and the order.

What is typed is read by `clipsearch.core.query_language`. The window imports this module before its
first paint, so nothing here is heavy.
"""

import calendar
import math
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

from clipsearch.errors import InputError

Sort: TypeAlias = Literal["relevance", "date", "name"]
"""By date, the newest comes first."""
Comparison: TypeAlias = Literal["<", "<=", "=", ">=", ">"]
Inequality: TypeAlias = Literal["<", "<=", ">=", ">"]
Trait: TypeAlias = Literal[
    "portrait", "landscape", "square", "panorama", "duplicate", "untagged", "located"
]

MAX_WEIGHT = 100.0
DEFAULT_RADIUS_KM = 10.0
_SLACK = 1e-6  # of a picture's edge: typed fractions are rounded


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a picture, in fractions of the upright picture's width and height."""

    x: float
    """Of its left edge, from the left."""
    y: float
    """Of its upper edge, from the top."""
    width: float
    height: float

    def __post_init__(self) -> None:
        """Refuse what does not lie inside the picture, with an `InputError`."""
        right, bottom = self.x + self.width, self.y + self.height
        has_size = self.width > 0 and self.height > 0
        if not (self.x >= 0 and self.y >= 0 and has_size and max(right, bottom) <= 1 + _SLACK):
            raise InputError(
                "A region is x,y,width,height in fractions of the picture, and lies inside it: "
                "write for example @0.25,0.1,0.5,0.5."
            )

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Its left, upper, right and lower edge in pixels of a picture; it is never empty.

        Args:
            width: Of the upright picture, pixels.
            height: Of the upright picture, pixels.
        """
        left, right = _pixels(self.x, self.x + self.width, width)
        top, bottom = _pixels(self.y, self.y + self.height, height)
        return left, top, right, bottom


def _pixels(start: float, end: float, edge: int) -> tuple[int, int]:
    """All pixels that a stretch of an edge touches."""
    first = min(int(start * edge), edge - 1)
    return first, max(first + 1, min(math.ceil(end * edge), edge))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to compare with."""

    path: Path
    region: Region | None = None
    """The part of it that matters; ``None`` for all of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Words or a picture, which a photo should resemble, or should not."""

    content: str | Picture
    """Words as they were typed, or a picture."""
    weight: float = 1.0
    """How much it counts beside the other parts: above 0, up to `MAX_WEIGHT`."""
    excluded: bool = False
    """Whether photos like it are unwanted."""

    def __post_init__(self) -> None:
        """Refuse blank words and weights that are no weights, with an `InputError`."""
        if isinstance(self.content, str) and not self.content.strip():
            raise InputError("These words are blank: write what to look for.")
        if not 0 < self.weight <= MAX_WEIGHT:
            raise InputError(
                f"A weight lies above 0 and is at most {MAX_WEIGHT:g}; "
                "to leave something out, put a minus before it."
            )


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month of it, or a day of that."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is in no calendar, with an `InputError`."""
        try:
            date(self.year, self.month or 1, self.day or 1)
            is_date = self.month != 0 and self.day != 0 and (self.month or not self.day)
        except ValueError:
            is_date = False
        if not is_date:
            raise InputError("There is no such date: write 2012, 2012-05 or 2012-05-17.")

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """Its last day."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


@dataclass(frozen=True, slots=True)
class _Filter:
    negated: bool = field(default=False, kw_only=True)
    """A negated filter passes exactly the photos that the filter itself does not."""


@dataclass(frozen=True, slots=True)
class InFolder(_Filter):
    """Below a folder: an absolute one, or any whose path ends in these names."""

    folder: str


@dataclass(frozen=True, slots=True)
class Taken(_Filter):
    """In a period, before its first day or after its last; by the clock on the wall."""

    when: Literal["on", "before", "after"]
    period: Period
    until: Period | None = None
    """With ``on``, the last period of a range."""

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins, with an `InputError`."""
        if self.until is not None and (self.when != "on" or self.until.last < self.period.first):
            raise InputError("This range of dates ends before it begins: write on:2011..2013.")


@dataclass(frozen=True, slots=True)
class Camera(_Filter):
    """Taken with a camera whose make and model contain this, as ``d100`` or ``nikon``."""

    name: str


@dataclass(frozen=True, slots=True)
class Lens(_Filter):
    """Taken with a lens whose name contains this."""

    name: str


@dataclass(frozen=True, slots=True)
class Tag(_Filter):
    """With a keyword, or with one below it: ``Italy`` is in ``Places|Italy|Rome``."""

    name: str


@dataclass(frozen=True, slots=True)
class Collection(_Filter):
    """In one of the user's collections."""

    name: str


@dataclass(frozen=True, slots=True)
class Rating(_Filter):
    """Stars, -1 (rejected) to 5; a photo that says nothing has none, 0."""

    comparison: Comparison
    stars: int


@dataclass(frozen=True, slots=True)
class FileType(_Filter):
    """A format, by the ending of the file's name."""

    name: str
    """A key of `clipsearch.core.formats.FILE_TYPES`."""


@dataclass(frozen=True, slots=True)
class Is(_Filter):
    """With a property that needs no value."""

    trait: Trait


@dataclass(frozen=True, slots=True)
class Megapixels(_Filter):
    """By the count of pixels, in millions."""

    comparison: Inequality
    value: float


@dataclass(frozen=True, slots=True)
class Near(_Filter):
    """Taken around a place."""

    latitude: float
    """Degrees, north positive."""
    longitude: float
    """Degrees, east positive."""
    km: float = DEFAULT_RADIUS_KM
    """Radius, along the great circle."""

    def __post_init__(self) -> None:
        """Refuse what is not on Earth, with an `InputError`."""
        on_earth = abs(self.latitude) <= 90 and abs(self.longitude) <= 180
        if not (on_earth and 0 < self.km < math.inf):
            raise InputError(
                "A place is a latitude from -90 to 90, a longitude from -180 to 180, and a radius: "
                "write for example near:48.14,11.58,10 for 10 km around Munich."
            )


Filter: TypeAlias = (
    InFolder | Taken | Camera | Lens | Tag | Collection | Rating | FileType | Is | Megapixels | Near
)


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and which of the hits to give."""

    parts: tuple[Part, ...] = ()
    filters: tuple[Filter, ...] = ()
    """`clipsearch.core.filtering.passing` says how they combine."""
    sort: Sort = "relevance"
    k: int | None = 50
    """How many hits at most; ``None`` for all."""
    offset: int = 0
    """How many hits to pass over before the first that is given."""

    @classmethod
    def of(cls, *contents: str | Path, k: int | None = 50) -> "Query":
        """A query of words and pictures that all count the same, without filters."""
        return cls(k=k).and_like(*contents)

    def and_like(self, *contents: str | Path) -> "Query":
        """This query with more parts: words, and the paths of pictures."""
        more = (Part(Picture(one) if isinstance(one, Path) else one) for one in contents)
        return replace(self, parts=(*self.parts, *more))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.parts and not self.filters

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The paths of the pictures that are searched by."""
        contents = (part.content for part in self.parts)
        return tuple(content.path for content in contents if isinstance(content, Picture))
