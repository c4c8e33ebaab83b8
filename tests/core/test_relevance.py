"""The line between certain hits and the rest."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core import relevance as module
from clipsearch.core.relevance import (
    LINE,
    Background,
    Part,
    advantages,
    background_words,
    relevance,
)
from clipsearch.core.types import Embeddings
from clipsearch.ml.encoder import Encoder
from clipsearch.settings import Settings

DIMENSION = 64
WORDS = 200


class Space:
    """A made-up model: words in random directions, and photos of some of them, with noise.

    ``offset`` and ``spread`` give it another scale of scores, as other models have; words and
    photos lie apart by the offset.
    """

    def __init__(self, offset: float = 0.3, spread: float = 1.0) -> None:
        rng = np.random.default_rng(1)
        self._rng = np.random.default_rng(2)
        self._words = rng.normal(size=(WORDS + 20, DIMENSION)) / np.sqrt(DIMENSION)
        gap = rng.normal(size=DIMENSION)
        self._gap = offset * gap / np.linalg.norm(gap)
        self._spread = spread
        self.background = Background.of(self.texts(range(WORDS)))

    def texts(self, words: range) -> Embeddings:
        return _normalised(self._spread * self._words[list(words)] + self._gap)

    def photos(self, word: int, count: int, noise: float = 0.6) -> Embeddings:
        drawn = self._rng.normal(size=(count, DIMENSION)) / np.sqrt(DIMENSION)
        return _normalised(self._spread * (self._words[word] + noise * drawn) - self._gap)

    def others(self, count: int) -> Embeddings:
        """Photos of words of the background, all but the first ten."""
        words = 10 + np.arange(count) % (WORDS - 10)
        photos = [self.photos(int(word), 1) for word in words]
        return np.concatenate([np.empty((0, DIMENSION), np.float32), *photos])

    def above(self, word: int, library: Embeddings) -> set[int]:
        """The rows of the library that lie above the line for a word."""
        query = self.texts(range(word, word + 1))[0]
        best = np.argsort(-(library @ query), kind="stable")[:1000]
        part = Part(query, self.background)
        found = relevance([part], library[best], library, len(library))
        return set(best[found >= LINE].tolist())


@pytest.fixture
def space() -> Space:
    return Space()


@pytest.mark.parametrize("others", [0, 4, 29, 299, 2999])
def test_the_photos_of_a_word_lie_above_the_line_in_libraries_of_any_size(
    space: Space, others: int
) -> None:
    library = np.concatenate([space.photos(0, 1), space.others(others)])
    assert space.above(0, library) == {0}


@pytest.mark.parametrize("size", [1, 5, 30, 300, 3000])
def test_a_word_without_a_photo_shows_nothing_in_libraries_of_any_size(
    space: Space, size: int
) -> None:
    library = space.others(size)
    for word in (0, 5, WORDS + 3, WORDS + 7):
        assert space.above(word, library) == set()


@pytest.mark.parametrize("share", [1 / 300, 1 / 15, 1 / 3, 0.9])
def test_a_word_finds_its_photos_however_many_there_are(space: Space, share: float) -> None:
    count = round(300 * share)
    library = np.concatenate([space.photos(0, count), space.others(300 - count)])
    above = space.above(0, library)
    assert above <= set(range(count))
    assert len(above) >= 0.95 * count


def test_a_library_of_nothing_else_is_shown_whole(space: Space) -> None:
    assert space.above(0, space.photos(0, 40)) == set(range(40))


def test_photos_of_something_else_are_not_shown_for_want_of_better(space: Space) -> None:
    """The nearest thing in the library is a photo of another word, and that word wins there."""
    near = space.photos(10, 30)
    assert space.above(WORDS, np.concatenate([near, space.others(100)])) == set()


def test_a_word_that_is_itself_among_the_competitors_does_not_suppress_itself(space: Space) -> None:
    photos = space.photos(3, 5)
    word = space.texts(range(3, 4))[0]
    another = space.texts(range(4, 5))[0]
    assert (advantages(Part(word, space.background), photos) > 5).all()
    assert (advantages(Part(another, space.background), photos) < -5).all()


@pytest.mark.parametrize(("offset", "spread"), [(0.0, 1.0), (1.0, 1.0), (1.0, 0.5)])
def test_the_line_does_not_depend_on_the_scale_of_the_scores(offset: float, spread: float) -> None:
    """A model whose scores of everything lie close together draws the same line."""
    space = Space(offset, spread)
    library = np.concatenate([space.photos(0, 12), space.others(400)])
    assert len(space.above(0, library) ^ set(range(12))) <= 2
    assert space.above(WORDS + 1, library) == set()


@pytest.mark.parametrize("spread", [0.001, 1.0])
def test_a_model_that_knows_nothing_shows_almost_nothing(spread: float) -> None:
    """Random weights: all photos look nearly the same to it, or different for no reason."""
    rng = np.random.default_rng(3)
    words = _normalised(rng.normal(size=(WORDS, DIMENSION)))
    direction = rng.normal(size=DIMENSION)
    library = _normalised(direction + spread * rng.normal(size=(1000, DIMENSION)))
    background = Background.of(words[20:])
    shown = 0
    for query in words[:20]:
        ranked = library[np.argsort(-(library @ query))]
        shown += int((relevance([Part(query, background)], ranked, library, 1000) >= LINE).sum())
    assert shown <= 0.01 * 20 * 1000


def test_a_picture_finds_photos_of_the_same_thing_and_no_others(space: Space) -> None:
    library = np.concatenate([space.photos(0, 12), space.others(600)])
    sample = library[np.random.default_rng(0).permutation(len(library))]
    query = space.photos(0, 1)[0]
    order = np.argsort(-(library @ query))
    found = relevance([Part(query, Background.of_photos(sample))], library[order], sample, 612)
    assert set(order[found >= LINE].tolist()) == set(range(12))


def test_a_picture_in_a_library_of_a_few_photos_hides_nothing(space: Space) -> None:
    library = space.others(5)
    query = Part(space.photos(0, 1)[0], Background.of_photos(library))
    assert relevance([query], library, library, 5).tolist() == [1.0] * 5


def test_no_hits_have_no_relevance(space: Space) -> None:
    part = Part(space.texts(range(1))[0], space.background)
    empty = np.empty((0, DIMENSION), np.float32)
    assert relevance([part], empty, space.others(3), 3).shape == (0,)


def test_relevance_never_rises_along_the_ranking(space: Space) -> None:
    library = np.concatenate([space.photos(0, 20, noise=1.5), space.others(300)])
    query = space.texts(range(1))[0]
    ranked = library[np.argsort(-(library @ query))]
    found = relevance([Part(query, space.background)], ranked, library, len(library))
    assert found.dtype == np.float32
    assert (np.diff(found) <= 0).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert len(np.unique(found)) > 10


def test_the_advantage_is_the_log_odds_against_the_weighted_competitors(space: Space) -> None:
    """Held against the formula, photo by photo and word by word."""
    query = space.texts(range(WORDS, WORDS + 1))[0]
    photos = space.others(7)
    texts = space.texts(range(WORDS)).astype(np.float64)
    centre = texts.mean(axis=0)
    apart = query - centre
    expected = []
    for photo in photos:
        scores, weights = [], []
        for text in texts:
            word = (text - centre) / np.linalg.norm(text - centre)
            scores.append(float(photo @ word))
            alike = max(0.0, float(word @ apart) / float(np.linalg.norm(apart)))
            weights.append(max(0.0, 1 - alike / 0.6))
        scale = 2.4 / float(np.std(scores))
        own = np.exp(scale * float(photo @ apart) / float(np.linalg.norm(apart)))
        rest = sum(w * np.exp(scale * s) for w, s in zip(weights, scores, strict=True))
        expected.append(np.log(own / rest))
    found = advantages(Part(query, space.background), photos)
    np.testing.assert_allclose(found, expected, atol=0.01)


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=12))
def test_the_falling_sequence_is_the_nearest_one(values: list[float]) -> None:
    """By its closed form: the least over starts of the greatest mean of a run (min-max)."""
    found = module._falling(np.array(values, np.float32))
    for i in range(len(values)):
        nearest = min(
            max(float(np.mean(values[start : end + 1])) for end in range(i, len(values)))
            for start in range(i + 1)
        )
        assert found[i] == pytest.approx(nearest, abs=1e-4)


def test_the_starter_shows_the_cat_for_a_cat_and_nothing_for_what_is_not_there(
    sample_photos: Path,
) -> None:
    model = Encoder("starter", Settings(device="cpu", precision="float32", batch_size=4))
    files = sorted(sample_photos.iterdir())
    library = model.encode_images([Image.open(file).convert("RGB") for file in files])
    background = Background.of(model.encode_texts(background_words()))

    def shown(words: str) -> list[str]:
        query = model.encode_texts([words])[0]
        order = np.argsort(-(library @ query))
        found = relevance([Part(query, background)], library[order], library, len(library))
        return [files[i].stem for i in order[found >= LINE]]

    assert shown("cat") == ["chelsea the cat"]
    assert shown("motorcycle") == ["motorcycle in a workshop"]
    for words in ("elephant", "pizza", "beach", "wedding", "snow"):
        assert shown(words) == []


def test_the_background_words_are_many_single_and_different() -> None:
    words = background_words()
    assert 300 <= len(words) <= 1500
    assert len(set(words)) == len(words)
    assert not [word for word in words if not word or " " in word or word.startswith("#")]
    assert set(words) >= {"dog", "car", "beach", "cake"}


def _normalised(rows: NDArray[np.floating]) -> Embeddings:
    result: Embeddings = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return result
