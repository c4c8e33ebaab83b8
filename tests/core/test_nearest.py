"""The fast way to the best rows against the slow, obvious one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.core import nearest
from clipsearch.core.nearest import Nearest
from clipsearch.core.types import Embeddings

COUNT, DIMENSION, RANK = 6_000, 64, 12


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let thousands of rows count as many."""
    monkeypatch.setattr(nearest, "_FEW", 1_000)
    monkeypatch.setattr(nearest, "_FIRST_CANDIDATES", 50)


def rows_like_a_models(seed: int = 0, noise: float = 0.02) -> Embeddings:
    """Clusters that lie close to a few directions."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((40, RANK)) @ rng.standard_normal((RANK, DIMENSION))
    rows = centres[rng.integers(0, 40, COUNT)] / DIMENSION**0.5
    rows += 0.3 * rng.standard_normal((COUNT, RANK)) @ rng.standard_normal((RANK, DIMENSION)) / 8
    rows += noise * rng.standard_normal((COUNT, DIMENSION))
    return normalised(rows)


def normalised(rows: NDArray[np.floating]) -> Embeddings:
    result: Embeddings = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return result


def queries(embeddings: Embeddings) -> Embeddings:
    """Some near rows, some anywhere."""
    rng = np.random.default_rng(5)
    near = embeddings[::600] + 0.05 * rng.standard_normal((10, DIMENSION))
    return normalised(np.concatenate([near, rng.standard_normal((10, DIMENSION))]))


def oracle(
    embeddings: Embeddings, query: Embeddings, k: int, passing: NDArray[np.bool_] | None
) -> list[int]:
    scores = [float(row @ query) for row in embeddings]
    allowed = [i for i in range(len(embeddings)) if passing is None or passing[i]]
    return sorted(allowed, key=lambda i: -scores[i])[:k]


@pytest.mark.parametrize("k", [1, 20, 300])
@pytest.mark.parametrize("share", [None, 0.6, 0.05, 0.004])
def test_it_finds_what_a_full_product_finds(k: int, share: float | None) -> None:
    embeddings = rows_like_a_models()
    passing = None if share is None else np.random.default_rng(1).random(COUNT) < share
    fast = Nearest(embeddings)
    assert fast._shadows is not None
    for query in queries(embeddings):
        rows, scores = fast.best(query, k, passing)
        wanted = oracle(embeddings, query, k, passing)
        # Scores that differ by rounding only may change places.
        np.testing.assert_allclose(scores, embeddings[wanted] @ query, atol=1e-5)
        assert len(set(rows.tolist()) & set(wanted)) >= len(wanted) - 1
        np.testing.assert_allclose(scores, embeddings[rows] @ query, atol=1e-6)
        assert passing is None or passing[rows].all()


def test_most_rows_are_not_scored_in_full() -> None:
    embeddings = rows_like_a_models()
    fast = Nearest(embeddings)
    for query in queries(embeddings)[:10]:
        candidates = fast._candidates(query, 20, None)
        assert candidates is not None
        assert len(candidates) < COUNT / 10


def test_embeddings_that_fill_all_dimensions_are_scored_in_full() -> None:
    rows = normalised(np.random.default_rng(2).standard_normal((COUNT, DIMENSION)))
    fast = Nearest(rows)
    assert fast._shadows is None
    assert fast.best(rows[7], 3)[0][0] == 7


def test_equal_scores_come_in_the_order_of_the_rows() -> None:
    embeddings = rows_like_a_models()
    embeddings[100:400:3] = embeddings[100]
    rows, _ = Nearest(embeddings).best(embeddings[100], 60)
    assert rows.tolist() == list(range(100, 280, 3))


def test_pages_of_any_size_fit_together() -> None:
    embeddings = rows_like_a_models()
    embeddings[1000:2000:7] = embeddings[1000]
    fast = Nearest(embeddings)
    whole = fast.best(embeddings[1000], 500)[0].tolist()
    for k in (1, 10, 33, 99, 250):
        assert fast.best(embeddings[1000], k)[0].tolist() == whole[:k]


@pytest.mark.parametrize("length", [0.01, 7.0])
def test_the_length_of_the_direction_changes_nothing_but_the_scores(length: float) -> None:
    embeddings = rows_like_a_models()
    fast = Nearest(embeddings)
    query = queries(embeddings)[3]
    rows, scores = fast.best(query, 50)
    others, scaled = fast.best(np.float32(length) * query, 50)
    assert rows.tolist() == others.tolist()
    np.testing.assert_allclose(scaled, length * scores, rtol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_rows_are_all_found(count: int) -> None:
    embeddings = rows_like_a_models()[:count]
    rows, scores = Nearest(embeddings).best(np.ones(DIMENSION, np.float32), 10)
    assert sorted(rows.tolist()) == list(range(count))
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_nothing_passes() -> None:
    embeddings = rows_like_a_models()
    rows, scores = Nearest(embeddings).best(embeddings[0], 10, np.zeros(COUNT, np.bool_))
    assert len(rows) == len(scores) == 0
