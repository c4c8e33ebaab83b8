"""A tag is learned from answers that are kept by content, and seen on all photos of a library."""

from pathlib import Path

import pytest

from clipsearch.core.learning import Answers, learn
from clipsearch.core.snapshot import Snapshot, to_arrow
from clipsearch.core.types import Embeddings, FileState, Photo
from clipsearch.errors import InputError
from clipsearch.ml.tag_certainty import LINE
from tests.ml.embedding_space import DIMENSION, make_kinds


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """60 photos of a kind, as many of two others, and 1,500 of none; row ``i`` has hash ``hi``."""
    library = make_kinds(kinds=3).library
    return _snapshot([f"h{row}" for row in range(len(library))], library)


def _snapshot(hashes: list[str], embeddings: Embeddings) -> Snapshot:
    photos = [
        Photo(Path(f"/photos/{row}.jpg"), content, FileState(1, row, 0), 4, 3)
        for row, content in enumerate(hashes)
    ]
    paths = [str(photo.path) for photo in photos]
    columns = to_arrow(photos, paths, embeddings).drop_columns(["key", "embedding"])
    return Snapshot("table", 1, paths, columns, embeddings)


def _said(ups: range, downs: range = range(0)) -> Answers:
    return Answers(frozenset(f"h{row}" for row in ups), frozenset(f"h{row}" for row in downs))


def test_photos_like_the_accepted_ones_get_the_tag(snapshot: Snapshot) -> None:
    view = learn(_said(range(20)), snapshot, None)
    belongs = view.certainties >= LINE
    assert view.certainties.shape == (len(snapshot),)
    assert belongs[20:60].mean() > 0.6
    assert belongs[60:].mean() < 0.03
    assert view.learned.positives == 20


def test_the_users_word_stands_whatever_was_learned(snapshot: Snapshot) -> None:
    view = learn(_said(range(3), range(3, 6)), snapshot, None)
    assert view.certainties[:6].tolist() == [1, 1, 1, 0, 0, 0]


def test_what_is_answered_is_not_asked_again(snapshot: Snapshot) -> None:
    view = learn(_said(range(5), range(60, 70)), snapshot, None, ask=20)
    assert len(set(view.to_ask.tolist())) == 20
    assert not set(view.to_ask.tolist()) & {*range(5), *range(60, 70)}


def test_copies_of_a_photo_share_the_answer_and_count_once(snapshot: Snapshot) -> None:
    rows = [0, 1, 2, 2, 2, *range(60, 400)]
    copied = _snapshot([f"h{row}" for row in rows], snapshot.embeddings[rows])
    view = learn(_said(range(3)), copied, None)
    assert view.learned.positives == 3
    assert view.certainties[:5].tolist() == [1] * 5


def test_photos_that_are_gone_from_the_library_are_left_out(snapshot: Snapshot) -> None:
    said = Answers(frozenset({"h0", "h1", "gone"}), frozenset({"gone too"}))
    view = learn(said, snapshot, None)
    assert (view.learned.positives, view.learned.negatives) == (2, 0)


def test_without_an_accepted_photo_nothing_can_be_learned(snapshot: Snapshot) -> None:
    none: frozenset[str] = frozenset()
    for accepted, rejected in ((none, none), ({"gone"}, none), (none, {"h1"})):
        said = Answers(frozenset(accepted), frozenset(rejected))
        with pytest.raises(InputError, match="accept the tag"):
            learn(said, snapshot, None)
    with pytest.raises(InputError, match="accept the tag"):
        learn(_said(range(3)), Snapshot.empty(DIMENSION), None)


def test_a_name_helps_where_there_is_one(snapshot: Snapshot) -> None:
    name = make_kinds(kinds=3).names[0]
    assert learn(_said(range(8)), snapshot, name).learned.uses_name
    assert not learn(_said(range(8)), snapshot, None).learned.uses_name
