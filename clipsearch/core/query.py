"""`Query`: the parts that a photo is compared with, the filters that it must pass, and the order.

What is typed is read by `clipsearch.core.query_language`. The window imports this module before its
first paint, so nothing here is heavy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from clipsearch.errors import InputError

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter

Sort: TypeAlias = Literal["relevance", "date", "name"]
"""By date, the newest comes first."""

MAX_WEIGHT = 100.0
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
    fold: bool = False
    """Whether duplicates stand behind the best of them, which may be on an earlier page."""

    @classmethod
    def of(cls, *contents: str | Path, k: int | None = 50) -> Query:
        """A query of words and pictures that all count the same, without filters."""
        return cls(k=k).and_like(*contents)

    def and_like(self, *contents: str | Path) -> Query:
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
