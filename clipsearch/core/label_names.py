"""Names of tags and collections: how they are written, and when two are the same."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from clipsearch.core.facets import comparable
from clipsearch.errors import InputError

_LONGEST = 200  # characters


def tag_name(text: str) -> str:
    """A tag's name as it is kept: no blanks around its levels.

    Raises:
        InputError: There is nothing left, a level is empty, or it is too long.
    """
    levels = [_tidy(level) for level in text.split("|")]
    if not all(levels):
        raise InputError(f"'{text}' is no name for a tag: write a word, or levels as in A|B.")
    return _short_enough("|".join(levels))


def collection_name(text: str) -> str:
    """A collection's name as it is kept.

    Raises:
        InputError: It is blank or too long.
    """
    name = _tidy(text)
    if not name:
        raise InputError("A collection needs a name: give one.")
    return _short_enough(name)


def key_of(name: str) -> str:
    """What tells names apart: neither case nor the way to write an accent does."""
    return comparable(name)


def now() -> str:
    """The time, as it is kept: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def as_json(values: Iterable[str]) -> str:
    """For ``IN (SELECT value FROM json_each(?))``, which takes any number of values."""
    return json.dumps(list(values))


def photos(count: int) -> str:
    """Count photos in words."""
    return "1 photo" if count == 1 else f"{count:,} photos"


def _tidy(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _short_enough(name: str) -> str:
    if len(name) > _LONGEST:
        raise InputError(f"'{name[:30]}…' is too long for a name: take {_LONGEST} letters at most.")
    return name
