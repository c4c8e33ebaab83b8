"""Lanes, newest wins, cancelling, failing, closing."""

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.progress import Cancelled, Progress
from tests.gui.conftest import Gate, our_threads


class Diary:
    """Notes the signals of a job in their order."""

    def __init__(self, job: Job) -> None:
        """Listen to a job that has not been reported on yet."""
        self.entries: list[tuple[str, object]] = []
        job.progressed.connect(lambda *what: self.entries.append(("progressed", what)))
        job.succeeded.connect(lambda value: self.entries.append(("succeeded", value)))
        job.failed.connect(lambda error: self.entries.append(("failed", error)))
        job.cancelled.connect(lambda: self.entries.append(("cancelled", None)))
        job.finished.connect(lambda: self.entries.append(("finished", None)))

    @property
    def kinds(self) -> list[str]:
        """Names of the signals."""
        return [kind for kind, _ in self.entries]


def test_a_job_succeeds_and_then_finishes(qtbot: QtBot, runner: JobRunner) -> None:
    job = runner.submit(Lane.LIBRARY, pow, 2, 5)
    diary = Diary(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert diary.entries == [("succeeded", 32), ("finished", None)]
    assert runner.is_idle


def test_a_failure_brings_the_exception_and_then_finishes(qtbot: QtBot, runner: JobRunner) -> None:
    job = runner.submit(Lane.LIBRARY, int, "seven")
    diary = Diary(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert diary.kinds == ["failed", "finished"]
    assert isinstance(diary.entries[0][1], ValueError)


@pytest.mark.parametrize("lane", [Lane.INTERACTIVE, Lane.LIBRARY])
def test_jobs_of_a_lane_run_one_after_another_in_order(
    qtbot: QtBot, runner: JobRunner, lane: Lane
) -> None:
    running = threading.Semaphore(1)
    order: list[int] = []

    def work(number: int) -> None:
        assert running.acquire(blocking=False), "two at once"
        order.append(number)
        running.release()

    jobs = [runner.submit(lane, work, number) for number in range(20)]
    diaries = [Diary(job) for job in jobs]
    qtbot.waitUntil(lambda: runner.is_idle)
    assert order == list(range(20))
    assert all(diary.kinds == ["succeeded", "finished"] for diary in diaries)


def test_lanes_do_not_wait_for_each_other(qtbot: QtBot, runner: JobRunner) -> None:
    gate = Gate()
    runner.submit(Lane.LIBRARY, gate.wait)
    quick = runner.submit(Lane.INTERACTIVE, pow, 2, 2)
    with qtbot.waitSignal(quick.succeeded):
        pass
    assert not runner.is_idle
    gate.open()
    qtbot.waitUntil(lambda: runner.is_idle)


def test_the_newest_of_a_topic_wins_and_late_results_are_dropped(
    qtbot: QtBot, runner: JobRunner
) -> None:
    gate = Gate()
    ran: list[str] = []

    def search(words: str) -> str:
        ran.append(words)
        if words == "first":
            gate.wait()
        return words

    diaries = [
        Diary(runner.submit(Lane.INTERACTIVE, search, "first", topic="search")),
    ]
    qtbot.waitUntil(gate.reached.is_set)
    diaries += [
        Diary(runner.submit(Lane.INTERACTIVE, search, words, topic="search"))
        for words in ("second", "third")
    ]
    gate.open()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert ran == ["first", "third"]
    assert [diary.kinds for diary in diaries] == [
        ["cancelled", "finished"],
        ["cancelled", "finished"],
        ["succeeded", "finished"],
    ]


def test_jobs_without_a_topic_overtake_nobody(qtbot: QtBot, runner: JobRunner) -> None:
    gate = Gate()
    warming = Diary(runner.submit(Lane.INTERACTIVE, gate.wait))
    searching = Diary(runner.submit(Lane.INTERACTIVE, pow, 2, 3, topic="search"))
    gate.open()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert warming.kinds == searching.kinds == ["succeeded", "finished"]


def test_cancelling_stops_at_the_next_progress_call(qtbot: QtBot, runner: JobRunner) -> None:
    gate = Gate()
    seen: list[type[BaseException]] = []

    def work(progress: Progress) -> None:
        gate.wait()
        try:
            progress(1, 2)
        except Cancelled as error:
            seen.append(type(error))
            raise

    job = runner.submit(Lane.LIBRARY, work, progress=True)
    diary = Diary(job)
    qtbot.waitUntil(gate.reached.is_set)
    job.cancel()
    gate.open()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert seen == [Cancelled]
    assert diary.kinds == ["cancelled", "finished"]


def test_a_result_that_comes_after_cancelling_is_dropped(qtbot: QtBot, runner: JobRunner) -> None:
    gate = Gate()
    job = runner.submit(Lane.LIBRARY, gate.wait)
    diary = Diary(job)
    qtbot.waitUntil(gate.reached.is_set)
    job.cancel()
    gate.open()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert diary.kinds == ["cancelled", "finished"]


def test_progress_is_throttled_but_its_ends_always_come(qtbot: QtBot, runner: JobRunner) -> None:
    def work(progress: Progress) -> None:
        for done in range(1, 20_001):
            progress(done, 20_000, "photos")
        progress(0, 7, "another phase")

    job = runner.submit(Lane.LIBRARY, work, progress=True)
    diary = Diary(job)
    qtbot.waitUntil(lambda: runner.is_idle)
    seen = [what for kind, what in diary.entries if kind == "progressed"]
    assert seen[0] == (1, 20_000, "photos")
    assert seen[-2:] == [(20_000, 20_000, "photos"), (0, 7, "another phase")]
    assert len(seen) < 200


def test_closing_cancels_joins_and_settles_everything(qtbot: QtBot) -> None:
    runner = JobRunner()
    started = threading.Event()

    def endless(progress: Progress) -> None:
        started.set()
        while True:
            progress(0, None)

    diaries = [
        Diary(runner.submit(lane, endless, progress=True))
        for lane in (Lane.LIBRARY, Lane.LIBRARY, Lane.INTERACTIVE)
    ]
    qtbot.waitUntil(started.is_set)
    runner.close()
    assert our_threads() == []
    assert runner.is_idle
    ends = [[kind for kind in diary.kinds if kind != "progressed"] for diary in diaries]
    assert ends == [["cancelled", "finished"]] * 3


def test_closing_drops_nothing_that_the_user_has_said(qtbot: QtBot) -> None:
    runner = JobRunner()
    gate, said = Gate(), list[str]()
    runner.submit(Lane.WORDS, gate.wait)
    qtbot.waitUntil(gate.reached.is_set)
    runner.submit(Lane.WORDS, said.append, "waits for its turn")
    runner.submit(Lane.WORDS, said.append, "only asks", topic="labels")
    threading.Timer(0.1, gate.open).start()
    runner.close()
    assert said == ["waits for its turn"]
    assert runner.is_idle


def test_nothing_comes_after_closing(qtbot: QtBot, qapp: object) -> None:
    runner = JobRunner()
    gate = Gate()
    diary = Diary(runner.submit(Lane.LIBRARY, gate.wait))
    qtbot.waitUntil(gate.reached.is_set)
    gate.open()
    runner.close()
    before = list(diary.entries)
    late = Diary(runner.submit(Lane.LIBRARY, pow, 2, 2))
    qtbot.waitUntil(lambda: runner.is_idle)
    assert diary.entries == before
    assert late.kinds == ["cancelled", "finished"]


def test_an_overtaken_failure_reaches_nobody(
    qtbot: QtBot, runner: JobRunner, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()

    def fail() -> None:
        gate.wait()
        raise ValueError("too late")

    first = Diary(runner.submit(Lane.INTERACTIVE, fail, topic="search"))
    qtbot.waitUntil(gate.reached.is_set)
    runner.submit(Lane.INTERACTIVE, pow, 2, 2, topic="search")
    gate.open()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert first.kinds == ["cancelled", "finished"]
    assert "A cancelled job failed" in caplog.text


def test_a_window_that_is_gone_is_not_called(qtbot: QtBot) -> None:
    runner = JobRunner()
    gate = Gate()
    calls: list[object] = []

    def listen(call: Callable[[object], None]) -> None:
        runner.submit(Lane.LIBRARY, gate.wait).succeeded.connect(call)

    listen(calls.append)
    qtbot.waitUntil(gate.reached.is_set)
    gate.open()
    runner.close()
    assert calls == []
