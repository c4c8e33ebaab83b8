"""What a model learns from and what it is judged by: the split, look-alikes, and what fits what.

How much is held out is a bargain. A model that is worth nothing moves each held-out photo up or
down the ranking by chance, so ``n`` groups all rise by chance in one draw of ``2**n``: below six of
them even that proves nothing at 2.5 %. And a bootstrap of ``n`` groups calls a gain sure while the
draws that hold only the ``u`` unchanged ones, ``(u/n)**n``, are fewer than 2.5 %: no unchanged one
among three, two among five, four among eight. A third, rounded up, reaches five groups with 13
photos and eight with 22. A concept of five photos has two groups to show: by itself it can prove
nothing, beside others its photos count with theirs. For what is learned, the third costs little:
the error of a mean grows by ``sqrt(3/2)``. Beyond 60 photos, 20 held-out ones tell a recall to
within 0.11 (one standard error), and from 100 on a fifth is taken.
"""

import hashlib
import json
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.tuning_types import Lessons
from clipsearch.ml.zeroshot import Embeddings

_FEW = 20  # Held-out photos up to which it is a third.
_WEAKLY = 0.1  # How well a photo's own caption fits another photo of the same concept.
_FITS = 0.5
_BLOCK = 8_192  # Photos compared with the members at once.

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def to_hold_out(photos: int) -> int:
    """How many photos of a concept are to judge: a third up to 20, then a fifth.

    Args:
        photos: That show the concept.
    """
    return max(min(math.ceil(photos / 3), _FEW), photos // 5)


def split(groups: Rows, labels: Mask, wanted: Sequence[int], *, seed: int = 0) -> Mask:
    """Part photos into those that teach and those that judge, group by group.

    Every label of two groups at least has one on either side. Where photos bear several labels
    that may be impossible (three groups of which each two share a label): then one lacks a side.

    Args:
        groups: ``(N,)``: photos of one group are not parted.
        labels: ``(N, L)``: which of ``L`` labels each bears; concepts, or background, say.
        wanted: ``(L,)``: how many photos of each to hold out, about.
        seed: Of the draw.

    Returns:
        ``(N,)``: whether each is held out.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    sizes = np.zeros((int(group_of.max(initial=-1)) + 1, labels.shape[1]), np.int64)
    np.add.at(sizes, group_of, labels)
    order = np.random.default_rng(seed).permutation(len(sizes))
    is_held_out = np.zeros(len(sizes), np.bool_)
    is_open = np.ones(len(sizes), np.bool_)
    # The label of the fewest groups chooses first: the others have more to choose from.
    for label in np.argsort((sizes > 0).sum(axis=0), kind="stable").tolist():
        of_label = sizes[:, label]
        own = order[is_open[order] & (of_label[order] > 0)]
        before = int(of_label[is_held_out].sum())
        is_held_out[_filling(own, of_label, wanted[label] - before)] = True
        is_open[own] = False
    _complete(is_held_out, sizes)
    return is_held_out[group_of]


def _filling(groups: Rows, sizes: Rows, wanted: int) -> list[int]:
    """Groups, in their order, whose sizes come to about as much as is wanted."""
    chosen, left = [], wanted
    for group in groups.tolist():
        if abs(left - int(sizes[group])) < abs(left):
            chosen.append(group)
            left -= int(sizes[group])
    return chosen


def _complete(is_held_out: Mask, sizes: NDArray[np.int64]) -> None:
    """Move groups, the smallest that will do, so that each label has one on either side."""
    for label in range(sizes.shape[1]):
        own = np.flatnonzero(sizes[:, label])
        if len(own) < 2 or 0 < is_held_out[own].sum() < len(own):
            continue
        for group in own[np.argsort(sizes[own, label], kind="stable")].tolist():
            if _may_move(group, is_held_out, sizes):
                is_held_out[group] = not is_held_out[group]
                break


def _may_move(group: int, is_held_out: Mask, sizes: NDArray[np.int64]) -> bool:
    """Whether all labels of a group are left with another one on its side, or lack the other."""
    other = is_held_out == is_held_out[group]
    other[group] = False
    labels = sizes[:, sizes[group] > 0] > 0
    lacks = ~labels[is_held_out != is_held_out[group]].any(axis=0)
    return bool((labels[other].any(axis=0) | lacks).all())


def probably_show(embeddings: Embeddings, members: Rows, groups: Rows) -> Mask:
    """Which photos may well show a concept though the user has not said so.

    A collection is seldom complete. What is as near to a member as half of the members are to one
    of another group is not to be taken for a photo of something else.

    Args:
        embeddings: ``(N, D)``, L2-normalised: the library.
        members: ``(M,)`` rows that show the concept; ``M`` >= 1.
        groups: ``(M,)``: copies and bursts among them have one number.

    Returns:
        ``(N,)``; the members are among them. No others if all of these are of one group, which
        does not tell how unlike two photos of the concept can be.
    """
    found = np.zeros(len(embeddings), np.bool_)
    found[members] = True
    if len(np.unique(groups)) > 1:
        ours = embeddings[members]
        others = np.where(groups[:, None] == groups, -np.inf, ours @ ours.T)
        found |= _nearest_member(embeddings, members) >= np.median(others.max(axis=1))
    return found


def look_alikes(embeddings: Embeddings, members: Rows, excluded: Mask, count: int) -> Rows:
    """Find hard negatives: the photos nearest to those of a concept.

    Args:
        embeddings: ``(N, D)``, L2-normalised: the library.
        members: ``(M,)`` rows that show the concept; ``M`` >= 1.
        excluded: ``(N,)``: photos that must not be taken, those that `probably_show` it and copies
            of its members among them.
        count: How many.

    Returns:
        At most so many rows, the nearest first.
    """
    rows = np.flatnonzero(~excluded)
    nearest = _nearest_member(embeddings, members)[rows]
    return rows[np.argsort(-nearest, kind="stable")[:count]]


def _nearest_member(embeddings: Embeddings, members: Rows) -> NDArray[np.float32]:
    """The cosine of each photo to the member that is nearest to it, ``(N,)``."""
    ours = embeddings[members].T
    starts = range(0, len(embeddings), _BLOCK)
    return np.concatenate([(embeddings[at : at + _BLOCK] @ ours).max(axis=1) for at in starts])


def fits(photos: Rows, shows: Mask, owners: Rows, tells: Mask) -> NDArray[np.float32]:
    """How well the ``N`` photos and ``T`` texts of a batch fit: the targets of `fit_loss`.

    A text made of a concept's name fits every photo that shows it. A caption fits its own photo,
    also where that is drawn twice, and weakly the others that show a concept of its photo.

    Args:
        photos: ``(N,)``: which example each photo is.
        shows: ``(N, C)``: which concepts each shows.
        owners: ``(T,)``: of which example each text is the caption; -1 for a concept's name.
        tells: ``(T, C)``: which concept each names, or which ones the caption's photo shows.

    Returns:
        ``(N, T)`` in [0, 1].
    """
    share = (shows[:, None] & tells).any(axis=2).astype(np.float32)
    result: NDArray[np.float32] = np.where(owners >= 0, np.float32(_WEAKLY) * share, share)
    result[photos[:, None] == owners] = 1
    return result


def positives(fitting: NDArray[np.float32]) -> Mask:
    """Which photos and texts fit by a yes or no, ``(N, T)``: the positives of `sigmoid_loss`.

    Args:
        fitting: Of `fits`.
    """
    return fitting >= _FITS


def digest(lessons: Lessons) -> str:
    """Names the data: concepts, photos by their contents, and who judges. 32 hex digits.

    Where the files lie, and the order of the photos, make no difference.
    """
    concepts = [(one.name, one.description, one.synonyms) for one in lessons.concepts]
    photos = sorted(
        (one.content_hash, one.concepts, one.rejected, one.captions, one.is_held_out)
        for one in lessons.examples
    )
    said = json.dumps([concepts, photos], ensure_ascii=False)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
