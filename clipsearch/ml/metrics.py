"""Measures of retrieval and classification quality."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1024


def recall_at_k(
    queries: NDArray[np.float32],
    targets: NDArray[np.float32],
    relevant: Sequence[NDArray[np.int64]],
    ks: Sequence[int] = (1, 5, 10),
) -> dict[int, float]:
    """Share of queries with at least one relevant target among the best ``k``.

    A target that ties with the best relevant one counts as ranked before it, so that a model
    that gives everything the same score finds nothing. Example: two queries whose relevant
    targets rank 1st and 3rd have recall@1 = 0.5 and recall@5 = 1.0.

    Args:
        queries: ``(Q, D) float32``, L2-normalised.
        targets: ``(T, D) float32``, L2-normalised.
        relevant: For each query the indices of its relevant targets, at least one.
        ks: Cut-offs.

    Returns:
        Recall in [0, 1] by cut-off.
    """
    ranks = np.empty(len(queries), np.int64)
    for start in range(0, len(queries), _CHUNK):
        scores = queries[start : start + _CHUNK] @ targets.T
        for row, values in enumerate(scores):
            wanted = relevant[start + row]
            others = values.copy()
            others[wanted] = -np.inf  # Other relevant targets do not push the best one down.
            ranks[start + row] = np.count_nonzero(others >= values[wanted].max())
    return {k: float(np.mean(ranks < k)) for k in ks}


def top_k_accuracy(
    scores: NDArray[np.float32], labels: NDArray[np.int64], ks: Sequence[int] = (1, 5)
) -> dict[int, float]:
    """Share of rows whose label is among the ``k`` highest scores; ties count against it.

    Args:
        scores: ``(N, C)``.
        labels: ``(N,)``, the index of the right class.
        ks: Cut-offs.
    """
    right = np.take_along_axis(scores, labels[:, None], axis=1)
    ranks = np.count_nonzero(scores >= right, axis=1) - 1
    return {k: float(np.mean(ranks < k)) for k in ks}
