"""Training in the background: what there is to learn, the run, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance

from clipsearch.gui.finetune_news import News
from clipsearch.gui.full_speed import FullSpeed
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.gui.tuning_contracts import Event, Tuner, TunerMaker
from clipsearch.gui.work import Task, Work
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.ml.tuning_types import Method, Outcome
from clipsearch.progress import Progress

SHOWN = 8
"""Photos that a query shows, before and after."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be trained: collections, or a run that was begun."""

    concepts: tuple[str, ...]
    """Names of the collections."""
    method: Method | None = None
    """``None`` of a run that was begun."""
    run: str = ""
    """Empty of one that is not prepared yet."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A run that has come to its end."""

    run: str
    outcome: Outcome


def train(make_tuner: TunerMaker, wish: Wish, told: SignalInstance, progress: Progress) -> Trained:
    """Prepare a run unless it is, and see it to its end; for a worker thread."""
    tuner, run = make_tuner(), wish.run
    if wish.method is not None:
        run = tuner.prepare(wish.concepts, method=wish.method)
    told.emit({"kind": "run", "run": run})
    return Trained(run, tuner.run(run, progress=progress, on_event=told.emit))


class TrainingSession(QObject):
    """What the window knows of training; one run at a time. GUI thread only."""

    surveyed = Signal(object)
    """A `Survey` of the newest choice."""
    unsurveyed = Signal(object)
    """The exception: the newest choice cannot be looked at."""
    listed = Signal(object)
    """The runs that were not dropped, the latest first."""
    told = Signal()
    """`news` says something new."""
    moved = Signal()
    """The run began, moved on, rests or has ended; `work` and `is_paused` tell."""
    trained = Signal(object)
    """A `Trained`."""
    stopped = Signal()
    """The user stopped the run; what was learned is kept to go on from."""
    kept = Signal(object)
    """The name of the model that was made of a run."""
    dropped = Signal()
    compared = Signal(object)
    """What the newest query finds before and after: a pair of sequences of `GalleryPhoto`."""
    uncompared = Signal(object)
    """The exception: the newest query has no answer."""
    failed = Signal(object)
    """The exception."""

    _heard = Signal(object)  # Emitted by the thread of the run.

    def __init__(
        self, make_tuner: TunerMaker, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Do nothing yet."""
        super().__init__(parent)
        self._make_tuner = make_tuner
        self._runner = runner
        self.is_paused = False
        """Whether the user wants the run to rest."""
        self.wish: Wish | None = None
        """What is being trained, or was last."""
        self.news = News()
        """Of the run that goes on, or was the last."""
        self._heard.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self.queue = WorkQueue(runner, FullSpeed(), self, lane=Lane.TRAINING)
        """The run that goes on, if one does."""
        self.queue.changed.connect(self.moved)
        self.queue.succeeded.connect(lambda _, trained: self.trained.emit(trained))
        self.queue.failed.connect(lambda _, error: self.failed.emit(error))
        self.queue.stopped.connect(lambda _: self.stopped.emit())
        self.queue.ended.connect(self.look)

    @property
    def work(self) -> Work | None:
        """The run on its way; ``None`` if there is none."""
        return next(iter(self.queue.works), None)

    def survey(self, collections: tuple[str, ...]) -> None:
        """Look at what there is to learn from collections; the newest choice wins."""
        job = self._ask(lambda tuner: tuner.survey(collections), "survey")
        job.succeeded.connect(self.surveyed)
        job.failed.connect(self.unsurveyed)

    def look(self) -> None:
        """Find out which runs there are."""
        job = self._ask(lambda tuner: tuner.runs(), "training runs")
        job.succeeded.connect(self.listed)
        job.failed.connect(self.failed)

    def train(self, wish: Wish) -> None:
        """Begin a run, or go on with one, unless one goes on."""
        if not self.queue.is_empty:
            return
        self.wish, self.news = wish, News()
        self.is_paused = False
        title = self.tr("Training on {names}").format(names=", ".join(wish.concepts))
        task = Task(title, is_indexing=False, is_counted=True)
        self.queue.submit(task, train, self._make_tuner, wish, self._heard)

    def set_paused(self, on: bool) -> None:
        """Let the run rest, or go on; of no effect before `News.can_rest`."""
        run = self.news.run
        if not self.news.can_rest or on == self.is_paused:
            return
        self.is_paused = on
        job = self._ask(lambda tuner: tuner.pause(run) if on else tuner.resume(run))
        job.failed.connect(self.failed)
        self.moved.emit()

    def cancel(self) -> None:
        """Stop the run; what was learned until now is kept to go on from."""
        self.queue.cancel()

    def compare(self, run: str, query: str) -> None:
        """Find out what a query finds before and after; the newest query wins."""
        job = self._ask(lambda tuner: tuner.gallery(run, query, k=SHOWN), "gallery")
        job.succeeded.connect(self.compared)
        job.failed.connect(self.uncompared)

    def drop(self, run: str) -> None:
        """Delete a run with what it learned."""
        job = self._ask(lambda tuner: tuner.drop(run))
        job.succeeded.connect(lambda: self.dropped.emit())
        job.succeeded.connect(lambda: self.look())
        job.failed.connect(self.failed)

    def keep(self, run: str, strength: float) -> None:
        """Make a model of a run at a strength in (0, 1]."""
        job = self._ask(lambda tuner: tuner.keep(run, strength=strength))
        job.succeeded.connect(self.kept)
        job.failed.connect(self.failed)

    def _ask(self, question: Callable[[Tuner], object], topic: str = "") -> Job:
        return self._runner.submit(
            Lane.LESSONS, partial(_answer, self._make_tuner, question), topic=topic
        )

    def _hear(self, event: Event) -> None:
        self.news.take(event)
        self.told.emit()


def _answer(make_tuner: TunerMaker, question: Callable[[Tuner], object]) -> object:
    return question(make_tuner())
