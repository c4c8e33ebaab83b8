"""The duplicates of the library, looked for in the background and known until it changes."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from clipsearch.core.types import DuplicateGroup, DuplicateKind
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.duplicate_choices import Choice, renewed
from clipsearch.gui.full_speed import FullSpeed
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.places_model import kind_name
from clipsearch.gui.work import Task
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.progress import Progress


@dataclass(frozen=True, slots=True)
class _Found:
    kind: DuplicateKind
    groups: list[DuplicateGroup]
    edition: int
    """Which state of the library they are of."""


def find(library: PhotoLibrary, kind: DuplicateKind, edition: int, progress: Progress) -> _Found:
    """Look for the duplicates of one kind; for a worker thread."""
    return _Found(kind, library.duplicates([kind], progress=progress), edition)


class DuplicatesSession(QObject):
    """Looks for duplicates when they are asked for. GUI thread only."""

    found = Signal(str)
    """The groups of this kind are known, or others than before."""
    stopped = Signal(str)
    """The user stopped the search for this kind."""
    failed = Signal(str, object)
    """The kind, and the exception that ended the search for it."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Know of nothing yet."""
        super().__init__(parent)
        self._library = library
        self._edition = 0
        self._editions: dict[DuplicateKind, int] = {}
        self._choices: dict[DuplicateKind, list[Choice]] = {}
        self._tasks: dict[Task, DuplicateKind] = {}
        self.work = WorkQueue(runner, FullSpeed(), self, lane=Lane.DUPLICATES)
        """The searches that run or wait."""
        self.work.succeeded.connect(self._take)
        self.work.failed.connect(self._fail)
        self.work.stopped.connect(self._stop)

    def choices(self, kind: DuplicateKind) -> list[Choice] | None:
        """The groups of a kind, maybe of an older state of the library; ``None`` if unknown."""
        return self._choices.get(kind)

    def is_current(self, kind: DuplicateKind) -> bool:
        """Whether the groups of a kind are those of the library as it is now."""
        return self._editions.get(kind) == self._edition

    def want(self, kind: DuplicateKind) -> None:
        """Look for the duplicates of a kind, unless they are known or being looked for."""
        if self.is_current(kind) or kind in self._tasks.values():
            return
        title = self.tr("Looking for duplicates: {kind}").format(kind=kind_name(kind))
        task = Task(title, is_indexing=False, is_counted=True)
        self._tasks[task] = kind
        self.work.submit(task, find, self._library, kind, self._edition)

    def doubt(self) -> None:
        """The library has changed: what is known may be wrong."""
        self._edition += 1

    def drop(self, paths: Collection[Path]) -> None:
        """These photos are gone; a group of which one is left is none any more."""
        for kind, choices in self._choices.items():
            groups = [_without(choice.group, paths) for choice in choices]
            left = [group for group in groups if len(group.photos) > 1]
            self._choices[kind] = renewed(choices, left)
            self.found.emit(kind)

    def _take(self, task: Task, found: _Found) -> None:
        del self._tasks[task]
        self._choices[found.kind] = renewed(self._choices.get(found.kind, []), found.groups)
        self._editions[found.kind] = found.edition
        self.found.emit(found.kind)

    def _fail(self, task: Task, error: Exception) -> None:
        self.failed.emit(self._tasks.pop(task), error)

    def _stop(self, task: Task) -> None:
        self.stopped.emit(self._tasks.pop(task))


def _without(group: DuplicateGroup, paths: Collection[Path]) -> DuplicateGroup:
    if not any(photo.path in paths for photo in group.photos):
        return group
    left = tuple(photo for photo in group.photos if photo.path not in paths)
    return replace(group, photos=left, merit=group.merit if left[:1] == group.photos[:1] else None)
