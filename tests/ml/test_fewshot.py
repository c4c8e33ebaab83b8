"""One tag is learned from the user's answers, with or without the help of its name."""

from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.ml.background import Background
from clipsearch.ml.fewshot import LearnedTag, learn_tag
from clipsearch.ml.tag_certainty import LINE, Certainty
from clipsearch.ml.tag_judging import HeldOut
from clipsearch.ml.tag_methods import (
    SMALL_LIBRARY_METHODS,
    TAG_METHODS,
    TagCache,
    TagEnsemble,
    TagExamples,
    TagGda,
    TagProbe,
)
from clipsearch.ml.zeroshot import Embeddings
from tests.ml.embedding_space import DIMENSION, Kinds, make_kinds, normalised


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return make_kinds(kinds=3)


@pytest.fixture(scope="module")
def background(kinds: Kinds) -> Background:
    return Background.of(kinds.library)


def accepted(photos: Embeddings, rejected: Embeddings | None = None) -> TagExamples:
    return TagExamples(photos, photos[:0] if rejected is None else rejected)


def average_precision(scores: NDArray[np.float32], kinds: Kinds) -> float:
    """Of the photos of the first kind that no test learns from, among those and all others."""
    truth = np.zeros(len(kinds.library), bool)
    truth[: len(kinds.photos[0])] = True
    known = np.zeros(len(truth), bool)
    known[:30] = True
    truth, scores = truth[~known], scores[~known]
    ranked = truth[np.argsort(-scores, kind="stable")]
    precisions = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precisions[ranked].mean())


def nothing() -> NDArray[np.float32]:
    """A name that has nothing to do with what it stands for."""
    return normalised(np.random.default_rng(9).normal(size=DIMENSION))


def test_gda_weighs_by_the_explicit_inverse_of_the_librarys_covariance(
    kinds: Kinds, background: Background
) -> None:
    ups, downs, space = kinds.photos[0, :7], kinds.photos[1, :3], background.space
    found = TagGda(0.2, 0.25).fit(accepted(ups, downs), background).scores(kinds.others)[:, 0]
    covariance = space.directions @ np.diag(space.variances) @ space.directions.T
    covariance += 0.2 * np.trace(covariance) / DIMENSION * np.eye(DIMENSION)
    wanted = (ups.mean(0) - space.mean) - 0.25 * (downs.mean(0) - space.mean)
    expected = kinds.others @ np.linalg.inv(covariance) @ wanted
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_the_probe_finds_what_plain_gradient_descent_finds(
    kinds: Kinds, background: Background
) -> None:
    ups, downs = kinds.photos[0, :5], kinds.photos[1, :4]
    found = TagProbe(3.0).fit(accepted(ups, downs), background).scores(kinds.others[:99])[:, 0]

    space = background.space
    parts = ((ups, 1, 10), (downs, 0, 5), (background.training, 0, 10))
    photos = np.concatenate([part for part, _, _ in parts])
    inputs = np.c_[(photos - space.mean) @ space.whitening(1.0), np.ones(len(photos))]
    wanted = np.concatenate([np.full(len(part), label) for part, label, _ in parts])
    weights = np.concatenate([np.full(len(part), total / len(part)) for part, _, total in parts])
    penalties = np.r_[np.full(DIMENSION, 3.0), 0.03]
    place = np.zeros(DIMENSION + 1)
    for _ in range(20_000):
        shares = 1 / (1 + np.exp(-inputs @ place))
        place -= 5e-3 * (inputs.T @ (weights * (shares - wanted)) + penalties * place)
    others = np.c_[(kinds.others[:99] - space.mean) @ space.whitening(1.0), np.ones(99)]
    np.testing.assert_allclose(found, others @ place, atol=0.02)


def test_the_cache_counts_votes_for_and_against(kinds: Kinds, background: Background) -> None:
    ups, downs, photo = kinds.photos[0, :4], kinds.photos[1, :2], kinds.others[:1]
    found = TagCache(5.0, 0.25).fit(accepted(ups, downs), background).scores(photo)[0, 0]
    votes = [np.exp(-5 * (1 - float(photo[0] @ key))) for key in (*ups, *downs)]
    assert found == pytest.approx(np.mean(votes[:4]) - 0.25 * np.mean(votes[4:]), rel=1e-4)


def test_an_ensemble_adds_what_its_methods_say_in_deviations_of_the_library(
    kinds: Kinds, background: Background
) -> None:
    examples = accepted(kinds.photos[0, :6], kinds.photos[1, :3])
    methods = (TagProbe(10.0), 0.7), (TagCache(5.0, 0.25), 0.3)
    found = TagEnsemble(methods).fit(examples, background).scores(kinds.others)[:, 0]
    expected = np.zeros(len(kinds.others))
    for method, weight in methods:
        scorer = method.fit(examples, background)
        unknown = scorer.scores(background.judging)[:, 0]
        scores = scorer.scores(kinds.others)[:, 0]
        expected += weight * (scores - unknown.mean()) / unknown.std()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("count", [2, 6])
