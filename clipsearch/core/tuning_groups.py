"""Which photos must not be parted into some that teach and some that judge.

Copies and near-duplicates, by their embeddings, and shots of one outing: what a camera took on one
day. Where that leaves a concept no two groups, or nearly all of its photos in one, its outings are
the shots with less than an hour between them, and then those with less than a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.groups import connected
from clipsearch.core.neighbours import close_pairs
from clipsearch.core.shots import Shots
from clipsearch.core.types import Embeddings

Outing: TypeAlias = Literal["day", "hour", "minute"]
"""How long a sequence of one camera's shots is taken for one, from the longest to the shortest."""

OUTINGS: tuple[Outing, ...] = get_args(Outing)
_PAUSES = {"hour": np.timedelta64(1, "h"), "minute": np.timedelta64(1, "m")}
_MOST = 2 / 3  # Of a concept's photos, in one group.

Rows: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """How ``N`` photos belong together."""

    numbers: Rows
    """``(N,)``: photos of one group have one number."""
    outings: tuple[Outing, ...]
    """``C``: what counted as an outing for each concept."""


def group_photos(
    embeddings: Embeddings, least: float, shots: Shots, shows: NDArray[np.bool_]
) -> Groups:
    """Put photos together.

    Args:
        embeddings: ``(N, D)``, L2-normalised.
        least: Cosine similarity from which two photos are taken for one picture.
        shots: Of the ``N`` photos.
        shows: ``(N, C)``: which concepts each shows.
    """
    same = _close(embeddings, least)
    level = np.zeros(shows.shape[1], np.int64)
    # Where copies alone lump photos together, shorter outings would part nothing but shots.
    are_copies = _are_lumped(_numbered(len(shows), same), shows)
    while True:
        # A photo of several concepts goes by the one of the shortest outings.
        of_photo = np.where(shows, level, 0).max(axis=1, initial=0)
        numbers = _numbered(len(shows), [*same, *_sequences(shots, of_photo)])
        is_lumped = _are_lumped(numbers, shows) & ~are_copies & (level < len(OUTINGS) - 1)
        if not is_lumped.any():
            return Groups(numbers, tuple(OUTINGS[one] for one in level.tolist()))
        level[is_lumped] += 1


def copies(embeddings: Embeddings, least: float) -> Rows:
    """Number ``N`` photos, those that are taken for one picture alike: ``(N,)``."""
    return _numbered(len(embeddings), _close(embeddings, least))


def _close(embeddings: Embeddings, least: float) -> list[tuple[int, int]]:
    return [(int(one), int(other)) for one, other in close_pairs(embeddings, least)]


def _are_lumped(groups: Rows, shows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For which concepts, ``(C,)``, nearly all photos are of one group."""
    sizes = [np.unique(groups[own], return_counts=True)[1] for own in shows.T]
    return np.array([len(s) > 0 and s.sum() > 1 and s.max() > _MOST * s.sum() for s in sizes], bool)


def _sequences(shots: Shots, level: Rows) -> list[tuple[int, int]]:
    """Pairs of shots that follow one another within an outing.

    Args:
        shots: Of ``N`` photos.
        level: ``(N,)``: which of `OUTINGS` goes for each; shorter ones go for all.
    """
    dated = np.flatnonzero(~np.isnat(shots.taken))
    order = dated[np.lexsort((dated, shots.taken[dated], shots.camera[dated]))]
    found: list[tuple[int, int]] = []
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


def _numbered(count: int, pairs: Sequence[tuple[int, int]]) -> Rows:
    numbers = np.arange(count)
    for group in connected(pairs):
        numbers[group] = group[0]
    return numbers
