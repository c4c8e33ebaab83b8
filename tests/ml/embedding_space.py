"""A made-up space: a library of unequal directions, and kinds of photos in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.zeroshot import Embeddings

DIMENSION = 32


@dataclass(frozen=True)
class Kinds:
    """Photos of a few kinds, and the rest of a library.

    Attributes:
        photos: ``(K, n, D)``, by kind.
        others: ``(N, D)``, of no kind.
        names: ``(K, D)``: what the kinds' names tell, off the mark.
    """

    photos: NDArray[np.float32]
    others: Embeddings
    names: Embeddings

    @property
    def library(self) -> Embeddings:
        """All photos, ``(K * n + N, D)``."""
        return np.concatenate([*self.photos, self.others])


def make_kinds(kinds: int = 4, each: int = 60, others: int = 1500, seed: int = 0) -> Kinds:
    """Draw them; two photos of a kind are alike in some directions and differ in many."""
    rng = np.random.default_rng(seed)
    spread = np.exp(-np.arange(DIMENSION) / 8)
    offset = rng.normal(size=DIMENSION)
    centres = rng.normal(size=(kinds, DIMENSION)) * spread * 0.9
    photos = centres[:, None] + rng.normal(size=(kinds, each, DIMENSION)) * spread * 0.9
    rest = rng.normal(size=(others, DIMENSION)) * spread
    names = normalised(centres + rng.normal(size=(kinds, DIMENSION)) * 0.35)
    return Kinds(normalised(photos + offset), normalised(rest + offset), names)


def normalised(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows of length 1."""
    result: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(
        np.float32
    )
    return result
