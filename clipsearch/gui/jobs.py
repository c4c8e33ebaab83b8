"""Background work of the window: the only module of the window that knows threads.

A domain function is synchronous and knows neither Qt nor threads. `JobRunner.submit` runs it in
one of its lanes and returns a `Job`, which lives in the GUI thread and tells what became of it.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance

from clipsearch.progress import Cancelled

log = logging.getLogger(__name__)

PROGRESS_INTERVAL: Final = 1 / 20
"""Seconds between two progress signals of one job, at least."""


class Lane(StrEnum):
    """Where a job runs; jobs of one lane wait for each other, lanes do not."""

    INTERACTIVE = "interactive"
    """One thread: what the user waits for."""
    LIBRARY = "library"
    """One thread: everything that writes the library."""
    WORDS = "words"
    """One thread: the user's own words; written in a moment, and never behind an indexing."""
    MODELS = "models"
    """One thread: everything that writes the models folder, downloads among it."""
    HUB = "hub"
    """One thread: questions to the network, which may go unanswered for long."""
    THUMBNAILS = "thumbnails"
    """A few threads: decoding for the screen."""
    INSPECTOR = "inspector"
    """One thread: what is known of the chosen photos, whose drive may be slow."""
    DUPLICATES = "duplicates"
    """One thread: looking for duplicates, which takes minutes and writes nothing dear."""
    TAGS = "tags"
    """One thread: looking for tags, which takes up to minutes and writes nothing dear."""
    TRAINING = "training"
    """One thread: waits for the process that trains, which takes minutes to hours."""
    LESSONS = "lessons"
    """One thread: what could be trained, and what came of it; beside a run that goes on."""
    SIDECARS = "sidecars"
    """One thread: writing the user's words beside the photos, whose drive may be slow."""
    WATCH = "watch"
    """One thread: waits for news for as long as the window is open, and is no work."""


_THREADS: Final = {lane: 2 if lane is Lane.THUMBNAILS else 1 for lane in Lane}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a function came to; neither value nor error means cancelled."""

    value: object = None
    error: Exception | None = None
    is_value: bool = False


class _Reporter:
    """The `Progress` that a worker thread calls: throttles, and raises once cancelled."""

    def __init__(self, moved: SignalInstance, stop: threading.Event) -> None:
        self._moved = moved
        self._stop = stop
        self._last = float("-inf")
        self._total: int | None = None

    def __call__(self, done: int, total: int | None, note: str = "") -> None:
        if self._stop.is_set():
            raise Cancelled
        now = time.monotonic()
        # The end and the start of another phase are never held back.
        news = done == total or total != self._total
        if news or now - self._last >= PROGRESS_INTERVAL:
            self._last, self._total = now, total
            self._moved.emit(done, total, note)


class Job(QObject):
    """One piece of background work. GUI thread only, like every `QObject` of the window.

    Exactly one of `succeeded`, `failed` and `cancelled` is emitted, and then always `finished`.
    The runner keeps it until then; whoever wants to cancel it keeps it as well.
    """

    # Objects: a number of bytes does not fit into C's int.
    progressed = Signal(object, object, str)
    """Done, total (``None`` while unknown) and a note; at most 20 a second."""
    succeeded = Signal(object)
    """The function's return value."""
    failed = Signal(object)
    """The exception that the function raised."""
    cancelled = Signal()
    """Cancelled, or overtaken by a newer job of the same topic; a late result is dropped."""
    finished = Signal()

    # Emitted by the worker thread; connected with queued connections to this object.
    _moved = Signal(object, object, str)
    _ended = Signal(object)

    def __init__(self, runner: "JobRunner", lane: Lane, topic: str, generation: int) -> None:
        """Made by `JobRunner.submit` alone."""
        # No parent: an object that Qt deletes under Python's hands, at exit, crashes.
        super().__init__()
        self.lane = lane
        self.topic = topic
        self.generation = generation
        self._runner = runner
        self._stop = threading.Event()
        self._future: Future[None] | None = None
        self._is_settled = False
        self._moved.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Stop at the function's next progress call; at once if it has not started."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._future is not None and self._future.cancel():
            self._ended.emit(_Outcome())

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[], object]) -> None:
        # The runnable holds bound signals and plain values, never this object: it may outlive
        # the window by a moment, and must not be what deletes a QObject in its own thread.
        self._future = pool.submit(_work, work, self._ended, self._stop)

    def _pass_on(self, done: int, total: int | None, note: str) -> None:
        if not self._is_settled and not self._is_stale():
            self.progressed.emit(done, total, note)

    def _is_stale(self) -> bool:
        return self._stop.is_set() or not self._runner.is_newest(self)

    def _settle(self, outcome: _Outcome) -> None:
        if self._is_settled:
            return
        self._is_settled = True
        if self._is_stale():
            if outcome.error is not None:
                log.warning("A cancelled job failed", exc_info=outcome.error)
            self.cancelled.emit()
        elif outcome.is_value:
            self.succeeded.emit(outcome.value)
        elif outcome.error is not None:
            self.failed.emit(outcome.error)
        else:
            self.cancelled.emit()
        self.finished.emit()
        self._runner.release(self)


