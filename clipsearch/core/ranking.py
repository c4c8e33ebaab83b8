"""Ranks photos by the parts of a query: each is scored by itself, and rescaled, before they meet.

Words and pictures live apart in the space (modality gap, arXiv 2203.02053): a photo is always
closer to a picture than to words, and the mean of their embeddings is close to neither. So every
part's cosine similarities are standardised over the library first. A sum of what is wanted is then
one direction, which `Nearest` searches for. What is excluded is not: a photo loses only by how far
it stands out as what is unwanted, and photos of which that is not true keep their places.
``benchmarks/combining.py`` measures both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.nearest import Nearest, Rows, Scores
from clipsearch.core.query import Part
from clipsearch.core.types import Embeddings

Mask = NDArray[np.bool_]

# A picture says more than is meant: beside words it counts less.
_PICTURE_BESIDE_WORDS = 0.7
# A photo is taken for what is excluded so many deviations above the library's mean, or half-way to
# the library's best, which is nearer in a small library; for each one more it loses so much.
_STANDS_OUT = 2.5
_HALF_WAY = 0.5
_LOSS = 1.0
_FIRST_WINDOW = 1_000
_LEAST_DEVIATION = 1e-6


@dataclass(frozen=True, slots=True)
class Ranking:
    """Photos, the best first."""

    rows: Rows
    """``(R,)``."""
    scores: Scores
    """``(R,)``: the cosine similarity to a single part; else the weighted mean of standardised
    ones, less what a photo loses by what is excluded."""


class Ranker:
    """Ranks the photos of one library by one query."""

    def __init__(self, nearest: Nearest, parts: Sequence[Part], embeddings: Embeddings) -> None:
        """Scale the parts.

        Args:
            nearest: Of the library's photos.
            parts: ``P``, one of them at least not excluded.
            embeddings: ``(P, D)``, theirs, L2-normalised.
        """
        self._nearest = nearest
        excluded = np.array([part.excluded for part in parts])
        weights = _weights(parts)
        self._direction = embeddings[0]
        self._shift = 0.0
        if len(parts) > 1:
            scores = nearest.sample @ embeddings.T
            means, deviations = scores.mean(axis=0), scores.std(axis=0)
            factors = weights / np.maximum(deviations, _LEAST_DEVIATION)
            self._direction = factors[~excluded] @ embeddings[~excluded]
            self._shift = float(factors[~excluded] @ means[~excluded])
            self._losses = embeddings[excluded] * factors[excluded, None]
            self._limits = factors[excluded] * _limits(scores[:, excluded])
        self._excludes = bool(excluded.any())

    def best(self, count: int, passing: Mask | None = None) -> Ranking:
        """The best photos.

        Args:
            count: How many at most.
            passing: ``(N,)``, which photos may be found; all if there is none.
        """
        if not self._excludes:
            return self._wanted(count, passing)
        window = max(_FIRST_WINDOW, 4 * count)
        while True:
            wanted = self._wanted(window, passing)
            scores = wanted.scores - self._loss(wanted.rows)
            order = np.argsort(-scores, kind="stable")[:count]
            # No photo outside has a higher score than the last one inside had before its loss.
            if len(wanted.rows) < window or scores[order[-1]] >= wanted.scores[-1]:
                return Ranking(wanted.rows[order], scores[order])
            window *= 4

    def _wanted(self, count: int, passing: Mask | None) -> Ranking:
        rows, scores = self._nearest.best(self._direction, count, passing)
        return Ranking(rows, scores - np.float32(self._shift))

    def _loss(self, rows: Rows) -> Scores:
        standing_out = self._nearest.embeddings[rows] @ self._losses.T - self._limits
        loss: Scores = _LOSS * np.maximum(standing_out, 0).sum(axis=1).astype(np.float32)
        return loss


def _weights(parts: Sequence[Part]) -> NDArray[np.float32]:
    """``(P,)``: those of what is wanted sum up to 1."""
    has_words = any(isinstance(part.content, str) and not part.excluded for part in parts)
    weights = np.array([part.weight for part in parts], np.float32)
    wanted = ~np.array([part.excluded for part in parts])
    if has_words:
        are_pictures = np.array([not isinstance(part.content, str) for part in parts])
        weights[wanted & are_pictures] *= _PICTURE_BESIDE_WORDS
    weights[wanted] /= weights[wanted].sum()
    return weights


def _limits(scores: Scores) -> Scores:
    """From which cosine similarity on a photo stands out, ``(S, P)`` of a sample → ``(P,)``."""
    means = scores.mean(axis=0)
    far = _STANDS_OUT * scores.std(axis=0)
    limits: Scores = means + np.minimum(far, _HALF_WAY * (scores.max(axis=0) - means))
    return limits


def stand_out(nearest: Nearest, embeddings: Embeddings) -> Mask:
    """Which photos of the library are taken for what is excluded, ``(N,)``.

    Args:
        nearest: Of ``N`` photos.
        embeddings: ``(P, D)``, of excluded parts.
    """
    limits = _limits(nearest.sample @ embeddings.T)
    scores = nearest.embeddings @ embeddings.T
    lowered: Mask = np.any(scores > limits, axis=1)
    return lowered
