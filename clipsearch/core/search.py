"""Exact search: scores of every photo, combined over the parts of a query, best first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.types import Embeddings


def score_parts(photos: Embeddings, parts: Embeddings) -> NDArray[np.float32]:
    """Score every photo against a query of one or more parts.

    The score of a single part is the cosine similarity. Words and pictures live apart in the
    space (modality gap, arXiv 2203.02053): a photo is always closer to a picture than to words.
    So the scores of several parts are standardised over the library, each by itself, before
    their mean is taken.

    Args:
        photos: ``(N, D)``, L2-normalised.
        parts: ``(P, D)``, L2-normalised, ``P`` at least 1.

    Returns:
        ``(N,) float32``.
    """
    scores = photos @ parts.T
    if len(parts) > 1 and len(photos) > 0:
        deviation = scores.std(axis=0)
        scores = (scores - scores.mean(axis=0)) / np.maximum(deviation, 1e-6)
    result: NDArray[np.float32] = scores.mean(axis=1)
    return result


def best(scores: NDArray[np.float32], k: int) -> Sequence[int]:
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
    ordered: list[int] = rows[np.argsort(-scores[rows], kind="stable")][:k].tolist()
    return ordered
