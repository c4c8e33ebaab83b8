"""Finds the rows of contents, by their hashes; several rows may have the same content."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

_Numbers = NDArray[np.int64]


def places_of(column: "pa.Array", contents: Sequence[str]) -> tuple[_Numbers, NDArray[np.bool_]]:
    """Which of some contents each row has.

    Args:
        column: ``(N,)`` texts: the rows' contents.
        contents: ``C`` different ones.

    Returns:
        ``(N,)`` places among the contents, ``C`` where a row has none of them; and ``(N,)``
        whether it has one.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(column, pa.array(contents, pa.string()))
    places = found.fill_null(len(contents)).to_numpy(zero_copy_only=False).astype(np.int64)
    return places, places < len(contents)


def rows_of(column: "pa.Array", contents: Sequence[str]) -> tuple[_Numbers, _Numbers]:
    """The rows that have some contents.

    Args:
        column: ``(N,)`` texts: the rows' contents.
        contents: In any order, the same one several times perhaps.

    Returns:
        ``(M,)`` rows, in the order of the contents, and ``(M,)`` the place of each one's content.
    """
    unique = list(dict.fromkeys(contents))
    places, is_wanted = places_of(column, unique)
    rows = np.flatnonzero(is_wanted)
    rows = rows[np.argsort(places[rows], kind="stable")]
    ordered = places[rows]
    index = {content: place for place, content in enumerate(unique)}
    wanted = np.array([index[content] for content in contents], np.int64)
    first = np.searchsorted(ordered, wanted, "left")
    count = np.searchsorted(ordered, wanted, "right") - first
    at = np.repeat(np.arange(len(contents)), count)
    within = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    return rows[np.repeat(first, count) + within], at
