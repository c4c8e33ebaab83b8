"""What fine-tuning is given and what it tells, as frozen dataclasses that every layer may hold."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Method: TypeAlias = Literal["gda", "linear", "coop", "lora", "svd", "last", "full"]
"""How a model learns. ``gda``, ``linear`` and ``coop`` change what a name means and leave the
photos' embeddings as they are; the others change both towers."""

Loss: TypeAlias = Literal["clip", "siglip"]
"""Symmetric InfoNCE, or the sigmoid loss."""

WORD_METHODS: tuple[Method, ...] = ("gda", "linear", "coop")
"""Those after which no photo has to be embedded again."""

RECALL_AT = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Concept:
    """What one collection, or one tag, is to teach."""

    name: str
    """What will be searched for: ``Lotte``."""
    description: str = ""
    """What it is, in words that a model knows: ``a sailing boat``; may be empty."""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A photo to learn from, or to judge by."""

    path: Path
    content_hash: str
    group: int
    """Photos of one group (copies, bursts, sequences of a day) are never parted by the split."""
    concepts: tuple[int, ...] = ()
    """Which it shows; of none of them it is background."""
    rejected: tuple[int, ...] = ()
    """Which it does not show, by the user's own word."""
    captions: tuple[str, ...] = ()
    """The user's own."""
    is_held_out: bool = False
    """Whether it judges instead of teaching."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that a model is to learn from, and to be judged by."""

    concepts: tuple[Concept, ...]
    examples: tuple[Example, ...]
    """With the background, of which a part is held out too."""
    words: tuple[str, ...] = ()
    """Everyday words that have nothing to do with the concepts. Every other one, from the first
    on, is held on to while learning; the rest judge what was forgotten."""


@dataclass(frozen=True, slots=True)
class TuningPlan:
    """All that determines a run; equal plans give equal models (on one kind of device)."""

    model: str
    """The parent's name."""
    fingerprint: str
    """The parent's: what the plan was made for."""
    lessons: Lessons
    method: Method
    loss: Loss = "clip"
    epochs: int = 10
    """Each shows every photo of a concept once."""
    keeps_knowledge: bool = True
    """Whether the parent's embeddings of unrelated photos and words are held on to."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and where it may lie by chance of the draw (95 %, bootstrap)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ConceptFigures:
    """How well one concept is found by its name among the held-out photos."""

    name: str
    photos: int
    """That show it, of those held out."""
    recall: dict[int, float]
    """By ``k``: the share of its photos that rank among the first ``k``, each against the photos
    that do not show it."""
    average_precision: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a model is on the held-out photos; all in [0, 1]."""

    recall: dict[int, float]
    """Mean over the concepts, by ``k``."""
    mean_average_precision: float
    accuracy: float | None
    """Share of the photos whose nearest name is one of theirs; ``None`` of a single concept."""
    knowledge: float
    """How far words and photos that have nothing to do with the concepts still find each other as
    in the parent, which has 1."""
    concepts: tuple[ConceptFigures, ...]


Conclusion: TypeAlias = Literal["better", "no gain", "damage", "too little"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What training has done."""

    before: Figures
    after: Figures
    gains: dict[str, Interval]
    """Of ``recall@1``, ``recall@5``, ``recall@10``, ``map``, ``accuracy`` and ``knowledge``: after
    less before."""
    conclusion: Conclusion
    sentences: tuple[str, ...]
    """The verdict and what to do, for the user."""


@dataclass(frozen=True, slots=True)
class StrengthFigures:
    """A point of the trade-off: the weights so far between before (0) and after (1)."""

    strength: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    method: Method
    judgement: Judgement
    """At the chosen strength."""
    strength: float
    """Chosen, in [0, 1]."""
    trade_off: tuple[StrengthFigures, ...]
    """By rising strength."""
    losses: tuple[float, ...]
    """One a step; none where nothing is stepped."""
    recalls: dict[int, float]
    """By number of steps done: recall@10 of the concepts on the held-out photos."""
    seconds: float


@dataclass(frozen=True, slots=True)
class TunedEntry:
    """What a list tells of a tuned model beside what it tells of any."""

    parent: str
    """The name of the model that it is a change of."""
    method: Method
    strength: float
    """At which it is used, in [0, 1]."""
    concepts: tuple[str, ...]
    """Names of what it learned."""
    photos: int
    """That show them."""
    made_at: str
    """ISO 8601, UTC."""
    disk_bytes: int
    conclusion: Conclusion
    before: Figures
    """Of the parent, on the photos that were held out."""
    after: Figures
    """At the measured strength that is nearest."""
