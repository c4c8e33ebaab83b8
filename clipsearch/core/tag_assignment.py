"""Which tags a photo has, how certain that is, and why; for all tags of a vocabulary at once.

**Certainty.** The advantage of a tag (`clipsearch.core.tag_space`) is held against how it is spread
over a sample of the library, without any label: what many photos have more of is easier to believe,
as hundred weak dogs vouch for each other. The certainty is the logistic function of
``a * advantage + b * log(share of photos with at least this advantage) + c``; so each tag has a
threshold of its own, in each library and under each model. ``a``, ``b`` and ``c`` were fitted with
the starter on photos and classes other than those that `benchmarks/tagging.py` judges by. Recall
at a precision of 0.8 is 0.72 there, 0.70 by the advantage alone, and 0.73 with the constants that
the judged photos themselves would give.

**Contrast.** A model that knows nothing gives all photos the same answer: an advantage that is
hardly above the library's typical one is none, unless the tag wins outright.

**Verdicts.** What the user has accepted and rejected moves the threshold of its tag: the most
probable shift under a normal prior, by Newton's method.

**Relations.** A tag is at least as certain as what lies below it. Of tags that exclude each other
the most certain one stays, and the others go with all that lies below them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.tag_space import Floats, TagSpace
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.types import Embeddings

LEAST_CERTAINTY = 0.1
"""What is less certain is not kept."""
NOT_IMPLIED = -1
"""In `Decisions.via`, where a tag stands for itself."""

_SLOPE = 0.94  # Of the advantage,
_COMMON = 0.57  # of the logarithm of the share,
_OFFSET = 3.1
_CAUTION = 100  # Photos that are added to the sample: of few, all may be there by chance.
_CONTRAST = 3.0
_OUTRIGHT = 2.0  # A tag that is worth seven times all else needs no contrast.
_PRIOR = 1.5  # Standard deviation of the shift that verdicts may give.
_NEWTON_STEPS = 20
_UNLIKELY = -30.0
_MOST, _FEWEST = 0.1, 0.9  # Certainty that the two ends of the slider want.

# Certainty, and how many of the decisions that are at least as certain were right: of photos kept
# apart for fitting, `python -m benchmarks.tagging DATA --fit`. The benchmark judges by others, a
# little easier.
_PRECISION = (
    (0.1, 0.47), (0.2, 0.63), (0.3, 0.73), (0.4, 0.80), (0.5, 0.84), (0.6, 0.88), (0.7, 0.92),
    (0.8, 0.96), (0.9, 0.97), (0.95, 0.99),
)  # fmt: skip


def certainty_for_slider(position: float) -> float:
    """The certainty that the slider asks for.

    Args:
        position: From 0 (fewer, surer) to 1 (more); the middle wants 0.5.
    """
    return _MOST + (_FEWEST - _MOST) * (1 - position)


def certainty_for_precision(precision: float) -> float:
    """The certainty from which on decisions are as often right as that, by what was measured.

    Args:
        precision: In [0, 1]. Below what was measured, everything that is kept will do; above it,
            nothing less than certain will.
    """
    certainties, precisions = zip(*_PRECISION, strict=True)
    return float(np.interp(precision, precisions, certainties, right=1.0))


@dataclass(frozen=True)
class Relations:
    """How the tags of a vocabulary are related, by their indices."""

    parents: tuple[tuple[int, ...], ...]
    """Of each tag, the tags above it."""
    groups: tuple[tuple[int, ...], ...]
    """Tags that exclude each other."""
    deepest_first: tuple[int, ...]
    below: Floats
    """See `TagSpace`."""

    @classmethod
    def of(cls, vocabulary: TagVocabulary, space: TagSpace) -> "Relations":
        """The relations of a space's vocabulary."""
        index = {name: number for number, name in enumerate(space.names)}
        parents = tuple(tuple(index[p] for p in vocabulary.implied(name)) for name in space.names)
        depth = [len(some) for some in parents]
        grouped = sorted((tag.group, index[tag.name]) for tag in vocabulary.tags if tag.group)
        groups = tuple(
            tuple(number for _, number in some) for _, some in groupby(grouped, lambda one: one[0])
        )
        order = tuple(sorted(range(len(depth)), key=lambda number: -depth[number]))
        return cls(parents, groups, order, space.below)


@dataclass(frozen=True)
class TagLevels:
    """How the advantage of each tag is spread over a sample of the library.

    Attributes:
        values: ``(T, L) float32``, falling: the advantage of the photos at `ranks`.
        photos: Of the sample, ``S``.
    """

    values: Floats
    photos: int

    @staticmethod
    def ranks(photos: int) -> NDArray[np.int64]:
        """``(L,)``: 1, 2, 4 and so on, and the last."""
        return np.unique([*(2 ** np.arange(photos.bit_length(), dtype=np.int64)), photos])

    @classmethod
    def of(cls, advantages: Floats) -> "TagLevels":
        """Measure them on a sample's advantages, ``(S, T)``; ``S`` >= 1."""
        falling = -np.sort(-advantages, axis=0)
        count = len(advantages)
        return cls(np.ascontiguousarray(falling[cls.ranks(count) - 1].T), count)

    @cached_property
    def typical(self) -> Floats:
        """The median advantage of each tag, ``(T,)``."""
        return self._interpolated(np.log((self.photos + 1) / 2))

    def log_shares(self, advantages: Floats) -> Floats:
        """Logarithm of the share of photos with at least this advantage, ``(M, T)`` likewise."""
        ranks = np.log(self.ranks(self.photos))
        total = np.log(self.photos + _CAUTION)
        found = np.empty_like(advantages)
        for tag, levels in enumerate(self.values):
            found[:, tag] = np.interp(-advantages[:, tag], -levels, ranks) - total
        return found

    def _interpolated(self, log_rank: float) -> Floats:
        ranks = np.log(self.ranks(self.photos))
        return np.array([np.interp(log_rank, ranks, row) for row in self.values], np.float32)


