"""What the window needs of the core to keep what the user says of photos, and to suggest tags."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from clipsearch.core.label_types import CollectionInfo, Decision, ImportReport, TagCount, Verdict
from clipsearch.core.types import Photo
from clipsearch.progress import Progress

if TYPE_CHECKING:
    from clipsearch.core.label_backups import Backup
    from clipsearch.core.read_in import ReadIn
    from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
    from clipsearch.core.write_out import WriteOut


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

    def of_photos(self, content_hashes: Iterable[str]) -> dict[str, dict[str, str]]:
        """The captions of photos by the collections that they were put into, by their contents."""

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

    def set_caption(self, name: str, content_hashes: Collection[str], caption: str) -> None:
        """Say the same of some photos in a collection."""


class VocabularyKeeper(Protocol):
    """The part of `clipsearch.core.own_vocabulary.OwnVocabulary` that the window uses."""

    def import_from(self, file: Path) -> int:
        """Let the library have the vocabulary of a file; returns how many tags that has."""

    def describe(self, tag: "Tag") -> None:
        """Say what a tag means."""

    def reset(self) -> Path | None:
        """Go back to the vocabulary that ships; returns the copy that was made before."""


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
    def vocabulary(self) -> VocabularyKeeper:
        """How the tags are described that can be suggested."""

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

    def export_to(self, file: Path) -> int:
        """Write everything that is said into a file; returns how many lines."""

    def import_from(self, file: Path) -> ImportReport:
        """Merge an exported file with what is said here."""

    def backups(self) -> "list[Backup]":
        """The copies of what was said, the latest first."""

    def restore(self, backup: Path) -> tuple[Path, Path]:
        """Go back to a backup; returns it, and the copy of what was said before."""

    def take_notices(self) -> list[str]:
        """Sentences that the user should read, each given once: a backup could not be made."""

    def stars(self) -> dict[str, int]:
        """The stars of all photos that have some, by their contents; the user's go first."""

    def photos(self, content_hashes: Iterable[str]) -> list[Photo]:
        """The photos of some contents, in this order; all files of each."""


class SidecarKeeper(Protocol):
    """The part of `clipsearch.core.sidecar_exchange.SidecarExchange` that the window uses."""

    def write(
        self, photos: Sequence[Photo], *, suggestions: bool = False, progress: Progress
    ) -> "WriteOut":
        """Write what the user says of photos beside them, and what is suggested if wanted."""

    def read(self, photos: Sequence[Photo]) -> "ReadIn":
        """Make what files and sidecars say of photos the user's own words."""


class PhotoWriter(Protocol):
    """The part of `clipsearch.core.originals.Originals` that the window uses."""

    def write(self, photos: Sequence[Photo], *, dry_run: bool, progress: Progress) -> "WriteOut":
        """Write what the user says of photos into them, or tell what would be written."""


class SuggestionReason(Protocol):
    """The part of `clipsearch.core.suggestions.Reason` that the window uses."""

    @property
    def text(self) -> str:
        """What fits the photo best."""

    @property
    def learned_from(self) -> int:
        """How many photos it was learned from; 0 where words fit."""

    @property
    def via(self) -> str:
        """The tag that implies it; empty where it stands for itself."""


class TagSuggestion(Protocol):
    """The part of `clipsearch.core.suggestions.Suggestion` that the window uses."""

    @property
    def content_hash(self) -> str:
        """Of the photo."""

    @property
    def tag(self) -> str:
        """That it may have."""

    @property
    def certainty(self) -> float:
        """From 0 to 1."""

    @property
    def reason(self) -> SuggestionReason:
        """Why it is suggested."""


class TagsFound(Protocol):
    """The part of `clipsearch.core.tagging.TagReport` that the window uses."""

    @property
    def photos(self) -> int:
        """That were looked at."""

    @property
    def tagged(self) -> int:
        """With a tag that counts."""


class Tagger(Protocol):
    """The part of `clipsearch.core.tagging.Tagging` that the window uses; not in the GUI thread."""

    def vocabulary(self) -> "TagVocabulary":
        """All tags that it knows."""

    def suggest(self, *, slider: float, progress: Progress) -> TagsFound:
        """Look at all photos; from 0, fewer tags and surer ones, to 1, more."""

    def draw_line(self, slider: float) -> None:
        """Let more or fewer of what was suggested count."""

    def counts(self) -> Mapping[str, int]:
        """For how many photos each tag is suggested."""

    def suggestions_of(self, contents: Collection[str]) -> Mapping[str, Sequence[TagSuggestion]]:
        """What nothing was decided of, the surest first, by the photos' contents."""

    def candidates(self, tag: str, *, ask: int = 0, keep: bool = True) -> Sequence[TagSuggestion]:
        """Photos that may show a tag and of which nothing was decided, the surest first.

        So many whose answer teaches most go before them, if photos were given the tag. What is
        suggested elsewhere follows what was learned from these, unless that is not to be kept.
        """


TaggerMaker = Callable[[], Tagger]
"""Gives the tagger of the library; called in a worker thread."""
