"""Figures of many draws at once, against draws that are made and ranked one by one."""

import numpy as np
import pytest

from clipsearch.ml.ranked import Ranked


def test_figures_of_draws_against_rankings_in_which_photos_stand_repeatedly() -> None:
    generator = np.random.default_rng(0)
    scores = np.round(generator.normal(size=40), 1)  # With ties.
    relevant = generator.random(40) < 0.25
    counts = generator.integers(0, 4, size=(20, 40))
    ranked = Ranked.of(scores, relevant)
    precisions = ranked.average_precision(counts)
    recalls = ranked.recall(counts, (1, 5, 10))
    for row, draw in enumerate(counts):
        photos = [i for i in range(40) for _ in range(draw[i])]
        photos.sort(key=lambda i: (-scores[i], relevant[i]))
        hits, ahead, reached = 0, 0, []
        found = dict.fromkeys((1, 5, 10), 0)
        for place, photo in enumerate(photos, start=1):
            if relevant[photo]:
                hits += 1
                reached.append(hits / place)
                for k in found:
                    found[k] += ahead < k
            else:
                ahead += 1
        assert precisions[row] == pytest.approx(sum(reached) / hits)
        for k, total in found.items():
            assert recalls[k][row] == pytest.approx(total / hits)


@pytest.mark.parametrize("score", [0.5, np.nan])
def test_scores_that_say_nothing_find_nothing(score: float) -> None:
    ranked = Ranked.of(np.full(30, score), np.arange(30) < 3)
    once = np.ones((1, 30), np.int64)
    assert ranked.recall(once, (1, 10)) == {1: 0, 10: 0}
    assert ranked.average_precision(once) == pytest.approx(np.mean([1 / 28, 2 / 29, 3 / 30]))


def test_a_draw_without_any_wanted_photo_has_figures_of_nothing() -> None:
    ranked = Ranked.of(np.array([3.0, 2.0, 1.0]), np.array([True, False, False]))
    counts = np.array([[0, 2, 1]])
    assert ranked.average_precision(counts) == [0]
    assert ranked.recall(counts, (1,)) == {1: 0}
