"""Judges the hits of a query: how certain they are, and which of its parts they met how well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.core import relevance as measure
from clipsearch.core.nearest import Nearest, Rows
from clipsearch.core.query import Part
from clipsearch.core.ranking import Mask, Ranker, Ranking
from clipsearch.core.types import Embeddings, PartMatch
from clipsearch.core.vocabulary import Vocabulary

# So many of the best hits are judged first; more, as long as the last of them is certain.
_FIRST_JUDGED = 256
_SAMPLE = 2_000
_BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A ranking and what is thought of it."""

    ranking: Ranking
    relevance: NDArray[np.float32]
    """``(R,)`` in [0, 1], never rising; at least `measure.LINE` above the cut-off."""
    certain: int
    """How many photos are above the cut-off, however many were asked for."""


class Judge:
    """Judges the hits of one query."""

    def __init__(
        self,
        nearest: Nearest,
        vocabulary: Vocabulary,
        parts: Sequence[Part],
        embeddings: Embeddings,
    ) -> None:
        """Prepare.

        Args:
            nearest: Of the library's photos.
            vocabulary: Of the same space.
            parts: ``P``, one of them at least not excluded.
            embeddings: ``(P, D)``, theirs, L2-normalised.
        """
        self._nearest = nearest
        self._sample = nearest.sample[:: max(1, len(nearest.sample) // _SAMPLE)]
        self._ranker = Ranker(nearest, parts, embeddings)
        self._parts = parts
        self._embeddings = embeddings
        self._measured = [
            measure.Part(
                embedding,
                vocabulary.background
                if isinstance(part.content, str)
                else measure.Background.of_photos(self._sample),
            )
            for part, embedding in zip(parts, embeddings, strict=True)
        ]
        self._usual = [measure.usual_advantages(part, self._sample) for part in self._measured]
        # Parts that can tell which hits are certain.
        self._telling = [
            number
            for number, part in enumerate(self._measured)
            if not parts[number].excluded and measure.can_judge(part)
        ]
        self._known_rows = np.empty(0, np.int64)
        self._known = np.empty((len(parts), 0), np.float32)

    def best(self, count: int, passing: Mask | None = None) -> Judged:
        """The best photos, judged.

        What is thought of a photo does not depend on how many are asked for.

        Args:
            count: How many at most.
            passing: ``(N,)``, which photos may be found; all if there is none.
        """
        everything = len(self._nearest.embeddings)
        total = everything if passing is None else int(np.count_nonzero(passing))
        judged = min(_FIRST_JUDGED, total)
        while True:
            ranking = self._ranker.best(max(count, judged), passing)
            certain = self._certainty(ranking.rows[:judged], total)
            if judged == total or certain[-1] < measure.LINE:
                break
            judged = min(4 * judged, total)
        rest = np.full(max(0, len(ranking.rows) - judged), certain[-1], np.float32)
        relevance = np.concatenate([certain, rest])[:count]
        above = int(np.count_nonzero(certain >= measure.LINE))
        return Judged(Ranking(ranking.rows[:count], ranking.scores[:count]), relevance, above)

    def matches(self, rows: Rows) -> list[tuple[PartMatch, ...]]:
        """How well some photos fit each part by itself."""
        scores = self._nearest.embeddings[rows] @ self._embeddings.T
        fits = [
            measure.fit(advantage, usual)
            if measure.can_judge(part)
            else np.ones(len(rows), np.float32)
            for part, advantage, usual in zip(
                self._measured, self._advantages(rows), self._usual, strict=True
            )
        ]
        return [
            tuple(
                PartMatch(part, score, fit)
                for part, score, fit in zip(self._parts, *row, strict=True)
            )
            for row in zip(scores.tolist(), np.stack(fits, axis=1).tolist(), strict=True)
        ]

    def _certainty(self, rows: Rows, total: int) -> NDArray[np.float32]:
        if not self._telling:
            return np.ones(len(rows), np.float32)
        advantage = self._advantages(rows)[self._telling].mean(axis=0)
        usual = np.mean([self._usual[number] for number in self._telling], axis=0)
        return measure.certainty(advantage, usual, total)

    def _advantages(self, rows: Rows) -> NDArray[np.float32]:
        """Of each part, ``(P, R)``; computed once for each photo."""
        missing = np.setdiff1d(rows, self._known_rows)
        blocks = [missing[at : at + _BLOCK] for at in range(0, len(missing), _BLOCK)]
        found = [self._known] + [
            np.stack([measure.advantages(p, self._nearest.embeddings[b]) for p in self._measured])
            for b in blocks
        ]
        self._known_rows = np.concatenate([self._known_rows, missing])
        self._known = np.concatenate(found, axis=1)
        order = np.argsort(self._known_rows)
        return self._known[:, order[np.searchsorted(self._known_rows, rows, sorter=order)]]
