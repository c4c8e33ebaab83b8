"""What was searched for and what is saved of it, read and written in the background."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from clipsearch.errors import LibraryError
from clipsearch.gui.contracts import PhotoLibrary, SearchStore
from clipsearch.gui.jobs import JobRunner, Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipsearch.core.searches import SavedSearch

_MOST_RECENT = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """The searches that a library keeps."""

    recent: tuple[str, ...] = ()
    """In the query language, the latest first; only as many as are offered."""
    saved: "tuple[SavedSearch, ...]" = ()
    """By name."""

    def named(self, name: str) -> "SavedSearch | None":
        """The saved search of a name."""
        return next((one for one in self.saved if one.name == name), None)


class KeptSearches(QObject):
    """Knows what is kept, as it was read last. GUI thread only."""

    changed = Signal()
    """`now` may be another."""
    saved = Signal(str)
    """A search is kept under this name; `changed` follows."""
    renamed = Signal(str, str)
    """The old and the new name of a saved search; `changed` follows."""
    forgotten = Signal(object)
    """The `SavedSearch` that is none any more; `changed` follows."""
    failed = Signal(object)
    """The exception: nothing was written, or nothing can be read."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Know of nothing yet; `read` asks."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self.now = Kept()

    def read(self) -> None:
        """Ask what is kept."""
        self._submit(lambda searches: None)

    def remember(self, query: str) -> None:
        """Put a search at the top of the history; a library that cannot be written keeps none."""
        if query not in self.now.recent[:1]:
            self._submit(lambda searches: _remember(searches, query))

    def clear_history(self) -> None:
        """Forget what was searched for; saved searches stay."""
        self._submit(lambda searches: searches.clear_history())

    def save(self, name: str, query: str) -> None:
        """Keep a search under a name, instead of what went by that name before."""
        self._submit(
            lambda searches: searches.save(name, query), lambda found: self.saved.emit(found.name)
        )

    def rename(self, name: str, new_name: str) -> None:
        """Give a saved search another name."""
        self._submit(
            lambda searches: searches.rename(name, new_name),
            lambda found: self.renamed.emit(name, found.name),
        )

    def forget(self, name: str) -> None:
        """Forget a saved search."""
        self._submit(lambda searches: searches.forget(name), self.forgotten.emit)

    def _submit(
        self,
        act: "Callable[[SearchStore], SavedSearch | None]",
        tell: "Callable[[SavedSearch], object]" = lambda _: None,
    ) -> None:
        job = self._runner.submit(Lane.WORDS, _act, self._library, act)
        job.succeeded.connect(lambda outcome: self._take(outcome, tell))
        job.failed.connect(self.failed)

    def _take(self, outcome: "_Outcome", tell: "Callable[[SavedSearch], object]") -> None:
        self.now = outcome.kept
        if outcome.found is not None:
            tell(outcome.found)
        self.changed.emit()


@dataclass(frozen=True, slots=True)
class _Outcome:
    found: "SavedSearch | None"
    kept: Kept


def _act(library: PhotoLibrary, act: "Callable[[SearchStore], SavedSearch | None]") -> _Outcome:
    """Do something, and read what is kept then; for a worker thread."""
    searches = library.searches
    found = act(searches)
    return _Outcome(found, Kept(tuple(searches.history(_MOST_RECENT)), tuple(searches.saved())))


def _remember(searches: SearchStore, query: str) -> None:
    with suppress(LibraryError):
        searches.remember(query)
