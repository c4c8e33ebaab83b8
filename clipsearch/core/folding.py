"""`Folding`: behind which earlier photo of a ranking its copies and versions stand.

A photo stands behind the first one before it that it is a copy or a version of, and that stands by
itself. So what is decided of a photo depends on those before it alone, and the pages of a search
fit together, however long they are and however far one goes.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.neighbours import Rows, earlier_neighbours
from clipsearch.core.types import Embeddings

Same = Callable[[Rows], NDArray[np.bool_]]
"""Tells of ``(P, 2)`` pairs of rows which of them show one picture."""


class Folding:
    """Of the first ``R`` photos of one ranking; never changed, so that threads may share it."""

    def __init__(self) -> None:
        """Of none yet."""
        self.rows: Rows = np.empty(0, np.int64)
        """``(R,)`` of the library, the best first."""
        self.behind: list[int] = []
        """``R`` ranks: behind which photo each stands; its own rank where it stands by itself."""
        self._first_of: dict[str, int] = {}

    def is_of(self, ranked: Rows) -> bool:
        """Whether this and ``(R',)`` other rows are of one ranking, as far as both go."""
        common = min(len(self.rows), len(ranked))
        return np.array_equal(self.rows[:common], ranked[:common])

    def extended(
        self,
        ranked: Rows,
        embeddings: Embeddings,
        contents: Sequence[str],
        least: float,
        same: Same,
    ) -> "Folding":
        """The folding of more photos of this ranking, or this one if there are no more.

        Args:
            ranked: ``(R',)`` rows; see `is_of`.
            embeddings: ``(N, D)``, L2-normalised, of the library.
            contents: ``N`` content hashes.
            least: Cosine similarity from which two photos may be versions of one picture.
            same: Decides whether they are.
        """
        if len(ranked) <= len(self.rows):
            return self
        longer = Folding()
        longer.rows = ranked
        longer._first_of = dict(self._first_of)
        for rank in range(len(self.rows), len(ranked)):
            longer._first_of.setdefault(contents[ranked[rank]], rank)
        distinct = np.fromiter(longer._first_of.values(), np.int64)
        pairs = distinct[
            earlier_neighbours(embeddings[ranked[distinct]], len(self._first_of), least)
        ]
        alike = defaultdict(set)
        for one, other in pairs[same(ranked[pairs])].tolist():
            alike[other].add(one)
        longer.behind = list(self.behind)
        for rank in range(len(self.rows), len(ranked)):
            first = longer._first_of[contents[ranked[rank]]]
            longer.behind.append(
                longer.behind[first] if first < rank else longer._place(rank, alike[rank], same)
            )
        return longer

    def _place(self, rank: int, alike: Collection[int], same: Same) -> int:
        """Behind which rank a photo stands, given those before it that show the same picture."""
        for first in sorted({self.behind[one] for one in alike}):
            # It may be like one that stands behind, and not like the one before that.
            if first in alike or same(self.rows[[[first, rank]]])[0]:
                return first
        return rank
