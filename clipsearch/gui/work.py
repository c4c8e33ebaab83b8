"""What the library is asked to do, how far it has come, and that in words."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

_MEASURE_S = 1.0
"""Seconds of work before a rate or a time left is worth showing."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Work", text)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that the library is asked to do."""

    title: str
    """In a few words, with a folder's name where there is one."""
    folders: tuple[Path, ...] = ()
    """Folders that the user adds by it."""
    scope: tuple[Path, ...] | None = None
    """Files and folders that it is about; ``None`` for the whole library."""
    is_background: bool = False
    """Whether nobody waits for it: while another process writes, it is tried again later."""
    is_indexing: bool = True
    """Whether it looks at photos: then it keeps the pace, and can be stopped on the way."""
    in_bytes: bool = False
    """Whether it brings bytes instead: then it can be stopped on the way, too."""
    is_counted: bool = False
    """Whether it does something else by the piece: then, too, it can be stopped on the way."""
    model: str = ""
    """The model that the library changes to by it, or that is fetched."""

    @property
    def has_progress(self) -> bool:
        """Whether it tells how far it has come, and can be stopped on the way."""
        return self.is_indexing or self.in_bytes or self.is_counted


class State(Enum):
    """Where a piece of work is."""

    WAITING = "waiting"
    """Others come first."""
    RUNNING = "running"
    RESTING = "resting"
    """Paused, or waiting for better times."""
    STOPPING = "stopping"


class Work:
    """A task on its way. GUI thread only."""

    def __init__(self, task: Task, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Work that waits; ``clock`` gives seconds."""
        self.task = task
        self.state = State.WAITING
        self.done = 0
        """Photos or bytes finished; photos found while there is no total."""
        self.total: int | None = None
        self.waits_for = ""
        """Why it rests, a sentence without a full stop."""
        self._clock = clock
        self._last = clock()
        self._spent = 0.0
        self._first = 0

    @property
    def can_stop(self) -> bool:
        """Whether it would leave nothing half done."""
        return self.task.has_progress or self.state is State.WAITING

    @property
    def rate(self) -> float | None:
        """Photos or bytes a second, without the time of rest; ``None`` if not known yet."""
        done = self.done - self._first
        return done / self._spent if done > 0 and self._spent >= _MEASURE_S else None

    def move(self, done: int, total: int | None) -> None:
        """It has come this far."""
        now = self._clock()
        if total != self.total:  # Another phase has another rate.
            self._spent, self._first = 0.0, done
        elif self.state is State.RUNNING:
            self._spent += now - self._last
        self._last = now
        self.done, self.total = done, total

    def rest(self, reason: str) -> None:
        """It waits for something, or goes on if ``reason`` is empty."""
        if self.state is State.STOPPING:
            return
        self.waits_for = reason
        self.state = State.RESTING if reason else State.RUNNING


def reason_to_wait(waits_for: str | None) -> str:
    """Put into the user's language why a pace rests; empty if it does not."""
    known = {
        "paused": _tr("Paused"),
        "waiting for the power supply": _tr("Waiting for the power supply"),
        "waiting until the machine is idle": _tr("Waiting until the machine is idle"),
    }
    return known.get(waits_for, waits_for) if waits_for else ""


def short_line(work: Work) -> str:
    """What the status line says of work."""
    if work.state is State.STOPPING:
        return _tr("Stopping…")
    if work.state is State.RESTING:
        return _joined(work.waits_for, _count(work))
    if not work.task.is_indexing:
        return _joined(work.task.title, _count(work))
    if not work.total:
        found = _tr("{count} found").format(count=number(work.done)) if work.done else ""
        looking = _tr("Loading the model…") if _is_loading(work) else _tr("Looking for photos…")
        return _joined(looking, found)
    doing = _tr("Indexing {done} of {total}")
    return _joined(doing.format(done=number(work.done), total=number(work.total)), *_pace(work))


def long_line(work: Work) -> str:
    """What the list of all work says of it."""
    title = work.task.title
    if work.state is State.WAITING:
        return _joined(title, _tr("waits for its turn"))
    if work.state is State.STOPPING:
        return _joined(title, _tr("is being stopped"))
    if work.state is State.RESTING:
        return _joined(title, work.waits_for, _count(work))
    if not work.task.is_indexing:
        return _joined(title, _count(work), *_pace(work))
    if not work.total:
        looking = _tr("loading the model") if _is_loading(work) else _tr("looking for photos")
        return _joined(title, looking)
    return _joined(title, _count(work), *_pace(work))


def names_of(folders: Sequence[Path]) -> str:
    """Name folders in few words."""
    first = folders[0].name or str(folders[0])
    if len(folders) == 1:
        return first
    return _tr("{folder} and {count} more").format(folder=first, count=number(len(folders) - 1))


def number(count: int) -> str:
    """A number as the user writes it."""
    return QLocale().toString(count)


def size(count: int) -> str:
    """A number of bytes as the user reads it, ``605 MB``."""
    mantissa = float(count)
    while mantissa >= 1000:
        mantissa /= 1000
    digits = 0 if mantissa >= 9.95 or count < 1000 else 1
    return QLocale().formattedDataSize(count, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def _is_loading(work: Work) -> bool:
    """Whether a model is loaded that was not in use: before anything else, and for long."""
    return bool(work.task.model) and work.total is None and not work.done


def progress_words(work: Work) -> str:
    """How far work has come, in few words: ``5 of 14``; empty while nobody knows."""
    return _count(work)


def pace_words(work: Work) -> str:
    """The same with the time left: ``5 of 14 · 2/s · less than a minute left``."""
    return _joined(_count(work), *_pace(work))


def _count(work: Work) -> str:
    if not work.total:
        return ""
    if work.task.in_bytes:
        return _tr("{done} of {total}").format(done=size(work.done), total=size(work.total))
    return _tr("{done} of {total}").format(done=number(work.done), total=number(work.total))


def _pace(work: Work) -> tuple[str, ...]:
    rate = work.rate
    if rate is None or not work.total:
        return ()
    digits = QLocale().toString(rate, "f", 0 if rate >= 10 else 1)
    if work.task.in_bytes:
        digits = size(round(rate))
    return _tr("{rate}/s").format(rate=digits), _left((work.total - work.done) / rate)


def _left(seconds: float) -> str:
    if seconds < 60:
        return _tr("less than a minute left")
    if seconds < 5400:
        return _tr("{minutes} min left").format(minutes=round(seconds / 60))
    return _tr("{hours} h left").format(hours=round(seconds / 3600))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
