"""Which of several photos is proposed to be kept."""

from itertools import permutations
from pathlib import Path

import pytest

from clipsearch.core.keeper import (
    copies_best_first,
    merit,
    shots_best_first,
    versions_best_first,
)
from clipsearch.core.types import FileState, Merit, Photo


def photo(path: str, content: str = "", *, edge: int = 100, size: int = 1000, at: int = 5) -> Photo:
    """A photo as the index knows it."""
    return Photo(Path(path), content or path, FileState(size, at), edge, edge)


@pytest.mark.parametrize(
    ("best", "other"),
    [
        ("/p/a.jpg", "/p/a (1).jpg"),
        ("/photos/holidays/a.jpg", "/p/a copy.jpg"),
        ("/photos/holidays/a.jpg", "/p/a - Kopie (2).jpg"),
        ("/photos/holidays/a.jpg", "/p/Copy of a.jpg"),
        ("/p/a.jpg", "/p/backup/a.jpg"),
        ("/p/a.jpg", "/p/b.jpg"),
    ],
)
def test_of_equal_files_the_plainest_name_stays(best: str, other: str) -> None:
    for order in permutations([photo(best, "x"), photo(other, "x")]):
        assert [str(p.path) for p in copies_best_first(order)] == [best, other]


def test_of_equal_files_the_older_stays_and_one_with_a_sidecar_before_all() -> None:
    old, new = photo("/p/b.jpg", "x", at=1), photo("/p/a.jpg", "x", at=2)
    rated = Photo(Path("/p/long/name (1).jpg"), "x", FileState(1000, 9, sidecar_ns=7), 100, 100)
    for order in permutations([old, new, rated]):
        assert copies_best_first(order) == [rated, old, new]


def test_of_versions_the_largest_stays_and_blur_counts_more_than_bytes() -> None:
    large = photo("large", edge=200, size=500)
    fine, squeezed = photo("fine", size=900), photo("squeezed", size=300)
    blurred = photo("blurred", size=2000)
    # Ringing makes the squeezed one sharper by the measure.
    sharpness = {"large": 100.0, "fine": 100.0, "squeezed": 130.0, "blurred": 10.0}
    for order in permutations([large, fine, squeezed, blurred]):
        assert versions_best_first(order, sharpness) == [large, fine, squeezed, blurred]


def test_of_a_burst_the_sharpest_stays() -> None:
    sharp, soft, unknown = photo("a", size=100), photo("b", size=900), photo("c", size=999)
    for order in permutations([sharp, soft, unknown]):
        assert shots_best_first(order, {"a": 20.0, "b": 15.0}) == [sharp, soft, unknown]


@pytest.mark.parametrize(
    ("best", "other", "reason"),
    [
        (photo("b", edge=200), photo("a", size=9000), "pixels"),
        (photo("b"), photo("blurred", size=9000), "sharpness"),
        (photo("b", size=9000), photo("a"), "bytes"),
        (photo("b"), photo("b (1)"), "name"),
        (photo("b"), photo("bbb"), "short path"),
        (photo("b", at=1), photo("a"), "age"),
        (photo("a"), photo("b"), "first path"),
    ],
)
def test_the_merit_is_what_the_best_is_ahead_in(best: Photo, other: Photo, reason: Merit) -> None:
    sharpness = {str(p.path): 10.0 if p.path.name == "blurred" else 100.0 for p in (best, other)}
    group = versions_best_first([other, best], sharpness)
    assert (group[0], merit("near", group, sharpness)) == (best, reason)


def test_of_a_burst_sharpness_and_of_copies_the_sidecar_is_named() -> None:
    sharp, soft = photo("b"), photo("a", size=9000)
    assert merit("burst", [sharp, soft], {"b": 20.0, "a": 15.0}) == "sharpness"
    rated = Photo(Path("/p/long (1).jpg"), "x", FileState(1000, 9, sidecar_ns=7), 100, 100)
    assert merit("exact", [rated, photo("/p/a.jpg", "x")], {}) == "sidecar"
