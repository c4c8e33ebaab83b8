"""Which method of fine-tuning to propose, by how much there is to learn from and on what."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from clipsearch.core.label_names import photos
from clipsearch.ml.tuning_types import Lessons, Method

_FEW = 4  # Photos that teach a concept.
_MANY = 2_000  # Photos that teach: LoRA takes a processor about 5 minutes for 500.


@dataclass(frozen=True, slots=True)
class _Amount:
    """What there is to learn from."""

    each: float
    """Photos that teach a concept, in the median."""
    photos: int
    """That teach any."""
    has_accelerator: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    applies: Callable[[_Amount], bool]
    method: Method
    reason: str


_RULES = (
    _Rule(
        lambda amount: amount.each < _FEW,
        "gda",
        "With {each} to learn a collection from, only what its name means is moved towards them: "
        "anything more would learn chance. No other search changes.",
    ),
    _Rule(
        lambda amount: amount.photos > _MANY and not amount.has_accelerator,
        "linear",
        "To train on {photos} would take this processor long, so only what the names mean is "
        "learned: minutes, and no photo has to be embedded again.",
    ),
    _Rule(
        lambda _: True,
        "lora",
        "{each} a collection are enough for small changes to the whole model, which find more than "
        "new meanings of the names, and can be made weaker afterwards.",
    ),
)
"""The first that applies counts."""


def proposal(lessons: Lessons, device: str) -> tuple[Method, str]:
    """Propose a method, and say why in a sentence.

    Args:
        lessons: With the split; at least one concept.
        device: Where the model runs, for example ``cpu`` or ``cuda:0``.
    """
    teaching = [one for one in lessons.examples if one.concepts and not one.is_held_out]
    counts = [
        sum(number in one.concepts for one in teaching) for number in range(len(lessons.concepts))
    ]
    amount = _Amount(median(counts), len(teaching), not device.startswith("cpu"))
    rule = next(rule for rule in _RULES if rule.applies(amount))
    said = {"each": photos(int(amount.each)), "photos": photos(amount.photos)}
    return rule.method, rule.reason.format(**said)
