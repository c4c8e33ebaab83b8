"""Exact search: scores of every photo, combined over the parts of a query, best first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.query import Part
from clipsearch.core.types import Embeddings


def score_parts(
    photos: Embeddings, rows: NDArray[np.int64], parts: Sequence[Part], embeddings: Embeddings
) -> NDArray[np.float32]:
    """Score some photos against a query of one or more parts.

    The score of a single part is the cosine similarity. Words and pictures live apart in the
    space (modality gap, arXiv 2203.02053): a photo is always closer to a picture than to words.
    So the scores of several parts are standardised over the library, each by itself, before
    their weighted mean is taken. What is excluded counts negative.

    Args:
        photos: ``(N, D)``, L2-normalised; the whole library.
        rows: ``(R,)``, of the photos to score.
        parts: ``P``, at least 1.
        embeddings: ``(P, D)``, theirs, L2-normalised.

    Returns:
        ``(R,) float32``.
    """
    scores = photos @ embeddings.T
    if len(parts) > 1:
        scores = (scores - scores.mean(axis=0)) / np.maximum(scores.std(axis=0), 1e-6)
    weights = np.array([-p.weight if p.excluded else p.weight for p in parts], np.float32)
    result: NDArray[np.float32] = scores[rows] @ (weights / np.abs(weights).sum())
    return result


def best(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Rows of the ``k`` highest scores, best first; ties in the order of the rows.

    Args:
        scores: ``(N,)``.
        k: At most so many.
    """
    if k < len(scores):
        # All that tie with the k-th stay in, so that the order among ties is settled below.
        threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
        rows = np.flatnonzero(scores >= threshold)
    else:
        rows = np.arange(len(scores))
    return rows[np.argsort(-scores[rows], kind="stable")][:k]
