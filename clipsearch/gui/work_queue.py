"""Long work, one piece after the other, at the pace that the user chooses."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from clipsearch.errors import LibraryBusy
from clipsearch.gui.contracts import WorkPace
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.gui.work import State, Task, Work, reason_to_wait
from clipsearch.progress import Progress

_BUSY_MS = 5_000
"""Milliseconds until background work is tried again that met another process writing."""


def at_pace(
    pace: WorkPace, function: Callable[..., object], *args: object, progress: Progress
) -> object:
    """Call a function that rests and slows down as a pace says; for a worker thread."""
    return function(*args, progress=pace.apply(progress))


class WorkQueue(QObject):
    """What runs in a lane of one thread and what waits for it. GUI thread only."""

    started = Signal()
    """Something new is to be done, at once or after what is being done."""
    changed = Signal()
    """Work has come, gone, moved on, or changed its state."""
    succeeded = Signal(object, object)
    """The `Task` and what its function returned."""
    failed = Signal(object, object)
    """The `Task` and the exception."""
    stopped = Signal(object)
    """The `Task` that the user stopped."""
    ended = Signal()
    """One piece of work is done, whatever became of it; `is_empty` tells whether it was the last.
    """

    def __init__(
        self,
        runner: JobRunner,
        pace: WorkPace,
        parent: QObject | None = None,
        *,
        lane: Lane = Lane.LIBRARY,
    ) -> None:
        """Make an empty queue for a lane of one thread."""
        super().__init__(parent)
        self._runner = runner
        self._lane = lane
        self._pace = pace
        self._works: dict[Job, Work] = {}
        self._calls: dict[Job, Callable[[], None]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._works

    @property
    def works(self) -> tuple[Work, ...]:
        """What runs, and then what waits, in the order in which it is done."""
        return tuple(self._works.values())

    @property
    def is_paused(self) -> bool:
        """Whether the user has paused it."""
        return self._pace.is_paused

    def submit(self, task: Task, function: Callable[..., object], *args: object) -> None:
        """Do a task after what is being done already.

        Args:
            task: What it is.
            function: For a worker thread; takes ``progress`` if the task has any.
            args: Its positional arguments.
        """
        if task.has_progress:
            job = self._runner.submit(
                self._lane, at_pace, self._pace, function, *args, progress=True
            )
        else:
            job = self._runner.submit(self._lane, function, *args)
        self._works[job] = Work(task)
        self._calls[job] = partial(self.submit, task, function, *args)
        job.progressed.connect(self._move)
        job.succeeded.connect(self._succeed)
        job.failed.connect(self._fail)
        job.cancelled.connect(self._note_stop)
        job.finished.connect(self._end)
        self.started.emit()
        self._wake_first()

    def cancel(self, work: Work | None = None) -> None:
        """Stop one piece of work, or everything; what is finished stays in the library."""
        for job, other in list(self._works.items()):
            if work in (None, other) and other.can_stop:
                other.state = State.STOPPING
                job.cancel()
        self.changed.emit()

    def pause(self) -> None:
        """Let all work rest until `resume`."""
        self._pace.pause()
        self._wake_first()

    def resume(self) -> None:
        """Let work go on."""
        self._pace.resume()
        self._wake_first()

    @property
    def share(self) -> float:
        """Of the time that work may go on, in (0, 1]."""
        return self._pace.share

    def set_share(self, share: float) -> None:
        """Use so much of the time, in (0, 1]."""
        self._pace.share = share

    def _wake_first(self) -> None:
        """Tell the state of the work whose turn it is: none of the others runs."""
        first = next(iter(self._works.values()), None)
        if first is not None:
            # What cannot rest on its way does not look at the pace.
            waits_for = self._pace.waits_for if first.task.is_indexing else None
            first.rest(reason_to_wait(waits_for))
        self.changed.emit()

    def _move(self, done: int, total: int | None, note: str) -> None:
        self._works[self._telling_job()].move(done, total)
        self._wake_first()

    def _succeed(self, value: object) -> None:
        self.succeeded.emit(self._works[self._telling_job()].task, value)

    def _fail(self, error: Exception) -> None:
        job = self._telling_job()
        if isinstance(error, LibraryBusy) and self._works[job].task.is_background:
            QTimer.singleShot(_BUSY_MS, self, self._calls[job])
        else:
            self.failed.emit(self._works[job].task, error)

    def _note_stop(self) -> None:
        self.stopped.emit(self._works[self._telling_job()].task)

    def _end(self) -> None:
        del self._works[self._telling_job()]
        del self._calls[self._telling_job()]
        if not self._works:
            # A pause is of this work: what comes later does not wait for a forgotten click.
            self._pace.resume()
        self._wake_first()
        self.ended.emit()

    def _telling_job(self) -> Job:
        job = self.sender()
        assert isinstance(job, Job)
        return job
