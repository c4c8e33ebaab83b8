"""When places are handed over: with a clock and a disk that the tests move themselves."""

import random
from collections.abc import Hashable
from pathlib import Path

import pytest

from clipsearch.core.debounce import Debouncer, Patience

A, B = Path("/photos/a.jpg"), Path("/photos/b.jpg")
PHOTOS, DEEP = Path("/photos"), Path("/photos/deep")


class Disk:
    """Says what places look like; everything looks the same until it is written."""

    def __init__(self) -> None:
        self.sizes: dict[Path, int] = {}
        self.looks = 0

    def look(self, place: Path) -> Hashable:
        self.looks += 1
        return self.sizes.get(place, 0)

    def write(self, place: Path) -> None:
        self.sizes[place] = self.sizes.get(place, 0) + 1


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def debouncer(disk: Disk) -> Debouncer:
    return Debouncer(disk.look, Patience(quiet=0.8, longest=5, writing=60, crowd=200))


def until(debouncer: Debouncer, now: float, end: float) -> list[tuple[float, frozenset[Path]]]:
    """Let time pass as the watcher does: sleeping until the next check."""
    batches = []
    while (check := debouncer.next_check(now)) is not None and check <= end:
        now = max(check, now + 0.001)
        if batch := debouncer.collect(now):
            batches.append((now, batch))
    return batches


def test_nothing_waits_at_first(debouncer: Debouncer) -> None:
    assert len(debouncer) == 0
    assert debouncer.next_check(5) is None
    assert debouncer.collect(5) == frozenset()


def test_a_closed_file_is_handed_over_once_it_is_quiet(debouncer: Debouncer, disk: Disk) -> None:
    debouncer.add_file(A, 10, settled=True)
    assert debouncer.next_check(10) == pytest.approx(10.8)
    assert debouncer.collect(10.7) == frozenset()
    assert debouncer.collect(10.8) == {A}
    assert debouncer.collect(99) == frozenset()
    assert disk.looks == 0


def test_a_file_that_may_be_written_is_looked_at_twice(debouncer: Debouncer, disk: Disk) -> None:
    debouncer.add_file(A, 10, settled=None)
    assert debouncer.collect(10.29) == frozenset()
    assert disk.looks == 0
    assert debouncer.collect(10.31) == frozenset()
    assert disk.looks == 1
    assert debouncer.collect(11.5) == frozenset()
    assert disk.looks == 1
    assert debouncer.collect(11.52) == {A}
    assert disk.looks == 2


def test_a_file_that_grows_waits_without_holding_others_up(
    debouncer: Debouncer, disk: Disk
) -> None:
    debouncer.add_file(A, 0, settled=False)
    debouncer.add_file(B, 0, settled=True)
    now, seen = 0.0, []
    while now < 30:
        now += 0.2
        disk.write(A)
        if batch := debouncer.collect(now):
            seen.append(batch)
    assert seen == [{B}]
    assert until(debouncer, now, now + 5)[0][1] == {A}


def test_a_file_that_never_stops_growing_is_handed_over_at_last(
    debouncer: Debouncer, disk: Disk
) -> None:
    debouncer.add_file(A, 0, settled=False)
    now = 0.0
    while not debouncer.collect(now):
        now += 0.5
        disk.write(A)
    assert now == 60


def test_another_event_starts_the_quiet_anew(debouncer: Debouncer) -> None:
    debouncer.add_file(A, 10, settled=True)
    debouncer.add_file(A, 10.7, settled=True)
    assert debouncer.collect(11.4) == frozenset()
    assert debouncer.collect(11.51) == {A}


def test_under_constant_activity_nothing_waits_longer_than_the_longest(
    debouncer: Debouncer,
) -> None:
    debouncer.add_file(A, 0, settled=True)
    now = 0.0
    while now < 4.9:
        now += 0.1
        debouncer.add_file(B, now, settled=True)
        assert debouncer.collect(now) == frozenset()
    assert debouncer.collect(5) == {A, B}


def test_a_file_that_is_written_again_after_it_was_closed_waits_again(
    debouncer: Debouncer,
) -> None:
    debouncer.add_file(A, 0, settled=True)
    debouncer.add_file(A, 0.1, settled=False)
    assert debouncer.collect(0.91) == frozenset()  # The first look.
    assert until(debouncer, 0.92, 3)[0][1] == {A}


def test_other_news_of_a_closed_file_leave_it_closed(debouncer: Debouncer, disk: Disk) -> None:
    debouncer.add_file(A, 0, settled=True)
    debouncer.add_file(A, 0.1, settled=None)  # For example its time was set.
    assert debouncer.collect(0.91) == {A}
    assert disk.looks == 0


def test_what_lies_in_a_folder_of_the_batch_goes_with_it(debouncer: Debouncer) -> None:
    debouncer.add_folder(PHOTOS, 0)
    debouncer.add_folder(DEEP, 0)
    debouncer.add_file(DEEP / "a.jpg", 0, settled=True)
    other = Path("/photos2/a.jpg")
    debouncer.add_file(other, 0, settled=True)
    assert debouncer.collect(1) == {PHOTOS, other}
    assert len(debouncer) == 0


