"""What the photos of a library can be filtered by; the window imports this before it paints."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value that a filter can take."""

    value: str
    """As it is written behind the filter's name, without quotes."""
    photos: int | None
    """How many photos a search for it finds; ``None`` where only the search can tell."""


@dataclass(frozen=True, slots=True)
class FilterValues:
    """What the photos of a library can be filtered by."""

    folders: tuple[ValueCount, ...] = ()
    """In the order of their paths; the others come with the most frequent first."""
    cameras: tuple[ValueCount, ...] = ()
    lenses: tuple[ValueCount, ...] = ()
    tags: tuple[ValueCount, ...] = ()
    types: tuple[ValueCount, ...] = ()
    collections: tuple[ValueCount, ...] = ()
