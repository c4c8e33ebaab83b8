"""The forgetting gauge against loops over words and photos."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.ml.knowledge import Knowledge
from tests.ml.held_out_photos import normalised

Pair = tuple[NDArray[np.float32], NDArray[np.float32]]


def _drawn(generator: np.random.Generator, words: int, photos: int) -> Pair:
    return (
        normalised(generator.normal(size=(words, 16))),
        normalised(generator.normal(size=(photos, 16))),
    )


def _found(asked: NDArray[np.floating], best: int) -> bool:
    ranked = sorted(range(len(asked)), key=lambda i: -asked[i])
    return best in ranked[:2]


APART = np.arange(70)


def test_share_against_loops_over_words_and_photos() -> None:
    generator = np.random.default_rng(0)
    parent = _drawn(generator, 150, 70)
    model = (
        normalised(parent[0] + 0.2 * generator.normal(size=(150, 16))),
        normalised(parent[1] + 0.2 * generator.normal(size=(70, 16))),
    )
    counts = generator.integers(0, 3, size=(5, 70))
    shares = Knowledge.kept(parent, model, APART).share(counts)
    before, after = parent[0] @ parent[1].T, model[0] @ model[1].T
    for share, draw in zip(shares, counts, strict=True):
        words = [
            _found(after[word], photo)
            for word in range(150)
            for photo in [int(before[word].argmax())]
            for _ in range(draw[photo])
        ]
        photos = [
            _found(after[:, photo], int(before[:, photo].argmax()))
            for photo in range(70)
            for _ in range(draw[photo])
        ]
        assert share == pytest.approx((np.mean(words) + np.mean(photos)) / 2)
        assert 0.2 < share < 0.98


def test_the_parent_has_all_and_a_turned_space_too() -> None:
    parent = _drawn(np.random.default_rng(1), 80, 50)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(16, 16)))[0].astype(np.float32)
    turned = parent[0] @ turn, parent[1] @ turn
    once = np.ones((1, 50), np.int64)
    assert Knowledge.kept(parent, parent, APART[:50]).share(once) == 1
    assert Knowledge.kept(parent, turned, APART[:50]).share(once) == 1


@pytest.mark.parametrize("value", [0.25, np.nan])
def test_a_model_that_collapsed_has_forgotten_everything(value: float) -> None:
    parent = _drawn(np.random.default_rng(1), 80, 50)
    collapsed = (np.full((80, 16), value, np.float32), np.full((50, 16), value, np.float32))
    kept = Knowledge.kept(parent, collapsed, APART[:50])
    assert kept.share(np.ones((1, 50), np.int64)) == 0


def test_a_copy_that_changes_places_with_its_original_is_nothing_forgotten() -> None:
    words, photos = _drawn(np.random.default_rng(3), 40, 10)
    copies = np.repeat(photos, 4, axis=0)
    generator = np.random.default_rng(4)
    parent, model = (
        (words, normalised(copies + 1e-5 * generator.normal(size=copies.shape))) for _ in "ab"
    )
    once = np.ones((1, 40), np.int64)
    together, apart = np.arange(40) // 4, np.arange(40)
    assert Knowledge.kept(parent, model, together).share(once) == 1
    assert Knowledge.kept(parent, model, apart).share(once) < 0.9
