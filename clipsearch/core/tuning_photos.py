"""Chooses the photos to learn from: those of the concepts, hard negatives and background."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.contents import places_of, rows_of
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.tuning_concepts import Taught
from clipsearch.core.tuning_groups import copies
from clipsearch.ml.dataset import look_alikes, probably_show

BACKGROUND = 400
"""Photos at most of which the user has said nothing."""
_LOOKED_AT = 4 * BACKGROUND  # Files for these; of a drive that is away, none is there.
_FEWEST_HARD, _MOST_HARD = 10, 40  # Hard negatives of a concept;
_HARD_EACH = 2  # between these, so many for each of its photos.

Rows: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """Where the photos of some contents lie."""

    here: Rows
    """A row of each content whose file is there, in the order of the contents."""
    away: int
    """How many are in the library, but their files are not there now."""
    gone: int
    """How many the library does not hold any more."""


@dataclass(frozen=True)
class Chosen:
    """Rows of the photos that are taken; no content is in two of them.

    Attributes:
        shown: ``C``: the photos of each concept; one may be of several.
        hard: Photos that show none, but resemble those that do; the user's own word goes first.
        background: Photos drawn at random.
    """

    shown: tuple[Rows, ...]
    hard: Rows
    background: Rows

    @cached_property
    def rows(self) -> Rows:
        """All of them, each once, in this order."""
        everything = np.concatenate([*self.shown, self.hard, self.background])
        return np.array(list(dict.fromkeys(everything.tolist())), np.int64)

    @property
    def shows(self) -> Mask:
        """Which concepts each of `rows` shows, ``(N, C)``."""
        return np.stack([np.isin(self.rows, own) for own in self.shown], axis=1)


class PhotoFiles:
    """The photos of a library, of which some files may not be there now."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Look at no file yet."""
        self._snapshot = snapshot

    def find(self, contents: Sequence[str]) -> Found:
        """Find photos by their contents, one file of each."""
        import pyarrow as pa

        wanted = pa.array(list(contents), pa.string())
        rows, places = rows_of(self._snapshot.facets.content_hashes, wanted)
        here: dict[int, int] = {}
        for row, place in zip(rows.tolist(), places.tolist(), strict=True):
            if place not in here and self._is_there(row):
                here[place] = row
        known = len({*places.tolist()})
        ordered = [here[place] for place in sorted(here)]
        return Found(np.array(ordered, np.int64), known - len(here), len(contents) - known)

    def usable(self, rows: Iterable[int], count: int) -> Rows:
        """The first few rows whose files are there, one of each content."""
        found: dict[str, int] = {}
        for row in rows:
            if len(found) == count:
                break
            content = self._snapshot.facets.content_hashes[row].as_py()
            if content not in found and self._is_there(row):
                found[content] = row
        return np.array(list(found.values()), np.int64)

    def with_contents(self, contents: Iterable[str]) -> Mask:
        """Which rows have one of some contents, ``(N,)``."""
        different = list(dict.fromkeys(contents))
        return places_of(self._snapshot.facets.content_hashes, different)[1]

    def _is_there(self, row: int) -> bool:
        return Path(self._snapshot.paths[row]).is_file()


def choose(
    taught: Sequence[Taught],
    shown: Sequence[Rows],
    snapshot: Snapshot,
    least: float,
    rng: np.random.Generator,
) -> Chosen:
    """Choose hard negatives and background for the photos of some concepts.

    Args:
        taught: ``C`` concepts.
        shown: ``C``: rows of the photos of each, at least one.
        snapshot: Of the library.
        least: Cosine similarity from which two photos are taken for one picture.
        rng: Draws the background.
    """
    files = PhotoFiles(snapshot)
    is_shown = files.with_contents(content for one in taught for content in one.shown_by)
    said = is_shown | files.with_contents(content for one in taught for content in one.rejected)
    suspicion = np.zeros(len(snapshot), np.int64)
    hard: list[Rows] = []
    for one, members in zip(taught, shown, strict=True):
        groups = copies(snapshot.embeddings[members], least)
        suspects = probably_show(snapshot.embeddings, members, groups)
        suspicion += suspects
        is_rejected = files.with_contents(one.rejected) & ~is_shown
        # One group does not tell how unlike its photos are what lies beside them.
        is_usable = ~(said | suspects) if len(np.unique(groups)) > 1 else np.zeros_like(said)
        hard.append(_hard_negatives(snapshot, members, (is_rejected, is_usable), files))
    resembling = files.usable(np.concatenate(hard).tolist(), len(snapshot))
    said[resembling] = True
    return Chosen(tuple(shown), resembling, _background(said, suspicion, files, rng))


def _hard_negatives(
    snapshot: Snapshot, members: Rows, from_first_to_last: Iterable[Mask], files: PhotoFiles
) -> Rows:
    count = min(max(_HARD_EACH * len(members), _FEWEST_HARD), _MOST_HARD)
    found = np.empty(0, np.int64)
    for is_usable in from_first_to_last:
        nearest = look_alikes(snapshot.embeddings, members, ~is_usable, _LOOKED_AT)
        found = np.concatenate([found, files.usable(nearest.tolist(), count - len(found))])
    return found


def _background(said: Mask, suspicion: Rows, files: PhotoFiles, rng: np.random.Generator) -> Rows:
    """Draw photos of which nothing is said; those that may show a concept only if need be."""
    drawn = rng.permutation(np.flatnonzero(~said))
    drawn = drawn[np.argsort(suspicion[drawn], kind="stable")]
    return files.usable(drawn[:_LOOKED_AT].tolist(), BACKGROUND)
