"""What is said of photos, as frozen dataclasses that every layer above may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Verdict: TypeAlias = Literal["accepted", "rejected"]
"""What was decided of a tag on a photo: it belongs there, or it does not."""

USER = "user"
"""The source of what the user said in clipsearch."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One tag on one photo."""

    tag: str
    content_hash: str
    verdict: Verdict
    source: str
    """`USER`, or what it was imported from."""
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionColumns:
    """``M`` decisions, in columns; of each tag and content there is one."""

    names: list[str]
    """``T``: the tags."""
    tags: NDArray[np.int64]
    """``(M,)``: which of them each is about."""
    content_hashes: pa.Array
    """``(M,)`` texts."""
    are_accepted: NDArray[np.bool_]
    """``(M,)``; the others are rejected."""


@dataclass(frozen=True, slots=True)
class TagColumns:
    """``M`` tags on contents, in columns; the same one may be there several times."""

    names: list[str]
    """``T``: the tags."""
    tags: NDArray[np.int64]
    """``(M,)``: which of them each is."""
    content_hashes: pa.Array
    """``(M,)`` texts."""


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag that something was decided of, and on how many photos."""

    name: str
    """Levels are parted by ``|``: ``Places|Italy|Rome``."""
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A set of photos: made by hand, or by a saved query."""

    name: str
    photos: int
    """How many were put in by hand; of these, some may have left the library."""
    query: str | None
    """In the query language, of a smart collection; ``None`` of one made by hand."""
    note: str


@dataclass(frozen=True, slots=True)
class Collected:
    """A photo in a collection."""

    content_hash: str
    caption: str
    """What the user says of it there; may be empty."""
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What the import of labels came to, in lines of the file; the rest says what was there."""

    added: int
    """Said something new."""
    changed: int
    """Newer than what the library said."""
    kept: int
    """Says otherwise than the library, whose word is newer, or has no date: that stayed."""
