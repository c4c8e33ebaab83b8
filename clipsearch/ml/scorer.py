"""`Scorer`: what was learned of some classes, ready to score any number of photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.zeroshot import Embeddings

Scores = NDArray[np.float32]

_BLOCK = 4096  # Photos whose likeness to the keys fits the processor's cache.


@dataclass(frozen=True)
class Scorer:
    """A linear part, and examples that photos are compared with.

    The score of photo ``x`` for class ``c`` is
    ``x @ weights[:, c] + offsets[c] + sum_k exp(sharpness * (x @ keys[k] - 1)) * values[k, c]``.

    Attributes:
        weights: ``(D, C) float32``.
        offsets: ``(C,) float32``.
        keys: ``(K, D) float32``, L2-normalised; ``K`` may be 0.
        values: ``(K, C) float32``.
        sharpness: How fast an example's say falls with the cosine.
    """

    weights: Scores
    offsets: Scores
    keys: Embeddings
    values: Scores
    sharpness: float = 0.0

    @classmethod
    def linear(cls, weights: NDArray[np.floating], offsets: NDArray[np.floating]) -> "Scorer":
        """One without examples: weights ``(D, C)``, offsets ``(C,)``."""
        dimension, classes = weights.shape
        return cls(
            weights.astype(np.float32),
            offsets.astype(np.float32),
            np.empty((0, dimension), np.float32),
            np.empty((0, classes), np.float32),
        )

    @classmethod
    def of_examples(
        cls, keys: Embeddings, values: NDArray[np.floating], sharpness: float
    ) -> "Scorer":
        """One of examples alone: keys ``(K, D)``, values ``(K, C)``."""
        plain = cls.linear(np.zeros((keys.shape[1], values.shape[1])), np.zeros(values.shape[1]))
        return replace(plain, keys=keys, values=values.astype(np.float32), sharpness=sharpness)

    def scores(self, embeddings: Embeddings) -> Scores:
        """Score photos.

        Args:
            embeddings: ``(N, D)``, L2-normalised.

        Returns:
            ``(N, C) float32``.
        """
        result: Scores = embeddings @ self.weights + self.offsets
        if len(self.keys):
            for start in range(0, len(embeddings), _BLOCK):
                near = embeddings[start : start + _BLOCK] @ self.keys.T
                near -= 1
                near *= self.sharpness
                result[start : start + _BLOCK] += np.exp(near, out=near) @ self.values
        return result

    def scaled(self, factor: float, shift: float = 0.0) -> "Scorer":
        """One whose scores are ``factor`` times these, plus ``shift``."""
        return replace(
            self,
            weights=self.weights * np.float32(factor),
            offsets=self.offsets * np.float32(factor) + np.float32(shift),
            values=self.values * np.float32(factor),
        )


def total(scorers: Sequence[Scorer]) -> Scorer:
    """One whose scores are the sums of theirs; at most one of them may have examples."""
    first = next((one for one in scorers if len(one.keys)), scorers[0])
    return replace(
        first,
        weights=np.sum([one.weights for one in scorers], axis=0),
        offsets=np.sum([one.offsets for one in scorers], axis=0),
    )
