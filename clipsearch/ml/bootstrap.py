"""How far a figure of held-out photos may be chance: groups of them are drawn again and again.

Photos of one group (copies, bursts, sequences) are drawn together, for they tell one thing, not
many. The draw is stratified by concept: of the ``n`` groups of a stratum, ``n - 1`` are drawn with
replacement, which makes the variance of a mean over them unbiased however few they are (Rao and
Wu, "Resampling inference with complex survey data", JASA 1988; a draw of all ``n`` makes it too
small by 1/n: by a third with three groups). For the same reason the intervals are Student's, not
percentiles of the draws: three groups have 10 different draws, and no percentile of them is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from clipsearch.ml.ranked import Bools, Counts
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.tuning_types import Example, Interval

TAIL = 0.025
"""Chance that a figure lies below its interval, and that it lies above."""

_BACKGROUND = -1


@dataclass(frozen=True)
class Draw:
    """Draws of the held-out photos.

    Attributes:
        photos: ``(R, N)``, how often each photo is in each draw.
        concepts: ``(R, C)``, how much each concept counts in a mean over them.
    """

    photos: Counts
    concepts: Counts


@dataclass(frozen=True)
class Groups:
    """Which photos are drawn together, and from which stratum.

    Attributes:
        of_photo: ``(N,)``, the group of each photo, from 0.
        shows: ``(G, C)``, which concepts the photos of each group show.
        strata: ``(G,)``, the stratum of each group; -1 for those that show no concept.
    """

    of_photo: Counts
    shows: Bools
    strata: Counts

    @classmethod
    def of(cls, photos: Sequence[Example], concepts: int) -> "Groups":
        """Gather them.

        Args:
            photos: Those held out.
            concepts: How many there are.
        """
        labels = np.array([photo.group for photo in photos], np.int64)
        names, of_photo = np.unique(labels, return_inverse=True)
        shows = np.zeros((len(names), concepts), np.bool_)
        for group, photo in zip(of_photo, photos, strict=True):
            shows[group, list(photo.concepts)] = True
        return cls(of_photo, shows, _strata(shows))

    @property
    def by_concept(self) -> Counts:
        """How many groups show each concept, ``(C,)``."""
        result: Counts = self.shows.sum(axis=0)
        return result

    @property
    def showing(self) -> int:
        """How many groups show any concept."""
        return int(self.shows.any(axis=1).sum())

    @property
    def freedom(self) -> int:
        """Degrees of freedom of a mean over the concepts: groups less strata."""
        strata = self.strata[self.strata != _BACKGROUND]
        return len(strata) - len(np.unique(strata))

    def as_they_are(self) -> Draw:
        """The one "draw" that has everything once."""
        once = np.ones((1, len(self.of_photo)), np.int64)
        return Draw(once, (self.by_concept > 0)[None].astype(np.int64))

    def draw(self, draws: int, seed: int) -> Draw:
        """Draw groups with replacement, all but one of each stratum; a lone one always comes."""
        rng = np.random.default_rng(seed)
        counts = np.ones((draws, len(self.strata)), np.int64)
        for stratum in np.unique(self.strata):
            members = np.flatnonzero(self.strata == stratum)
            if len(members) > 1:
                even = np.full(len(members), 1 / len(members))
                counts[:, members] = rng.multinomial(len(members) - 1, even, size=draws)
        return Draw(counts[:, self.of_photo], self._weights(counts))

    def _weights(self, counts: Counts) -> Counts:
        drawn = counts @ self.shows.astype(np.int64)
        # A concept of a single group shares its stratum with others: there, how often a concept is
        # drawn is what varies. Else it is its own groups that vary, and all concepts count alike.
        return np.where(self.by_concept == 1, drawn, np.minimum(drawn, 1))


def _strata(shows: Bools) -> Counts:
    """A stratum for every concept, of the groups of which it is the rarest; none of one group.

    Single groups are put together in one stratum, for nothing varies in a stratum of one; if there
    is but one of them, the smallest other stratum takes it in ("collapsed strata": Wolter,
    "Introduction to Variance Estimation", 2.5). That can make an interval too wide, never too
    narrow.
    """
    if not shows.shape[1]:
        return np.full(len(shows), _BACKGROUND)
    rarity = np.where(shows, shows.sum(axis=0), len(shows) + 1)
    strata = np.where(shows.any(axis=1), rarity.argmin(axis=1), _BACKGROUND)
    sizes = _sizes(strata)
    singles = [stratum for stratum, size in sizes.items() if size == 1]
    if not singles or len(sizes) == 1:
        return strata
    if len(singles) == 1:
        singles.append(min(sizes.keys() - singles, key=lambda stratum: (sizes[stratum], stratum)))
    strata[np.isin(strata, singles)] = singles[0]
    return strata


def _sizes(strata: Counts) -> dict[int, int]:
    """How many groups each stratum of concepts has."""
    names, sizes = np.unique(strata[strata != _BACKGROUND], return_counts=True)
    return dict(zip(names.tolist(), sizes.tolist(), strict=True))


def interval(
    value: float, draws: Floats, freedom: int, *, tail: float = TAIL, widening: float = 1.0
) -> Interval:
    """Where a figure between -1 and 1 may lie by chance of the photos.

    Args:
        value: The figure of the photos as they are.
        draws: ``(R,)``, the figure of each draw.
        freedom: Degrees of freedom; of none nothing is known.
        tail: Chance that it lies below, and that it lies above.
        widening: Of the interval; see `widening_of_the_best`.
    """
    if freedom < 1:
        return Interval(value, -1.0, 1.0)
    reach = widening * student(tail, freedom) * float(draws.std(ddof=1))
    return Interval(value, max(-1.0, value - reach), min(1.0, value + reach))


def widening_of_the_best(draws: Sequence[Floats]) -> float:
    """By how much to widen the interval of the best of several figures, at least 1.

    The best of several is high partly by chance. Intervals that are wider by this contain all of
    the figures at once, but for the usual chance; so the best one's does, however it was chosen. As
    the draws tell how alike the figures are, it costs little for figures that go together
    (simultaneous inference by the largest standardised deviation: Westfall and Young,
    "Resampling-Based Multiple Testing", 1993).

    Args:
        draws: ``(R,)`` of each figure, in the same draws.
    """
    varying = [one for one in draws if one.std() > 0]
    if len(varying) < 2:
        return 1.0
    largest = np.max([(one - one.mean()) / one.std(ddof=1) for one in varying], axis=0)
    usual = NormalDist().inv_cdf(1 - TAIL)
    return max(1.0, float(np.quantile(largest, 1 - TAIL)) / usual)


@lru_cache(maxsize=256)
def student(tail: float, freedom: int) -> float:
    """What Student's t exceeds with the chance ``tail``, in (0, 0.5).

    With t = sqrt(freedom) tan(x), the density of x is proportional to cos(x) ** (freedom - 1) on
    (-pi/2, pi/2), which is easily summed up.
    """
    grid = np.linspace(0, np.pi / 2, 200_001)
    density = np.cos(grid) ** (freedom - 1)
    steps = (density[1:] + density[:-1]) / 2
    above = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    angle = float(np.interp(1 - 2 * tail, above, grid))
    return float(freedom**0.5 * np.tan(angle))
