"""Few-shot learning of one tag: from a handful of the user's answers to scores for all photos.

Two things tell which photos bear a tag: its name (the zero-shot text embedding) and the photos that
the user accepted and rejected. Scores of both are put into standard deviations over a background
sample of the library and added. How much the examples say against the name grows with the root of
their count, as the error of their mean falls, and is less for a name by which they stand out far:
in a linear discriminant, too, a part weighs as much as it parts the classes. A name that ranks its
own examples as chance would is left out: "Rosie" tells no model which dog it is.

The usual method of `tag_methods` gives way to the probe where cross-validation finds that better,
and to another method or the name alone where that gains two standard errors: of a few examples,
chance makes any of many methods look the best.

What was tried, mean average precision after 2 and 16 examples, of Caltech-101's classes, clothes
and everyday words (`benchmarks/fewshot_tags.py`, `benchmarks/asking.py`): discriminant analysis
with a weight that did not ask how far the name parts, 83, 84; 86, 88; 44, 61; with the weight used
here 84, 84; 89, 89; 44, 60; the probe alone 85, 88; 89, 91; 43, 58; it, softly penalised, and the
cache 84, 86; 89, 91; 45, 61; that or the probe (used) 84, 87; 89, 91; 45, 61. To choose freely
between all of them, half an error ahead, lost half a point.

`tag_certainty` says where the line between photos with and without the tag lies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.background import Background
from clipsearch.ml.scorer import Scorer, total
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.tag_certainty import Certainty
from clipsearch.ml.tag_judging import Folds, HeldOut, hold_out, scored_by
from clipsearch.ml.tag_methods import (
    SMALL_LIBRARY_METHODS,
    TAG_METHODS,
    TagExamples,
    TagMethod,
)
from clipsearch.ml.zeroshot import Embeddings

_BLEND = 0.5  # Weight of one example, against 1 of the name; times the root of their count,
_LARGEST_BLEND = 2.0  # up to this; by the deviations that the examples' names stand out,
_LEAST_NAMED = 1.0  # if they are more than this.
_KIN = "probe"  # So like the usual method that a wrong choice costs little.
# Standard errors that another method must gain, with the variance that is added to that of a gain,
# which of few examples is not known: of its kin, and of the others.
_RATHER, _SURELY = (0.5, 0.05), (2.0, 1.0)
_UNSEEN = 0.5  # What other photos of a tag score, of what its only example scores by itself.
_TELLING = 0.5  # A name that tells has shares distributed as Beta(this, 1); others uniformly.


@dataclass(frozen=True)
class LearnedTag:
    """What was learned of a tag, and how well it did.

    Attributes:
        scorer: Gives ``(N, 1)`` scores: about 0 for most photos, in deviations of the background.
        held_out: Scores of the examples by what was learned without them; of a single positive,
            which cannot be held out, what others like it may be expected to score.
        method: ensemble, probe, gda, cache or zero-shot (`tag_methods.TAG_METHODS`).
        uses_name: Whether the tag's name has a say.
        positives: How many it was learned from.
        negatives: Likewise.
    """

    scorer: Scorer
    held_out: HeldOut
    method: str
    uses_name: bool
    positives: int
    negatives: int

    @cached_property
    def certainty(self) -> Certainty:
        """Makes certainties of scores."""
        return Certainty.of(self.held_out)

    @property
    def ranking(self) -> float:
        """How often a held-out example scores higher than an unknown photo, in [0, 1]."""
        return self.held_out.ranking()

    def scores(self, embeddings: Embeddings) -> NDArray[np.float32]:
        """Score photos, ``(N, D)``: ``(N,) float32``."""
        return self.scorer.scores(embeddings)[:, 0]

    def certainties(self, embeddings: Embeddings) -> NDArray[np.float32]:
        """How certainly photos, ``(N, D)``, bear the tag: ``(N,) float32`` in [0, 1]."""
        return self.certainty(self.scores(embeddings))


@dataclass(frozen=True)
class _ByName:
    """What the name tells: standardised scores, and those of the examples."""

    scorer: Scorer
    held_out: HeldOut

    @property
    def blend(self) -> float:
        """Weight of what the examples tell, against 1 of the name."""
        stands_out = max(float(self.held_out.positives.mean()), _LEAST_NAMED)
        count = len(self.held_out.positives)
        weight: float = min(_BLEND * count**0.5, _LARGEST_BLEND)
        return weight / stands_out


@dataclass(frozen=True)
class _Candidate:
    name: str
    method: TagMethod
    held_out: HeldOut


def learn_tag(
    examples: TagExamples,
    background: Background,
    name: NDArray[np.float32] | None,
    *,
    methods: Mapping[str, TagMethod] | None = None,
    seed: int = 0,
) -> LearnedTag:
    """Learn a tag; a tenth of a second.

    Args:
        examples: At least one positive.
        background: Of the library; labelled photos in it are left out.
        name: ``(D,)`` or ``(T, D)``, L2-normalised: embeddings of the tag's name, or of several;
            none for a collection, say, whose name means nothing.
        methods: To choose between, the usual one first; of a single positive, that is the one.
            If not given `TAG_METHODS`, in a small library `SMALL_LIBRARY_METHODS`.
        seed: Of the draw of the folds.
    """
    if methods is None:
        methods = SMALL_LIBRARY_METHODS if background.is_shared else TAG_METHODS
    background = background.without(np.concatenate([examples.positives, examples.negatives]))
    by_name = None if name is None else _by_name(name, examples, background)
    if len(examples.positives) == 1:
        chosen = _from_one(examples, background, by_name, methods)
    else:
        folds = Folds.draw(examples, np.random.default_rng(seed))
        chosen = _chosen(_candidates(examples, background, by_name, methods, folds))
    learned = background.standardised(chosen.method.fit(examples, background))
    if by_name is not None:
        learned = total([by_name.scorer, learned.scaled(by_name.blend)])
    sizes = len(examples.positives), len(examples.negatives)
    return LearnedTag(learned, chosen.held_out, chosen.name, by_name is not None, *sizes)


def name_tells(name: Embeddings, examples: TagExamples, background: Background) -> bool:
    """Whether a name ranks its examples so high that chance is the less likely explanation.

    Args:
        name: ``(D,)`` or ``(T, D)``, L2-normalised.
        examples: At least one positive.
        background: Of the library.
    """
    return _by_name(name, examples, background.without(examples.positives)) is not None


def _by_name(
    name: NDArray[np.float32], examples: TagExamples, background: Background
) -> _ByName | None:
    """None if the examples' ranks speak rather for chance than for a name that tells."""
    mean = np.atleast_2d(name).mean(axis=0)
    scorer = background.standardised(Scorer.linear(mean[:, None], np.zeros(1)))
    found = _ByName(scorer, scored_by(scorer, examples, background))
    shares = found.held_out.shares_above()
    tells = float(np.sum(np.log(_TELLING) + (_TELLING - 1) * np.log(shares))) > 0
    return found if tells else None


