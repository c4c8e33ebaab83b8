"""Trains nothing, as the core's tuning trains a model: with steps, a verdict and a gallery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from clipsearch.core.types import Photo
from clipsearch.errors import TrainingError
from clipsearch.gui.tuning_contracts import Event, RunState
from clipsearch.ml.tuning_types import (
    Concept,
    ConceptFigures,
    Conclusion,
    Example,
    Figures,
    Interval,
    Judgement,
    Lessons,
    Method,
    Outcome,
    StrengthFigures,
    TuningPlan,
)
from clipsearch.progress import Progress

STEPS = 6


@dataclass(frozen=True)
class FakeConcept:
    """See `SurveyedConcept`."""

    name: str
    photos: int = 12
    held_out: int = 4
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakeConfusion:
    """See `TakenFor`."""

    path: Path
    concept: str
    taken_for: str


@dataclass(frozen=True)
class FakeSurvey:
    """See `Survey`."""

    concepts: tuple[FakeConcept, ...]
    confusions: tuple[FakeConfusion, ...] = ()
    warnings: tuple[str, ...] = ()
    method: Method = "lora"
    reason: str = "12 photos a collection are enough for small changes to the whole model."
    is_enough: bool = True


@dataclass(frozen=True)
class FakeOrder:
    """See `Order`."""

    plan: TuningPlan


@dataclass(frozen=True)
class FakeResult:
    """See `Result`."""

    outcome: Outcome


@dataclass(frozen=True)
class FakeRun:
    """See `Run`."""

    name: str
    state: RunState
    order: FakeOrder
    result: FakeResult | None = None


@dataclass(frozen=True)
class FakeGalleryPhoto:
    """See `GalleryPhoto`."""

    path: Path
    fits: bool | None


def figures(recall: float, knowledge: float, names: Sequence[str] = ()) -> Figures:
    """Figures of which all of one kind are alike."""
    concepts = tuple(
        ConceptFigures(name, 4, {1: recall, 5: recall, 10: recall}, recall) for name in names
    )
    return Figures(
        {1: recall / 2, 5: recall * 0.8, 10: recall}, recall * 0.7, recall, knowledge, concepts
    )


def outcome(conclusion: Conclusion, names: Sequence[str] = ()) -> Outcome:
    """What a run came to that chose half of what it learned."""
    sentences = {
        "better": ("'Lotte' is found in the first 10 in 92 % instead of 31 %.",),
        "no gain": ("Training has brought no gain.", "Add more photos of each collection."),
        "damage": ("Other searches have become worse.", "Train on fewer collections."),
        "too little": ("There is too little to judge by.", "Add more photos."),
    }
    gain = Interval(0.61, 0.48, 0.72)
    gains = {f"recall@{k}": gain for k in (1, 5, 10)} | {
        "map": gain,
        "accuracy": gain,
        "knowledge": Interval(-0.002, -0.01, 0.004),
    }
    trade_off = tuple(
        StrengthFigures(strength, figures(0.31 + 1.2 * strength - 0.6 * strength**2, know, names))
        for strength, know in ((0.25, 1.0), (0.5, 0.995), (0.75, 0.98), (1.0, 0.93))
    )
    after = trade_off[1].figures
    judged = Judgement(figures(0.31, 1.0, names), after, gains, conclusion, sentences[conclusion])
    return Outcome("lora", judged, 0.5, trade_off, (3.0, 2.0, 1.0), {3: 0.5, 6: 0.9}, 12.0)


@dataclass
class FakeTuner:
    """Can be held at a step, made to fail, and told what to conclude."""

    photos: Sequence[Photo]
    conclusion: Conclusion = "better"
    error: Exception | None = None
    """Raised by the run."""
    survey_error: Exception | None = None
    wait: Callable[[int], None] | None = None
    """Called before each step."""
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    waiting: dict[str, FakeRun] = field(default_factory=dict)

    def survey(self, collections: Sequence[str] | None = None) -> FakeSurvey:
        """See `Tuner`."""
        names = tuple(collections or ())
        self.calls.append(("survey", names))
        if self.survey_error is not None:
            raise self.survey_error
        concepts = tuple(
            FakeConcept(name, warnings=("It has few photos.",) * (name == "Lotte"))
            for name in names
        )
        taken = tuple(
            FakeConfusion(photo.path, names[0], names[-1])
            for photo in self.photos[:2]
            if len(names) > 1
        )
        return FakeSurvey(concepts, taken)

    def prepare(
        self, collections: Sequence[str] | None = None, *, method: Method | Literal["auto"] = "auto"
    ) -> str:
        """See `Tuner`."""
        names = tuple(collections or ())
        self.calls.append(("prepare", names, method))
        return self.begin(names)

    def begin(self, names: Sequence[str], name: str = "run-1") -> str:
        """Have an unfinished run."""
        examples = tuple(Example(one.path, one.content_hash, 0) for one in self.photos)
        lessons = Lessons(tuple(Concept(one) for one in names), examples)
        order = FakeOrder(TuningPlan("starter", "fa4e", lessons, "lora"))
        self.waiting[name] = FakeRun(name, "unfinished", order)
        return name

    def run(self, run: str, *, progress: Progress, on_event: Callable[[Event], None]) -> Outcome:
        """See `Tuner`."""
        self.calls.append(("run", run))
        on_event({"kind": "stage", "stage": "training"})
        for step in range(1, STEPS + 1):
            if self.wait is not None:
                self.wait(step)
            progress(step, STEPS)
            if self.error is not None:
                raise self.error
            on_event({"kind": "step", "step": step, "steps": STEPS, "loss": 3.0 / step})
            if step % 3 == 0:
                on_event({"kind": "recall", "step": step, "recall": step / 8})
        names = [one.name for one in self.waiting[run].order.plan.lessons.concepts]
        return self.finish(run, outcome(self.conclusion, names))

    def finish(self, run: str, outcome: Outcome) -> Outcome:
        """Have a finished run."""
        order = self.waiting[run].order
        self.waiting[run] = FakeRun(run, "finished", order, FakeResult(outcome))
        return outcome

    def pause(self, run: str) -> None:
        """See `Tuner`."""
        self.calls.append(("pause", run))

    def resume(self, run: str) -> None:
        """See `Tuner`."""
        self.calls.append(("resume", run))

    def runs(self) -> list[FakeRun]:
        """See `Tuner`."""
        return list(self.waiting.values())

    def drop(self, run: str) -> None:
        """See `Tuner`."""
        self.calls.append(("drop", run))
        del self.waiting[run]

    def keep(self, run: str, *, strength: float | None = None) -> str:
        """See `Tuner`."""
        self.calls.append(("keep", run, strength))
        found = self.waiting[run]
        assert found.result is not None
        if found.result.outcome.judgement.conclusion != "better":
            raise TrainingError("It is not better.")
        self.waiting[run] = FakeRun(run, "kept", found.order, found.result)
        return "starter-Lotte"

    def gallery(
        self, run: str, query: str, *, k: int = 12
    ) -> tuple[list[FakeGalleryPhoto], list[FakeGalleryPhoto]]:
        """See `Tuner`; before, the photos are the other way round."""
        self.calls.append(("gallery", run, query))
        after = [
            FakeGalleryPhoto(one.path, row < 3) for row, one in enumerate(self.photos)
        ][:k]  # fmt: skip
        return after[::-1], after
