"""The process that trains: reads the photos of a run, learns, judges and writes what came of it.

`work` is what a spawned process runs. It and its parent talk through one pipe, in JSON: events go
up, ``pause``, ``resume`` and ``cancel`` come down. When the parent is gone, the pipe breaks, and
the process ends as if it had been cancelled.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.pace import Pace
from clipsearch.core.priority import let_process_give_way
from clipsearch.core.tuning_reading import read_photos
from clipsearch.core.tuning_run import Event, RunFolder, RunResult
from clipsearch.errors import ClipSearchError, TrainingError
from clipsearch.ml.held_out import Embedded
from clipsearch.ml.tuning_types import Outcome, TuningPlan
from clipsearch.progress import Cancelled, Progress
from clipsearch.settings import Settings

_LOOK_AGAIN_S = 0.2
_TELL_EVERY_S = 0.1
_PATIENCE_S = 30.0  # For a process that has lost its parent, and notices at its next step.
_LOSS = "loss "


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Attributes:
        outcome: For the user.
        tensors: Of the adapter.
        words: Whose meaning was learned.
        parent: The examples before.
        model: The examples after.
    """

    outcome: Outcome
    tensors: Mapping[str, NDArray[np.float32]]
    words: tuple[str, ...]
    parent: Embedded
    model: Embedded


class Learn(Protocol):
    """Learns, and judges what was learned."""

    def __call__(
        self,
        plan: TuningPlan,
        photos: Sequence[Image.Image],
        *,
        settings: Settings,
        checkpoint: Path,
        stage: Callable[[str], None],
        on_recall: Callable[[int, float], None],
        progress: Progress,
    ) -> Learned:
        """See `clipsearch.ml.teaching.teach`."""


def learn(
    plan: TuningPlan,
    photos: Sequence[Image.Image],
    *,
    settings: Settings,
    checkpoint: Path,
    stage: Callable[[str], None],
    on_recall: Callable[[int, float], None],
    progress: Progress,
) -> Learned:
    """Load the parent and let it learn.

    Raises:
        TrainingError: Its weights are not those of the plan any more, memory is short, or the loss
            is not a number.
        ModelError: It cannot be loaded.
        Cancelled: By ``progress``.
    """
    from clipsearch.ml import models
    from clipsearch.ml.execution import out_of_memory_as
    from clipsearch.ml.teaching import teach

    model = models.load(models.resolve(plan.model))
    if model.fingerprint != plan.fingerprint:
        raise TrainingError(
            f"The weights of '{plan.model}' are not those any more that this run was begun with: "
            "drop it, and train again."
        )
    with out_of_memory_as(MemoryError):
        taught = teach(
            plan,
            model,
            photos,
            settings=settings,
            checkpoint=checkpoint,
            stage=stage,
            on_recall=on_recall,
            progress=progress,
        )
    tensors = {
        name: np.ascontiguousarray(tensor.detach().cpu().float().numpy())
        for name, tensor in taught.tuned.tensors.items()
    }
    return Learned(taught.outcome, tensors, taught.tuned.words, taught.parent, taught.model)


def work(connection: Connection, folder: Path, settings: Settings, learn: Learn) -> None:
    """Run a run from where it is to its end; the whole life of the process.

    Args:
        connection: To the parent.
        folder: Of the run.
        settings: Device, memory of pictures, and when background work may go on.
        learn: Does it.
    """
    # Ctrl+C reaches all processes of a terminal; the parent says what is to be done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr  # The parent's stdout is one JSON document.
    let_process_give_way()
    run = RunFolder(folder)
    link = _Link(connection, run)
    try:
        with run.running(_PATIENCE_S):
            _run(run, settings, learn, link)
        link.tell("done")
    except Cancelled:
        _last_word(link, "stopped")
    except MemoryError:
        _last_word(link, "failed", sentence=_no_memory(run.order().plan))
    except ClipSearchError as error:
        _last_word(link, "failed", sentence=str(error))


