"""How well the ways to learn classes do on examples that were held out, blended with the names."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.class_methods import METHODS, Examples, Labels, Method
from clipsearch.ml.scorer import Scorer, total
from clipsearch.ml.space_statistics import Floats, SpaceStatistics

_FOLDS = 5
_PRIOR_STRENGTH = 10.0
_PRIOR_LEARNED = 0.3  # Of the learned logits, against 1 of the names, from
_PRIOR_FROM = 8  # so many examples a class on; proportionally less before.
_NEWTON_STEPS = 30
_SURELY = 1.0  # Standard errors.


@dataclass(frozen=True)
class Candidate:
    """A method and its figures.

    Attributes:
        name: gda, cache or probe.
        method: With its settings.
        of_names: Weight of the names' logits.
        of_learned: Weight of its own.
        losses: ``(H,)``, cross-entropies of the held-out examples, in nats.
        accuracy: Of those, in [0, 1].
    """

    name: str
    method: Method
    of_names: float
    of_learned: float
    losses: Floats
    accuracy: float

    def learn(self, examples: Examples, space: SpaceStatistics, names: Scorer | None) -> Scorer:
        """Learn from all examples."""
        learned = self.method.fit(examples, space).scaled(self.of_learned)
        return learned if names is None else total([learned, names.scaled(self.of_names)])


def draw_folds(examples: Examples, rng: np.random.Generator) -> Labels:
    """The fold in which each example is held out, ``(N,)``; -1 for the only one of its class."""
    folds = np.full(len(examples), -1)
    most = int(examples.counts.max())
    for label in np.flatnonzero(examples.counts > 1):
        rows = rng.permutation(np.flatnonzero(examples.labels == label))
        folds[rows] = np.arange(len(rows)) % min(_FOLDS, most)
    return folds


def candidates(
    examples: Examples, space: SpaceStatistics, names: Scorer | None, folds: Labels
) -> Iterator[Candidate]:
    """Cross-validate every method in every setting.

    Args:
        examples: Some of them are held out.
        space: Of the library.
        names: Gives the zero-shot logits.
        folds: See `draw_folds`; at least two of them.
    """
    held_out = folds >= 0
    labels = examples.labels[held_out]
    base = None if names is None else _logits(names, examples[held_out])
    usual = _PRIOR_LEARNED * min(1.0, len(examples) / examples.classes / _PRIOR_FROM)
    prior = np.array([0.0, 1.0] if base is None else [1.0, usual])
    for name, settings in METHODS.items():
        for method in settings:
            learned = _hold_out(method, examples, space, folds)[held_out]
            known = np.zeros_like(learned) if base is None else base
            # Methods differ in scale, and the prior of the weights speaks of one.
            scale = (1.0 if base is None else known.std()) / max(learned.std(), 1e-9)
            both = np.stack([known, scale * learned])
            weights = _blend(both, labels, prior)
            logits = np.tensordot(weights, both, 1)
            yield Candidate(
                name,
                method,
                float(weights[0]),
                float(weights[1] * scale),
                losses(logits, labels),
                accuracy(logits, labels),
            )


def losses(logits: NDArray[np.floating], labels: Labels) -> Floats:
    """Cross-entropy of each row of ``(N, C)`` logits, in nats: ``(N,)``."""
    shares = _softmax(logits.astype(np.float64))[np.arange(len(labels)), labels]
    result: Floats = -np.log(np.maximum(shares, 1e-30))
    return result


def tempered_losses(names: Scorer, examples: Examples) -> Floats:
    """Losses of the names' logits at the scale that suits them best, ``(N,)``.

    So that a gain over them is what the examples tell, not what a better scale gives.
    """
    base = _logits(names, examples)
    both = np.stack([base, np.zeros_like(base)])
    weights = _blend(both, examples.labels, np.array([1.0, 0.0]))
    return losses(weights[0] * base, examples.labels)


def accuracy(logits: NDArray[np.floating], labels: Labels) -> float:
    """Share of the rows of ``(N, C)`` logits whose highest is the right one."""
    return float(np.mean(logits.argmax(axis=1) == labels))


def is_surely_less(some: Floats, others: Floats) -> bool:
    """Whether the mean of paired losses is less by more than the difference's standard error."""
    gains = others - some
    return bool(gains.mean() > _SURELY * gains.std() / len(gains) ** 0.5)


def _hold_out(method: Method, examples: Examples, space: SpaceStatistics, folds: Labels) -> Floats:
    """Logits ``(N, C)`` by what was learned without the example's fold; 0 for what stays in all."""
    learned = np.zeros((len(examples), examples.classes))
    for fold in range(int(folds.max()) + 1):
        scorer = method.fit(examples[folds != fold], space)
        learned[folds == fold] = _logits(scorer, examples[folds == fold])
    return learned


def _blend(both: Floats, labels: Labels, prior: Floats) -> Floats:
    """Weights, none negative, of ``(2, H, C)`` logits under which the labels are most probable.

    With a Gaussian prior, by Newton's method.
    """
    weights = prior.copy()
    right = both[:, np.arange(len(labels)), labels]
    for _ in range(_NEWTON_STEPS):
        shares = _softmax(np.tensordot(weights, both, 1))
        means = (both * shares).sum(axis=2)
        gradient = (means - right).sum(axis=1) + _PRIOR_STRENGTH * (weights - prior)
        centred = both - means[:, :, None]
        hessian = np.einsum("anc,bnc,nc->ab", centred, centred, shares)
        step = np.linalg.solve(hessian + _PRIOR_STRENGTH * np.eye(2), gradient)
        new = np.maximum(weights - step, 0)
        if np.abs(new - weights).max() < 1e-5:
            break
        weights = new
    return weights


def _logits(scorer: Scorer, examples: Examples) -> Floats:
    return scorer.scores(examples.embeddings).astype(np.float64)


def _softmax(logits: Floats) -> Floats:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Floats = exponentials / exponentials.sum(axis=1, keepdims=True)
    return result
