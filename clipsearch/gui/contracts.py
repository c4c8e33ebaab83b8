"""What the window needs of the core; `clipsearch.app` brings the real ones."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from clipsearch.core.filter_types import FilterValues
from clipsearch.core.query import Query
from clipsearch.core.types import (
    DuplicateGroup,
    DuplicateKind,
    Exposure,
    FolderState,
    IndexReport,
    LibraryInfo,
    MaintenanceReport,
    Metadata,
    ModelState,
    Page,
    Photo,
    Removal,
    SpaceState,
)
from clipsearch.gui.label_contracts import LabelKeeper, PhotoWriter, SidecarKeeper, Tagger
from clipsearch.gui.tuning_contracts import Tuner
from clipsearch.progress import Progress, no_progress

if TYPE_CHECKING:
    from PIL import Image

    from clipsearch.core.searches import SavedSearch
    from clipsearch.ml.downloads import Offer


class SearchStore(Protocol):
    """The part of `clipsearch.core.searches.Searches` that the window uses, from any thread."""

    def saved(self) -> "list[SavedSearch]":
        """All saved searches, by name."""

    def save(self, name: str, query: str) -> "SavedSearch":
        """Keep a search under a name, instead of what went by that name before."""

    def rename(self, name: str, new_name: str) -> "SavedSearch":
        """Give a saved search another name, which none has."""

    def forget(self, name: str) -> "SavedSearch":
        """Forget a saved search."""

    def history(self, limit: int) -> list[str]:
        """What was searched for, the latest first."""

    def remember(self, query: str) -> None:
        """Put a search at the top of the history."""

    def clear_history(self) -> None:
        """Forget what was searched for."""


class PhotoLibrary(Protocol):
    """The part of `clipsearch.core.library.Library` that the window uses, from any thread."""

    def open(self) -> tuple[str, ...]:
        """Open the stores; returns sentences that the user should read."""

    def photos(self) -> list[Photo]:
        """All photos, the newest file first."""

    def metadata(self, *paths: Path) -> list[Metadata]:
        """What file and sidecar say of photos of the library."""

    def search_page(self, query: Query, *, patiently: bool = False) -> Page:
        """The best hits first, and how many there are.

        Patiently means that versions of one picture are looked for among them.
        """

    @property
    def labels(self) -> LabelKeeper:
        """What the user says of the photos; not in the GUI thread."""

    @property
    def sidecars(self) -> SidecarKeeper:
        """What the user says, into sidecars and out of them; not in the GUI thread."""

    @property
    def originals(self) -> PhotoWriter:
        """Writes what the user says into the photos themselves; not in the GUI thread."""

    @property
    def tagging(self) -> Tagger:
        """What suggests tags; not in the GUI thread."""

    @property
    def tuning(self) -> Tuner:
        """What trains models on the user's photos; not in the GUI thread."""

    @property
    def searches(self) -> SearchStore:
        """What was searched for, and what the user has saved of it; not in the GUI thread."""

    def filter_values(self) -> FilterValues:
        """What photos can be filtered by."""

    def duplicates(
        self, kinds: Collection[DuplicateKind], *, progress: Progress = no_progress
    ) -> list[DuplicateGroup]:
        """The groups of some kinds, each with the best photo first."""

    def index(
        self,
        folders: Sequence[Path],
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """Add the photos of folders, and bring them up to date."""

    def update(self, places: Collection[Path], *, progress: Progress = no_progress) -> IndexReport:
        """Bring some files and folders inside the library's folders up to date."""

    def remove_folder(self, folder: Path) -> int:
        """Forget a folder; returns how many photos left."""

    def folders(self) -> tuple[Path, ...]:
        """The folders that are indexed."""

    def folder_states(self) -> list[FolderState]:
        """The same, with how many photos each holds and whether it is there."""

    def use_model(self, model: str, *, progress: Progress = no_progress) -> IndexReport:
        """Index everything with another model, then let searches use it."""

    def spaces(self) -> list[SpaceState]:
        """The indexes that models have made."""

    def forget_space(self, name: str) -> SpaceState:
        """Delete the index of a model that is not in use, by its fingerprint."""

    def info(self) -> LibraryInfo:
        """The state of the library."""

    def warm_up(self) -> None:
        """Load what the first query needs."""

    def release_idle_model(self) -> bool:
        """Free the memory of a model that has not been used for long."""

    def maintain(self, *, progress: Progress = no_progress) -> MaintenanceReport:
        """Tidy up index and cache as far as it is due."""

    def close(self) -> tuple[str, ...]:
        """Close the stores; returns sentences that the user should read."""


class ModelShelf(Protocol):
    """The part of `clipsearch.core.models.Models` that the window uses, from any thread."""

    def states(self) -> list[ModelState]:
        """What can be used, what can be downloaded, and what has left an index."""

    def architectures(self) -> list[str]:
        """What a weights file can be of."""

    def offer(self, name: str) -> "Offer":
        """Ask the hub for size and licence of a model; the network is asked."""

    def download(self, offer: "Offer", *, progress: Progress = no_progress) -> str:
        """Fetch a model, on from where that was stopped; returns its name."""

    def take(
        self,
        path: Path,
        *,
        name: str | None = None,
        architecture: str | None = None,
        progress: Progress = no_progress,
    ) -> str:
        """Copy a model of the user's own; returns its name."""

    def remove(self, name: str) -> int:
        """Delete a model's weights; returns how many bytes that frees."""


class WorkPace(Protocol):
    """The part of `clipsearch.core.pace.Pace` that the window uses, from any thread."""

    @property
    def share(self) -> float:
        """Of the time that work may go on, in (0, 1]."""

    @share.setter
    def share(self, share: float) -> None: ...

    @property
    def is_paused(self) -> bool:
        """Whether the user has paused it."""

    @property
    def waits_for(self) -> str | None:
        """Why work rests, in a few words; ``None`` while it goes on."""

    def pause(self) -> None:
        """Let work rest until `resume`."""

    def resume(self) -> None:
        """Let work go on."""

    def apply(self, progress: Progress) -> Progress:
        """A progress that keeps this pace, and goes on calling ``progress`` while work rests."""


@dataclass(frozen=True, slots=True)
class PictureSource:
    """What is read from the photos' own files, from any thread; an `ImageError` says why not."""

    load: "Callable[[Photo, int], Image.Image]"
    """A thumbnail: its longer edge is at most so many device pixels; upright RGB."""
    preview: "Callable[[Path, int], Image.Image]"
    """Any picture file, its longer edge at most so many device pixels; upright RGB."""
    exposure: Callable[[Path], Exposure]
    """How a photo was exposed."""


class Watcher(Protocol):
    """The part of `clipsearch.core.watch.FolderWatcher` that the window uses, from one thread."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are watched."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching."""

    def watch(self, folder: Path) -> None:
        """Watch a folder; returns when changes are noticed."""

    def unwatch(self, folder: Path) -> None:
        """Watch a folder no more."""

    def next_batch(self, timeout: float | None = None) -> frozenset[Path]:
        """Wait for places that should be looked at again; empty after so many seconds."""


WatcherMaker = Callable[[Callable[[str], None]], Watcher]
"""Makes a watcher that tells its sentences to a function; called in a worker thread."""

SampleMaker = Callable[[], Path]
"""Puts the sample photos somewhere and returns their folder; called in a worker thread."""


class Remover(Protocol):
    """What `clipsearch.core.removal.remove_chosen` does; called in a worker thread."""

    def __call__(
        self, library: PhotoLibrary, groups: Sequence[DuplicateGroup], *, progress: Progress
    ) -> Removal:
        """Move all photos of the groups but the keepers to the bin."""
