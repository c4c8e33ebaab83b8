"""What is concluded from the figures before and after, and how it is told to the user."""

from dataclasses import dataclass

from clipsearch.ml.tuning_types import Conclusion, Figures, Interval

LEAST_GROUPS = 3
"""Of held-out photos that show a concept. Two can both gain by luck one time in four, and leave
Student's interval 25 standard errors wide (with one concept); three leave it 9, which a name that
went from nowhere to the top still clears."""

FEW_GROUPS = 6
"""From so many on, all of them gaining has a chance below 1 in 40 if nothing was learned (2**-6),
whatever the figures are; with fewer the user is told that it is few."""

LEAST_BACKGROUND = 10
"""Held-out photos without any concept. The gauge of knowledge is one photo in ten by then."""

TOLERANCE = 0.02
"""Of knowledge that may be lost, about a point of recall@10 (see `knowledge`)."""


@dataclass(frozen=True)
class Findings:
    """A model beside its parent.

    Attributes:
        before: Figures of the parent.
        after: Of the model.
        gains: As in `Judgement`.
        found: Gain of what decides: mean over the concepts of average precision and recall@5.
        concepts: The same gain of each concept, all intervals together right at 95 %.
        groups: How many groups of held-out photos show a concept.
        background: How many held-out photos show none.
    """

    before: Figures
    after: Figures
    gains: dict[str, Interval]
    found: Interval
    concepts: tuple[Interval, ...]
    groups: int
    background: int

    @property
    def has_forgotten(self) -> bool:
        """Whether more knowledge is lost than is tolerated, and not by chance of the photos."""
        knowledge = self.gains["knowledge"]
        return knowledge.value < -TOLERANCE and knowledge.high < 0

    @property
    def worse(self) -> tuple[str, ...]:
        """The concepts that are surely found worse."""
        named = zip(self.after.concepts, self.concepts, strict=True)
        return tuple(concept.name for concept, gain in named if gain.high < 0)

    @property
    def is_enough(self) -> bool:
        """Whether there is enough to judge by."""
        return self.groups >= LEAST_GROUPS and self.background >= LEAST_BACKGROUND


def is_hurt(findings: Findings) -> bool:
    """Whether anything is surely worse than before."""
    return findings.has_forgotten or bool(findings.worse)


def conclude(findings: Findings) -> Conclusion:
    """Damage outweighs everything; a gain counts if it is sure."""
    if is_hurt(findings):
        return "damage"
    if not findings.is_enough:
        return "too little"
    return "better" if findings.found.low > 0 else "no gain"
