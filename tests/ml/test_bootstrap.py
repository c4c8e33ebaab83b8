"""Intervals hold what they promise, and what belongs together is drawn together."""

import numpy as np
import pytest

from clipsearch.ml.bootstrap import Groups, interval, student, widening_of_the_best
from tests.ml.held_out_photos import example


@pytest.mark.parametrize(
    ("tail", "freedom", "expected"),
    [
        (0.025, 1, 12.706),
        (0.025, 2, 4.303),
        (0.025, 10, 2.228),
        (0.025, 1000, 1.962),
        (0.0025, 5, 4.773),
    ],
)
def test_student_as_printed_in_tables(tail: float, freedom: int, expected: float) -> None:
    assert student(tail, freedom) == pytest.approx(expected, abs=6e-4)


def test_photos_of_a_group_are_drawn_together_and_all_but_one_group_of_each_concept() -> None:
    photos = [example(group, concept) for concept in (0, 1) for group in range(4) for _ in "ab"]
    photos = [example(10 * one.concepts[0] + one.group, *one.concepts) for one in photos]
    photos += [example(100 + n) for n in range(7)]
    draw = Groups.of(photos, 2).draw(200, seed=0)
    pairs = draw.photos[:, :16].reshape(200, 8, 2)
    assert (pairs[..., 0] == pairs[..., 1]).all()
    assert (pairs[:, :4, 0].sum(axis=1) == 3).all()
    assert (pairs[:, 4:, 0].sum(axis=1) == 3).all()
    assert (draw.photos[:, 16:].sum(axis=1) == 6).all()
    assert (draw.concepts == 1).all()


def test_draws_of_three_photos_vary_as_much_as_means_of_three_photos_do() -> None:
    draw = Groups.of([example(n, 0) for n in range(3)], 1).draw(20_000, seed=0)
    values = np.array([0.1, 0.5, 0.7])
    means = draw.photos @ values / draw.photos.sum(axis=1)
    assert means.var() == pytest.approx(values.var(ddof=1) / 3, rel=0.05)


def test_concepts_of_a_single_group_vary_as_their_mean_does() -> None:
    draw = Groups.of([example(n, n) for n in range(6)], 6).draw(20_000, seed=0)
    values = np.array([0.1, 0.5, 0.7, 0.0, 1.0, 0.3])
    means = draw.concepts @ values / draw.concepts.sum(axis=1)
    assert means.var() == pytest.approx(values.var(ddof=1) / 6, rel=0.05)


def test_the_only_single_group_goes_with_the_smallest_other_stratum() -> None:
    photos = [example(0, 0), *(example(n, 1) for n in (1, 2)), *(example(n, 2) for n in (3, 4, 5))]
    groups = Groups.of(photos, 3)
    assert groups.strata[0] == groups.strata[1] == groups.strata[2] != groups.strata[3]
    assert groups.freedom == 4


def test_a_photo_of_two_concepts_counts_for_the_rarer_ones_stratum() -> None:
    groups = Groups.of([example(0, 0, 1), example(1, 1), *(example(n, 0) for n in (2, 3, 4))], 2)
    assert groups.strata.tolist() == [1, 1, 0, 0, 0]
    assert groups.by_concept.tolist() == [4, 2]


def test_intervals_of_a_mean_contain_the_truth_nineteen_times_in_twenty() -> None:
    generator = np.random.default_rng(0)
    draw = Groups.of([example(n, 0) for n in range(5)], 1).draw(400, seed=0)
    missed = 0
    for _ in range(1000):
        values = generator.normal(size=5) / 10
        found = interval(values.mean(), draw.photos @ values / 4, 4)
        missed += not found.low <= 0 <= found.high
    assert 30 <= missed <= 75


def test_of_a_single_group_nothing_is_known() -> None:
    found = interval(0.4, np.full(10, 0.4), 0)
    assert (found.low, found.high) == (-1, 1)


def test_choosing_the_best_of_unlike_figures_costs_more_than_of_like_ones() -> None:
    generator = np.random.default_rng(0)
    one = generator.normal(size=20_000)
    assert widening_of_the_best([]) == widening_of_the_best([one]) == 1
    assert widening_of_the_best([one, 2 * one, np.zeros(20_000)]) == pytest.approx(1, abs=0.03)
    unlike = widening_of_the_best([generator.normal(size=20_000) for _ in range(4)])
    assert unlike == pytest.approx(2.494 / 1.960, abs=0.03)  # 0.975 ** (1/4) of the normal
