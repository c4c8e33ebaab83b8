"""`Debouncer`: turns a stream of events into few batches of places to look at again.

Pure: no threads, no clock and no disk of its own. A *place* is a file, or a folder that stands
for everything under it.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Look = Callable[[Path], Hashable]
"""What a place looks like now; two equal looks are taken to mean that nobody writes there."""

_NEVER_SEEN = object()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long places are kept back, in seconds, and how many of a folder are kept apart."""

    quiet: float = 0.8
    """Without a new event, before a batch is handed over."""
    longest: float = 5.0
    """At most, while events keep coming."""
    resting: float = 1.2
    """Between two looks at a file that was not closed yet, as far as is known; a copy over the
    network may stall for a moment."""
    writing: float = 60.0
    """At most, for a file that looks different whenever it is looked at."""
    crowd: int = 200
    """With more files than this, their folder is handed over instead."""

    @property
    def first_look(self) -> float:
        """Seconds from an event to the first look at a place that may still be written.

        Also between two looks at a crowded folder: both are over before a batch is handed over,
        so that what came at once goes at once.
        """
        return self.quiet * 3 / 8


@dataclass(slots=True)
class _Pending:
    since: float
    touched: float
    settled: bool
    seen: object = _NEVER_SEEN
    seen_at: float = float("-inf")


class Debouncer:
    """Gathers places and hands them over once they are quiet. Not thread-safe.

    Times are seconds of any clock that does not go back.
    """

    def __init__(self, look: Look, patience: Patience) -> None:
        """Take the function that looks at a place, and how long to wait."""
        self._look = look
        self._patience = patience
        self._folders: dict[Path, _Pending] = {}
        # By folder, so that a crowd is found without looking through everything.
        self._files: dict[Path, dict[Path, _Pending]] = {}
        self._count = 0
        self._last_event = float("-inf")

    def __len__(self) -> int:
        """How many places wait."""
        return self._count + len(self._folders)

    def add_file(self, path: Path, now: float, *, settled: bool | None) -> None:
        """Take note of a file.

        Args:
            path: The file.
            now: The time.
            settled: Whether it is known that nobody writes to it (closed, renamed, gone);
                ``None`` leaves it as it was, which is not settled for a new one.
        """
        self._last_event = now
        crowd = self._folders.get(path.parent)
        if crowd is not None and not crowd.settled:
            # Its folder is handed over for all of its files. A settled one, just renamed, may
            # go before this file is complete: that has to wait on its own.
            crowd.touched, crowd.seen = now, _NEVER_SEEN
            return
        siblings = self._files.setdefault(path.parent, {})
        pending = siblings.get(path)
        if pending is None:
            siblings[path] = _Pending(now, now, settled=bool(settled))
            self._count += 1
            if len(siblings) > self._patience.crowd:
                self._crowd(path.parent, now)
            return
        pending.touched = now
        if settled is not None:
            pending.settled = settled
            pending.seen = _NEVER_SEEN

    def add_folder(self, folder: Path, now: float) -> None:
        """Take note that anything under a folder may have changed."""
        self._last_event = now
        pending = self._folders.setdefault(folder, _Pending(now, now, settled=True))
        pending.touched = now

    def replace_under(self, root: Path, now: float) -> None:
        """Forget every single place under a folder, and look at all of it instead."""
        for folder in [f for f in self._folders if f.is_relative_to(root)]:
            del self._folders[folder]
        for folder in [f for f in self._files if f.is_relative_to(root)]:
            self._count -= len(self._files.pop(folder))
        self.add_folder(root, now)

    def forget_under(self, root: Path, kept: Iterable[Path]) -> None:
        """Forget places under a folder that is not watched any more.

        Args:
            root: The folder.
            kept: Folders that are still watched; places under them stay.
        """
        still = tuple(kept)

        def is_over(place: Path) -> bool:
            return place.is_relative_to(root) and not any(map(place.is_relative_to, still))

        for folder in filter(is_over, list(self._folders)):
            del self._folders[folder]
        for folder in filter(is_over, list(self._files)):
            self._count -= len(self._files.pop(folder))

    def collect(self, now: float) -> frozenset[Path]:
        """Hand over what is due; empty if nothing is.

        A folder that may still be written is handed over after the longest wait and kept, to be
        handed over once more when it is quiet.
        """
        self._look_again(now)
        ready = [(place, pending) for place, pending in self._all() if pending.settled]
        overdue = any(now >= pending.since + self._patience.longest for _, pending in ready)
        if not overdue and now < self._last_event + self._patience.quiet:
            ready = []
        batch = {place for place, _ in ready}
        batch.update(self._impatient(now))
        for place in batch:
            self._release(place, now)
        return _without_covered(batch)

    def next_check(self, now: float) -> float | None:
        """When `collect` may have something to hand over; ``None`` if nothing waits.

        Args:
            now: The time; the answer is later, or the same.
        """
        if not len(self):
            return None
        return max(now, min(self._check_of(place, pending) for place, pending in self._all()))

    def _check_of(self, place: Path, pending: _Pending) -> float:
        if pending.settled:
            quiet_at = self._last_event + self._patience.quiet
            return min(quiet_at, pending.since + self._patience.longest)
        return min(self._look_due(place, pending), self._end_of_patience(place, pending))

    def _look_due(self, place: Path, pending: _Pending) -> float:
        is_first = pending.seen is _NEVER_SEEN or place in self._folders
        pause = self._patience.first_look if is_first else self._patience.resting
        return max(pending.touched, pending.seen_at) + pause

    def _end_of_patience(self, place: Path, pending: _Pending) -> float:
        is_folder = place in self._folders
        return pending.since + (self._patience.longest if is_folder else self._patience.writing)

    def _all(self) -> Iterator[tuple[Path, _Pending]]:
        yield from self._folders.items()
        for siblings in self._files.values():
            yield from siblings.items()

    def _look_again(self, now: float) -> None:
        for place, pending in self._all():
            if pending.settled or now < self._look_due(place, pending):
                continue
            seen = self._look(place)
            pending.settled = seen == pending.seen
            pending.seen, pending.seen_at = seen, now

    def _impatient(self, now: float) -> Iterator[Path]:
        """Places that are still being written, but have waited for too long."""
        for place, pending in self._all():
            if not pending.settled and now >= self._end_of_patience(place, pending):
                yield place

    def _release(self, place: Path, now: float) -> None:
        folder = self._folders.get(place)
        if folder is not None:
            if folder.settled:
                del self._folders[place]
            else:
                folder.since = now
            return
        siblings = self._files[place.parent]
        del siblings[place]
        self._count -= 1
        if not siblings:
            del self._files[place.parent]

    def _crowd(self, folder: Path, now: float) -> None:
        siblings = self._files.pop(folder)
        self._count -= len(siblings)
        since = min(pending.since for pending in siblings.values())
        # Looked at twice, like a file: some of them may still be written.
        self._folders[folder] = _Pending(since, now, settled=False)


def _without_covered(batch: set[Path]) -> frozenset[Path]:
    """Drop what lies under a folder of the same batch."""
    return frozenset(place for place in batch if batch.isdisjoint(place.parents))
