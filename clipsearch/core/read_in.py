"""Makes the keywords and ratings of the photos' files the user's own words, for good."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    skipped: tuple[Skipped, ...]
    """Keywords that cannot be tags."""


def read_in(labels: Labelling, photos: Sequence[Photo]) -> ReadIn:
    """Take the keywords and ratings of files and sidecars over, as they were indexed.

    What the user has decided of a photo stays: a tag that they rejected is not accepted, and stars
    that they gave are not changed.

    Args:
        labels: The library's, which are written.
        photos: Of that library.

    Raises:
        LibraryError: The library cannot be written.
    """
    contents = {photo.content_hash: photo for photo in photos}
    decided = labels.tags.of_photos(contents)
    decisions: list[Decision] = []
    skipped: list[Skipped] = []
    for content, keywords in file_keywords(labels.facets, contents).items():
        known = {key_of(one.tag) for one in decided.get(content, ())}
        for tag in _tags(keywords, contents[content], skipped):
            if key_of(tag) not in known:
                known.add(key_of(tag))
                decisions.append(Decision(tag, content, "accepted", SOURCE, datetime.now(UTC)))
    if decisions:
        labels.tags.take_in(decisions, f"Read the keywords of {counted(len(contents))}")
    return ReadIn(len(decisions), _read_ratings(labels, contents), tuple(skipped))


def _tags(keywords: Sequence[str], photo: Photo, skipped: list[Skipped]) -> Iterator[str]:
    for keyword in own_tags(keywords):
        try:
            yield tag_name(keyword)
        except InputError as error:
            skipped.append(Skipped(photo.path, str(error)))


def _read_ratings(labels: Labelling, contents: dict[str, Photo]) -> int:
    rated = labels.ratings.stars()
    read = {c: n for c, n in file_ratings(labels.facets, contents).items() if c not in rated}
    for stars in sorted(set(read.values())):
        same = [content for content, given in read.items() if given == stars]
        labels.ratings.rate(same, stars, source=SOURCE)
    return len(read)
