"""Ways to learn one tag from photos that bear it, none of which knows its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clipsearch.ml.background import Background
from clipsearch.ml.lbfgs import minimise
from clipsearch.ml.scorer import Scorer, total
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.zeroshot import Embeddings

_PROBE_RIDGE = 1.0
_POSITIVE_WEIGHT, _NEGATIVE_WEIGHT, _BACKGROUND_WEIGHT = 10.0, 5.0, 10.0


@dataclass(frozen=True)
class TagExamples:
    """What the user said of some photos.

    Attributes:
        positives: ``(P, D) float32``, L2-normalised: they bear the tag; ``P`` >= 1.
        negatives: ``(N, D) float32``: they do not; ``N`` may be 0.
    """

    positives: Embeddings
    negatives: Embeddings


class TagMethod(Protocol):
    """Learns from examples and background alone."""

    def fit(self, examples: TagExamples, background: Background) -> Scorer:
        """Learn; the scorer gives ``(N, 1)``, in no particular unit."""


@dataclass(frozen=True)
class TagGda:
    """Discriminant analysis of the tag's photos against the library (`class_methods.Gda`).

    Attributes:
        ridge: Added to all variances, in units of their mean.
        repulsion: How much the negatives' mean counts against the positives'. Less than 1: what
            was rejected is mostly like the tag, and would take the direction of both away.
    """

    ridge: float
    repulsion: float

    def fit(self, examples: TagExamples, background: Background) -> Scorer:
        """See `TagMethod.fit`."""
        space = background.space
        wanted = examples.positives.mean(axis=0) - space.mean
        if len(examples.negatives):
            wanted = wanted - self.repulsion * (examples.negatives.mean(axis=0) - space.mean)
        whitening = space.whitening(self.ridge)
        return Scorer.linear((whitening @ (whitening.T @ wanted))[:, None], np.zeros(1))


@dataclass(frozen=True)
class TagCache:
    """Each example votes for or against, the louder the more alike (arXiv 2207.09519).

    Attributes:
        sharpness: The ``beta`` of section 3.2 there.
        repulsion: Weight of the negatives' votes.
    """

    sharpness: float
    repulsion: float

    def fit(self, examples: TagExamples, background: Background) -> Scorer:
        """See `TagMethod.fit`."""
        ups, downs = len(examples.positives), len(examples.negatives)
        keys = np.concatenate([examples.positives, examples.negatives])
        votes = np.r_[np.full(ups, 1 / ups), np.full(downs, -self.repulsion / max(downs, 1))]
        return Scorer.of_examples(keys, votes[:, None], self.sharpness)


@dataclass(frozen=True)
class TagProbe:
    """Logistic regression in whitened coordinates; the background counts as weak negatives.

    Positives weigh as much as the whole background, however many they are, and negatives half.

    Attributes:
        penalty: On half the squared weights, against the weighted sum of the losses.
    """

    penalty: float

    def fit(self, examples: TagExamples, background: Background) -> Scorer:
        """See `TagMethod.fit`."""
        space = background.space
        whitening = space.whitening(_PROBE_RIDGE)
        parts = (examples.positives, examples.negatives, background.training)
        inputs = (np.concatenate(parts) - space.mean) @ whitening
        signs = np.r_[np.ones(len(parts[0])), -np.ones(len(parts[1]) + len(parts[2]))]
        totals = (_POSITIVE_WEIGHT, _NEGATIVE_WEIGHT, _BACKGROUND_WEIGHT)
        weights = np.concatenate(
            [
                np.full(len(part), total / max(len(part), 1))
                for part, total in zip(parts, totals, strict=True)
            ]
        )
        found = _logistic_regression(inputs, signs, weights, self.penalty)
        direction = whitening @ found[:-1]
        return Scorer.linear(direction[:, None], np.array([found[-1] - space.mean @ direction]))


def _logistic_regression(inputs: Floats, signs: Floats, weights: Floats, penalty: float) -> Floats:
    """Weights and, last, the intercept: ``(D + 1,)``; signs are 1 and -1."""
    penalties = np.full(inputs.shape[1] + 1, penalty)
    penalties[-1] = 0.01 * penalty  # All but free, and yet one answer alone is the least.

    def loss(place: Floats) -> tuple[float, Floats]:
        margins = signs * (inputs @ place[:-1] + place[-1])
        value = float(weights @ np.logaddexp(0, -margins))
        slopes = -signs * weights / (1 + np.exp(np.minimum(margins, 500)))
        gradient = np.r_[slopes @ inputs, slopes.sum()] + penalties * place
        return value + 0.5 * float(penalties @ place**2), gradient

    return minimise(loss, np.zeros(inputs.shape[1] + 1), tolerance=1e-3)


@dataclass(frozen=True)
class TagEnsemble:
    """The sum of several methods' scores, each in deviations of the background's.

    Attributes:
        parts: Methods and their weights; one of them at most may compare photos with examples.
    """

    parts: tuple[tuple[TagMethod, float], ...]

    def fit(self, examples: TagExamples, background: Background) -> Scorer:
        """See `TagMethod.fit`."""
        return total(
            [
                background.standardised(method.fit(examples, background)).scaled(weight)
                for method, weight in self.parts
            ]
        )


@dataclass(frozen=True)
class TagNothing:
    """Learns nothing, so that the name alone has a say."""

    def fit(self, examples: TagExamples, background: Background) -> Scorer:
        """See `TagMethod.fit`."""
        return Scorer.linear(np.zeros((examples.positives.shape[1], 1)), np.zeros(1))


_CACHE = TagCache(5.0, 0.25)
TAG_METHODS: Mapping[str, TagMethod] = {
    "ensemble": TagEnsemble(((TagProbe(10.0), 0.7), (_CACHE, 0.3))),
    "probe": TagProbe(1.0),
    "gda": TagGda(1.0, 0.25),
    "cache": _CACHE,
    "zero-shot": TagNothing(),
}
"""By name, the usual one first."""

SMALL_LIBRARY_METHODS: Mapping[str, TagMethod] = {
    name: TAG_METHODS[name] for name in ("cache", "gda", "zero-shot")
}
"""Without those that learn to tell examples from the library's other photos one by one: where the
same few photos judge, among them those of the tag that nobody was asked about, they are the better
the more of these they deny."""
