"""What is gone through in review mode: the photos that may show a tag, in one of two orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from clipsearch.core.label_types import Verdict
from clipsearch.core.types import Hit, Photo
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.reason_words import reason_words

_ASKED = 30
"""Photos whose answer teaches most, before the others: later ones should follow new answers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo that may show a tag."""

    hit: Hit
    """The photo, and how certain it is, from 0 to 1."""
    reason: str
    """In a few words."""

    @property
    def content(self) -> str:
        """The photo's content hash."""
        return self.hit.photo.content_hash


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
    keep: bool = True,
) -> Review:
    """Find the candidates for a tag; for a worker thread.

    Args:
        tag: In the vocabulary or not.
        library: Has the photos, and what was decided.
        make_tagger: Gives what suggests tags.
        asks_first: Whether the photos whose answer teaches most go before the surest.
        keep: Whether what is suggested elsewhere follows what is learned of the tag.
    """
    ask = _ASKED if asks_first else 0
    found = make_tagger().candidates(tag, ask=ask, keep=keep) if make_tagger is not None else ()
    photos: dict[str, Photo] = {}
    for photo in library.labels.photos([one.content_hash for one in found]):
        photos.setdefault(photo.content_hash, photo)
    candidates = tuple(
        Candidate(
            Hit(photos[one.content_hash], one.certainty, one.certainty), reason_words(one.reason)
        )
        for one in found
        if one.content_hash in photos
    )
    decisions = library.labels.tags.of_tag(tag)
    return Review(tag, candidates, any(one.verdict == "accepted" for one in decisions))


def ranked_anew(
    shown: Sequence[Candidate], held: Collection[int], found: Sequence[Candidate]
) -> list[Candidate]:
    """Bring a wall of candidates into another order, around rows that keep their places.

    What is found no more leaves from below: where a row further down is held, it stays, behind
    everything that is found.

    Args:
        shown: The wall.
        held: Rows of the wall whose photos keep their places.
        found: The candidates as they are now, each content once.

    Returns:
        The held photos where they were, and between and below them the others in their order; all
        as certain as they are now.
    """
    now = {one.content: one for one in found}
    staying = {shown[row].content for row in held}
    coming = [one for one in found if one.content not in staying]
    leaving = (one for row, one in enumerate(shown) if row not in held and one.content not in now)
    end = max(len(held) + len(coming), max(held, default=-1) + 1)
    others = chain(coming, leaving)
    return [
        now.get(shown[row].content, shown[row]) if row in held else next(others)
        for row in range(end)
    ]


def read_verdicts(
    tag: str, library: PhotoLibrary, make_tagger: TaggerMaker | None
) -> Mapping[str, Verdict]:
    """What was decided of a tag, by content; for a worker thread."""
    return {one.content_hash: one.verdict for one in library.labels.tags.of_tag(tag)}
