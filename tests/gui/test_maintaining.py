"""The window tidies up the library while it does nothing else with it."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from clipsearch.core.maintenance_times import MaintenanceTimes
from clipsearch.core.types import MaintenanceReport
from clipsearch.errors import LibraryBusy
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.maintaining import Maintaining
from clipsearch.settings import Settings
from tests.gui.conftest import FakeLibrary, Gate


@pytest.fixture
def times() -> MaintenanceTimes:
    """It is time as soon as something has changed."""
    return MaintenanceTimes(after_a_change=0.0)


@pytest.fixture
def maintaining(
    qtbot: QtBot,
    window: MainWindow,
    library: FakeLibrary,
    runner: JobRunner,
    times: MaintenanceTimes,
) -> Maintaining:
    """Of a window that has opened its library."""
    qtbot.waitUntil(lambda: window.session.is_open and window.is_settled)
    return Maintaining(library, window.session, runner, LatePace(Settings()), window, times=times)


def test_it_looks_after_a_change_and_not_before(
    qtbot: QtBot, maintaining: Maintaining, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    maintaining.look()
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(lambda: window.is_settled)
    maintaining.look()
    assert library.maintained == 0  # Nothing was added.
    library.index_adds = [library.all[0]]
    window.session.update()
    maintaining.look()  # It waits for the end of it.
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.maintained == 0
    maintaining.look()
    maintaining.look()  # Once.
    qtbot.waitUntil(lambda: window.is_settled)
    maintaining.look()
    assert library.maintained == 1
    assert window.trouble == ""


def test_it_gives_way_to_work_and_comes_back(
    qtbot: QtBot,
    maintaining: Maintaining,
    times: MaintenanceTimes,
    window: MainWindow,
    library: FakeLibrary,
    tmp_path: Path,
) -> None:
    library.maintain_gate = gate = Gate()
    times.note_change()
    maintaining.look()
    qtbot.waitUntil(gate.reached.is_set)
    window.session.add_folders([tmp_path])
    gate.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == [[tmp_path]]
    assert times.is_time
    maintaining.look()
    qtbot.waitUntil(lambda: window.is_settled)
    assert (library.maintained, times.is_time) == (2, False)


def test_another_writer_is_left_in_peace_without_a_word(
    qtbot: QtBot,
    maintaining: Maintaining,
    times: MaintenanceTimes,
    window: MainWindow,
    library: FakeLibrary,
) -> None:
    library.maintain_error = LibraryBusy("Another clipsearch is writing.")
    times.note_change()
    maintaining.look()
    qtbot.waitUntil(lambda: window.is_settled and not times.is_time)
    assert window.trouble == ""
    assert not window.parts.messages.isVisible()


def test_what_was_compacted_is_read_before_the_next_search(
    qtbot: QtBot,
    maintaining: Maintaining,
    times: MaintenanceTimes,
    window: MainWindow,
    library: FakeLibrary,
) -> None:
    times.note_change()
    library.maintenance = MaintenanceReport(compacted=True)
    with qtbot.waitSignal(window.session.photos_changed):
        maintaining.look()
    qtbot.waitUntil(lambda: window.is_settled)