def test_one_method_alone_can_be_asked_for(
    kinds: Kinds, background: Background, count: int
) -> None:
    examples = accepted(kinds.photos[0, :count])
    for name, method in TAG_METHODS.items():
        learned = learn_tag(examples, background, kinds.names[0], methods={name: method})
        assert learned.method == name
    by_name = kinds.library @ kinds.names[0]  # "zero-shot" is the last.
    np.testing.assert_array_equal(
        np.argsort(learned.scores(kinds.library))[-40:], np.argsort(by_name)[-40:]
    )


@pytest.mark.parametrize("count", [4, 12, 30])
def test_a_tag_is_learned_beyond_what_its_name_tells(
    kinds: Kinds, background: Background, count: int
) -> None:
    name = kinds.names[0]
    learned = learn_tag(accepted(kinds.photos[0, :count]), background, name)
    by_name = average_precision(kinds.library @ name, kinds)
    assert average_precision(learned.scores(kinds.library), kinds) > by_name + 0.05


@pytest.mark.parametrize("count", [1, 2, 4, 12])
def test_few_examples_hardly_harm_an_ideal_name(
    kinds: Kinds, background: Background, count: int
) -> None:
    # The best that any name could say: it knows all photos of the kind.
    whitening = background.space.whitening(0.1)
    centre = kinds.photos[0].mean(axis=0) - background.space.mean
    name = normalised(whitening @ (whitening.T @ centre))
    learned = learn_tag(accepted(kinds.photos[0, :count]), background, name)
    by_name = average_precision(kinds.library @ name, kinds)
    assert learned.uses_name
    assert average_precision(learned.scores(kinds.library), kinds) > by_name - 0.06


@pytest.mark.parametrize("count", [4, 12])
def test_a_name_that_tells_nothing_has_no_say(
    kinds: Kinds, background: Background, count: int
) -> None:
    examples = accepted(kinds.photos[0, :count])
    learned = learn_tag(examples, background, nothing())
    alone = learn_tag(examples, background, None)
    assert not learned.uses_name
    np.testing.assert_array_equal(learned.scores(kinds.others), alone.scores(kinds.others))


def test_several_texts_for_one_name_count_as_their_mean(
    kinds: Kinds, background: Background
) -> None:
    examples = accepted(kinds.photos[0, :6])
    twice = learn_tag(examples, background, np.stack([kinds.names[0]] * 2))
    once = learn_tag(examples, background, kinds.names[0])
    np.testing.assert_allclose(
        twice.scores(kinds.others), once.scores(kinds.others), rtol=1e-4, atol=1e-4
    )


def test_rejected_photos_and_their_like_fall(kinds: Kinds, background: Background) -> None:
    # Somebody tagged two kinds, of which the user wants one alone.
    ups = kinds.photos[0, :8]
    before = learn_tag(accepted(ups), background, None)
    after = learn_tag(accepted(ups, kinds.photos[1, :8]), background, None)
    like_rejected = kinds.photos[1, 30:]
    assert after.negatives == 8
    assert after.scores(like_rejected).mean() < before.scores(like_rejected).mean() - 0.1


def test_labelled_photos_do_not_count_as_unknown(kinds: Kinds) -> None:
    ups = kinds.photos[0, :10]
    mixed = Background.of(np.concatenate([ups, kinds.others[:60]]))
    left = mixed.without(ups)
    assert len(left.judging) == len(left.training) == 60


@pytest.mark.parametrize("with_name", [False, True])
@pytest.mark.parametrize("ups", [1, 2, 3, 40])
@pytest.mark.parametrize("downs", [0, 1, 7])
def test_whatever_is_labelled_the_scores_are_finite(
    kinds: Kinds, background: Background, ups: int, downs: int, with_name: bool
) -> None:
    examples = accepted(kinds.photos[0, :ups], kinds.photos[1, :downs])
    learned = learn_tag(examples, background, kinds.names[0] if with_name else None)
    assert np.isfinite(learned.scores(kinds.library)).all()
    assert np.isfinite(learned.certainties(kinds.library)).all()
    assert 0 <= learned.ranking <= 1
    assert (learned.positives, learned.negatives) == (ups, downs)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_identical_positives_are_worth_one(
    kinds: Kinds, background: Background, count: int
) -> None:
    same = np.repeat(kinds.photos[0, :1], count, axis=0)
    learned = learn_tag(accepted(same), background, kinds.names[0])
    assert np.isfinite(learned.certainties(kinds.library)).all()
    assert average_precision(learned.scores(kinds.library), kinds) > 0.2


@pytest.mark.parametrize("size", [1, 2, 30])
def test_a_tiny_library_is_learned_from_too(kinds: Kinds, size: int) -> None:
    library = np.concatenate([kinds.photos[0, :2], kinds.others[:size]])
    learned = learn_tag(accepted(library[:2]), Background.of(library), kinds.names[0])
    certainties = learned.certainties(library)
    assert np.isfinite(certainties).all()
    assert certainties[:2].min() > certainties[2:].mean()