def _work(work: Callable[[], object], ended: SignalInstance, stop: threading.Event) -> None:
    """Run one function in a worker thread and report by signal alone."""
    if stop.is_set():
        ended.emit(_Outcome())
        return
    try:
        outcome = _Outcome(value=work(), is_value=True)
    except Cancelled:
        outcome = _Outcome()
    except Exception as error:  # noqa: BLE001  whatever it is belongs to whoever asked
        outcome = _Outcome(error=error)
    ended.emit(outcome)


class JobRunner(QObject):
    """Runs plain functions in its lanes. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make the lanes; their threads start with their first job."""
        super().__init__(parent)
        self._pools = {
            lane: ThreadPoolExecutor(threads, thread_name_prefix=f"clipsearch-{lane}")
            for lane, threads in _THREADS.items()
        }
        self._active: set[Job] = set()
        self._done: list[Job] = []
        self._generations: Counter[str] = Counter()
        self._is_closed = False

    @property
    def is_idle(self) -> bool:
        """Whether no job waits or runs, but for one that waits for news."""
        return all(job.lane is Lane.WATCH for job in self._active)

    def submit(
        self,
        lane: Lane,
        function: Callable[..., object],
        *args: object,
        topic: str = "",
        progress: bool = False,
        **kwargs: object,
    ) -> Job:
        """Run ``function(*args, **kwargs)`` in a lane; connect to the job before returning.

        Args:
            lane: Where it runs.
            function: A synchronous function that touches no Qt object of the GUI thread.
            args: Its positional arguments.
            topic: Newest wins: older jobs of the same topic are cancelled, and their late
                results dropped. Empty: every job counts.
            progress: Pass ``progress=`` to the function; it is the point of cancellation too.
            kwargs: Its keyword arguments.

        Returns:
            The job. After `close` it does nothing and reports `Job.cancelled`.
        """
        if topic:
            self._generations[topic] += 1
            for older in [job for job in self._active if job.topic == topic]:
                older.cancel()
        job = Job(self, lane, topic, self._generations[topic])
        self._active.add(job)
        if self._is_closed:
            job._ended.emit(_Outcome())
            return job
        if progress:
            kwargs["progress"] = _Reporter(job._moved, job._stop)
        job._start(self._pools[lane], partial(function, *args, **kwargs))
        return job

    def is_newest(self, job: Job) -> bool:
        """Whether no newer job of the same topic was submitted."""
        return not job.topic or job.generation == self._generations[job.topic]

    def release(self, job: Job) -> None:
        """Forget a job that has finished; called by the job."""
        self._active.discard(job)
        # An object must not go while one of its own slots runs: it goes with the next event.
        self._done.append(job)
        QTimer.singleShot(0, self, self._done.clear)

    def close(self) -> None:
        """Cancel everything, wait for all threads, and report what was open as cancelled.

        A function that reports no progress runs to its end first; its result is dropped. So does
        what waits in the lane of the user's words, unless it only asks: nothing can say it again.
        """
        self._is_closed = True
        for job in list(self._active):
            if job.lane is not Lane.WORDS or job.topic:
                job.cancel()
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        for job in list(self._active):
            job._settle(_Outcome())
