"""Three ways to tell classes apart from a few examples of each, none of which knows their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.lbfgs import minimise
from clipsearch.ml.scorer import Scorer
from clipsearch.ml.space_statistics import Floats, SpaceStatistics
from clipsearch.ml.zeroshot import Embeddings

Labels = NDArray[np.int64]

_LIBRARY_WEIGHT = 32  # Examples that the library's covariance counts as much as.
_PROBE_RIDGE = 0.1


@dataclass(frozen=True)
class Examples:
    """Photos of known classes.

    Attributes:
        embeddings: ``(N, D) float32``, L2-normalised.
        labels: ``(N,)``, from 0 to ``classes - 1``.
        classes: ``C``.
    """

    embeddings: Embeddings
    labels: Labels
    classes: int

    def __len__(self) -> int:
        """Count of examples."""
        return len(self.labels)

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Examples":
        """Some of them."""
        return Examples(self.embeddings[rows], self.labels[rows], self.classes)

    @property
    def counts(self) -> Labels:
        """``(C,)``, the examples of each class."""
        return np.bincount(self.labels, minlength=self.classes)

    @property
    def one_hot(self) -> Floats:
        """``(N, C)``: 1 at each example's class."""
        return np.eye(self.classes)[self.labels]


class Method(Protocol):
    """Learns from examples alone."""

    def fit(self, examples: Examples, space: SpaceStatistics) -> Scorer:
        """Learn.

        Args:
            examples: At least one; a class may lack them, its scores mean nothing then.
            space: Of the library.
        """


@dataclass(frozen=True)
class Gda:
    """Gaussian discriminant analysis: a mean each, one covariance for all (arXiv 2402.04087).

    The covariance is the examples' own within the classes, and the library's as if it had been
    seen on so many more examples: of few examples, the latter all but alone.

    Attributes:
        ridge: Added to all variances, in units of their mean.
    """

    ridge: float

    def fit(self, examples: Examples, space: SpaceStatistics) -> Scorer:
        """See `Method.fit`."""
        means = _class_means(examples)
        residuals = examples.embeddings - means[examples.labels]
        freedom = len(examples) - int(np.count_nonzero(examples.counts))
        library = (space.directions * space.variances) @ space.directions.T
        covariance = (residuals.T @ residuals + _LIBRARY_WEIGHT * library) / (
            freedom + _LIBRARY_WEIGHT
        )
        floor = self.ridge * np.trace(covariance) / space.dimension
        covariance += max(floor, float(np.finfo(np.float32).eps)) * np.eye(space.dimension)
        centred = means - space.mean
        weights = np.linalg.solve(covariance, centred.T)
        return Scorer.linear(weights, -np.sum((centred / 2 + space.mean) * weights.T, axis=1))


@dataclass(frozen=True)
class Cache:
    """Each example votes for its class, the louder the more alike (Tip-Adapter, arXiv 2207.09519).

    Attributes:
        sharpness: The ``beta`` of section 3.2 there.
    """

    sharpness: float

    def fit(self, examples: Examples, space: SpaceStatistics) -> Scorer:
        """See `Method.fit`."""
        votes = examples.one_hot / np.maximum(examples.counts, 1)
        return Scorer.of_examples(examples.embeddings, votes, self.sharpness)


@dataclass(frozen=True)
class Probe:
    """Multinomial logistic regression in whitened coordinates, with an L2 penalty.

    Attributes:
        penalty: On half the squared weights, against the sum of the examples' losses.
    """

    penalty: float

    def fit(self, examples: Examples, space: SpaceStatistics) -> Scorer:
        """See `Method.fit`."""
        whitening = space.whitening(_PROBE_RIDGE)
        inputs = (examples.embeddings - space.mean) @ whitening
        inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
        wanted = examples.one_hot
        penalties = np.full((inputs.shape[1], 1), self.penalty)
        penalties[-1] = 0.01 * self.penalty  # All but free, and yet one answer alone is the least.

        def loss(weights: Floats) -> tuple[float, Floats]:
            logits = inputs @ weights
            highest = logits.max(axis=1, keepdims=True)
            exponentials = np.exp(logits - highest)
            sums = exponentials.sum(axis=1, keepdims=True)
            value = float(np.sum(highest + np.log(sums)) - np.sum(logits * wanted))
            gradient = inputs.T @ (exponentials / sums - wanted) + penalties * weights
            return value + 0.5 * float(np.sum(penalties * weights**2)), gradient

        found = minimise(loss, np.zeros((inputs.shape[1], examples.classes)))
        weights = whitening @ found[:-1]
        return Scorer.linear(weights, found[-1] - space.mean @ weights)


METHODS: Mapping[str, tuple[Method, ...]] = {
    "gda": (Gda(0.02), Gda(0.3)),
    "cache": (Cache(5.5), Cache(20.0)),
    "probe": (Probe(10.0),),
}
"""By name, with the settings between which cross-validation chooses."""


def _class_means(examples: Examples) -> Floats:
    """``(C, D) float64``; of a class without examples, the mean of all."""
    means = examples.one_hot.T @ examples.embeddings.astype(np.float64)
    means /= np.maximum(examples.counts, 1)[:, None]
    means[examples.counts == 0] = examples.embeddings.mean(axis=0)
    return means
