"""Makes the keywords and ratings of the photos' files the user's own words, for good."""

from collections.abc import Iterator, Sequence
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
    that they gave are not changed. All of it is one step that can be undone.

    Args:
        labels: The library's, which are written.
        photos: Of that library.

    Raises:
        LibraryError: The library cannot be written.
    """
    contents = {photo.content_hash: photo for photo in photos}
    found = _Found()
    _find_tags(labels, contents, found)
    _find_ratings(labels, contents, found)
    if found.decisions or found.stars:
        title = f"Read the keywords of {counted(len(contents))}"
        labels.take_in(found.decisions, found.stars, SOURCE, title)
    return ReadIn(len(found.decisions), len(found.stars), found.kept, tuple(found.skipped))


@dataclass(slots=True)
class _Found:
    """What is new in the files, and what was decided otherwise."""

    decisions: list[Decision] = field(default_factory=list)
    stars: dict[str, int] = field(default_factory=dict)
    """By content."""
    kept: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def _find_tags(labels: Labelling, contents: dict[str, Photo], found: _Found) -> None:
    decided = labels.tags.of_photos(contents)
    for content, keywords in file_keywords(labels.facets, contents).items():
        verdicts = {key_of(one.tag): one.verdict for one in decided.get(content, ())}
        for tag in _tags(keywords, contents[content], found.skipped):
            if key_of(tag) in verdicts:
                found.kept += verdicts[key_of(tag)] == "rejected"
            else:
                verdicts[key_of(tag)] = "accepted"
                found.decisions.append(
                    Decision(tag, content, "accepted", SOURCE, datetime.now(UTC))
                )


def _tags(keywords: Sequence[str], photo: Photo, skipped: list[Skipped]) -> Iterator[str]:
    for keyword in own_tags(keywords):
        try:
            yield tag_name(keyword)
        except InputError as error:
            skipped.append(Skipped(photo.path, str(error)))


def _find_ratings(labels: Labelling, contents: dict[str, Photo], found: _Found) -> None:
    rated = labels.ratings.stars()
    for content, stars in file_ratings(labels.facets, contents).items():
        if content in rated:
            found.kept += rated[content] != stars
        else:
            found.stars[content] = stars
