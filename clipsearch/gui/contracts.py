"""What the window needs of the core; `clipsearch.app` brings the real ones."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from clipsearch.core.query import Query
from clipsearch.core.types import (
    DuplicateGroup,
    DuplicateKind,
    FilterValues,
    FolderState,
    Hit,
    IndexReport,
    LibraryInfo,
    MaintenanceReport,
    ModelState,
    Photo,
    Removal,
    SpaceState,
)
from clipsearch.progress import Progress, no_progress

if TYPE_CHECKING:
    from PIL import Image

    from clipsearch.ml.downloads import Offer


class PhotoLibrary(Protocol):
    """The part of `clipsearch.core.library.Library` that the window uses, from any thread."""

    def open(self) -> tuple[str, ...]:
        """Open the stores; returns sentences that the user should read."""

    def photos(self) -> list[Photo]:
        """All photos, the newest file first."""

    def search(self, query: Query) -> list[Hit]:
        """The best hits first."""

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
    """Small and large pictures for the screen, from any thread."""

    load: "Callable[[Photo, int], Image.Image]"
    """A thumbnail: its longer edge is at most so many device pixels; upright RGB."""
    preview: "Callable[[Path, int], Image.Image]"
    """Any picture file, its longer edge at most so many device pixels; upright RGB."""


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
