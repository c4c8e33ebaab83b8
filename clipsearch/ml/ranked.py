"""How far ahead a query ranks the photos that it is meant for, also in many draws of the photos."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.space_statistics import Floats

Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]
"""``(R, N)``: how often each of ``N`` photos, or groups of them, is in each of ``R`` draws."""


@dataclass(frozen=True)
class Ranked:
    """The photos that a query is meant for, best first, each against those it is not meant for.

    Attributes:
        wanted: ``(P,)``, rows of those it is meant for, by falling score.
        others: ``(M,)``, rows of all the others.
        above: ``(P, M)``, whether the other scores as high at least. So ties count against the
            query, and so does a score that is not a number: a model that says the same of
            everything, or nothing at all, finds nothing.
    """

    wanted: Counts
    others: Counts
    above: Bools

    @classmethod
    def of(cls, scores: NDArray[np.floating], relevant: Bools) -> "Ranked":
        """Rank.

        Args:
            scores: ``(N,)``, higher is better.
            relevant: ``(N,)``, which photos the query is meant for.
        """
        known = np.nan_to_num(scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        wanted, others = np.flatnonzero(relevant), np.flatnonzero(~relevant)
        wanted = wanted[np.argsort(-known[wanted], kind="stable")]
        return cls(wanted, others, known[others] >= known[wanted][:, None])

    def recall(self, counts: Counts, cut_offs: tuple[int, ...]) -> dict[int, Floats]:
        """Share of the wanted photos that fewer than ``k`` others are ahead of, by ``k``.

        Args:
            counts: ``(R, N)``; every row is a draw.
            cut_offs: The ``k``.

        Returns:
            ``(R,)`` by ``k``; 0 where a draw has no wanted photo.
        """
        copies, ahead = counts[:, self.wanted], self._ahead(counts)
        total = np.maximum(copies.sum(axis=1), 1)
        return {k: (copies * (ahead < k)).sum(axis=1) / total for k in cut_offs}

    def average_precision(self, counts: Counts) -> Floats:
        """Mean over the wanted photos of the precision down to each: ``(R,)`` in [0, 1].

        What a draw has several times stands in the ranking several times. 0 where it has no wanted
        photo.

        Args:
            counts: ``(R, N)``; every row is a draw.
        """
        copies, ahead = counts[:, self.wanted], self._ahead(counts)
        last = copies.cumsum(axis=1)
        # The j-th wanted photo has precision j / (j + ahead) = 1 - ahead / (j + ahead). The sum of
        # that over the copies of one photo, which stand side by side, is one of 1/n over a range.
        harmonic = _harmonic(int(counts.sum(axis=1).max()))
        missed = ahead * (harmonic[last + ahead] - harmonic[last - copies + ahead])
        result: Floats = (copies - missed).sum(axis=1) / np.maximum(last[:, -1:].sum(axis=1), 1)
        return result

    def _ahead(self, counts: Counts) -> Counts:
        """How many others are ahead of each wanted photo in each draw, ``(R, P)``."""
        # In float32 for the fast product: exact up to 16 million.
        product = counts[:, self.others].astype(np.float32) @ self.above.T.astype(np.float32)
        return product.astype(np.int64)


@lru_cache(maxsize=4)
def _harmonic(most: int) -> Floats:
    """The sums of 1/n up to each number from 0 to ``most``."""
    return np.concatenate([[0.0], np.cumsum(1 / np.arange(1, most + 1))])
