"""How certain it is that a photo bears a learned tag: from scores to [0, 1], 0.5 being the line.

The line lies four fifths of the way from what a tenth of the background reaches to the mean score
of the examples, those that were held out. Neither end needs to know how many photos bear the tag:
the first lies above most photos that do not, and where the tag is so common that its own photos
are among that tenth, the lower half of the background, which they hardly reach, says where it would
lie without them. A few examples tell the
length of that way badly, so what it is as a rule counts as one example more. Rejected photos that
look like the tag know better where it ends: as far as they are as many as the examples, and as what
was rejected at all, the line moves half-way between the means of both.

`benchmarks/small_libraries.py` measures the line where a tag is common.

The certainty rises alike for all tags, by deviations of the background: whatever tells two tags of
one photo apart is then the scores, and not what few examples make of their spread.

What was tried, mean F1 at the line over tags of Caltech-101, clothes and captions among 3,657
photos, after 8 examples (the best line in hindsight 0.86 for things, 0.52 for everyday words): 0.74
and 0.41 (four fifths of the way); half a deviation of the examples below their mean 0.72, 0.38; a
mixture of two Gaussians, one of them the examples', 0.60, 0.39; the line at which the expected F1
is highest, given the smallest ratio of background to examples as the share that bears the tag,
0.68, 0.42, but half of that after 2 examples. With as many rejected photos, among the classes of
Caltech-101, clothes, and everyday words, after 2 and 8 examples: four fifths of the way 0.71, 0.77;
0.77, 0.79; 0.37, 0.47; as it is now 0.76, 0.79; 0.81, 0.83; 0.36, 0.48.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.tag_judging import HeldOut

LINE = 0.5
"""The certainty from which on a photo belongs."""

_ORDINARY = 0.9  # The quantile of the background from which the way is measured.
_MIDDLE, _LOW = 0.5, 0.16  # A deviation apart, in the half that the tag's own photos hardly reach.
_DEVIATIONS = 1.28  # From the middle to the tenth of a normal distribution.
_SHARE_OF_WAY = 0.8
_USUAL_WAY = 2.0  # In deviations of the background; counts as one example.
_LEAST_WAY = 1.0  # Examples that do not stand out get no line among all photos.
_LEAST_DEVIATION = 0.5  # Of a library in which all photos are alike.
_STEEPNESS = 2.0  # Log odds that a deviation of the background gives.


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
        background = held_out.background[0]
        ordinary, spread = _ordinary(background)
        deviation = max(min(spread, float(background.std())), _LEAST_DEVIATION)
        ways = np.r_[held_out.positives - ordinary, _USUAL_WAY * deviation]
        way = max(float(ways.mean()), _LEAST_WAY)
        line = ordinary + _SHARE_OF_WAY * way
        alike = held_out.negatives[held_out.negatives > ordinary]
        if len(alike):
            weight = len(alike) / max(len(held_out.positives), len(held_out.negatives))
            half_way = (ordinary + way + float(alike.mean())) / 2
            line += weight * (half_way - line)
        return cls(line, _STEEPNESS / deviation)

    def __call__(self, scores: NDArray[np.floating]) -> NDArray[np.float32]:
        """Certainties of scores, ``(N,) float32`` in [0, 1], in the same order."""
        odds = np.clip(self.slope * (scores - self.line), -30, 30)
        certainties: NDArray[np.float32] = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return certainties


def _ordinary(background: Floats) -> tuple[float, float]:
    """What hardly a tenth of the photos without the tag reaches, and their deviation."""
    low, middle, high = np.quantile(background, (_LOW, _MIDDLE, _ORDINARY))
    spread = float(middle - low)
    return min(float(high), float(middle) + _DEVIATIONS * spread), spread
