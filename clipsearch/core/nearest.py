"""`Nearest`: the rows of the highest scores, of a million in milliseconds, as a full product finds.

A model's embeddings fill few of their dimensions: of the starter's 256, the 64 leading principal
directions hold 97 % of their length. A first product takes those only, a quarter of the memory to
read. What it leaves out is looked at for every query on a sample of rows; only the rows that may
still be among the best are scored in full, which ADSampling (arXiv 2303.09855, section 3) does by
random directions. ``benchmarks/searching.py`` holds it against a full product and against
LanceDB's IVF indexes: faster at a million rows, nothing to keep up to date, and right under
filters however few rows pass.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.types import Embeddings

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

# Fewer are scored in full in the time that a second step takes.
_FEW = 50_000
# Where so small a share of the rows passes, those are gathered and scored in full.
_RARE = 0.02
_ENERGY = 0.97
_STEP = 16
_SAMPLE = 20_000
# Rows on which the error of a query's first product is estimated, and how many deviations of it
# are allowed for: one row in a hundred thousand is further off.
_PROBES = 2_000
_DEVIATIONS = 4.5
_FIRST_CANDIDATES = 1_000
_STRIDE = 64
_ROUNDING = 1e-5


class Nearest:
    """Finds the best rows of embeddings that do not change. Thread-safe once it is made."""

    def __init__(self, embeddings: Embeddings) -> None:
        """Look for the leading directions: a second for a million rows.

        Args:
            embeddings: ``(N, D)``, L2-normalised; kept, not copied.
        """
        self.embeddings = embeddings
        self._directions = _leading_directions(embeddings)
        self._shadows: Embeddings | None = None
        if self._directions is not None:
            self._shadows = embeddings @ self._directions
            self._probes = _spread(len(embeddings), _PROBES)

    @cached_property
    def sample(self) -> Embeddings:
        """Some rows that stand for all, ``(at most 20,000, D)``."""
        return self.embeddings[_spread(len(self.embeddings), _SAMPLE)]

    def best(
        self, direction: NDArray[np.float32], k: int, passing: NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Scores]:
        """Rows by their product with a direction, the highest first; ties in the order of rows.

        Args:
            direction: ``(D,)``, of any length: a query, or a weighted sum of several.
            k: How many rows at most.
            passing: ``(N,)``, which rows may be found; all if there is none.

        Returns:
            At most ``k`` rows and their scores.
        """
        rows = self._candidates(direction, k, passing)
        embeddings = self.embeddings if rows is None else self.embeddings[rows]
        close = _all_of_the_best(embeddings @ direction, k)
        # In double precision the order does not depend on which rows were multiplied together, so
        # that the pages of a search fit together.
        scores = embeddings[close].astype(np.float64) @ direction
        order = np.argsort(-scores.astype(np.float32), kind="stable")[:k]
        found = close if rows is None else rows[close]
        return found[order], scores[order].astype(np.float32)

    def _candidates(
        self, direction: NDArray[np.float32], k: int, passing: NDArray[np.bool_] | None
    ) -> Rows | None:
        """The rows that may be among the best, in their order; ``None`` for all."""
        count = len(self.embeddings) if passing is None else int(np.count_nonzero(passing))
        if self._directions is None or self._shadows is None or count <= k:
            return None if passing is None else np.flatnonzero(passing)
        if count < max(_RARE * len(self.embeddings), _FIRST_CANDIDATES):
            return np.flatnonzero(passing) if passing is not None else None
        rough = self._shadows @ (direction @ self._directions)
        allowed = None if passing is None else np.flatnonzero(passing)
        slack = self._slack(direction, rough[self._probes], self._probes)
        if allowed is not None:
            rough = rough[allowed]
        first = _highest(rough, max(4 * k, _FIRST_CANDIDATES))
        rows = first if allowed is None else allowed[first]
        # A picture's own neighbours agree with it in what the first product leaves out, too.
        slack = max(slack, self._slack(direction, rough[first], rows))
        scores = self.embeddings[rows] @ direction
        # No row whose rough score is lower can have one of the k best.
        least = np.partition(scores, len(scores) - k)[len(scores) - k] - slack
        places = np.flatnonzero(rough >= least)
        return places if allowed is None else allowed[places]

    def _slack(self, direction: NDArray[np.float32], rough: Scores, rows: Rows) -> float:
        """How much higher than their rough scores the full ones of rows like these may be."""
        missing = self.embeddings[rows] @ direction - rough
        return float(missing.mean() + _DEVIATIONS * missing.std())


def _leading_directions(embeddings: Embeddings) -> "Embeddings | None":
    """As few directions as hold most of the embeddings, ``(D, d)``; ``None`` if it does not pay."""
    count, dimension = embeddings.shape
    if count < _FEW:
        return None
    sample = embeddings[_spread(count, _SAMPLE)]
    energies, directions = np.linalg.eigh(sample.T @ sample)
    shares = np.cumsum(energies[::-1]) / energies.sum()
    needed = int(np.searchsorted(shares, _ENERGY)) + 1
    kept = -(-needed // _STEP) * _STEP
    if kept > dimension // 2:
        return None
    leading: Embeddings = np.ascontiguousarray(directions[:, ::-1][:, :kept], dtype=np.float32)
    return leading


def _spread(count: int, wanted: int) -> Rows:
    """Some rows, evenly spread."""
    return np.linspace(0, count - 1, min(count, wanted)).astype(np.int64)


def _highest(scores: Scores, count: int) -> Rows:
    """So many rows of the highest scores, in no order."""
    if count >= len(scores):
        return np.arange(len(scores))
    # Most rows are ruled out by the scores of a few.
    some = scores[::_STRIDE]
    place = max(0, len(some) - 2 * count // _STRIDE - 1)
    rows: Rows = np.flatnonzero(scores >= np.partition(some, place)[place])
    if len(rows) < count:
        rows = np.arange(len(scores))
    return rows[np.argpartition(scores[rows], len(rows) - count)[-count:]]


def _all_of_the_best(scores: Scores, k: int) -> Rows:
    """Places of the ``k`` highest scores, and of those that equal the last but for rounding."""
    if k >= len(scores):
        return np.arange(len(scores))
    last = np.partition(scores, len(scores) - k)[len(scores) - k]
    places: Rows = np.flatnonzero(scores >= last - _ROUNDING * abs(last))
    return places
