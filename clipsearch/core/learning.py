"""Learns a tag from what the user said of photos: certainties for the whole library."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.snapshot import Snapshot
from clipsearch.errors import InputError
from clipsearch.ml.asking import worth_asking
from clipsearch.ml.fewshot import LearnedTag, learn_tag
from clipsearch.ml.tag_methods import TagExamples
from clipsearch.ml.zeroshot import Embeddings


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user said of a tag; content hashes."""

    accepted: frozenset[str]
    """Photos that bear it."""
    rejected: frozenset[str]
    """Photos that do not."""


@dataclass(frozen=True)
class TagView:
    """A learned tag, seen on a library.

    Attributes:
        learned: What was learned and how well: method, figures, counts.
        certainties: ``(N,) float32`` in [0, 1], of all photos of the snapshot;
            `tag_certainty.LINE` parts those that belong. The user's own answers are in it as 1
            and 0.
        to_ask: Rows whose answer would teach most, the best first; none that are answered.
    """

    learned: LearnedTag
    certainties: NDArray[np.float32]
    to_ask: NDArray[np.int64]


def learn(
    answers: Answers, snapshot: Snapshot, name: Embeddings | None, *, ask: int = 0
) -> TagView:
    """Learn a tag and look at all photos with it.

    Photos that the library no longer holds are left out; of several copies of a photo each gets
    the answer, and one is learned from.

    Args:
        answers: The user's.
        snapshot: Of the library.
        name: ``(D,)`` or ``(T, D)``, L2-normalised: the tag's name in the snapshot's space, in one
            or several texts; none where it means nothing, as with a collection.
        ask: How many photos to propose to ask about.

    Raises:
        InputError: No accepted photo is in the library.
    """
    hashes = snapshot.columns.column("content_hash").to_pylist()
    accepted = _rows_of(hashes, answers.accepted)
    rejected = _rows_of(hashes, set(answers.rejected) - answers.accepted)
    if not len(accepted):
        raise InputError("Nothing can be learned yet: accept the tag for one photo at least.")
    examples = TagExamples(
        snapshot.embeddings[_one_of_each(hashes, accepted)],
        snapshot.embeddings[_one_of_each(hashes, rejected)],
    )
    learned = learn_tag(examples, snapshot.background, name)
    certainties = learned.certainties(snapshot.embeddings)
    certainties[accepted], certainties[rejected] = 1, 0
    open_rows = np.delete(np.arange(len(hashes)), np.concatenate([accepted, rejected]))
    asked = worth_asking(
        certainties[open_rows], snapshot.embeddings[open_rows], snapshot.background.space, ask
    )
    return TagView(learned, certainties, open_rows[asked])


def _rows_of(hashes: list[str], wanted: Collection[str]) -> NDArray[np.int64]:
    """All rows with one of these contents, ascending."""
    return np.array([row for row, one in enumerate(hashes) if one in wanted], np.int64)


def _one_of_each(hashes: list[str], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One row of each content among some."""
    return np.array(list({hashes[row]: row for row in rows.tolist()}.values()), np.int64)