def test_a_library_in_which_all_is_labelled_gives_finite_scores(kinds: Kinds) -> None:
    library = kinds.photos[0, :4]
    learned = learn_tag(accepted(library), Background.of(library), kinds.names[0])
    assert np.isfinite(learned.certainties(library)).all()


def test_the_same_seed_learns_the_same(kinds: Kinds) -> None:
    def learn() -> LearnedTag:
        background = Background.of(kinds.library, seed=4)
        return learn_tag(accepted(kinds.photos[0, :12]), background, kinds.names[0], seed=4)

    np.testing.assert_array_equal(learn().scores(kinds.library), learn().scores(kinds.library))


def test_the_line_parts_photos_of_the_tag_from_the_others(
    kinds: Kinds, background: Background
) -> None:
    learned = learn_tag(accepted(kinds.photos[0, :20]), background, kinds.names[0])
    belongs = learned.certainties(kinds.library) >= LINE
    assert belongs[30:60].mean() > 0.6
    assert belongs[60:].mean() < 0.02


def _held_out(positives: list[float], negatives: list[float]) -> HeldOut:
    """Beside a normally distributed background, a tenth of which reaches 3."""
    shares = (np.arange(100) + 0.5) / 100
    crowd = 3 / 1.28 * np.array([NormalDist().inv_cdf(share) for share in shares])
    rows = np.tile(crowd, (len(positives), 1))
    return HeldOut(np.array(positives), np.array(negatives), rows)


def test_certainty_rises_with_the_score_and_the_line_lies_short_of_the_examples() -> None:
    certainty = Certainty.of(_held_out([7.0] * 40, []))
    found = certainty(np.array([-1e9, 3.0, certainty.line, 7.0, 1e9]))
    assert (np.diff(found) > 0).all()
    assert found[2] == pytest.approx(LINE)
    assert certainty.line == pytest.approx(3 + 0.8 * 4, abs=0.1)


def test_one_example_far_out_does_not_take_the_line_with_it() -> None:
    lines = [Certainty.of(_held_out([9.0] * count, [])).line for count in (1, 4, 40)]
    assert lines[0] < lines[1] < lines[2]
    assert lines[0] < 7.5


def test_rejected_photos_that_look_like_the_tag_draw_the_line_as_far_as_they_are_many() -> None:
    without = Certainty.of(_held_out([7.0] * 40, [])).line
    few = Certainty.of(_held_out([7.0] * 40, [5.0] * 10)).line
    as_many = Certainty.of(_held_out([7.0] * 40, [5.0] * 40)).line
    assert as_many == pytest.approx(6.0, abs=0.1)
    half_of_them = Certainty.of(_held_out([7.0] * 40, [5.0] * 40 + [0.0] * 40)).line
    assert few == pytest.approx(without + (as_many - without) / 4, abs=0.01)
    assert half_of_them == pytest.approx((without + as_many) / 2, abs=0.01)


def test_rejected_photos_that_look_like_all_others_do_not_move_the_line() -> None:
    without = Certainty.of(_held_out([7.0] * 8, []))
    assert Certainty.of(_held_out([7.0] * 8, [0.0] * 8)) == without


def test_examples_that_do_not_stand_out_draw_no_line_through_the_crowd() -> None:
    crowd = np.random.default_rng(0).normal(size=(1, 5000))
    held_out = HeldOut(np.array([-2.0]), np.empty(0), crowd)
    assert (Certainty.of(held_out)(crowd[0]) >= LINE).mean() < 0.03


def test_the_line_finds_a_tag_that_a_quarter_of_the_library_bears() -> None:
    rng = np.random.default_rng(3)
    crowd = np.r_[rng.normal(0, 0.5, 90), rng.normal(3, 0.5, 30)]
    crowd = (crowd - crowd.mean()) / crowd.std()
    held_out = HeldOut(crowd[90:98], np.empty(0), np.tile(crowd, (8, 1)))
    belongs = Certainty.of(held_out)(crowd) >= LINE
    assert belongs[90:].mean() > 0.7
    assert not belongs[:90].any()


def test_the_ranking_is_the_area_under_the_curve() -> None:
    held_out = HeldOut(np.array([2.0, 0.5]), np.empty(0), np.tile([0.0, 1.0, 3.0, -1.0], (2, 1)))
    pairs = [(up, other) for up in (2.0, 0.5) for other in (0.0, 1.0, 3.0, -1.0)]
    assert held_out.ranking() == pytest.approx(np.mean([up > other for up, other in pairs]))


@pytest.mark.parametrize("seed", range(4))
def test_where_the_library_is_small_its_photos_are_not_learned_from_one_by_one(seed: int) -> None:
    """Among them are those of the tag that nobody was asked about."""
    kinds = make_kinds(kinds=1, each=24, others=100, seed=seed)
    examples = TagExamples(kinds.photos[0][:8], kinds.photos[0][:0])
    learned = learn_tag(examples, Background.of(kinds.library), kinds.names[0])
    assert learned.method in SMALL_LIBRARY_METHODS
    assert learned.ranking > 0.6
