"""Makes the keywords and ratings of the photos' files the user's own words, for good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clipsearch.core.file_words import file_keywords, file_ratings
from clipsearch.core.label_names import key_of, tag_name
from clipsearch.core.label_names import photos as counted
from clipsearch.core.label_types import Decision
from clipsearch.core.labelling import Labelling
from clipsearch.core.sidecar_merge import own_tags
from clipsearch.core.types import Photo, Skipped
from clipsearch.errors import InputError

SOURCE = "xmp"
"""The source of what was read from files and sidecars."""


@dataclass(frozen=True, slots=True)
class ReadIn:
    """What was read."""

    tags: int
    """Tags on photos, not counting those of which the user had decided."""
    ratings: int
    """Photos that had no stars of the user's."""
    kept: int
    """Keywords that the user rejected, and ratings other than theirs: their word stayed."""
    skipped: tuple[Skipped, ...]
    """Keywords that cannot be tags."""


def read_in(labels: Labelling, photos: Sequence[Photo]) -> ReadIn:
    """Take the keywords and ratings of files and sidecars over, as they were indexed.

    What the user has decided of a photo stays: a tag that they rejected is not accepted, and stars
    that they gave are not changed. What is read of a content is said of those that clipsearch made
    of it, too. All of it is one step that can be undone.

    Args:
        labels: The library's, which are written.
        photos: Of that library.

    Raises:
        LibraryError: The library cannot be written.
    """
    own = {photo.content_hash: photo for photo in photos}
    # A photo that was written into since it was shown is indexed by its new content.
    heirs = labels.succession.heirs(own)
    files = {heir: own[content] for content, line in heirs.items() for heir in line} | own
    found = _Found(labels.succession.heirs(files), labels.succession.origins(files))
    _find_tags(labels, files, found)
    _find_ratings(labels, files, found)
    if found.decisions or found.stars:
        title = f"Read the keywords of {counted(len(own))}"
        labels.take_in(found.decisions, found.stars, SOURCE, title)
    return found.report()


@dataclass(slots=True)
class _Found:
    """What is new in the files, and what was decided otherwise."""

    heirs: Mapping[str, Sequence[str]]
    """By content: itself, and what clipsearch made of it."""
    origins: Mapping[str, str]
    """By content, of those that clipsearch made: all that one photo has had count once."""
    decisions: list[Decision] = field(default_factory=list)
    stars: dict[str, int] = field(default_factory=dict)
    """By content."""
    kept: set[tuple[str, str]] = field(default_factory=set)
    """Photos with the key of a tag, or with nothing for their stars."""
    skipped: list[Skipped] = field(default_factory=list)

    def photo(self, content: str) -> str:
        """What names a photo, whatever contents it has had."""
        return self.origins.get(content, content)

    def report(self) -> ReadIn:
        """What was read."""
        return ReadIn(
            len({(self.photo(one.content_hash), key_of(one.tag)) for one in self.decisions}),
            len({self.photo(content) for content in self.stars}),
            len(self.kept),
            tuple(self.skipped),
        )


def _find_tags(labels: Labelling, files: Mapping[str, Photo], found: _Found) -> None:
    decided = labels.tags.of_photos(found.heirs)
    verdicts = {
        (one.content_hash, key_of(one.tag)): one.verdict
        for some in decided.values()
        for one in some
    }
    accepted: dict[tuple[str, str], Decision] = {}
    for content, keywords in file_keywords(labels.facets, files).items():
        for tag in _tags(keywords, files[content], found.skipped):
            key = key_of(tag)
            if (content, key) not in verdicts:
                new = [heir for heir in found.heirs[content] if (heir, key) not in verdicts]
                for heir in new:
                    accepted.setdefault((heir, key), _read(tag, heir))
            elif verdicts[content, key] == "rejected":
                found.kept.add((found.photo(content), key))
    found.decisions += accepted.values()


def _read(tag: str, content: str) -> Decision:
    return Decision(tag, content, "accepted", SOURCE, datetime.now(UTC))


def _tags(keywords: Sequence[str], photo: Photo, skipped: list[Skipped]) -> Iterator[str]:
    for keyword in own_tags(keywords):
        try:
            yield tag_name(keyword)
        except InputError as error:
            skipped.append(Skipped(photo.path, str(error)))


def _find_ratings(labels: Labelling, files: Mapping[str, Photo], found: _Found) -> None:
    rated = labels.ratings.stars()
    for content, stars in file_ratings(labels.facets, files).items():
        if content not in rated:
            new = (heir for heir in found.heirs[content] if heir not in rated)
            found.stars |= dict.fromkeys(new, stars)
        elif rated[content] != stars:
            found.kept.add((found.photo(content), ""))