def test_a_file_still_written_in_a_renamed_folder_is_handed_over_later(
    debouncer: Debouncer,
) -> None:
    debouncer.add_folder(PHOTOS, 0)
    debouncer.add_file(A, 0.5, settled=False)
    assert debouncer.collect(1.3) == {PHOTOS}
    assert until(debouncer, 1.3, 5)[0][1] == {A}


def test_a_crowd_becomes_its_folder(debouncer: Debouncer) -> None:
    for number in range(200):
        debouncer.add_file(PHOTOS / f"{number}.jpg", 0, settled=True)
    assert len(debouncer) == 200
    debouncer.add_file(PHOTOS / "one more.jpg", 0.1, settled=True)
    assert len(debouncer) == 1
    for number in range(100_000):
        debouncer.add_file(PHOTOS / f"{number}.jpg", 0.2, settled=True)
    debouncer.add_file(DEEP / "a.jpg", 0.2, settled=True)
    assert len(debouncer) == 2
    ((_, batch),) = until(debouncer, 0.2, 10)
    assert batch == {PHOTOS}  # Which DEEP lies in.


def test_exactly_the_limit_is_no_crowd(debouncer: Debouncer) -> None:
    files = {PHOTOS / f"{number}.jpg" for number in range(200)}
    for file in files:
        debouncer.add_file(file, 0, settled=True)
        debouncer.add_file(file, 0, settled=True)
    assert debouncer.collect(1) == files


def test_a_crowd_that_goes_on_is_handed_over_in_between_and_once_more_at_the_end(
    debouncer: Debouncer, disk: Disk
) -> None:
    now, batches = 0.0, []
    for number in range(3000):
        now = number / 250
        disk.write(PHOTOS)
        debouncer.add_file(PHOTOS / f"{number}.jpg", now, settled=True)
        if batch := debouncer.collect(now):
            batches.append((now, batch))
    assert [round(at) for at, _ in batches] == [5, 10]
    after = until(debouncer, now, now + 10)
    assert [batch for _, batch in after] == [{PHOTOS}]
    assert after[0][0] - now < 2


def test_lost_events_replace_everything_under_the_folder(debouncer: Debouncer) -> None:
    for number in range(50):
        debouncer.add_file(DEEP / f"{number}.jpg", 0, settled=False)
    debouncer.add_folder(DEEP / "x", 0)
    elsewhere = Path("/elsewhere/a.jpg")
    debouncer.add_file(elsewhere, 0, settled=True)
    debouncer.replace_under(PHOTOS, 0.1)
    assert len(debouncer) == 2
    assert debouncer.collect(1) == {PHOTOS, elsewhere}


def test_places_of_a_folder_that_is_not_watched_any_more_are_forgotten(
    debouncer: Debouncer,
) -> None:
    debouncer.add_file(A, 0, settled=True)
    debouncer.add_file(DEEP / "a.jpg", 0, settled=True)
    debouncer.add_folder(DEEP / "x", 0)
    debouncer.forget_under(PHOTOS, kept=[DEEP])
    assert debouncer.collect(1) == {DEEP / "a.jpg", DEEP / "x"}
    debouncer.add_file(A, 2, settled=True)
    debouncer.forget_under(PHOTOS, kept=[])
    assert len(debouncer) == 0


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_each_change_is_handed_over_in_time(seed: int) -> None:
    """Against the obvious: after the last change of a place, a batch covers it, in time."""
    chance, disk = random.Random(seed), Disk()
    patience = Patience(quiet=0.8, longest=5, writing=60, crowd=chance.choice([3, 200]))
    debouncer = Debouncer(disk.look, patience)
    folders = [PHOTOS, DEEP, Path("/other")]
    places = [folder / f"{number}.jpg" for folder in folders for number in range(6)]
    last_change: dict[Path, float] = {}
    batches: list[tuple[float, frozenset[Path]]] = []
    now = 0.0
    for _ in range(chance.choice([10, 100, 600])):
        later = now + chance.choice([0, 0.01, 0.3, 1.5])
        batches += until(debouncer, now, later)
        now = later
        place = chance.choice(places)
        disk.write(place)
        disk.write(place.parent)
        last_change[place] = now
        if chance.random() < 0.05:
            last_change.setdefault(place.parent, now)
            debouncer.add_folder(place.parent, now)
        debouncer.add_file(place, now, settled=chance.choice([True, False, None]))
    batches += until(debouncer, now, now + 20)
    assert len(debouncer) == 0
    for place, changed in last_change.items():
        covering = [
            at
            for at, batch in batches
            if at >= changed and not batch.isdisjoint({place, *place.parents})
        ]
        assert covering, place
        assert min(covering) - changed <= patience.longest + patience.resting + 0.4
