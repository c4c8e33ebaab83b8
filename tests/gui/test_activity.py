"""What runs, waits and was skipped: pausing, stopping, trying again."""

import threading
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.types import IndexReport, Skipped
from clipsearch.errors import LibraryBusy
from clipsearch.gui import work_commands
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.window_state import WindowState
from clipsearch.gui.work import State, Task, Work, long_line, reason_to_wait, short_line
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.progress import Cancelled, Progress, no_progress
from clipsearch.settings import Settings
from tests.gui.conftest import PATIENCE_S, FakeLibrary, Gate, WindowMaker


class StepLibrary(FakeLibrary):
    """Indexes a photo whenever the test lets it, or a hundred if it does not wait."""

    def __init__(self) -> None:
        super().__init__([])
        self.steps = threading.Semaphore(0)
        self.done = 0

    def index(
        self, folders: Sequence[Path], *, model: str | None = None, progress: Progress = no_progress
    ) -> IndexReport:
        self.added += folders
        for self.done in range(1, 101):
            assert self.steps.acquire(timeout=PATIENCE_S), "the test never let it go on"
            progress(self.done, 100)
        return IndexReport(added=100)

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.steps.release()


@pytest.fixture
def stepping() -> StepLibrary:
    return StepLibrary()


@pytest.fixture
def busy(
    qtbot: QtBot, make_window: WindowMaker, stepping: StepLibrary, tmp_path: Path
) -> MainWindow:
    """A window that has indexed one of a hundred photos and waits for the next."""
    window = make_window(stepping)
    qtbot.waitUntil(lambda: window.is_settled)
    window.session.add_folders([tmp_path / "Holidays"])
    stepping.go_on(1)
    qtbot.waitUntil(lambda: window.parts.status.work == "Indexing 1 of 100")
    return window


@pytest.fixture
def skipping(qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path) -> list[Path]:
    """Three files that were skipped, in a window with its activity open."""
    paths = [tmp_path / f"broken {number}.jpg" for number in range(3)]
    library.skipped = tuple(Skipped(path, "it is cut off") for path in paths)
    window.session.update()
    qtbot.waitUntil(lambda: window.is_settled)
    library.skipped = ()
    window.commands.activity.trigger()
    return paths


def select(window: MainWindow, *rows: int) -> None:
    """Click on rows of the skipped files."""
    view = window.parts.activity.problems.list
    view.clearSelection()
    for row in rows:
        place = view.visualRect(view.model().index(row, 0)).center()
        control = Qt.KeyboardModifier.ControlModifier
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, control, place)


# Pausing and stopping


def test_a_pause_stops_work_in_the_middle_and_resuming_goes_on(
    qtbot: QtBot, busy: MainWindow, stepping: StepLibrary
) -> None:
    busy.commands.pause.trigger()
    assert busy.parts.status.work == "Paused · 1 of 100"
    assert busy.parts.activity.current.words.text() == "Indexing Holidays · Paused · 1 of 100"
    stepping.go_on(99)
    # One photo more is under way; none after it.
    qtbot.waitUntil(lambda: busy.parts.status.work == "Paused · 2 of 100")
    assert stepping.done == 2
    assert busy.commands.pause.text() == "&Resume Indexing"
    busy.commands.pause.trigger()
    qtbot.waitUntil(lambda: busy.is_settled)
    assert stepping.done == 100
    assert busy.parts.status.work == ""


def test_paused_work_can_be_cancelled(
    qtbot: QtBot, busy: MainWindow, stepping: StepLibrary
) -> None:
    busy.parts.activity.pause.click()
    stepping.go_on(99)
    qtbot.waitUntil(lambda: busy.parts.status.work == "Paused · 2 of 100")
    busy.parts.activity.current.cancel.click()
    assert busy.parts.status.work == "Stopping…"
    assert not busy.parts.activity.current.cancel.isEnabled()
    qtbot.waitUntil(lambda: busy.is_settled)
    assert stepping.done == 2
    assert "Indexing was stopped" in busy.parts.messages.text
    assert not busy.session.work.is_paused, "what comes next does not wait"


def test_a_paused_window_can_be_closed(
    qtbot: QtBot, busy: MainWindow, stepping: StepLibrary, runner: JobRunner
) -> None:
    busy.session.work.pause()
    stepping.go_on(99)
    qtbot.waitUntil(lambda: stepping.done == 2)
    runner.close()
    qtbot.waitUntil(lambda: runner.is_idle)


