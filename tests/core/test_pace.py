"""Resting: shares, pauses, obstacles, on a clock of the test's own."""

import threading
from types import SimpleNamespace

import psutil
import pytest

from clipsearch.core.pace import OthersBusy, Pace, on_battery
from clipsearch.progress import Cancelled
from clipsearch.settings import Settings


class Clock:
    """Time that passes only when somebody works or sleeps."""

    def __init__(self) -> None:
        """Begins at nothing."""
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now

    def pass_(self, seconds: float) -> None:
        """Works or sleeps."""
        self.now += seconds


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_work_takes_its_share_of_the_time(share: float) -> None:
    clock = Clock()
    paced = Pace(share, clock=clock, sleep=clock.pass_).apply()
    for number in range(100):
        clock.pass_(0.03)
        paced(number, 100)
    assert 100 * 0.03 / clock.now == pytest.approx(share, rel=0.01)


def test_an_obstacle_is_waited_for_and_named() -> None:
    clock = Clock()
    notes: list[str] = []
    pace = Pace(
        obstacles=[lambda: "a reason" if clock.now < 60 else None], clock=clock, sleep=clock.pass_
    )
    pace.apply(lambda done, total, note="": notes.append(note))(3, 9, "photo.jpg")
    assert 60 <= clock.now < 66
    assert notes[:2] == ["photo.jpg", "a reason"]
    assert pace.waits_for is None


def test_work_can_be_cancelled_while_it_rests() -> None:
    clock = Clock()

    def cancel(done: int, total: int | None, note: str = "") -> None:
        if clock.now > 1:
            raise Cancelled

    pace = Pace(clock=clock, sleep=clock.pass_)
    pace.pause()
    with pytest.raises(Cancelled):
        pace.apply(cancel)(0, 1)
    clock.now = 0.0
    paced = Pace(0.001, clock=clock, sleep=clock.pass_).apply(cancel)
    clock.pass_(0.5)
    with pytest.raises(Cancelled):
        paced(0, 1)


def test_a_pause_holds_work_until_it_is_resumed() -> None:
    pace = Pace()
    paced, done = pace.apply(), threading.Event()
    pace.pause()
    assert pace.waits_for == "paused"

    def work() -> None:
        paced(0, 1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not done.wait(0.3)
    pace.resume()
    assert done.wait(5)
    thread.join()


@pytest.mark.parametrize(("plugged", "waits"), [(True, False), (False, True), (None, False)])
def test_the_battery(monkeypatch: pytest.MonkeyPatch, plugged: bool | None, waits: bool) -> None:
    battery = SimpleNamespace(percent=50, power_plugged=plugged)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert (on_battery() is not None) == waits


def test_a_machine_without_a_battery_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert on_battery() is None
    monkeypatch.delattr(psutil, "sensors_battery")
    assert on_battery() is None


def test_other_programs_are_told_from_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = OthersBusy()
    used = [(10.0, 4.0, 100.0), (14.0, 8.0, 104.0), (22.0, 9.0, 108.0)]
    monkeypatch.setattr(busy, "_before", (6.0, 0.0, 96.0))
    monkeypatch.setattr(busy, "_used", lambda: used.pop(0))
    assert busy() is None  # all of it was ours
    assert busy() is None
    assert busy() is not None  # 8 core-seconds in 4, one of them ours


def test_the_settings_make_a_pace() -> None:
    pace = Pace.of(Settings(background_share=0.5, only_plugged_in=True, only_idle=True))
    assert pace.share == 0.5
    assert len(pace._obstacles) == 2
    assert Pace.of(Settings())._obstacles == []