@dataclass(frozen=True)
class Decisions:
    """``E`` tags that photos may have, those of one photo together.

    Attributes:
        rows: ``(E,)``: the photo.
        tags: ``(E,)``: the tag.
        certainties: ``(E,) float32`` in [`LEAST_CERTAINTY`, 1].
        advantages: ``(E,) float32``: the tag's own.
        thresholds: ``(E,) float32``: the advantage that would make it even odds.
        via: ``(E,)``: the tag below it that is more certain than it is by itself, or
            `NOT_IMPLIED`.
    """

    rows: NDArray[np.int64]
    tags: NDArray[np.int64]
    certainties: Floats
    advantages: Floats
    thresholds: Floats
    via: NDArray[np.int64]

    @classmethod
    def together(cls, blocks: Sequence["Decisions"]) -> "Decisions":
        """Those of several blocks, whose rows count on."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(one, name) for one in blocks]) for name in names))

    def moved(self, rows: int) -> "Decisions":
        """The same for photos that lie so many rows further on."""
        return replace(self, rows=self.rows + rows)

    def by_tag(self) -> "Decisions":
        """Those of a tag together, the most certain first."""
        order = np.lexsort((-self.certainties, self.tags))
        return Decisions(*(getattr(self, field.name)[order] for field in fields(self)))


class TagDecider:
    """Decides which tags photos have."""

    def __init__(self, space: TagSpace, relations: Relations, levels: TagLevels) -> None:
        """Know nothing of the user's verdicts.

        Args:
            space: Of ``T`` tags.
            relations: Of the same tags.
            levels: Likewise, of the library.
        """
        self._space = space
        self._relations = relations
        self._levels = levels
        self._shifts = np.zeros(len(space.names), np.float32)

    def heed(self, tag: int, logits: Floats, right: NDArray[np.bool_]) -> None:
        """Move the threshold of a tag by what the user has said of it.

        Args:
            tag: Its index.
            logits: ``(K,)``, of the photos that were decided upon, as `logits` had them before.
            right: ``(K,)``: whether each has the tag.
        """
        self._shifts[tag] += _shift(logits, right)

    def decide(self, photos: Embeddings) -> Decisions:
        """Decide for a block of photos.

        Args:
            photos: ``(M, D)``, L2-normalised; some thousand at most.
        """
        advantages = self._space.advantages(photos)
        logits = self.logits(advantages)
        certainty = _logistic(logits)
        via = self._imply(certainty)
        self._exclude(certainty)
        rows, tags = np.nonzero(certainty >= LEAST_CERTAINTY)
        own = advantages[rows, tags]
        return Decisions(
            rows=rows,
            tags=tags,
            certainties=certainty[rows, tags],
            advantages=own,
            thresholds=own - logits[rows, tags] / _SLOPE,
            via=via[rows, tags].astype(np.int64),
        )

    def logits(self, advantages: Floats) -> Floats:
        """The logarithms of the odds that tags are right, each by itself.

        Args:
            advantages: ``(M, T)``, of photos.

        Returns:
            ``(M, T) float32``.
        """
        logits = _SLOPE * advantages + _COMMON * self._levels.log_shares(advantages) + _OFFSET
        logits += self._shifts
        needed = np.minimum(_OUTRIGHT, self._levels.typical + _CONTRAST)
        result: Floats = np.where(advantages >= needed, logits, _UNLIKELY).astype(np.float32)
        return result

    def _imply(self, certainty: Floats) -> NDArray[np.int16]:
        """Raise what lies above to the certainty of what lies below; says what it was due to."""
        via = np.full(certainty.shape, NOT_IMPLIED, np.int16)
        for tag in self._relations.deepest_first:
            for above in self._relations.parents[tag]:
                raised = certainty[:, tag] > certainty[:, above]
                certainty[raised, above] = certainty[raised, tag]
                via[raised, above] = tag
        return via

    def _exclude(self, certainty: Floats) -> None:
        """Of each group, let the most certain one stay."""
        for group in self._relations.groups:
            members = np.array(group)
            beaten = np.ones((len(certainty), len(group)), bool)
            beaten[np.arange(len(certainty)), certainty[:, members].argmax(axis=1)] = False
            for number, tag in enumerate(group):
                below = np.flatnonzero(self._relations.below[:, tag])
                certainty[np.ix_(np.flatnonzero(beaten[:, number]), below)] = 0


def _shift(logits: Floats, right: NDArray[np.bool_]) -> float:
    shift = 0.0
    for _ in range(_NEWTON_STEPS):
        expected = _logistic(logits + shift)
        slope = float((expected - right).sum()) + shift / _PRIOR**2
        shift -= slope / (float((expected * (1 - expected)).sum()) + 1 / _PRIOR**2)
    return shift


def _logistic(values: Floats) -> Floats:
    result: Floats = (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)
    return result
