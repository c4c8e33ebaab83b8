"""What the window needs of the core; `clipsearch.app` brings the real ones."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from clipsearch.core.label_types import CollectionInfo, Decision, TagCount, Verdict
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


class TagKeeper(Protocol):
    """The part of `clipsearch.core.tag_decisions.TagDecisions` that the window uses."""

    def tags(self) -> list[TagCount]:
        """All tags that there are, by name."""

    def of_tag(self, tag: str) -> list[Decision]:
        """What was decided of one tag."""

    def of_photos(self, content_hashes: Iterable[str]) -> dict[str, list[Decision]]:
        """What was decided of some photos, by their contents."""

    def decide(self, tag: str, content_hashes: Collection[str], verdict: Verdict | None) -> None:
        """Say that photos show a tag, or do not, or take back what was said."""

    def rename(self, tag: str, name: str) -> None:
        """Give a tag another name, which none has."""

    def merge(self, tags: Sequence[str], into: str) -> None:
        """Make one tag of several."""

    def delete(self, tag: str) -> None:
        """Delete a tag with all that was decided of it."""


class RatingKeeper(Protocol):
    """The part of `clipsearch.core.ratings.Ratings` that the window uses."""

    def rate(self, content_hashes: Collection[str], stars: int | None) -> None:
        """Give photos 0 to 5 stars."""

    def favourites(self) -> frozenset[str]:
        """The contents of the photos that the user likes best."""

    def set_favourite(self, content_hashes: Iterable[str], is_favourite: bool) -> None:
        """Like photos best, or no more."""


class CollectionKeeper(Protocol):
    """The part of `clipsearch.core.photo_collections.PhotoCollections` that the window uses."""

    def all(self) -> list[CollectionInfo]:
        """All collections, by name."""

    def of_photos(self, content_hashes: Iterable[str]) -> dict[str, list[str]]:
        """The names of the collections that photos were put into, by the photos' contents."""

    def create(self, name: str, *, query: str | None = None) -> None:
        """Make a collection; a smart one if it has a query."""

    def rename(self, name: str, new: str) -> None:
        """Give a collection another name, which none has."""

    def describe(self, name: str, *, note: str | None = None) -> None:
        """Change what is said of a collection."""

    def delete(self, name: str) -> None:
        """Delete a collection; its photos stay where they are."""

    def add(self, name: str, content_hashes: Collection[str]) -> None:
        """Put photos into a collection that is made by hand."""

    def remove(self, name: str, content_hashes: Collection[str]) -> None:
        """Take photos out of a collection."""


class LabelKeeper(Protocol):
    """The part of `clipsearch.core.labelling.Labelling` that the window uses, from any thread."""

    @property
    def tags(self) -> TagKeeper:
        """Which tags photos have, and which they were denied."""

    @property
    def ratings(self) -> RatingKeeper:
        """Stars and favourites."""

    @property
    def collections(self) -> CollectionKeeper:
        """The user's collections."""

    @property
    def undo_title(self) -> str | None:
        """What `undo` would take back; ``None`` if there is nothing."""

    @property
    def redo_title(self) -> str | None:
        """What `redo` would do again; ``None`` if there is nothing."""

    def undo(self) -> str:
        """Take back the latest change; returns what that was."""

    def redo(self) -> str:
        """Do again what was taken back last; returns what that is."""

    def stars(self) -> dict[str, int]:
        """The stars of all photos that have some, by their contents; the user's go first."""

    def photos(self, content_hashes: Iterable[str]) -> list[Photo]:
        """The photos of some contents, in this order; all files of each."""


class Tagger(Protocol):
    """What finds out which tags photos may have; from any thread, but not the GUI's."""

    def names(self) -> Sequence[str]:
        """All tags that it knows."""

    def suggested(self) -> Mapping[str, int]:
        """For how many photos each tag is suggested that nothing was decided of."""

    def suggestions_of(
        self, content_hashes: Collection[str]
    ) -> Mapping[str, Sequence[tuple[str, float, str]]]:
        """Tag, certainty from 0 to 1 and reason, the surest first, by the photos' contents."""

    def candidates(self, tag: str) -> Sequence[tuple[str, float, str]]:
        """Content, certainty from 0 to 1 and reason of photos that may show it, surest first."""


TaggerMaker = Callable[[], Tagger]
"""Gives the tagger of the library; called in a worker thread."""


class PhotoLibrary(Protocol):
    """The part of `clipsearch.core.library.Library` that the window uses, from any thread."""

    def open(self) -> tuple[str, ...]:
        """Open the stores; returns sentences that the user should read."""

    def photos(self) -> list[Photo]:
        """All photos, the newest file first."""

    def search(self, query: Query) -> list[Hit]:
        """The best hits first."""

    @property
    def labels(self) -> LabelKeeper:
        """What the user says of the photos; not in the GUI thread."""

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

    def close(self) -> None:
        """Close the stores."""


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
