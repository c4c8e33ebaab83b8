"""`RunFolder`: what a run of fine-tuning keeps on the disk, so that it survives a crash.

``plan.json`` is the `TuningOrder`; ``checkpoint.pt`` is how far training is; ``events.jsonl`` is
what the run has told. A run is finished once ``result.json``, the `RunResult`, is there, and with
it ``adapter.safetensors``, what was learned, and ``gallery.npz``, the embeddings before and after.
``kept.json`` names the model that was made of it. Files are written whole or not at all, but for
the events, whose last line may be cut short.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from clipsearch.core.faults import disk_faults
from clipsearch.core.files import write_whole
from clipsearch.errors import InputError, TrainingError
from clipsearch.ml.held_out import Embedded
from clipsearch.ml.tuning_types import Outcome, TuningPlan

Event: TypeAlias = dict[str, Any]
"""``kind`` is ``stage`` (``stage``), ``progress`` (``done``, ``total``, ``note``), ``step``
(``step``, ``steps``, ``loss``), ``recall`` (``step``, ``recall``), ``notice`` or ``failed``
(``sentence``), ``paused``, ``resumed``, ``stopped`` or ``done``. A run that was resumed tells some
steps twice."""

RunState: TypeAlias = Literal["unfinished", "running", "finished", "kept"]

_EMBEDDED = ("photos", "names", "words")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TuningOrder:
    """What a run is to do."""

    plan: TuningPlan
    edge: int
    """Of the model's input, in pixels."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to."""

    outcome: Outcome
    words: tuple[str, ...]
    """Whose meaning was learned, as the rows of ``words/…`` in the adapter."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run, for a list."""

    name: str
    state: RunState
    order: TuningOrder
    result: RunResult | None
    model: str | None
    """The name under which it was kept."""


