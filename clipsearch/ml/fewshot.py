"""Few-shot learning of one tag: from a handful of the user's answers to scores for all photos.

Two things tell which photos bear a tag: its name (the zero-shot text embedding) and the photos that
the user accepted and rejected. Scores of both are put into standard deviations over a background
sample of the library and added. How much the examples say against the name grows with the root of
their count, as the error of their mean falls; cross-validation corrects that, and replaces
discriminant analysis by another method of `tag_methods`, or all of it by the name alone, but only
if that gains two standard errors: of a few examples, chance makes any method look the best. A name
that ranks its own examples as chance would is left out: "Rosie" tells no model which dog it is.

`tag_certainty` says where the line between photos with and without the tag lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.background import Background
from clipsearch.ml.scorer import Scorer, total
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.tag_certainty import Certainty
from clipsearch.ml.tag_judging import Folds, HeldOut, hold_out, scored_by, standardised
from clipsearch.ml.tag_methods import DEFAULT_METHOD, TAG_METHODS, TagExamples, TagMethod
from clipsearch.ml.zeroshot import Embeddings

_BLENDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # Weights of the examples, against 1 of the name.
_USUAL_BLEND = 0.5  # With one example; times the root of their count,
_LARGEST_USUAL = 2.0  # up to this.
_FAR_BLEND = 1.0  # What a doubling away from it must gain, in logarithms, times the examples.
_UNSURE = 1.0  # Variance that is added to that of a gain: of few, it is not known.
_SURELY = 2.0  # Standard errors by which another way must be better than the usual one.
_UNSEEN = 0.5  # What other photos of a tag score, of what its only example scores by itself.
_TELLING = 0.5  # A name that tells has shares distributed as Beta(this, 1); others uniformly.


@dataclass(frozen=True)
class LearnedTag:
    """What was learned of a tag, and how well it did.

    Attributes:
        scorer: Gives ``(N, 1)`` scores: about 0 for most photos, in deviations of the background.
        held_out: Scores of the examples by what was learned without them; of a single positive,
            which cannot be held out, what others like it may be expected to score.
        method: zero-shot, gda, cache or probe.
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
class _Candidate:
    name: str
    method: TagMethod
    blend: float
    held_out: HeldOut
    losses: Floats
    """``(P,)``, with what its blend must make up for."""


def learn_tag(
    examples: TagExamples,
    background: Background,
    name: NDArray[np.float32] | None,
    *,
    seed: int = 0,
) -> LearnedTag:
    """Learn a tag; some tens of milliseconds.

    Args:
        examples: At least one positive.
        background: Of the library; labelled photos in it are left out.
        name: ``(D,)`` or ``(T, D)``, L2-normalised: embeddings of the tag's name, or of several;
            none for a collection, say, whose name means nothing.
        seed: Of the draw of the folds.
    """
    labelled = np.concatenate([examples.positives, examples.negatives])
    background = background.without(labelled)
    by_name = None if name is None else standardised(_named(name), background)
    if by_name is not None and not _tells(scored_by(by_name, examples, background)):
        by_name = None
    if len(examples.positives) == 1:
        return _from_one(examples, background, by_name)
    return _from_several(examples, background, by_name, np.random.default_rng(seed))


def _named(name: NDArray[np.float32]) -> Scorer:
    mean = np.atleast_2d(name).mean(axis=0)
    return Scorer.linear(mean[:, None], np.zeros(1))


def name_tells(name: Embeddings, examples: TagExamples, background: Background) -> bool:
    """Whether a name ranks its examples so high that chance is the less likely explanation.

    Args:
        name: ``(D,)`` or ``(T, D)``, L2-normalised.
        examples: At least one positive.
        background: Of the library.
    """
    background = background.without(examples.positives)
    return _tells(scored_by(standardised(_named(name), background), examples, background))


def _tells(of_name: HeldOut) -> bool:
    """Whether the examples' ranks speak rather for a name that tells than for chance."""
    shares = of_name.shares_above()
    return float(np.sum(np.log(_TELLING) + (_TELLING - 1) * np.log(shares))) > 0


def _from_one(examples: TagExamples, background: Background, by_name: Scorer | None) -> LearnedTag:
    learned = standardised(DEFAULT_METHOD.fit(examples, background), background)
    seen = scored_by(learned, examples, background)
    held_out = replace(seen, positives=_UNSEEN * seen.positives)
    if by_name is not None:
        held_out = scored_by(by_name, examples, background).plus(held_out, _USUAL_BLEND)
        learned = total([by_name, learned.scaled(_USUAL_BLEND)])
    return LearnedTag(learned, held_out, "gda", by_name is not None, 1, len(examples.negatives))


def _from_several(
    examples: TagExamples,
    background: Background,
    by_name: Scorer | None,
    rng: np.random.Generator,
) -> LearnedTag:
    of_name = None if by_name is None else scored_by(by_name, examples, background)
    candidates = list(_candidates(examples, background, of_name, Folds.draw(examples, rng)))
    chosen = _chosen(candidates)
    sizes = (len(examples.positives), len(examples.negatives))
    if (
        of_name is not None
        and by_name is not None
        and _gain(of_name.losses(), chosen.losses) > _SURELY
    ):
        return LearnedTag(by_name, of_name, "zero-shot", True, *sizes)
    learned = standardised(chosen.method.fit(examples, background), background)
    if by_name is not None:
        learned = total([by_name, learned.scaled(chosen.blend)])
    return LearnedTag(learned, chosen.held_out, chosen.name, by_name is not None, *sizes)


def _candidates(
    examples: TagExamples, background: Background, of_name: HeldOut | None, folds: Folds
) -> Iterator[_Candidate]:
    """All methods in all blends; the default method in the usual blend first."""
    count = len(examples.positives)
    usual = min(_USUAL_BLEND * count**0.5, _LARGEST_USUAL)
    for name, method in TAG_METHODS:
        alone = hold_out(method, examples, background, folds)
        if of_name is None:
            yield _Candidate(name, method, 1.0, alone, alone.losses())
            continue
        for blend in (usual, *_BLENDS):
            both = of_name.plus(alone, blend)
            far = _FAR_BLEND / count * np.log2(blend / usual) ** 2
            yield _Candidate(name, method, blend, both, both.losses() + far)


def _chosen(candidates: list[_Candidate]) -> _Candidate:
    """The best if it is surely better than the first, else the first."""
    first = candidates[0]
    best = min(candidates, key=lambda candidate: float(candidate.losses.mean()))
    return best if _gain(best.losses, first.losses) > _SURELY else first


def _gain(losses: Floats, others: Floats) -> float:
    """By how many standard errors losses are less than others."""
    gains = others - losses
    error = float(np.sqrt((gains.var() + _UNSURE) / len(gains)))
    return float(gains.mean()) / error