def test_what_waits_is_listed_and_can_be_taken_out(
    qtbot: QtBot, busy: MainWindow, stepping: StepLibrary, tmp_path: Path
) -> None:
    busy.commands.activity.trigger()
    for name in "abcde":
        busy.session.add_folders([tmp_path / name])
    activity = busy.parts.activity
    rows = [row for row in activity._waiting if row.isVisible()]
    assert [row.words.text() for row in rows] == [
        f"Indexing {name} · waits for its turn" for name in "abc"
    ]
    assert activity._more.isVisible()
    assert activity._more.text() == "and 2 more"
    rows[1].cancel.click()
    qtbot.waitUntil(lambda: rows[1].words.text().startswith("Indexing c"))
    assert activity.current.words.text() == "Indexing Holidays · 1 of 100"
    stepping.go_on(500)
    qtbot.waitUntil(lambda: busy.is_settled)
    assert [path.name for path in stepping.added] == ["Holidays", "a", "c", "d", "e"]
    assert activity.current.words.text() == "Nothing is being done."
    assert not any(row.isVisible() for row in rows)


def test_the_status_line_opens_the_activity(
    qtbot: QtBot, busy: MainWindow, stepping: StepLibrary
) -> None:
    (work,) = [
        button
        for button in busy.parts.status.findChildren(QPushButton)
        if button.accessibleName() == "Indexing 1 of 100"
    ]
    assert not busy.parts.activity.isVisible()
    QTest.mouseClick(work, Qt.MouseButton.LeftButton)
    assert busy.parts.activity.isVisible()
    assert busy.commands.activity.isChecked()
    QTest.keyClick(busy.parts.activity.current.cancel, Qt.Key.Key_Escape)
    assert not busy.parts.activity.isVisible()
    stepping.go_on(99)
    qtbot.waitUntil(lambda: busy.is_settled)


class Waiting:
    """A pace that always waits for the power supply."""

    share = 1.0
    is_paused = False
    waits_for: str | None = "waiting for the power supply"

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def apply(self, progress: Progress) -> Progress:
        return progress


def test_the_user_reads_what_work_waits_for(qtbot: QtBot, runner: JobRunner) -> None:
    queue = WorkQueue(runner, Waiting())
    gate = Gate()

    def index(progress: Progress) -> None:
        progress(2, 10)
        gate.wait()

    queue.submit(Task("Indexing Holidays"), index)
    qtbot.waitUntil(lambda: queue.works[0].total == 10)
    (work,) = queue.works
    assert short_line(work) == "Waiting for the power supply · 2 of 10"
    gate.open()
    qtbot.waitUntil(lambda: queue.is_empty)


def test_a_reason_that_is_not_known_is_shown_as_it_is() -> None:
    assert reason_to_wait("waiting for the moon") == "waiting for the moon"
    assert reason_to_wait(None) == ""


def test_the_rate_leaves_out_the_time_of_rest() -> None:
    now = [0.0]
    work = Work(Task("Indexing Holidays"), clock=lambda: now[0])
    work.rest("")

    def move(seconds: float, done: int) -> None:
        now[0] += seconds
        work.move(done, 900)

    move(5, 0)  # Looking for photos is no part of it.
    move(10, 200)
    assert work.rate == 20
    work.rest("Paused")
    move(3600, 200)
    work.rest("")
    move(10, 400)
    assert work.rate == 20
    assert long_line(work) == "Indexing Holidays · 400 of 900 · 20/s · less than a minute left"
    assert work.state is State.RUNNING


def test_a_late_pace_remembers_what_it_was_told_before_it_was_made() -> None:
    pace = LatePace(Settings(background_share=0.5))
    assert pace.share == 0.5
    assert pace.waits_for is None
    pace.pause()
    pace.share = 0.25
    assert pace.waits_for == "paused"
    calls: list[str] = []

    def cancel_at_once(done: int, total: int | None, note: str = "") -> None:
        calls.append(note)
        if note:
            raise Cancelled

    with pytest.raises(Cancelled):
        pace.apply(cancel_at_once)(1, 2)
    assert calls == ["", "paused"]
    assert pace._made is not None
    assert pace._made.share == 0.25
    pace.resume()
    pace.share = 1.0
    assert pace.waits_for is None
    assert pace._made.share == 1.0


# How much of the machine


def test_the_share_is_remembered_until_the_settings_say_something_else(
    qtbot: QtBot, window: MainWindow, make_window: WindowMaker, library: FakeLibrary
) -> None:
    share = window.parts.activity.share
    assert [share.itemText(row) for row in range(share.count())] == ["All", "Half", "A quarter"]
    window.commands.activity.trigger()
    share.setFocus()
    QTest.keyClick(share, Qt.Key.Key_Down)
    assert window.session.work.share == 0.5
    window.close()
    again = make_window(library)
    assert again.session.work.share == 0.5
    assert again.parts.activity.share.currentText() == "Half"
    state = WindowState(again, {})
    assert state.share(Settings(background_share=0.3)) == 0.3
    qtbot.waitUntil(lambda: again.is_settled)


