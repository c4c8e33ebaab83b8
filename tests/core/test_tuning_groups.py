"""Which photos must stay together when some of them are held out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.core.shots import Shots
from clipsearch.core.tuning_groups import Pair, alike, group_photos, numbered
from tests.ml.embedding_space import normalised

START = np.datetime64("2024-05-01T00:00:00", "us")


def shots(hours: list[float | None], cameras: list[int]) -> Shots:
    taken = [
        np.datetime64("NaT", "us")
        if hour is None
        else START + np.timedelta64(round(hour * 3600), "s")
        for hour in hours
    ]
    return Shots(np.array(taken, "datetime64[us]"), np.array(cameras, np.int64))


def parts(numbers: NDArray[np.int64]) -> list[list[int]]:
    """The groups' members."""
    return sorted(np.flatnonzero(numbers == one).tolist() for one in {*numbers.tolist()})


def slow_parts(same: list[Pair], taken: Shots) -> list[list[int]]:
    """Put together two at a time what is one picture or of one day."""
    found = [{one} for one in range(len(taken.taken))]

    def belong(one: int, other: int) -> bool:
        is_day = taken.taken[one].astype("datetime64[D]") == taken.taken[other].astype(
            "datetime64[D]"
        )
        is_outing = taken.camera[one] == taken.camera[other] and bool(is_day)
        return is_outing or (other, one) in same

    for one in range(len(found)):
        for other in range(one):
            if belong(one, other):
                mine = next(group for group in found if one in group)
                theirs = next(group for group in found if other in group)
                if mine is not theirs:
                    found.remove(theirs)
                    mine |= theirs
    return sorted(sorted(group) for group in found)


@pytest.mark.parametrize("seed", range(8))
def test_copies_and_the_shots_of_a_day_are_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 40
    same = [(one, one + 10) for one in range(10) if rng.random() < 0.7]
    hours = [None if rng.random() < 0.4 else float(rng.integers(0, 24 * 30)) for _ in range(count)]
    taken = shots(hours, rng.integers(-1, 3, count).tolist())
    nothing = np.zeros((count, 0), np.bool_)
    found = group_photos(same, taken, nothing)
    assert parts(found.numbers) == slow_parts(same, taken)


def test_without_a_date_only_copies_are_together() -> None:
    taken = shots([None] * 4, [0] * 4)
    found = group_photos([(0, 1)], taken, np.ones((4, 1), bool))
    assert parts(found.numbers) == [[0, 1], [2], [3]]


def test_what_is_almost_equal_is_alike_and_what_is_near_is_not() -> None:
    rng = np.random.default_rng(0)
    pictures = rng.normal(size=(30, 64))
    pictures[1] = pictures[0] + 0.1 * rng.normal(size=64)
    pictures[3] = pictures[2] + 0.6 * rng.normal(size=64)
    embeddings = normalised(pictures)
    assert 0.8 < float(embeddings[2] @ embeddings[3]) < 0.95
    assert alike(embeddings) == [(0, 1)]
    assert numbered(3, [(0, 2)]).tolist() == [0, 1, 0]


def test_only_the_concept_of_a_single_day_is_parted_more_finely() -> None:
    hours: list[float | None] = [1, 1.5, 4, 4.5, 30, 31, 60, 61]
    shows = np.array([[True, False]] * 4 + [[False, True]] * 4)
    found = group_photos([], shots(hours, [0] * 8), shows)
    assert found.outings == ("hour", "day")
    assert parts(found.numbers) == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_minutes_part_what_hours_do_not() -> None:
    hours: list[float | None] = [1, 1.01, 1.3, 1.31]
    found = group_photos([], shots(hours, [0] * 4), np.ones((4, 1), bool))
    assert found.outings == ("minute",)
    assert parts(found.numbers) == [[0, 1], [2, 3]]


def test_a_shot_of_another_concept_between_does_not_part_an_outing() -> None:
    """The second concept goes by the hour; its shots lie among those of the first one's day."""
    hours: list[float | None] = [1, 5, 9, 30, 31, 6.5, 10.5]
    shows = np.array([[True, False]] * 5 + [[False, True]] * 2)
    found = group_photos([], shots(hours, [0] * 7), shows)
    assert found.outings == ("day", "hour")
    numbers = found.numbers.tolist()
    assert numbers[0] == numbers[1] == numbers[2] != numbers[3] == numbers[4]


def test_shorter_outings_are_not_tried_where_copies_alone_lump_a_concept_together() -> None:
    same = [(0, number) for number in range(1, 7)]
    hours: list[float | None] = [float(24 * n) for n in range(8)]
    found = group_photos(same, shots(hours, [0] * 8), np.ones((8, 1), bool))
    assert found.outings == ("day",)
    assert parts(found.numbers) == [[*range(7)], [7]]
