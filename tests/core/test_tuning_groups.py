"""Which photos must stay together when some of them are held out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.core.shots import Shots
from clipsearch.core.tuning_groups import copies, group_photos
from clipsearch.core.types import Embeddings

START = np.datetime64("2024-05-01T00:00:00", "us")
LEAST = 0.9


def shots(hours: list[float | None], cameras: list[int]) -> Shots:
    taken = [
        np.datetime64("NaT", "us")
        if hour is None
        else START + np.timedelta64(round(hour * 3600), "s")
        for hour in hours
    ]
    return Shots(np.array(taken, "datetime64[us]"), np.array(cameras, np.int64))


def unlike(count: int) -> Embeddings:
    return np.eye(count, dtype=np.float32)


def parts(numbers: NDArray[np.int64]) -> list[list[int]]:
    """The groups' members."""
    return sorted(np.flatnonzero(numbers == one).tolist() for one in {*numbers.tolist()})


def slow_parts(embeddings: Embeddings, taken: Shots) -> list[list[int]]:
    """Put together two at a time, until nothing changes, what is alike or of one day."""
    found = [{one} for one in range(len(embeddings))]

    def belong(one: int, other: int) -> bool:
        is_day = taken.taken[one].astype("datetime64[D]") == taken.taken[other].astype(
            "datetime64[D]"
        )
        is_outing = taken.camera[one] == taken.camera[other] and bool(is_day)
        return is_outing or float(embeddings[one] @ embeddings[other]) >= LEAST

    for one in range(len(embeddings)):
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
    pictures = rng.normal(size=(count, 8))
    pictures[:10] = pictures[10:20] + rng.normal(size=(10, 8)) * 0.1
    embeddings = (pictures / np.linalg.norm(pictures, axis=1, keepdims=True)).astype(np.float32)
    hours = [None if rng.random() < 0.4 else float(rng.integers(0, 24 * 30)) for _ in range(count)]
    taken = shots(hours, rng.integers(-1, 3, count).tolist())
    nothing = np.zeros((count, 0), np.bool_)
    found = group_photos(embeddings, LEAST, taken, nothing)
    assert parts(found.numbers) == slow_parts(embeddings, taken)


def test_without_a_date_only_copies_are_together() -> None:
    embeddings = unlike(4)[[0, 0, 1, 2]]
    taken = shots([None] * 4, [0] * 4)
    assert parts(group_photos(embeddings, LEAST, taken, np.ones((4, 1), bool)).numbers) == [
        [0, 1], [2], [3],
    ]  # fmt: skip
    assert parts(copies(embeddings, LEAST)) == [[0, 1], [2], [3]]


def test_only_the_concept_of_a_single_day_is_parted_more_finely() -> None:
    hours: list[float | None] = [1, 1.5, 4, 4.5, 30, 31, 60, 61]
    shows = np.array([[True, False]] * 4 + [[False, True]] * 4)
    found = group_photos(unlike(8), LEAST, shots(hours, [0] * 8), shows)
    assert found.outings == ("hour", "day")
    assert parts(found.numbers) == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_minutes_part_what_hours_do_not() -> None:
    hours: list[float | None] = [1, 1.01, 1.3, 1.31]
    found = group_photos(unlike(4), LEAST, shots(hours, [0] * 4), np.ones((4, 1), bool))
    assert found.outings == ("minute",)
    assert parts(found.numbers) == [[0, 1], [2, 3]]


def test_a_shot_of_another_concept_between_does_not_part_an_outing() -> None:
    """The second concept goes by the hour; its shots lie among those of the first one's day."""
    hours: list[float | None] = [1, 5, 9, 30, 31, 6.5, 10.5]
    shows = np.array([[True, False]] * 5 + [[False, True]] * 2)
    found = group_photos(unlike(7), LEAST, shots(hours, [0] * 7), shows)
    assert found.outings == ("day", "hour")
    numbers = found.numbers.tolist()
    assert numbers[0] == numbers[1] == numbers[2] != numbers[3] == numbers[4]


def test_shorter_outings_are_not_tried_where_copies_alone_lump_a_concept_together() -> None:
    embeddings = unlike(8)[[0] * 7 + [1]]
    hours: list[float | None] = [float(24 * n) for n in range(8)]
    found = group_photos(embeddings, LEAST, shots(hours, [0] * 8), np.ones((8, 1), bool))
    assert found.outings == ("day",)
    assert parts(found.numbers) == [[*range(7)], [7]]
