"""Cuts texts that are longer than a model's context into pieces that fit, of about one length."""

import re
from collections.abc import Callable, Iterator

# Where to cut, the best first: after sentences, after clauses, between words, anywhere.
_SEAMS = tuple(re.compile(seam) for seam in (r"(?<=[.!?;:])\s+", r"(?<=,)\s+", r"\s+", r""))


def pieces(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Cut a text in halves until each fits; nothing of it is lost but space at the cuts.

    Args:
        text: Any text.
        fits: Whether a text is short enough; true of every text of one letter.
    """
    if len(text) < 2 or fits(text):
        return [text]
    place = _seam_near_the_middle(text)
    halves = (half for half in (text[:place].rstrip(), text[place:]) if half)
    return [piece for half in halves for piece in pieces(half, fits)]


def _seam_near_the_middle(text: str) -> int:
    middle = len(text) / 2
    for seam in _SEAMS:
        places = [place for place in _seams(seam, text) if middle / 2 < place < 1.5 * middle]
        if places:
            return min(places, key=lambda place: abs(place - middle))
    return 1


def _seams(seam: re.Pattern[str], text: str) -> Iterator[int]:
    return (match.end() for match in seam.finditer(text))
