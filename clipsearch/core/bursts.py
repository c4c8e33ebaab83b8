"""Bursts: shots of one camera within seconds that look alike."""

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.shots import Shots
from clipsearch.core.types import Embeddings

LONGEST_PAUSE = np.timedelta64(3, "s")
"""Between two shots of a burst."""


def burst_pairs(
    shots: Shots, rows: NDArray[np.int64], embeddings: Embeddings, least: float
) -> list[tuple[int, int]]:
    """Find shots that follow one another closely and look alike.

    Args:
        shots: Of all rows.
        rows: ``(M,)``: those to look at, one of each content.
        embeddings: ``(N, D)`` of all rows, L2-normalised.
        least: Cosine similarity from which two look alike.

    Returns:
        Pairs of rows; a burst is what they connect.
    """
    usable = rows[(shots.camera[rows] >= 0) & ~np.isnat(shots.taken[rows])]
    ordered = usable[np.lexsort((usable, shots.taken[usable], shots.camera[usable]))]
    one, other = ordered[:-1], ordered[1:]
    close = (shots.camera[one] == shots.camera[other]) & (
        shots.taken[other] - shots.taken[one] <= LONGEST_PAUSE
    )
    one, other = one[close], other[close]
    similar = np.einsum("pd,pd->p", embeddings[one], embeddings[other]) >= least
    return list(zip(one[similar].tolist(), other[similar].tolist(), strict=True))