def test_a_share_of_the_settings_file_is_one_of_the_choices(window: MainWindow) -> None:
    window.parts.activity.show_share(0.3)
    share = window.parts.activity.share
    assert [share.itemText(row) for row in range(share.count())] == [
        "All",
        "Half",
        "30 %",
        "A quarter",
    ]
    assert share.currentText() == "30 %"


# Skipped files


def test_what_can_be_read_now_leaves_the_list(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, skipping: list[Path]
) -> None:
    problems = window.parts.activity.problems
    assert problems.paths == skipping
    library.skipped = (Skipped(skipping[1], "it is still cut off"),)
    window.commands.retry.trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.updated == [skipping]
    assert problems.paths == [skipping[1]]
    assert problems.list.model().index(0, 1).data() == "It is still cut off"


def test_only_the_selected_files_are_tried_again(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, skipping: list[Path]
) -> None:
    problems = window.parts.activity.problems
    select(window, 0, 2)
    library.skipped = (Skipped(skipping[2], "it is cut off"),)
    QTest.keyClick(
        problems.list,
        Qt.Key.Key_R,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.updated == [[skipping[0], skipping[2]]]
    assert problems.paths == skipping[1:]
    chosen = [index.row() for index in problems.list.selectionModel().selectedRows()]
    assert chosen == [1], "what was selected and is still there stays so"


def test_indexing_elsewhere_leaves_the_list_alone(
    qtbot: QtBot, window: MainWindow, skipping: list[Path], tmp_path: Path
) -> None:
    window.session.add_folders([tmp_path / "elsewhere"])
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.activity.problems.paths == skipping
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.activity.problems.paths == []
    assert not window.commands.retry.isEnabled()


def test_the_skipped_files_of_a_removed_folder_are_no_concern(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, skipping: list[Path], tmp_path: Path
) -> None:
    library.added = [tmp_path]
    window.session.remove_folder(tmp_path)
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.activity.problems.paths == []


def test_skipped_files_can_be_found_once_the_message_is_closed(
    qtbot: QtBot, window: MainWindow, skipping: list[Path]
) -> None:
    window.commands.activity.trigger()
    assert not window.parts.activity.isVisible()
    assert window.parts.status.work == "3 files skipped"


def test_skipped_files_are_copied_with_their_reasons(
    window: MainWindow, skipping: list[Path]
) -> None:
    select(window, 1)
    QTest.keyClick(
        window.parts.activity.problems.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier
    )
    assert QGuiApplication.clipboard().text() == f"{skipping[1]}\tit is cut off"


def test_the_keys_of_the_list_are_not_those_of_the_photos(
    window: MainWindow, skipping: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(work_commands, "show_in_folder", asked.append)
    window.parts.grid.enter()
    assert window.commands.reveal.isEnabled(), "the same keys show a photo in its folder"
    select(window, 2)
    window.parts.activity.problems.list.setFocus()
    QTest.keyClick(
        window.parts.activity.problems.list, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier
    )
    assert asked == [skipping[2]]


def test_all_that_can_be_done_with_skipped_files_is_in_their_context_menu(
    window: MainWindow, skipping: list[Path]
) -> None:
    problems = window.parts.activity.problems
    assert [action.text() for action in problems.list.actions()] == [
        "Try Again",
        "Show in Folder",
        "Copy",
    ]
    buttons = [b.text() for b in problems.findChildren(QPushButton) if b.isVisible()]
    assert buttons == ["Try Again", "Show in Folder", "Copy"]


def test_nothing_is_told_twice_while_the_list_is_open(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, skipping: list[Path]
) -> None:
    library.skipped = (Skipped(skipping[0], "it is cut off"),)
    window.session.update()
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.parts.messages.isVisible()


def test_a_failure_while_trying_again_is_told_and_keeps_the_list(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, skipping: list[Path]
) -> None:
    library.index_error = LibraryBusy("Another clipsearch is writing.")
    window.parts.activity.problems.retry()
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.messages.text == "Another clipsearch is writing."
    assert window.parts.activity.problems.paths == skipping


def test_a_watcher_may_bring_places_of_its_own(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    places: Collection[Path] = {tmp_path / "b.jpg", tmp_path / "a.jpg"}
    window.session.update_places(places, "Looking at what has changed")
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.updated == [[tmp_path / "a.jpg", tmp_path / "b.jpg"]]
