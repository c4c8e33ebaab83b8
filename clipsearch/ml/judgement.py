"""Whether fine-tuning has helped, told by the photos that were held out.

A model is better if what it finds is surely more and what it knew is not surely less. How much it
finds is one figure, so that there is nothing to choose from afterwards: the mean of average
precision (all of the ranking counts) and recall@5 (what the user sees at once), averaged over the
concepts. It is compared with the parent's on the same photos, draw by draw (see `bootstrap`).

The strength is chosen by the same photos. `judge` is told between which models the choice was, and
widens the intervals by what the best of them may owe to chance. The other way, to choose by one
half of the photos and judge by the other, would leave a collection of ten photos two to judge by.
"""

from collections.abc import Collection, Mapping

from clipsearch.ml.bootstrap import TAIL, interval, widening_of_the_best
from clipsearch.ml.held_out import Embedded as Embedded
from clipsearch.ml.held_out import HeldOutPhotos, Measured
from clipsearch.ml.tuning_types import Figures, Interval, Judgement, Lessons, StrengthFigures
from clipsearch.ml.verdict import Findings, conclude, is_hurt
from clipsearch.ml.verdict_sentences import sentences

DRAWS = 1_000
_ALIKE = 0.005  # Of two strengths whose gains differ by less, the lower one changes less.


def figures(lessons: Lessons, parent: Embedded, model: Embedded) -> Figures:
    """How good a model is on the held-out photos.

    A concept none of whose photos is held out has figures of 0, and is left out of the means.
    Without unrelated words or held-out background, ``knowledge`` is 1: nothing is known of it.

    Args:
        lessons: What was learned.
        parent: What the model was before; itself to judge the parent.
        model: The one to judge.
    """
    held_out = HeldOutPhotos.of(lessons)
    return held_out.figures(held_out.measure(parent, model, held_out.groups.as_they_are()))


def judge(
    lessons: Lessons,
    parent: Embedded,
    model: Embedded,
    *,
    chosen_among: Collection[Embedded] = (),
    seed: int = 0,
    draws: int = DRAWS,
) -> Judgement:
    """Compare a model with its parent.

    Args:
        lessons: What was learned.
        parent: Before.
        model: After.
        chosen_among: All models between which `choose_strength` chose this one; none if there was
            no choice.
        seed: Of the draws.
        draws: How many; the more, the less the intervals depend on the seed.
    """
    comparison = _Comparison(lessons, parent, seed, draws)
    findings = comparison.findings(model, comparison.widening(chosen_among))
    conclusion = conclude(findings)
    told = sentences(findings, conclusion)
    return Judgement(findings.before, findings.after, findings.gains, conclusion, told)


def choose_strength(
    lessons: Lessons,
    parent: Embedded,
    at: Mapping[float, Embedded],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[float, tuple[StrengthFigures, ...]]:
    """The strength that finds most of those that hurt nothing; of equally good ones the lowest.

    Where every strength hurts something it is the one that keeps most of the knowledge, so that the
    judgement can say what is hurt. 0 is chosen only if there is no other.

    Args:
        lessons: What was learned.
        parent: Before: strength 0.
        at: The model at each strength, in (0, 1].
        seed: Of the draws.
        draws: How many.

    Returns:
        The strength, and the figures at each by rising strength, 0 always among them.
    """
    comparison = _Comparison(lessons, parent, seed, draws)
    models = {**at, 0.0: parent}
    found = {one: comparison.findings(models[one]) for one in sorted(models)}
    points = tuple(StrengthFigures(one, of_it.after) for one, of_it in found.items())
    choices = [one for one in found if one > 0] or [0.0]
    sound = [one for one in choices if not is_hurt(found[one])]
    if not sound:
        return max(choices, key=lambda one: found[one].after.knowledge), points
    most = max(found[one].found.value for one in sound)
    return next(one for one in sound if found[one].found.value >= most - _ALIKE), points


class _Comparison:
    """Compares models with their parent, on the same draws of the held-out photos."""

    def __init__(self, lessons: Lessons, parent: Embedded, seed: int, draws: int) -> None:
        self._held_out = HeldOutPhotos.of(lessons)
        self._parent = parent
        self._draws = self._held_out.groups.draw(draws, seed)
        self._before = self._measure(parent)

    def widening(self, chosen_among: Collection[Embedded]) -> float:
        """Of the intervals of the best of some models; see `widening_of_the_best`."""
        gains = [self._measure(one)[1].found - self._before[1].found for one in chosen_among]
        return widening_of_the_best(gains)

    def findings(self, model: Embedded, widening: float = 1.0) -> Findings:
        """What there is to be said of a model, with intervals widened by that."""
        groups = self._held_out.groups
        after = self._measure(model)
        (once_before, _), (once_after, _) = self._before, after
        return Findings(
            before=self._held_out.figures(once_before),
            after=self._held_out.figures(once_after),
            gains=self._gains(after, widening),
            found=self._found(after, widening),
            concepts=self._found_by_concept(after),
            groups=groups.showing,
            background=len(self._held_out.background),
        )

    def _measure(self, model: Embedded) -> tuple[Measured, Measured]:
        """Of the photos as they are, and of the draws."""
        once = self._held_out.groups.as_they_are()
        draws = (once, self._draws)
        measured = [self._held_out.measure(self._parent, model, draw) for draw in draws]
        return measured[0], measured[1]

    def _gains(self, after: tuple[Measured, Measured], widening: float) -> dict[str, Interval]:
        values, draws = (
            {name: new[name] - old for name, old in before.by_name().items()}
            for before, new in ((a, b.by_name()) for a, b in zip(self._before, after, strict=True))
        )
        freedom = dict.fromkeys(values, self._held_out.groups.freedom)
        freedom["knowledge"] = self._held_out.background_freedom
        return {
            name: interval(float(value[0]), draws[name], freedom[name], widening=widening)
            for name, value in values.items()
        }

    def _found(self, after: tuple[Measured, Measured], widening: float) -> Interval:
        once, draws = (b.found - a.found for a, b in zip(self._before, after, strict=True))
        return interval(float(once[0]), draws, self._held_out.groups.freedom, widening=widening)

    def _found_by_concept(self, after: tuple[Measured, Measured]) -> tuple[Interval, ...]:
        """Narrow enough that none of them is wrong, but for the usual chance (Bonferroni)."""
        once, draws = (
            b.found_by_concept - a.found_by_concept
            for a, b in zip(self._before, after, strict=True)
        )
        groups = self._held_out.groups.by_concept
        tail = TAIL / max(1, len(groups))
        drawn = self._draws.concepts > 0
        return tuple(
            interval(float(once[0, c]), draws[drawn[:, c], c], int(groups[c]) - 1, tail=tail)
            for c in range(len(groups))
        )
