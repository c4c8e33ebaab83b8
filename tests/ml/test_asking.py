"""Photos are asked about whose answers teach most: open ones, unlike each other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.ml.asking import worth_asking
from clipsearch.ml.background import Background
from clipsearch.ml.fewshot import LearnedTag, learn_tag
from clipsearch.ml.space_statistics import SpaceStatistics
from clipsearch.ml.tag_methods import TagExamples
from tests.ml.embedding_space import make_kinds

Rows = NDArray[np.int64]


def test_the_most_open_photo_is_asked_first() -> None:
    photos = make_kinds().others[:5]
    certainties = np.array([0.001, 0.98, 0.5, 0.02, 0.999], np.float32)
    assert worth_asking(certainties, photos, SpaceStatistics.of(photos), 5)[0] == 2


def test_of_photos_that_are_alike_only_one_is_asked_about_at_first() -> None:
    photos = make_kinds().others[:20]
    twins = np.concatenate([photos, photos])
    asked = worth_asking(np.full(40, 0.5, np.float32), twins, SpaceStatistics.of(photos), 15)
    assert len({int(row) % 20 for row in asked}) == 15


@pytest.mark.parametrize("photos", [0, 1, 3, 1000])
def test_no_photo_is_asked_about_twice(photos: int) -> None:
    embeddings = make_kinds().others[:photos]
    certainties = np.zeros(photos, np.float32)
    asked = worth_asking(certainties, embeddings, SpaceStatistics.of(make_kinds().others), 7)
    assert len(set(asked.tolist())) == len(asked) == min(7, photos)


def test_asked_answers_teach_more_than_random_ones() -> None:
    gains = [_after(seed, ask=True) - _after(seed, ask=False) for seed in range(8)]
    assert np.mean(gains) > 0.02


def _after(seed: int, *, ask: bool) -> float:
    """Average precision on half of a library after two positives and fifteen answers."""
    kinds = make_kinds(kinds=3, each=60, seed=seed)
    truth = np.repeat([True, False], [60, len(kinds.library) - 60])
    rng = np.random.default_rng(seed)
    judging = rng.permutation(len(truth)) % 2 == 0
    background = Background.of(kinds.library)
    known = np.flatnonzero(truth & ~judging)[:2]
    for _ in range(3):
        learned = _learn(kinds.library, known, truth, background)
        unlabelled = np.setdiff1d(np.flatnonzero(~judging), known)
        certainties = learned.certainties(kinds.library[unlabelled])
        rows = (
            worth_asking(certainties, kinds.library[unlabelled], background.space, 5)
            if ask
            else rng.permutation(len(unlabelled))[:5]
        )
        known = np.concatenate([known, unlabelled[rows]])
    learned = _learn(kinds.library, known, truth, background)
    right = truth[judging][np.argsort(-learned.scores(kinds.library[judging]))]
    return float((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())


def _learn(
    library: NDArray[np.float32], known: Rows, truth: NDArray[np.bool_], background: Background
) -> LearnedTag:
    answers = truth[known]
    examples = TagExamples(library[known[answers]], library[known[~answers]])
    return learn_tag(examples, background, None)
