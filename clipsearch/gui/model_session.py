"""The models in the background: listing, downloading, importing and deleting them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from clipsearch.gui.contracts import ModelShelf
from clipsearch.gui.full_speed import FullSpeed
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.work import Task
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.progress import Progress

if TYPE_CHECKING:
    from clipsearch.ml.downloads import Offer


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model was downloaded or imported."""

    name: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The weights of a model were deleted."""

    name: str
    freed: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A model of the user's own that is to be imported."""

    path: Path
    name: str
    architecture: str | None
    """Of a weights file; a folder names its own."""


def download(shelf: ModelShelf, offer: "Offer", progress: Progress) -> Fetched:
    """Fetch a model; for a worker thread."""
    return Fetched(shelf.download(offer, progress=progress))


def take(shelf: ModelShelf, wish: Wish, progress: Progress) -> Fetched:
    """Import a model; for a worker thread."""
    name = shelf.take(wish.path, name=wish.name, architecture=wish.architecture, progress=progress)
    return Fetched(name)


def remove(shelf: ModelShelf, name: str) -> Removed:
    """Delete a model's weights; for a worker thread."""
    return Removed(name, shelf.remove(name))


class ModelSession(QObject):
    """What the window knows of models. GUI thread only."""

    listed = Signal(object)
    """A ``list[ModelState]``."""
    architectures_known = Signal(object)
    """A ``list[str]``."""
    offered = Signal(object)
    """The `Offer` that was asked for."""
    fetched = Signal(object)
    """A `Fetched`."""
    removed = Signal(object)
    """A `Removed`."""
    stopped = Signal(str)
    """The user stopped the download of this model; what was fetched is kept."""
    failed = Signal(object)
    """The exception."""

    def __init__(self, shelf: ModelShelf, runner: JobRunner, parent: QObject | None = None) -> None:
        """Do nothing yet."""
        super().__init__(parent)
        self._shelf = shelf
        self._runner = runner
        self.work = WorkQueue(runner, FullSpeed(), self, lane=Lane.MODELS)
        """What is being downloaded, imported or deleted, and what waits for it."""
        self.work.succeeded.connect(self._report)
        self.work.failed.connect(lambda _task, error: self.failed.emit(error))
        self.work.stopped.connect(self._note_stop)
        self.work.ended.connect(self.look)

    def look(self) -> None:
        """Find out again which models there are, and what the library has of each."""
        # Beside the queries: the first time, open_clip is imported.
        job = self._runner.submit(Lane.THUMBNAILS, self._shelf.states, topic="models")
        job.succeeded.connect(self.listed)
        job.failed.connect(self.failed)

    def look_for_architectures(self) -> None:
        """Find out what a weights file can be of."""
        job = self._runner.submit(Lane.THUMBNAILS, self._shelf.architectures, topic="architectures")
        job.succeeded.connect(self.architectures_known)
        job.failed.connect(self.failed)

    def ask_for(self, name: str) -> None:
        """Ask the hub for size and licence of a model; the newest question wins."""
        job = self._runner.submit(Lane.HUB, self._shelf.offer, name, topic="offer")
        job.succeeded.connect(self.offered)
        job.failed.connect(self.failed)

    def download(self, offer: "Offer") -> None:
        """Fetch a model, on from where that was stopped."""
        title = self.tr("Downloading {model}").format(model=offer.name)
        task = Task(title, is_indexing=False, in_bytes=True, model=offer.name)
        self.work.submit(task, download, self._shelf, offer)

    def take(self, wish: Wish) -> None:
        """Import a model of the user's own."""
        title = self.tr("Importing {model}").format(model=wish.name)
        task = Task(title, is_indexing=False, in_bytes=True)
        self.work.submit(task, take, self._shelf, wish)

    def remove(self, name: str) -> None:
        """Delete a model's weights."""
        title = self.tr("Deleting {model}").format(model=name)
        self.work.submit(Task(title, is_indexing=False), remove, self._shelf, name)

    def _report(self, task: Task, outcome: object) -> None:
        if isinstance(outcome, Fetched):
            self.fetched.emit(outcome)
        else:
            self.removed.emit(outcome)

    def _note_stop(self, task: Task) -> None:
        if task.model:
            self.stopped.emit(task.model)
