"""How parts of a query combine, against the plain sums that they stand for."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.core import nearest, ranking
from clipsearch.core.nearest import Nearest
from clipsearch.core.query import Part, Picture
from clipsearch.core.ranking import Ranker, stand_out
from clipsearch.core.types import Embeddings

COUNT, DIMENSION = 3_000, 32
PICTURE = Picture(Path("picture.png"))


def normalised(rows: NDArray[np.floating]) -> Embeddings:
    result: Embeddings = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return result


@pytest.fixture(scope="module")
def photos() -> Embeddings:
    rng = np.random.default_rng(0)
    return normalised(rng.standard_normal((COUNT, 8)) @ rng.standard_normal((8, DIMENSION)))


@pytest.fixture(scope="module")
def parts_embedded() -> Embeddings:
    return normalised(np.random.default_rng(1).standard_normal((3, DIMENSION)))


def standardised(photos: Embeddings, embedding: Embeddings) -> NDArray[np.float32]:
    scores = photos @ embedding
    result: NDArray[np.float32] = (scores - scores.mean()) / scores.std()
    return result


def test_one_part_is_scored_by_its_cosine(photos: Embeddings, parts_embedded: Embeddings) -> None:
    [query] = parts_embedded[:1]
    found = Ranker(Nearest(photos), [Part("a", weight=3)], query[None]).best(10)
    wanted = np.argsort(-(photos @ query))[:10]
    assert found.rows.tolist() == wanted.tolist()
    np.testing.assert_allclose(found.scores, (photos @ query)[wanted], atol=1e-6)


def test_parts_are_standardised_before_they_are_weighed(
    photos: Embeddings, parts_embedded: Embeddings
) -> None:
    one, other = (standardised(photos, row) for row in parts_embedded[:2])
    found = Ranker(
        Nearest(photos), [Part("a", weight=3), Part("b", weight=1)], parts_embedded[:2]
    ).best(25)
    sums = 0.75 * one + 0.25 * other
    assert found.rows.tolist() == np.argsort(-sums)[:25].tolist()
    np.testing.assert_allclose(found.scores, np.sort(sums)[::-1][:25], atol=1e-4)


def test_beside_words_a_picture_counts_less_and_alone_it_does_not(
    photos: Embeddings, parts_embedded: Embeddings
) -> None:
    words, picture = (standardised(photos, row) for row in parts_embedded[:2])
    beside = Ranker(Nearest(photos), [Part("a"), Part(PICTURE)], parts_embedded[:2]).best(5)
    np.testing.assert_allclose(
        beside.scores, np.sort((words + 0.7 * picture) / 1.7)[::-1][:5], atol=1e-4
    )
    alone = Ranker(Nearest(photos), [Part(PICTURE), Part(PICTURE)], parts_embedded[:2]).best(5)
    np.testing.assert_allclose(alone.scores, np.sort((words + picture) / 2)[::-1][:5], atol=1e-4)


@pytest.mark.parametrize("count", [1, 40, 2_900])
@pytest.mark.parametrize("is_fast", [False, True])
def test_an_exclusion_lowers_what_stands_out_and_nothing_else(
    photos: Embeddings,
    parts_embedded: Embeddings,
    count: int,
    is_fast: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ranking, "_FIRST_WINDOW", 16)
    monkeypatch.setattr(nearest, "_FEW", 100 if is_fast else COUNT + 1)
    wanted, unwanted = (standardised(photos, row) for row in parts_embedded[:2])
    limit = min(2.5, 0.5 * float(unwanted.max()))
    sums = wanted - np.maximum(unwanted - limit, 0)
    parts = [Part("a"), Part("b", excluded=True)]
    found = Ranker(Nearest(photos), parts, parts_embedded[:2]).best(count)
    np.testing.assert_allclose(found.scores, np.sort(sums)[::-1][:count], atol=1e-4)
    np.testing.assert_allclose(found.scores, sums[found.rows], atol=1e-4)
    assert stand_out(Nearest(photos), parts_embedded[1:2]).tolist() == (unwanted > limit).tolist()


def test_only_what_passes_is_ranked(photos: Embeddings, parts_embedded: Embeddings) -> None:
    passing = np.arange(COUNT) % 7 == 0
    parts = [Part("a"), Part("b", excluded=True), Part("c")]
    found = Ranker(Nearest(photos), parts, parts_embedded).best(COUNT, passing)
    assert sorted(found.rows.tolist()) == np.flatnonzero(passing).tolist()


@pytest.mark.parametrize("count", [1, 2])
def test_a_library_of_one_or_two_photos_can_be_searched(
    photos: Embeddings, parts_embedded: Embeddings, count: int
) -> None:
    parts = [Part("a"), Part("b", excluded=True)]
    found = Ranker(Nearest(photos[:count]), parts, parts_embedded[:2]).best(10)
    assert sorted(found.rows.tolist()) == list(range(count))
    assert np.isfinite(found.scores).all()
