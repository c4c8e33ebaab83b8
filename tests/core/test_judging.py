"""What is thought of the hits of a query."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.core import judging
from clipsearch.core.judging import Judge
from clipsearch.core.nearest import Nearest
from clipsearch.core.query import Part
from clipsearch.core.relevance import LINE, background_words
from clipsearch.core.types import Embeddings
from clipsearch.core.vocabulary import Vocabulary
from tests.conftest import FakeModel

COUNT, DIMENSION = 2_000, 32


def normalised(rows: NDArray[np.floating]) -> Embeddings:
    result: Embeddings = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return result


@pytest.fixture
def photos() -> Embeddings:
    """A tenth shows the first direction, the others anything."""
    rows = np.random.default_rng(0).standard_normal((COUNT, DIMENSION))
    rows[::10] = 0.1 * rows[::10] + 5 * np.eye(DIMENSION)[0]
    return normalised(rows)


@pytest.fixture
def vocabulary(tmp_path: Path) -> Vocabulary:
    return Vocabulary(tmp_path / "words", FakeModel(dimension=DIMENSION))


@pytest.fixture
def judge(photos: Embeddings, vocabulary: Vocabulary) -> Callable[..., Judge]:
    def make(*signs: bool) -> Judge:
        parts = [Part("thing", excluded=excluded) for excluded in signs]
        return Judge(
            Nearest(photos), vocabulary, parts, np.eye(DIMENSION, dtype=np.float32)[: len(signs)]
        )

    return make


def test_what_shows_it_is_certain_and_the_rest_is_not(judge: Callable[..., Judge]) -> None:
    found = judge(False).best(COUNT)
    certain = found.relevance >= LINE
    assert sorted(found.ranking.rows[certain].tolist()) == list(range(0, COUNT, 10))
    assert (np.diff(found.relevance) <= 0).all()


@pytest.mark.parametrize("count", [1, 20, 150, 700])
def test_a_photo_is_judged_the_same_however_many_are_asked_for(
    judge: Callable[..., Judge], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_FIRST_JUDGED", 16)
    whole, some = judge(False, True).best(COUNT), judge(False, True).best(count)
    assert some.ranking.rows.tolist() == whole.ranking.rows[:count].tolist()
    np.testing.assert_array_equal(some.relevance, whole.relevance[:count])


def test_only_what_passes_is_judged(judge: Callable[..., Judge]) -> None:
    passing = np.zeros(COUNT, np.bool_)
    passing[[3, 10, 20, 31]] = True
    found = judge(False).best(50, passing)
    assert set(found.ranking.rows.tolist()) == {3, 10, 20, 31}
    assert set(found.ranking.rows[found.relevance >= LINE].tolist()) == {10, 20}


def test_each_part_is_said_by_itself(judge: Callable[..., Judge]) -> None:
    both = judge(False, True)
    [[shown, excluded], [other, _]] = both.matches(np.array([10, 11]))
    assert shown.fit > LINE > other.fit
    assert shown.score > other.score
    assert excluded.part.excluded
    assert excluded.fit < LINE


def test_the_words_are_embedded_once_and_kept(tmp_path: Path) -> None:
    model = FakeModel(dimension=DIMENSION)
    first = Vocabulary(tmp_path, model).background
    model.encode_texts = None  # type: ignore[assignment, method-assign]
    again = Vocabulary(tmp_path, model).background
    np.testing.assert_array_equal(first.competitors, again.competitors)
    assert len(again.competitors) == len(background_words())


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 4 * DIMENSION])
def test_a_damaged_cache_is_made_again(tmp_path: Path, content: bytes) -> None:
    model = FakeModel(dimension=DIMENSION)
    first = Vocabulary(tmp_path, model).background
    [file] = tmp_path.iterdir()
    file.write_bytes(content * (len(background_words()) if len(content) > 5 else 1))
    again = Vocabulary(tmp_path, model).background
    np.testing.assert_array_equal(first.competitors, again.competitors)


def test_where_nothing_can_be_kept_it_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    vocabulary = Vocabulary(tmp_path / "file" / "words", FakeModel(dimension=DIMENSION))
    assert len(vocabulary.background.competitors) == len(background_words())
