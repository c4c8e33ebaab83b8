"""`TuningWorker`: the parent's side of the process that trains."""

import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Literal

from clipsearch.core.tuning_process import Learn, learn, work
from clipsearch.core.tuning_run import Event, RunFolder, RunResult
from clipsearch.errors import TrainingError
from clipsearch.progress import Cancelled, Progress, no_progress
from clipsearch.settings import Settings

OnEvent = Callable[[Event], None]

_TICK_S = 0.1
_MOST_TO_STOP_S = 120.0  # The step that runs is finished, and the checkpoint written.
_MOST_TO_DIE_S = 5.0


def no_events(_: Event) -> None:
    """Listen to nothing."""


class TuningWorker:
    """Runs one run in a process of its own; used once. ``pause`` may come from any thread."""

    def __init__(self, run: RunFolder, settings: Settings, learn: Learn = learn) -> None:
        """Start nothing yet.

        Args:
            run: Whose folder has the plan.
            settings: For the process.
            learn: What it does; importable by name.
        """
        self._folder, self._settings, self._learn = run, settings, learn
        self._sending = threading.Lock()
        self._connection: Connection | None = None
        self._is_paused = False

    def run(self, *, progress: Progress = no_progress, on_event: OnEvent = no_events) -> RunResult:
        """Start the process, relay what it tells, and wait for its end.

        Args:
            progress: Of the stage, with its name; called ten times a second, and may cancel, once
                the process has written its checkpoint.
            on_event: Told every event, in this thread.

        Raises:
            TrainingError: The process says why it cannot go on, or died.
            Cancelled: By ``progress``.
        """
        # Never a fork: the window's threads hold locks.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work,
            args=(theirs, self._folder.path, self._settings, self._learn),
            name=f"clipsearch training {self._folder.name}",
            daemon=True,
        )
        with ours:
            process.start()
            theirs.close()
            self._connect(ours)
            try:
                self._relay(ours, process, progress, on_event)
            finally:
                self._end(ours, process)
        result = self._folder.result()
        assert result is not None, "the process says that it is done"
        return result

    def pause(self) -> None:
        """Let the process rest after its step, until `resume`."""
        self._is_paused = True
        self._say("pause")

    def resume(self) -> None:
        """Let the process go on."""
        self._is_paused = False
        self._say("resume")

    def _connect(self, connection: Connection) -> None:
        self._connection = connection
        if self._is_paused:
            self._say("pause")

    def _relay(
        self, connection: Connection, process: BaseProcess, progress: Progress, on_event: OnEvent
    ) -> None:
        shown = _Shown()
        while True:
            if connection.poll(_TICK_S):
                event = self._next(connection, process)
                on_event(event)
                shown.note(event)
                if event["kind"] == "done":
                    return
                if event["kind"] == "failed":
                    raise TrainingError(event["sentence"])
                if event["kind"] == "stopped":
                    raise Cancelled
            progress(shown.done, shown.total, shown.text)

    def _next(self, connection: Connection, process: BaseProcess) -> Event:
        try:
            event: Event = json.loads(connection.recv_bytes())
        except (EOFError, OSError) as error:
            process.join(_MOST_TO_DIE_S)
            raise TrainingError(
                f"The process that trained has died (exit code {process.exitcode}), perhaps for "
                f"want of memory: 'clipsearch train --resume {self._folder.name}' goes on from "
                "its last checkpoint."
            ) from error
        return event

    def _end(self, connection: Connection, process: BaseProcess) -> None:
        """Let the process write its checkpoint and end; kill it if it does not, or in a hurry."""
        try:
            self._say("cancel")
            self._drain(connection, time.monotonic() + _MOST_TO_STOP_S)
            process.join(_MOST_TO_DIE_S)
        finally:
            self._connection = None
            if process.is_alive():
                process.kill()
            process.join()
            process.close()

    def _drain(self, connection: Connection, until: float) -> None:
        """Read on, lest the process waits for its words to be taken."""
        with suppress(EOFError, OSError):
            while time.monotonic() < until:
                if connection.poll(_TICK_S):
                    connection.recv_bytes()

    def _say(self, order: Literal["pause", "resume", "cancel"]) -> None:
        # One that has ended needs not be told.
        with self._sending, suppress(OSError):
            if self._connection is not None:
                self._connection.send_bytes(order.encode())


class _Shown:
    """How far the process is, as a progress shows it."""

    def __init__(self) -> None:
        self.done, self.total = 0, None
        self.text = self._stage = "starting"

    def note(self, event: Event) -> None:
        kind = event["kind"]
        if kind == "stage":
            self.done, self.total = 0, None
            self.text = self._stage = event["stage"]
        elif kind == "progress":
            self.done, self.total = event["done"], event["total"]
            self.text = event["note"] or self._stage
        elif kind == "step":
            self.done, self.total = event["step"], event["steps"]
            self.text = f"{self._stage}, loss {event['loss']:.3f}"
        elif kind in ("paused", "resumed"):
            self.text = "paused" if kind == "paused" else self._stage
