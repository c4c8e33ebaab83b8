"""What the window needs of the core to train a model on the user's photos."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from clipsearch.ml.tuning_types import Method, Outcome, TuningPlan
from clipsearch.progress import Progress

Event: TypeAlias = Mapping[str, object]
"""What a run tells: ``kind`` is ``stage`` (with ``stage``), ``step`` (``step``, ``loss``),
``recall`` (``step``, ``recall``) or ``notice`` (``sentence``); others are of no concern here."""

RunState: TypeAlias = Literal["unfinished", "running", "finished", "kept"]


class SurveyedConcept(Protocol):
    """The part of `clipsearch.core.tuning_warnings.ConceptSurvey` that the window uses."""

    @property
    def name(self) -> str:
        """Of the collection."""

    @property
    def photos(self) -> int:
        """That show it and can be opened now."""

    @property
    def held_out(self) -> int:
        """Photos that will judge."""

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences."""


class TakenFor(Protocol):
    """A photo that the model takes for something else today."""

    @property
    def path(self) -> Path:
        """Of the photo."""

    @property
    def concept(self) -> str:
        """What it shows."""

    @property
    def taken_for(self) -> str:
        """What its nearest name is."""


class Survey(Protocol):
    """What there is to learn from, before anything is trained."""

    @property
    def concepts(self) -> Sequence[SurveyedConcept]:
        """One for each collection with photos that can be opened."""

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences on the collections together."""

    @property
    def confusions(self) -> Sequence[TakenFor]:
        """What the model confuses, the clearest first."""

    @property
    def method(self) -> Method:
        """That is proposed."""

    @property
    def reason(self) -> str:
        """Why, in a sentence."""

    @property
    def is_enough(self) -> bool:
        """Whether there is something that can be taught and judged."""


class Order(Protocol):
    """The part of `clipsearch.core.tuning_run.TuningOrder` that the window uses."""

    @property
    def plan(self) -> TuningPlan:
        """What is to be learned, and how."""


class Result(Protocol):
    """The part of `clipsearch.core.tuning_run.RunResult` that the window uses."""

    @property
    def outcome(self) -> Outcome:
        """For the user."""


class Run(Protocol):
    """The part of `clipsearch.core.tuning_run.RunInfo` that the window uses."""

    @property
    def name(self) -> str:
        """By which it is asked for."""

    @property
    def state(self) -> RunState:
        """How far it came; what is finished waits for the user's word until it is kept."""

    @property
    def order(self) -> Order:
        """What it is to do."""

    @property
    def result(self) -> Result | None:
        """What it came to; ``None`` of one that is not finished."""


class GalleryPhoto(Protocol):
    """The part of `clipsearch.core.tuning_gallery.GalleryPhoto` that the window uses."""

    @property
    def path(self) -> Path:
        """Of the photo."""

    @property
    def fits(self) -> bool | None:
        """Whether it shows the concept that the query names; ``None`` if it names none."""


class Tuner(Protocol):
    """The part of `clipsearch.core.tuning.Tuning` that the window uses; not in the GUI thread."""

    def survey(self, collections: Sequence[str] | None = None) -> Survey:
        """Look at what there is to learn from some collections; nothing is trained."""

    def prepare(
        self, collections: Sequence[str] | None = None, *, method: Method | Literal["auto"] = "auto"
    ) -> str:
        """Write down what a run is to do; returns its name."""

    def run(self, run: str, *, progress: Progress, on_event: Callable[[Event], None]) -> Outcome:
        """Train, on from where that was stopped; the library stays as it is.

        Args:
            run: Its name.
            progress: Of the stage; may cancel, and what was learned until then is kept.
            on_event: Told what happens; called in the same thread.
        """

    def pause(self, run: str) -> None:
        """Let a run rest."""

    def resume(self, run: str) -> None:
        """Let a run that rests go on."""

    def runs(self) -> Sequence[Run]:
        """All runs that were not dropped, the latest first."""

    def drop(self, run: str) -> None:
        """Delete a run with what it learned."""

    def keep(self, run: str, *, strength: float | None = None) -> str:
        """Make a model of a run, without using it; returns the model's name."""

    def gallery(
        self, run: str, query: str, *, k: int = 12
    ) -> tuple[Sequence[GalleryPhoto], Sequence[GalleryPhoto]]:
        """The photos that a query finds before and after, the best first."""


TunerMaker = Callable[[], Tuner]
"""Gives the tuner of the library; called in a worker thread."""
