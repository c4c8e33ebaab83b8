"""How certain it is that a photo bears a learned tag: from scores to [0, 1], 0.5 being the line.

The line lies four fifths of the way from what a tenth of the background reaches to the mean score
of the examples, those that were held out. Neither end needs to know how many photos bear the tag:
the first lies above most photos that do not, even if every fifteenth does. At the examples' mean
the certainty is 0.8.

What was tried, mean F1 at the line over tags of Caltech-101, clothes and captions among 3,657
photos, after 8 examples (the best line in hindsight 0.86 for things, 0.52 for everyday words): 0.74
and 0.41 (used); half a deviation of the examples below their mean 0.72, 0.38; a mixture of two
Gaussians, one of them the examples', 0.60, 0.39; the line at which the expected F1 is highest,
given the smallest ratio of background to examples as the share that bears the tag, 0.68, 0.42, but
half of that after 2 examples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.tag_judging import HeldOut

LINE = 0.5
"""The certainty from which on a photo belongs."""

_ORDINARY = 0.9  # The quantile of the background from which the way is measured.
_WAY = 0.8
_LEAST_WAY = 1.0  # In deviations: examples that do not stand out get no line among all photos.
_AT_MEAN = 0.8  # Certainty at the examples' mean.


@dataclass(frozen=True)
class Certainty:
    """A logistic function of the score.

    Attributes:
        line: The score at which the certainty is `LINE`.
        slope: Of the log odds, per unit of score; positive.
    """

    line: float
    slope: float

    @classmethod
    def of(cls, held_out: HeldOut) -> "Certainty":
        """Calibrate by held-out examples and the background."""
        ordinary = float(np.quantile(held_out.background[0], _ORDINARY))
        way = max(float(held_out.positives.mean()) - ordinary, _LEAST_WAY)
        slope = np.log(_AT_MEAN / (1 - _AT_MEAN)) / ((1 - _WAY) * way)
        return cls(ordinary + _WAY * way, float(slope))

    def __call__(self, scores: NDArray[np.floating]) -> NDArray[np.float32]:
        """Certainties of scores, ``(N,) float32`` in [0, 1], in the same order."""
        odds = np.clip(self.slope * (scores - self.line), -30, 30)
        certainties: NDArray[np.float32] = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return certainties
