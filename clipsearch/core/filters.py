"""The filters of a query: a closed family of what a photo must be or have.

`clipsearch.core.filtering` says which photos pass.
"""

import calendar
import math
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from clipsearch.errors import InputError

Comparison: TypeAlias = Literal["<", "<=", "=", ">=", ">"]
Inequality: TypeAlias = Literal["<", "<=", ">=", ">"]
Trait: TypeAlias = Literal[
    "portrait", "landscape", "square", "panorama", "duplicate", "untagged", "favourite", "located"
]

DEFAULT_RADIUS_KM = 10.0


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
    """With a tag, or with one below it: ``Italy`` is in ``Places|Italy|Rome``.

    The user's own tags and the keywords of the photo's file count alike.
    """

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