def _from_one(
    examples: TagExamples,
    background: Background,
    by_name: _ByName | None,
    methods: Mapping[str, TagMethod],
) -> _Candidate:
    """The usual method, and what is expected of it."""
    name, method = next(iter(methods.items()))
    learned = background.standardised(method.fit(examples, background))
    seen = scored_by(learned, examples, background)
    expected = replace(seen, positives=_UNSEEN * seen.positives)
    return _Candidate(name, method, _with_name(expected, by_name))


def _candidates(
    examples: TagExamples,
    background: Background,
    by_name: _ByName | None,
    methods: Mapping[str, TagMethod],
    folds: Folds,
) -> Iterator[_Candidate]:
    for name, method in methods.items():
        alone = hold_out(method, examples, background, folds)
        yield _Candidate(name, method, _with_name(alone, by_name))


def _with_name(alone: HeldOut, by_name: _ByName | None) -> HeldOut:
    return alone if by_name is None else by_name.held_out.plus(alone, by_name.blend)


def _chosen(candidates: Iterator[_Candidate]) -> _Candidate:
    chosen = next(candidates)
    losses = chosen.held_out.losses()
    for other in candidates:
        others = other.held_out.losses()
        enough, unsure = _RATHER if other.name == _KIN else _SURELY
        if _gain(others, losses, unsure) > enough:
            chosen, losses = other, others
    return chosen


def _gain(losses: Floats, others: Floats, unsure: float) -> float:
    """By how many standard errors losses are less than others."""
    gains = others - losses
    return float(gains.mean() / np.sqrt((gains.var() + unsure) / len(gains)))
