"""Classes are learned from a few examples, and never worse than by names that are right."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.ml.class_judging import draw_folds, losses
from clipsearch.ml.class_methods import Cache, Examples, Gda, Probe
from clipsearch.ml.fewshot_classes import learn_classes, zero_shot
from clipsearch.ml.lbfgs import minimise
from clipsearch.ml.scorer import Scorer, total
from clipsearch.ml.space_statistics import SpaceStatistics
from tests.ml.embedding_space import DIMENSION, Kinds, make_kinds, normalised


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return make_kinds()


@pytest.fixture(scope="module")
def space(kinds: Kinds) -> SpaceStatistics:
    return SpaceStatistics.of(kinds.library)


def examples_of(kinds: Kinds, count: int) -> Examples:
    labels = np.repeat(np.arange(len(kinds.photos)), count)
    return Examples(np.concatenate(kinds.photos[:, :count]), labels, len(kinds.photos))


def accuracy(scorer: Scorer, kinds: Kinds) -> float:
    """Over the photos that no test learns from."""
    rest = kinds.photos[:, 30:]
    scores = [scorer.scores(photos).argmax(axis=1) == kind for kind, photos in enumerate(rest)]
    return float(np.mean(scores))


def test_gda_is_the_textbooks_with_an_explicit_inverse(
    kinds: Kinds, space: SpaceStatistics
) -> None:
    examples, photos = examples_of(kinds, 6), kinds.others[:50]
    found = Gda(0.1).fit(examples, space).scores(photos)

    library = np.zeros((DIMENSION, DIMENSION))
    for variance, direction in zip(space.variances, space.directions.T, strict=True):
        library += variance * np.outer(direction, direction)
    means = [photos_of[:6].mean(axis=0) for photos_of in kinds.photos]
    scatter = np.zeros((DIMENSION, DIMENSION))
    for embedding, label in zip(examples.embeddings, examples.labels, strict=True):
        scatter += np.outer(embedding - means[label], embedding - means[label])
    covariance = (scatter + 32 * library) / (24 - 4 + 32)
    covariance += 0.1 * np.trace(covariance) / DIMENSION * np.eye(DIMENSION)
    inverse = np.linalg.inv(covariance)
    # The log density of a Gaussian, up to what all classes share.
    wanted = np.array(
        [[-0.5 * (x - mean) @ inverse @ (x - mean) for mean in means] for x in photos]
    )
    differences = wanted - wanted[:, :1]
    np.testing.assert_allclose(found - found[:, :1], differences, rtol=1e-3, atol=1e-3)


def test_the_cache_is_tip_adapters_sum_of_votes(kinds: Kinds, space: SpaceStatistics) -> None:
    examples, photos = examples_of(kinds, 3), kinds.library[:9000]
    found = Cache(5.5).fit(examples, space).scores(photos)
    for row in (0, 77, len(photos) - 1):
        wanted = np.zeros(4)
        for key, label in zip(examples.embeddings, examples.labels, strict=True):
            wanted[label] += np.exp(-5.5 * (1 - photos[row] @ key)) / 3
        np.testing.assert_allclose(found[row], wanted, rtol=1e-4)


def test_the_probe_finds_what_plain_gradient_descent_finds(
    kinds: Kinds, space: SpaceStatistics
) -> None:
    examples = examples_of(kinds, 5)
    found = Probe(10.0).fit(examples, space).scores(kinds.others[:40])

    whitening = space.whitening(0.1)
    inputs = np.c_[(examples.embeddings - space.mean) @ whitening, np.ones(len(examples))]
    penalties = np.r_[np.full(DIMENSION, 10.0), 0.1][:, None]
    weights = np.zeros((DIMENSION + 1, 4))
    for _ in range(20_000):
        shares = np.exp(inputs @ weights)
        shares /= shares.sum(axis=1, keepdims=True)
        weights -= 2e-3 * (inputs.T @ (shares - examples.one_hot) + penalties * weights)
    photos = np.c_[(kinds.others[:40] - space.mean) @ whitening, np.ones(40)]
    np.testing.assert_allclose(found, photos @ weights, atol=2e-3)


def test_lbfgs_goes_to_the_bottom_of_a_narrow_valley() -> None:
    rng = np.random.default_rng(0)
    stretch = np.diag(np.geomspace(1, 1e3, 20))
    turned, _ = np.linalg.qr(rng.normal(size=(20, 20)))
    matrix, wanted = turned @ stretch @ turned.T, rng.normal(size=20)

    def valley(place: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        gradient = matrix @ (place - wanted)
        return 0.5 * float((place - wanted) @ gradient), gradient

    found = minimise(valley, np.zeros(20), tolerance=1e-8, most_steps=300)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_whitened_photos_vary_alike_in_all_directions() -> None:
    rng = np.random.default_rng(0)
    library = (rng.normal(size=(5000, 6)) @ rng.normal(size=(6, 6)) + 3).astype(np.float32)
    space = SpaceStatistics.of(library)
    covariance = np.cov(((library - space.mean) @ space.whitening(0)).T)
    np.testing.assert_allclose(covariance, np.eye(6), atol=0.05)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_library_of_a_few_photos_has_usable_statistics(count: int) -> None:
    space = SpaceStatistics.of(make_kinds().others[:count])
    assert np.isfinite(space.whitening(0)).all()


@pytest.mark.parametrize("count", [1, 2, 4, 16, 30])
def test_examples_do_no_harm_where_the_names_are_good(
    kinds: Kinds, space: SpaceStatistics, count: int
) -> None:
    centres = normalised(kinds.photos.mean(axis=1) - space.mean)
    whitened = normalised((centres @ space.whitening(0.1)) @ space.whitening(0.1).T)
    names = zero_shot(whitened.T, 30.0)
    learned = learn_classes(examples_of(kinds, count), space, names)
    assert accuracy(learned.scorer, kinds) >= accuracy(names, kinds) - 0.02


@pytest.mark.parametrize("count", [2, 8])
def test_names_that_say_nothing_are_left_out(
    kinds: Kinds, space: SpaceStatistics, count: int
) -> None:
    nothing = normalised(np.random.default_rng(3).normal(size=(4, DIMENSION)))
    examples = examples_of(kinds, count)
    learned = learn_classes(examples, space, zero_shot(nothing.T, 30.0))
    alone = learn_classes(examples, space, None)
    assert learned.method != "zero-shot"
    assert accuracy(learned.scorer, kinds) == accuracy(alone.scorer, kinds)
    assert accuracy(learned.scorer, kinds) > 0.7


def test_examples_beat_names_that_are_off_the_mark(kinds: Kinds, space: SpaceStatistics) -> None:
    names = zero_shot(kinds.names.T, 10.0)
    learned = learn_classes(examples_of(kinds, 20), space, names)
    assert learned.method != "zero-shot"
    assert learned.accuracy is not None
    assert accuracy(learned.scorer, kinds) > accuracy(names, kinds) + 0.05


def test_the_stated_accuracy_is_near_that_on_new_photos(
    kinds: Kinds, space: SpaceStatistics
) -> None:
    learned = learn_classes(examples_of(kinds, 30), space, None)
    assert learned.accuracy == pytest.approx(accuracy(learned.scorer, kinds), abs=0.1)


def test_one_example_each_leaves_the_names_in_charge(kinds: Kinds, space: SpaceStatistics) -> None:
    learned = learn_classes(examples_of(kinds, 1), space, zero_shot(kinds.names.T, 10.0))
    assert (learned.method, learned.examples) == ("zero-shot", 4)


def test_the_only_example_of_a_class_is_never_held_out() -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    examples = Examples(normalised(np.ones((6, 3))), labels, 4)
    folds = draw_folds(examples, np.random.default_rng(0))
    assert folds[3] == -1
    assert sorted(folds[:3]) == [0, 1, 2]
    assert sorted(folds[4:]) == [0, 1]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_identical_examples_and_missing_classes_give_finite_logits(
    kinds: Kinds, space: SpaceStatistics, count: int
) -> None:
    same = np.repeat(kinds.photos[:2, 0], count, axis=0)
    examples = Examples(same, np.repeat([0, 1], count), 3)
    for names in (None, zero_shot(kinds.names[:3].T, 20.0)):
        learned = learn_classes(examples, space, names)
        assert np.isfinite(learned.scorer.scores(kinds.library)).all()


def test_the_same_seed_learns_the_same(kinds: Kinds, space: SpaceStatistics) -> None:
    examples, names = examples_of(kinds, 8), zero_shot(kinds.names.T, 10.0)
    first = learn_classes(examples, space, names, seed=5).scorer.scores(kinds.others)
    second = learn_classes(examples, space, names, seed=5).scorer.scores(kinds.others)
    np.testing.assert_array_equal(first, second)


def test_the_order_of_classes_does_not_matter(kinds: Kinds, space: SpaceStatistics) -> None:
    examples = examples_of(kinds, 4)
    swapped = Examples(examples.embeddings, 3 - examples.labels, 4)
    for method in (Gda(0.1), Cache(5.5), Probe(10.0)):
        first = method.fit(examples, space).scores(kinds.others)
        second = method.fit(swapped, space).scores(kinds.others)
        np.testing.assert_allclose(first, second[:, ::-1], atol=2e-3)


def test_scorers_add_up_and_scale() -> None:
    rng = np.random.default_rng(0)
    photos = normalised(rng.normal(size=(50, 8)))
    linear = Scorer.linear(rng.normal(size=(8, 2)), np.array([1.0, 2.0]))
    votes = Scorer.of_examples(photos[:3], rng.normal(size=(3, 2)), 4.0)
    both = total([linear.scaled(2, shift=1), votes.scaled(-0.5)])
    wanted = 2 * linear.scores(photos) + 1 - 0.5 * votes.scores(photos)
    np.testing.assert_allclose(both.scores(photos), wanted, atol=1e-5)


def test_losses_stay_finite_for_huge_logits() -> None:
    found = losses(np.array([[1e4, -1e4], [0.0, 0.0]]), np.array([1, 0]))
    assert found[0] > 60
    assert found[1] == pytest.approx(np.log(2))
