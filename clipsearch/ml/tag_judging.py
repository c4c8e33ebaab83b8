"""How well the ways to learn a tag do on examples that were held out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.background import Background
from clipsearch.ml.scorer import Scorer
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.tag_methods import TagExamples, TagMethod

FOLDS = 5
_SHARE_OF_REJECTED = 0.5  # What outranking a rejected photo counts for, against an unknown one.


@dataclass(frozen=True)
class HeldOut:
    """Scores of examples by what was learned without them, in deviations of the background's.

    Attributes:
        positives: ``(P,)``.
        negatives: ``(N,)``.
        background: ``(P, B)``: by the scorer that scored the positive of the row.
    """

    positives: Floats
    negatives: Floats
    background: Floats

    def plus(self, other: "HeldOut", weight: float) -> "HeldOut":
        """The sum of these scores and ``weight`` times others."""
        return HeldOut(
            self.positives + weight * other.positives,
            self.negatives + weight * other.negatives,
            self.background + weight * other.background,
        )

    def shares_above(self) -> Floats:
        """For each positive, how much of the background scores as high at least: ``(P,)``, > 0."""
        above = (self.background >= self.positives[:, None]).sum(axis=1)
        result: Floats = (above + 1) / (self.background.shape[1] + 1)
        return result

    def losses(self) -> Floats:
        """Mean logarithm of the shares of background and negatives above each positive: ``(P,)``.

        The logarithm, because the top of the ranking is what the user looks at: to fall from the
        10th to the 100th place of 10,000 is as bad as from there to the 1,000th.
        """
        losses: Floats = np.log(self.shares_above())
        if len(self.negatives):
            above = (self.negatives >= self.positives[:, None]).sum(axis=1)
            losses = losses + _SHARE_OF_REJECTED * np.log((above + 1) / (len(self.negatives) + 1))
        return losses

    def ranking(self) -> float:
        """How often a positive scores higher than an unknown photo (area under the ROC curve)."""
        return float(1 - np.mean(self.background >= self.positives[:, None]))


@dataclass(frozen=True)
class Folds:
    """Which examples are held out together.

    Attributes:
        positives: ``(P,)``, from 0 to ``count - 1``.
        negatives: ``(N,)``, likewise.
        count: At least 2.
    """

    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]
    count: int

    @classmethod
    def draw(cls, examples: TagExamples, rng: np.random.Generator) -> "Folds":
        """Deal the examples out, evenly."""
        ups, downs = len(examples.positives), len(examples.negatives)
        count = min(FOLDS, ups)
        return cls(rng.permutation(ups) % count, rng.permutation(downs) % count, count)


def scored_by(scorer: Scorer, examples: TagExamples, background: Background) -> HeldOut:
    """The scores of a scorer that has seen none of the examples, such as the tag's name."""
    shared = _scores(scorer, background.judging)
    return HeldOut(
        _scores(scorer, examples.positives),
        _scores(scorer, examples.negatives),
        np.broadcast_to(shared, (len(examples.positives), len(shared))),
    )


def hold_out(
    method: TagMethod, examples: TagExamples, background: Background, folds: Folds
) -> HeldOut:
    """Learn once without each fold, and score that fold; at least two positives."""
    ups, downs = examples.positives, examples.negatives
    positives, negatives = np.empty(len(ups)), np.empty(len(downs))
    unknown = np.empty((len(ups), len(background.judging)))
    for fold, scorer in enumerate(_learned_without(method, examples, background, folds)):
        ours, theirs = folds.positives == fold, folds.negatives == fold
        positives[ours] = _scores(scorer, ups[ours])
        negatives[theirs] = _scores(scorer, downs[theirs])
        unknown[ours] = _scores(scorer, background.judging)
    return HeldOut(positives, negatives, unknown)


def _learned_without(
    method: TagMethod, examples: TagExamples, background: Background, folds: Folds
) -> Iterator[Scorer]:
    for fold in range(folds.count):
        rest = TagExamples(
            examples.positives[folds.positives != fold],
            examples.negatives[folds.negatives != fold],
        )
        yield background.standardised(method.fit(rest, background))


def _scores(scorer: Scorer, photos: NDArray[np.float32]) -> Floats:
    return scorer.scores(photos)[:, 0].astype(np.float64)
