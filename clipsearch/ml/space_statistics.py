"""Mean and covariance of a library's embeddings, and the coordinates in which they look alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.zeroshot import Embeddings

Floats = NDArray[np.float64]

_ENOUGH = 20_000  # More photos change the covariance by less than what few examples leave open.


@dataclass(frozen=True)
class SpaceStatistics:
    """First and second moments of a space's photos, whatever they show.

    Attributes:
        mean: ``(D,) float64``.
        variances: ``(D,) float64``, along the principal directions, none negative.
        directions: ``(D, D) float64``, the principal directions as columns.
    """

    mean: Floats
    variances: Floats
    directions: Floats

    @classmethod
    def of(cls, embeddings: Embeddings) -> "SpaceStatistics":
        """Measure them: once per library, a second for 50,000 photos of 512 dimensions.

        The covariance is shrunk towards a multiple of the identity by the amount that the sample's
        size asks for (oracle approximating shrinkage, arXiv 0907.4698, section III.C), so that a
        library of a few photos has one too.

        Args:
            embeddings: ``(N, D)``, ``N`` >= 1; of more than 20,000, evenly spread ones are used.
        """
        sample = embeddings[:: -(-len(embeddings) // _ENOUGH)]
        mean = sample.mean(axis=0, dtype=np.float64)
        centred = sample - mean.astype(np.float32)
        covariance = (centred.T @ centred).astype(np.float64) / len(sample)
        variances, directions = np.linalg.eigh(_shrunk(covariance, len(sample)))
        return cls(mean, np.maximum(variances, 0), directions)

    @property
    def dimension(self) -> int:
        """Embedding dimension ``D``."""
        return len(self.mean)

    @property
    def mean_variance(self) -> float:
        """Of one coordinate."""
        return float(self.variances.mean())

    def whitening(self, ridge: float) -> Floats:
        """A map to coordinates in which the library's photos vary alike in all directions.

        Directions in which all photos vary tell little of one class, which is what the common
        covariance of discriminant analysis says too. The library's own covariance stands for that
        within the classes: the two differ by the means of the classes alone, and few examples
        could not tell it (Hariharan et al., "Discriminative decorrelation", ECCV 2012).

        Args:
            ridge: What is added to all variances, in units of the mean variance; 0 or more.

        Returns:
            ``(D, D) float64`` ``W``: ``(x - mean) @ W`` are the coordinates.
        """
        floor = max(ridge * self.mean_variance, float(np.finfo(np.float32).eps))
        return self.directions / np.sqrt(self.variances + floor)


def _shrunk(covariance: Floats, count: int) -> Floats:
    dimension = len(covariance)
    trace = float(np.trace(covariance))
    square = float(np.sum(covariance**2))
    numerator = (1 - 2 / dimension) * square + trace**2
    denominator = (count + 1 - 2 / dimension) * (square - trace**2 / dimension)
    amount = 1.0 if denominator <= 0 else min(1.0, numerator / denominator)
    return (1 - amount) * covariance + amount * trace / dimension * np.eye(dimension)
