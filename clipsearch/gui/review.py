"""What is gone through in review mode: the photos that may show a tag, in one of two orders."""

from collections.abc import Mapping
from dataclasses import dataclass

from clipsearch.core.label_types import Verdict
from clipsearch.core.types import Photo
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.reason_words import reason_words

_ASKED = 30
"""Photos whose answer teaches most, before the others: later ones should follow new answers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo that may show a tag."""

    photo: Photo
    certainty: float
    """From 0 to 1."""
    reason: str
    """In a few words."""


@dataclass(frozen=True, slots=True)
class Review:
    """The candidates for a tag, of which nothing is decided when they are looked for."""

    tag: str
    candidates: tuple[Candidate, ...]
    """The surest first, or those whose answer teaches most; each content once."""
    can_ask: bool = False
    """Whether photos were given the tag: only then it is known which answers teach most."""


def read_review(
    tag: str,
    library: PhotoLibrary,
    make_tagger: TaggerMaker | None,
    *,
    asks_first: bool = False,
) -> Review:
    """Find the candidates for a tag; for a worker thread."""
    ask = _ASKED if asks_first else 0
    found = make_tagger().candidates(tag, ask=ask) if make_tagger is not None else ()
    photos: dict[str, Photo] = {}
    for photo in library.labels.photos([one.content_hash for one in found]):
        photos.setdefault(photo.content_hash, photo)
    candidates = tuple(
        Candidate(photos[one.content_hash], one.certainty, reason_words(one.reason))
        for one in found
        if one.content_hash in photos
    )
    decisions = library.labels.tags.of_tag(tag)
    return Review(tag, candidates, any(one.verdict == "accepted" for one in decisions))


def read_verdicts(
    tag: str, library: PhotoLibrary, make_tagger: TaggerMaker | None
) -> Mapping[str, Verdict]:
    """What was decided of a tag, by content; for a worker thread."""
    return {one.content_hash: one.verdict for one in library.labels.tags.of_tag(tag)}
