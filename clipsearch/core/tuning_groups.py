"""Which photos must not be parted into some that teach and some that judge.

Copies and near-duplicates, and shots of one outing: what a camera took on one day. Where that
leaves a concept no two groups, or nearly all of its photos in one, its outings are the shots with
less than an hour between them, and then those with less than a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.groups import connected
from clipsearch.core.neighbours import close_pairs, similarity_at
from clipsearch.core.shots import Shots
from clipsearch.core.types import Embeddings

Outing: TypeAlias = Literal["day", "hour", "minute"]
"""How long a sequence of one camera's shots is taken for one, from the longest to the shortest."""

OUTINGS: tuple[Outing, ...] = get_args(Outing)
_PAUSES = {"hour": np.timedelta64(1, "h"), "minute": np.timedelta64(1, "m")}
_MOST = 2 / 3  # Of a concept's photos, in one group.

_ALIKE = 0.95
"""Similarity, as a share of the way from a random pair's to 1. Of resized and cropped copies, 78 %
lie above; of 600 clothes of ten kinds 53 pairs. At 0.85 it is 98 %, but there the photos of one
kind are a single chain: what lies below must be looked at (`Duplicates.among`)."""

Rows: TypeAlias = NDArray[np.int64]
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Groups:
    """How ``N`` photos belong together."""

    numbers: Rows
    """``(N,)``: photos of one group have one number."""
    outings: tuple[Outing, ...]
    """``C``: what counted as an outing for each concept."""


def group_photos(same: Sequence[Pair], shots: Shots, shows: NDArray[np.bool_]) -> Groups:
    """Put photos together.

    Args:
        same: Pairs of the ``N`` photos that are taken for one picture.
        shots: Of the photos.
        shows: ``(N, C)``: which concepts each shows.
    """
    level = np.zeros(shows.shape[1], np.int64)
    # Where copies alone lump photos together, shorter outings would part nothing but shots.
    are_copies = _are_lumped(numbered(len(shows), same), shows)
    while True:
        # A photo of several concepts goes by the one of the shortest outings.
        of_photo = np.where(shows, level, 0).max(axis=1, initial=0)
        numbers = numbered(len(shows), [*same, *_sequences(shots, of_photo)])
        is_lumped = _are_lumped(numbers, shows) & ~are_copies & (level < len(OUTINGS) - 1)
        if not is_lumped.any():
            return Groups(numbers, tuple(OUTINGS[one] for one in level.tolist()))
        level[is_lumped] += 1


def alike(embeddings: Embeddings) -> list[Pair]:
    """Pairs of ``N`` photos so much alike that nobody has to look whether they are one picture.

    Args:
        embeddings: ``(N, D)``, L2-normalised.
    """
    close = close_pairs(embeddings, similarity_at(_ALIKE, embeddings))
    return [(int(one), int(other)) for one, other in close]


def numbered(count: int, pairs: Sequence[Pair]) -> Rows:
    """Number so many photos, ``(N,)``: those that pairs connect alike."""
    numbers = np.arange(count)
    for group in connected(pairs):
        numbers[group] = group[0]
    return numbers


def _are_lumped(groups: Rows, shows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For which concepts, ``(C,)``, nearly all photos are of one group."""
    sizes = [np.unique(groups[own], return_counts=True)[1] for own in shows.T]
    return np.array([len(s) > 0 and s.sum() > 1 and s.max() > _MOST * s.sum() for s in sizes], bool)


def _sequences(shots: Shots, level: Rows) -> list[Pair]:
    """Pairs of shots that follow one another within an outing.

    Args:
        shots: Of ``N`` photos.
        level: ``(N,)``: which of `OUTINGS` goes for each; shorter ones go for all.
    """
    dated = np.flatnonzero(~np.isnat(shots.taken))
    order = dated[np.lexsort((dated, shots.taken[dated], shots.camera[dated]))]
    found: list[Pair] = []
    for number, outing in enumerate(OUTINGS):
        own = order[level[order] <= number]
        one, other = own[:-1], own[1:]
        follows = shots.camera[one] == shots.camera[other]
        follows &= _within(outing, shots.taken[one], shots.taken[other])
        found += zip(one[follows].tolist(), other[follows].tolist(), strict=True)
    return found


def _within(
    outing: Outing, first: NDArray[np.datetime64], then: NDArray[np.datetime64]
) -> NDArray[np.bool_]:
    if outing == "day":
        return np.asarray(first.astype("datetime64[D]") == then.astype("datetime64[D]"))
    return np.asarray(then - first < _PAUSES[outing])
