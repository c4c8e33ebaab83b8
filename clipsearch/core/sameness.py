"""`Sameness`: whether contents show one picture, by their fingerprints; remembers what it found."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.alignment import Pictures, Placement
from clipsearch.core.fingerprints import FingerprintStore
from clipsearch.core.likeness import alike_at_a_glance, overviews, show_the_same
from clipsearch.progress import Progress, no_progress

_AT_A_GLANCE = 4_096
"""Pairs whose fingerprints are in memory at once: 150 MB at most."""
_IN_DETAIL = 128
"""Pairs that are laid over one another at once: with more, the processor's cache is too small."""
_MOST_REMEMBERED = 500_000
"""Pairs, 200 bytes each; a library of 100,000 photos wants about a tenth."""


class Sameness:
    """Compares contents by their fingerprints. Thread-safe."""

    def __init__(self, store: FingerprintStore) -> None:
        """Use the fingerprints of a store; a content that has none there is like no other."""
        self._store = store
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], bool] = {}

    def of(
        self, pairs: Sequence[tuple[str, str]], *, progress: Progress = no_progress
    ) -> NDArray[np.bool_]:
        """Whether two contents show one picture.

        Args:
            pairs: ``P`` pairs of content hashes.
            progress: Called every few thousand pairs; may cancel.

        Returns:
            ``(P,) bool``.
        """
        same = np.zeros(len(pairs), bool)
        for start in range(0, len(pairs), _AT_A_GLANCE):
            progress(start, len(pairs), "comparing pictures")
            # In one order, so that a pair has one answer.
            some = [(min(pair), max(pair)) for pair in pairs[start : start + _AT_A_GLANCE]]
            same[start : start + len(some)] = self._some(some, progress)
        return same

    def _some(self, pairs: list[tuple[str, str]], progress: Progress) -> list[bool]:
        with self._lock:
            answers = {pair: self._found[pair] for pair in pairs if pair in self._found}
        new = sorted({pair for pair in pairs if pair not in answers})
        detailed = self._compared(new, progress) if new else {}
        with self._lock:
            if len(self._found) + len(detailed) > _MOST_REMEMBERED:
                self._found = {}
            self._found |= detailed
        answers |= detailed
        return [answers.get(pair, False) for pair in pairs]

    def _compared(
        self, pairs: list[tuple[str, str]], progress: Progress
    ) -> dict[tuple[str, str], bool]:
        """The answers for those pairs that a glance does not turn down."""
        known = self._store.known({content for pair in pairs for content in pair})
        pairs = [pair for pair in pairs if pair[0] in known and pair[1] in known]
        if not pairs:
            return {}
        place = {content: number for number, content in enumerate(known)}
        pictures = np.stack([one.pixels for one in known.values()]).astype(np.float32)
        one, other = np.array([(place[a], place[b]) for a, b in pairs]).T
        seen = overviews(pictures)
        alike, start = alike_at_a_glance(seen[one], seen[other])
        at = np.flatnonzero(alike)
        same = _in_detail(
            pictures, one[at], other[at], Placement(start.scale[at], start.shift[at]), progress
        )
        return {pairs[number]: bool(answer) for number, answer in zip(at, same, strict=True)}


def _in_detail(
    pictures: Pictures,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    start: Placement,
    progress: Progress,
) -> NDArray[np.bool_]:
    same = np.zeros(len(one), bool)
    for first in range(0, len(one), _IN_DETAIL):
        progress(first, len(one), "comparing pictures in detail")
        part = slice(first, first + _IN_DETAIL)
        guess = Placement(start.scale[part], start.shift[part])
        same[part] = show_the_same(pictures[one[part]], pictures[other[part]], guess)
    return same
