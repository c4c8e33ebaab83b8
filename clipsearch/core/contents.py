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


def rows_of(column: "pa.Array", contents: "pa.Array") -> tuple[_Numbers, _Numbers]:
    """The rows that have some contents.

    Args:
        column: ``(N,)`` texts: the rows' contents.
        contents: ``(C,)`` texts in any order, the same one several times perhaps.

    Returns:
        ``(M,)`` rows, in the order of the contents, and ``(M,)`` the place of each one's content.
    """
    import pyarrow.compute as pc

    coded = contents.dictionary_encode()
    wanted = coded.indices.to_numpy(zero_copy_only=False)
    number = pc.index_in(column, coded.dictionary).fill_null(-1).to_numpy(zero_copy_only=False)
    known = np.flatnonzero(number >= 0)
    rows = known[np.argsort(number[known], kind="stable")]
    counts = np.bincount(number[known], minlength=len(coded.dictionary))
    first = (np.cumsum(counts) - counts)[wanted]
    count = counts[wanted]
    at = np.repeat(np.arange(len(contents)), count)
    within = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    return rows[np.repeat(first, count) + within], at
