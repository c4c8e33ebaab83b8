"""`Background`: what a library's photos are like as a rule, to learn a tag against."""

from dataclasses import dataclass, replace

import numpy as np

from clipsearch.ml.scorer import Scorer
from clipsearch.ml.space_statistics import SpaceStatistics
from clipsearch.ml.zeroshot import Embeddings

_TRAINING = 600
_JUDGING = 2_400
_SHARED_BELOW = 200  # Photos; too few to part them.
_LEAST_DEVIATION = 1e-4  # Of scores, in units of their mean.
_SAME = 1 - 1e-5  # Cosine from which on two photos are one.


@dataclass(frozen=True)
class Background:
    """Moments and a random sample of the library: made once, for all tags.

    Nobody looked at the sampled photos. Most of them will not show a tag, so they count as weak
    negatives.

    Attributes:
        space: Moments of all photos.
        training: ``(T, D) float32``, L2-normalised: photos to learn against.
        judging: ``(B, D) float32``: others, to hold what was learned against.
    """

    space: SpaceStatistics
    training: Embeddings
    judging: Embeddings

    @classmethod
    def of(cls, embeddings: Embeddings, *, seed: int = 0) -> "Background":
        """Draw it from a library.

        Args:
            embeddings: ``(N, D)``, L2-normalised; ``N`` >= 1.
            seed: Of the draw.
        """
        rng = np.random.default_rng(seed)
        drawn = rng.permutation(len(embeddings))[: _TRAINING + _JUDGING]
        space = SpaceStatistics.of(embeddings)
        if len(drawn) < _SHARED_BELOW:
            sample = embeddings[drawn]
            return cls(space, sample, sample)
        parted = min(_TRAINING, len(drawn) // 3)
        return cls(space, embeddings[drawn[:parted]], embeddings[drawn[parted:]])

    @property
    def is_shared(self) -> bool:
        """Whether the photos to learn against are also those to judge by: there are few."""
        return self.training is self.judging

    def standardised(self, scorer: Scorer) -> Scorer:
        """The scorer whose scores have mean 0 and deviation 1 over the photos that judge."""
        scores = scorer.scores(self.judging)[:, 0].astype(np.float64)
        mean = float(scores.mean())
        # Of photos that are all alike, or a single one: rounding must not seem to tell them apart.
        deviation = max(float(scores.std()), _LEAST_DEVIATION * abs(mean), 1e-9)
        return scorer.scaled(1 / deviation, -mean / deviation)

    def without(self, photos: Embeddings) -> "Background":
        """Without some photos and exact copies of them: what is labelled is not unknown.

        All stay where none would be left, for there must be something to compare with.

        Args:
            photos: ``(M, D)``, L2-normalised.
        """
        return replace(
            self, training=_without(self.training, photos), judging=_without(self.judging, photos)
        )


def _without(rows: Embeddings, photos: Embeddings) -> Embeddings:
    if not len(photos):
        return rows
    kept: Embeddings = rows[(rows @ photos.T).max(axis=1) < _SAME]
    return kept if len(kept) else rows