def _run(run: RunFolder, settings: Settings, learn: Learn, link: "_Link") -> None:
    order = run.order()
    if run.result() is not None:
        return
    progress = Pace.of(settings).apply(link.progress)
    link.stage("reading photos")
    read = read_photos(
        order.plan.lessons, order.edge, settings.max_megapixels * 1_000_000, progress
    )
    for sentence in read.notices:
        link.tell("notice", sentence=sentence)
    if read.lessons != order.plan.lessons:
        # Other photos, another run: what a checkpoint holds was learned from other batches.
        order = replace(order, plan=replace(order.plan, lessons=read.lessons))
        run.checkpoint.unlink(missing_ok=True)
        run.write_order(order)
    found = learn(
        order.plan,
        read.photos,
        settings=settings,
        checkpoint=run.checkpoint,
        stage=link.stage,
        on_recall=link.recall,
        progress=progress,
    )
    _finish(run, found)


def _finish(run: RunFolder, found: Learned) -> None:
    from safetensors.numpy import save

    result = RunResult(found.outcome, found.words)
    run.finish(result, save(dict(found.tensors)), found.parent, found.model)


def _no_memory(plan: TuningPlan) -> str:
    smaller = "a smaller model" if plan.method in ("lora", "gda") else "'lora' or a smaller model"
    return (
        f"There is not enough memory to train '{plan.model}' by '{plan.method}': close other "
        f"programs and resume the run, or train again with {smaller}."
    )


def _last_word(link: "_Link", kind: str, **facts: Any) -> None:
    with suppress(Cancelled, ClipSearchError):  # Nobody may be there to hear it.
        link.tell(kind, **facts)


class _Link:
    """What the process tells its parent, and hears from it."""

    def __init__(self, connection: Connection, run: RunFolder) -> None:
        self._connection, self._run = connection, run
        self._stage = ""
        self._told = float("-inf")

    def stage(self, name: str) -> None:
        self._stage = name
        self.tell("stage", stage=name)

    def recall(self, step: int, recall: float) -> None:
        self.tell("recall", step=step, recall=recall)

    def progress(self, done: int, total: int | None, note: str = "") -> None:
        """Tell how far the stage is, and do what the parent has said.

        Raises:
            Cancelled: It said so, or is gone.
        """
        self._heed()
        # The note of a training step is its loss.
        if self._stage == "training" and note.startswith(_LOSS):
            loss = float(note.removeprefix(_LOSS))
            self.tell("step", step=done, steps=total, loss=loss)
        elif time.monotonic() - self._told >= _TELL_EVERY_S:
            self._told = time.monotonic()
            self._send({"kind": "progress", "done": done, "total": total, "note": note})

    def tell(self, kind: str, **facts: Any) -> None:
        """Tell the parent, and keep it.

        Raises:
            Cancelled: The parent is gone.
            LibraryError: The disk is full or read-only.
        """
        event = {"kind": kind, **facts}
        # To the parent first: it is to hear of a disk that takes no more.
        self._send(event)
        self._run.append(event)

    def _send(self, event: Event) -> None:
        try:
            self._connection.send_bytes(json.dumps(event).encode())
        except OSError as error:
            raise Cancelled from error

    def _heed(self) -> None:
        is_paused = False
        while is_paused or self._said(0):
            if not self._said(_LOOK_AGAIN_S):
                continue
            order = self._hear()
            if order == b"cancel":
                raise Cancelled
            if order == b"pause" and not is_paused:
                is_paused = True
                self.tell("paused")
            elif order == b"resume" and is_paused:
                is_paused = False
                self.tell("resumed")

    def _said(self, wait_s: float) -> bool:
        try:
            return self._connection.poll(wait_s)
        except OSError as error:  # So Windows says that the other end is closed.
            raise Cancelled from error

    def _hear(self) -> bytes:
        try:
            return self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise Cancelled from error
