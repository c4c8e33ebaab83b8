"""Threads that read and decode ahead of the model, in order, bounded, and with a time limit.

Not `concurrent.futures`: its threads cannot be left behind, and a decoder that hangs in a damaged
file would hold up indexing, and the end of the process, for ever. Threads rather than processes,
since Pillow decodes outside of the interpreter lock.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, Self, TypeVar

from clipsearch.core.priority import give_way

T = TypeVar("T")
R = TypeVar("R")

_LOOK_S = 0.5


class TooSlow:
    """Stands for the result of an item that ran into the time limit."""


@dataclass(slots=True)
class _Task(Generic[T, R]):
    """One item on its way."""

    item: T
    results: list[R] = field(default_factory=list)
    """One, when it is done and nothing went wrong."""
    error: BaseException | None = None
    started: float = float("inf")
    thread: threading.Thread | None = None
    done: threading.Event = field(default_factory=threading.Event)
    is_abandoned: bool = False


class Readers(Generic[T, R]):
    """A few threads that apply a function. Used by one thread, as a context manager."""

    def __init__(self, function: Callable[[T], R], threads: int, *, limit_s: float) -> None:
        """Start the threads.

        Args:
            function: Applied to every item, in any of the threads.
            threads: How many at once.
            limit_s: Seconds after which an item's thread is left behind.
        """
        self._function = function
        self._limit_s = limit_s
        self._tasks: queue.SimpleQueue[_Task[T, R] | None] = queue.SimpleQueue()
        self._threads = [self._start() for _ in range(threads)]

    def in_order(self, items: Iterable[T], *, ahead: int) -> Iterator[tuple[T, "R | TooSlow"]]:
        """Results in the order of the items, with at most ``ahead`` of them under way.

        Raises:
            Exception: Whatever the function raises.
        """
        waiting: deque[_Task[T, R]] = deque()
        for item in items:
            task: _Task[T, R] = _Task(item)
            waiting.append(task)
            self._tasks.put(task)
            if len(waiting) > ahead:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def __enter__(self) -> Self:
        """Nothing more."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop what has not begun, and wait for the rest, but for no hanging thread."""
        while True:
            try:
                self._tasks.get_nowait()
            except queue.Empty:
                break
        for _ in self._threads:
            self._tasks.put(None)
        deadline = time.monotonic() + self._limit_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _result(self, task: _Task[T, R]) -> tuple[T, "R | TooSlow"]:
        while not task.done.wait(_LOOK_S):
            if time.monotonic() - task.started > self._limit_s:
                task.is_abandoned = True
                self._threads = [t for t in self._threads if t is not task.thread]
                self._threads.append(self._start())
                return task.item, TooSlow()
        if task.error is not None:
            raise task.error
        return task.item, task.results[0]

    def _start(self) -> threading.Thread:
        # A daemon: the process may end while a decoder hangs.
        thread = threading.Thread(target=self._work, name="read", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        give_way()
        while (task := self._tasks.get()) is not None:
            task.thread, task.started = threading.current_thread(), time.monotonic()
            try:
                task.results.append(self._function(task.item))
            except BaseException as error:  # noqa: BLE001  it is raised where the result is taken
                task.error = error
            task.done.set()
            if task.is_abandoned:
                return  # Another thread has taken its place.
