"""Which photos are close to one another by their embeddings; exact.

Every pair is compared once, in blocks of bounded memory, so the time grows with the square of the
photos. `benchmarks/duplicates.py --generated N` measures it.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.types import Embeddings
from clipsearch.progress import Progress, no_progress

Similarities: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]

MOST_NEIGHBOURS = 12
"""Of each photo, only so many are looked at: what grows is the time, not the memory."""
_MOST_RANDOM = 0.6
"""Similarity of a random pair: where it is higher, the photos are all of one scene."""

_BLOCK = 2_048
"""Photos compared with as many others at once: 17 MB of similarities."""


def similarity_at(share: float, embeddings: Embeddings) -> float:
    """The cosine similarity at a share of the way from a random pair's to that of equal pictures.

    Similarities differ from model to model: one finds 0.1 between any two photos, another 0.5.

    Args:
        share: 0 for a random pair, 1 for equal pictures.
        embeddings: ``(N, D)``, L2-normalised.
    """
    count = len(embeddings)
    if count < 2:
        return 1.0
    # All pairs at once: the squared length of the sum, without each photo's with itself.
    total = float(np.square(embeddings.sum(axis=0, dtype=np.float64)).sum())
    random = min((total - count) / (count * (count - 1)), _MOST_RANDOM)
    return random + share * (1 - random)


def close_pairs(embeddings: Embeddings, least: float, *, progress: Progress = no_progress) -> Rows:
    """Find the pairs of photos of which one is among the nearest neighbours of the other.

    Args:
        embeddings: ``(N, D)``, L2-normalised.
        least: Cosine similarity from which photos are close.
        progress: Called for each block; may cancel.

    Returns:
        ``(P, 2)``: pairs of rows, the smaller first, each once and sorted. ``P`` is at most ``N``
        times `MOST_NEIGHBOURS`.
    """
    count = len(embeddings)
    nearest = _Nearest(count, least)
    starts = range(0, count, _BLOCK)
    for number, start in enumerate(starts):
        progress(start, count, "comparing embeddings")
        for other in starts[number:]:
            similar = embeddings[start : start + _BLOCK] @ embeddings[other : other + _BLOCK].T
            nearest.take(similar, start, other)
    return nearest.pairs()


def earlier_neighbours(embeddings: Embeddings, start: int, least: float) -> Rows:
    """Find the nearest neighbours of photos among those that stand before each of them.

    Args:
        embeddings: ``(N, D)``, L2-normalised.
        start: The first photo whose neighbours are looked for.
        least: Cosine similarity from which photos are close.

    Returns:
        ``(P, 2)``: an earlier photo and one from ``start`` on, `MOST_NEIGHBOURS` for each at most.
    """
    count = len(embeddings)
    block = max(1, _BLOCK**2 // max(count, 1))
    found = [np.empty((0, 2), np.int64)]
    for first in range(start, count, block):
        some = embeddings[first : first + block]
        similar = some @ embeddings[: first + len(some)].T
        similar[:, first:][np.triu(np.ones((len(some), len(some)), bool))] = -np.inf
        later, earlier = np.nonzero(similar >= least)
        order = np.lexsort((-similar[later, earlier], later))
        nearest = order[_rank_within(later[order]) < MOST_NEIGHBOURS]
        found.append(np.stack([earlier[nearest], later[nearest] + first], axis=1))
    return np.concatenate(found)


def _rank_within(groups: Rows) -> Rows:
    """How many of the same group stand before each entry of a sorted array."""
    return np.arange(len(groups)) - np.searchsorted(groups, groups)


class _Nearest:
    """The nearest neighbours of every row so far."""

    def __init__(self, count: int, least: float) -> None:
        shape = (count, MOST_NEIGHBOURS)
        self._similar = np.full(shape, np.nextafter(np.float32(least), -np.inf), np.float32)
        self._others = np.full(shape, -1, np.int64)

    def take(self, similar: Similarities, start: int, other: int) -> None:
        """Take what is nearer out of a block of similarities ``(n, m)``.

        Args:
            similar: Of the rows from `start` on with those from `other` on.
            start: First row.
            other: First row; not before `start`.
        """
        if start == other:
            np.fill_diagonal(similar, -np.inf)
        n, m = similar.shape
        # The last column holds the least of those that are kept.
        row, column = np.divmod(np.flatnonzero(similar > self._similar[start : start + n, -1:]), m)
        self._merge(row + start, column + other, similar[row, column])
        if start != other:
            row, column = np.divmod(
                np.flatnonzero(similar > self._similar[None, other : other + m, -1]), m
            )
            self._merge(column + other, row + start, similar[row, column])

    def _merge(self, rows: Rows, others: Rows, similar: Similarities) -> None:
        """Take in new neighbours ``others`` of ``rows``, all ``(M,)``."""
        touched, at = np.unique(rows, return_inverse=True)
        if not len(touched):
            return
        order = np.lexsort((-similar, at))
        rank = _rank_within(at[order])
        order, rank = order[rank < MOST_NEIGHBOURS], rank[rank < MOST_NEIGHBOURS]
        more_similar = np.full((len(touched), MOST_NEIGHBOURS), -np.inf, np.float32)
        more_others = np.full((len(touched), MOST_NEIGHBOURS), -1, np.int64)
        more_similar[at[order], rank] = similar[order]
        more_others[at[order], rank] = others[order]
        all_similar = np.concatenate([self._similar[touched], more_similar], axis=1)
        all_others = np.concatenate([self._others[touched], more_others], axis=1)
        best = np.argsort(-all_similar, axis=1, kind="stable")[:, :MOST_NEIGHBOURS]
        self._similar[touched] = np.take_along_axis(all_similar, best, axis=1)
        self._others[touched] = np.take_along_axis(all_others, best, axis=1)

    def pairs(self) -> Rows:
        """All pairs ``(P, 2)``, each once."""
        row, place = np.nonzero(self._others >= 0)
        found = np.stack([row, self._others[row, place]], axis=1)
        found.sort(axis=1)
        return np.unique(found, axis=0)