class RunFolder:
    """A run's files."""

    def __init__(self, path: Path) -> None:
        """Name a run's folder, which is ``LIBRARY/training/RUN``."""
        self.path = path
        self.checkpoint = path / "checkpoint.pt"
        self.adapter = path / "adapter.safetensors"

    @classmethod
    def create(cls, runs: Path, order: TuningOrder) -> "RunFolder":
        """Make the folder of a new run.

        Raises:
            LibraryError: The disk is full or read-only.
        """
        stamp = f"{order.made_at:%Y%m%d-%H%M%S}"
        with disk_faults(runs.parent):
            runs.mkdir(parents=True, exist_ok=True)
            number = 1
            while (path := runs / (stamp if number == 1 else f"{stamp}-{number}")).exists():
                number += 1
            path.mkdir()
        made = cls(path)
        made.write_order(order)
        return made

    @property
    def name(self) -> str:
        """The run's."""
        return self.path.name

    def order(self) -> TuningOrder:
        """What the run is to do.

        Raises:
            TrainingError: The file is damaged or not there.
        """
        found = self._read("plan.json", _orders())
        if found is None:
            raise TrainingError(f"The run {self.name} has no plan: drop it, and train again.")
        return found

    def write_order(self, order: TuningOrder) -> None:
        """Write what the run is to do."""
        self._write("plan.json", _orders().dump_python(order, mode="json"))

    def result(self) -> RunResult | None:
        """What it came to, if it is finished."""
        return self._read("result.json", _results())

    def finish(self, result: RunResult, adapter: bytes, parent: Embedded, model: Embedded) -> None:
        """Write what a run came to; its checkpoint is of no use any more.

        Args:
            result: Written last: it says that all is there.
            adapter: Safetensors.
            parent: The examples before.
            model: The examples after.
        """
        arrays = {f"before/{name}": getattr(parent, name) for name in _EMBEDDED}
        arrays |= {f"after/{name}": getattr(model, name) for name in _EMBEDDED}
        gallery = BytesIO()
        np.savez(gallery, allow_pickle=False, **arrays)
        with self._disk_faults():
            write_whole(self.adapter, adapter)
            write_whole(self.path / "gallery.npz", gallery.getvalue())
        self._write("result.json", _results().dump_python(result, mode="json"))
        with self._disk_faults():
            self.checkpoint.unlink(missing_ok=True)

    def embedded(self) -> tuple[Embedded, Embedded]:
        """The examples before and after.

        Raises:
            TrainingError: They cannot be read.
        """
        try:
            with np.load(self.path / "gallery.npz", allow_pickle=False) as arrays:
                before, after = (
                    Embedded(*(arrays[f"{when}/{name}"] for name in _EMBEDDED))
                    for when in ("before", "after")
                )
        except (OSError, ValueError, KeyError) as error:
            raise self._damaged("gallery.npz", error) from error
        return before, after

    def append(self, event: Event) -> None:
        """Keep what the run tells."""
        with self._disk_faults(), (self.path / "events.jsonl").open("a", encoding="utf-8") as file:
            # The newline goes first: what a killed process has cut short spoils no other line.
            file.write("\n" + json.dumps(event))

    def events(self) -> Iterator[Event]:
        """What the run has told, from the first on."""
        try:
            lines = (self.path / "events.jsonl").read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:  # It was being written when the process died.
                continue

    def kept_as(self) -> str | None:
        """The name of the model that was made of it, if one was."""
        return self._read("kept.json", _names())

    def keep_as(self, model: str) -> None:
        """Remember the model that was made of it, which has the adapter now."""
        self._write("kept.json", model)

    def info(self) -> RunInfo:
        """Describe it.

        Raises:
            TrainingError: A file is damaged.
        """
        order, result, model = self.order(), self.result(), self.kept_as()
        state: RunState
        if result is not None:
            state = "finished" if model is None else "kept"
        else:
            state = "running" if self.is_running else "unfinished"
        return RunInfo(self.name, state, order, result, model)

    @contextmanager
    def running(self, patience_s: float) -> Iterator[None]:
        """Be the one process that works on it.

        Args:
            patience_s: How long to wait for one that may just be ending, in seconds.

        Raises:
            TrainingError: Another process does.
        """
        with self._disk_faults():
            lock = self._lock(patience_s)
            try:
                lock.acquire()
            except Timeout as error:
                raise TrainingError(
                    f"Another clipsearch is training the run {self.name}: wait until it is done, "
                    "or close it."
                ) from error
        try:
            yield
        finally:
            lock.release()

    @property
    def is_running(self) -> bool:
        """Whether a process works on it now."""
        try:
            with self.running(0):
                return False
        except TrainingError:
            return True

    def remove(self) -> None:
        """Delete it.

        Raises:
            TrainingError: A process works on it.
            LibraryError: It cannot be deleted.
        """
        with self.running(0):
            pass
        with self._disk_faults():
            shutil.rmtree(self.path)

    def _lock(self, patience_s: float) -> FileLock:
        return FileLock(self.path / "run.lock", timeout=patience_s)

    def _disk_faults(self) -> Any:
        return disk_faults(self.path.parent.parent)

    def _write(self, name: str, document: object) -> None:
        # In ASCII: a path may hold what UTF-8 cannot.
        with self._disk_faults():
            write_whole(self.path / name, json.dumps(document, indent=1).encode())

    def _read(self, name: str, adapter: TypeAdapter[_T]) -> _T | None:
        try:
            return adapter.validate_python(json.loads((self.path / name).read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._damaged(name, error) from error

    def _damaged(self, name: str, error: Exception) -> TrainingError:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        return TrainingError(
            f"The run {self.name} cannot be used, since {self.path / name} cannot be read "
            f"({first}): drop it, and train again."
        )


class RunFolders:
    """The runs of a library."""

    def __init__(self, library: Path) -> None:
        """Name the library's folder."""
        self.path = library / "training"

    def create(self, plan: TuningPlan, edge: int) -> RunFolder:
        """Make a new run; see `RunFolder.create`."""
        return RunFolder.create(self.path, TuningOrder(plan, edge, datetime.now(UTC)))

    def all(self) -> list[RunFolder]:
        """Those that there are, the latest first."""
        try:
            names = [path.name for path in self.path.iterdir() if path.is_dir()]
        except OSError:
            return []
        return [RunFolder(self.path / name) for name in sorted(names, reverse=True)]

    def named(self, name: str) -> RunFolder:
        """A run by its name.

        Raises:
            InputError: There is none.
        """
        found = next((run for run in self.all() if run.name == name), None)
        if found is None:
            raise InputError(f"There is no run '{name}': 'clipsearch train --runs' lists them.")
        return found


@cache
def _orders() -> TypeAdapter[TuningOrder]:
    return TypeAdapter(TuningOrder)


@cache
def _results() -> TypeAdapter[RunResult]:
    return TypeAdapter(RunResult)


@cache
def _names() -> TypeAdapter[str]:
    return TypeAdapter(str)
