"""Opening, adding folders, progress, cancelling, what was skipped."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.types import IndexReport, Photo, Skipped
from clipsearch.errors import LibraryTooNew
from clipsearch.gui import library_session
from clipsearch.gui.main_window import MainWindow
from clipsearch.settings import config_folder
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, draw_photo, names
from tests.gui.test_search import drop, files


def test_an_empty_library_says_what_to_do(qtbot: QtBot, make_window: WindowMaker) -> None:
    window = make_window(FakeLibrary([]))
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.empty.isVisible()
    assert window.parts.empty.title == "No photos yet"
    offered = {
        button.text()
        for button in window.parts.empty.findChildren(QPushButton)
        if button.isVisible()
    }
    assert offered == {"Add a folder…", "Try the sample photos"}


def test_words_over_an_empty_library_ask_for_photos_first(
    qtbot: QtBot, make_window: WindowMaker
) -> None:
    library = FakeLibrary([])
    window = make_window(library)
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.empty.title == "No photos yet"
    assert library.queries == []


def test_the_samples_are_made_and_indexed(
    qtbot: QtBot, make_window: WindowMaker, photos: list[Photo], tmp_path: Path
) -> None:
    library = FakeLibrary([])
    library.index_adds = photos
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    window.parts.empty.try_samples.emit()
    qtbot.waitUntil(lambda: len(names(window)) == 6)
    assert library.indexed == [[tmp_path / "samples"]]
    assert window.parts.grid.isVisible()


def test_a_dropped_folder_is_indexed_and_its_photos_appear(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    library.index_adds = [draw_photo(folder / "pink 9.png", "pink")]
    drop(window, files(folder))
    qtbot.waitUntil(lambda: "pink 9.png" in names(window))
    assert library.indexed == [[folder]]


def test_new_photos_join_the_answer_that_is_shown(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled)
    library.index_adds = [draw_photo(tmp_path / "red 9.png", "red")]
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(lambda: "red 9.png" in names(window))


def test_indexing_shows_progress_and_can_be_cancelled(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    gate = library.index_gate = Gate()
    library.index_adds = [draw_photo(tmp_path / "pink 9.png", "pink")]
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(lambda: window.parts.status.work == "Indexing 0 of 10")
    (cancel,) = [b for b in window.parts.status.findChildren(QPushButton) if b.text() == "Cancel"]
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert window.parts.status.work == "Stopping…"
    gate.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.session.is_indexing
    assert not cancel.isVisible()
    assert "pink 9.png" not in names(window)


def test_folders_wait_for_each_other(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    gate = library.index_gate = Gate()
    window.session.add_folders([tmp_path / "a"])
    window.session.add_folders([tmp_path / "b"])
    qtbot.waitUntil(gate.reached.is_set)
    assert library.indexed == [[tmp_path / "a"]]
    gate.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == [[tmp_path / "a"], [tmp_path / "b"]]


def test_skipped_files_are_listed_without_a_dialog(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    library.skipped = (Skipped(tmp_path / "broken.jpg", "It is cut off."),)
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(window.parts.messages.isVisible)
    assert window.parts.messages.text == "1 file was skipped."
    (show,) = [
        b for b in window.parts.messages.findChildren(QPushButton) if b.text() == "Show them"
    ]
    QTest.mouseClick(show, Qt.MouseButton.LeftButton)
    assert window.parts.activity.isVisible()
    assert window.parts.activity.problems.count == 1
    qtbot.waitUntil(lambda: window.is_settled)


def test_the_status_line_says_that_the_model_is_loading(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary
) -> None:
    gate = library.warm_gate = Gate()
    window = make_window(library)
    qtbot.waitUntil(gate.reached.is_set)
    qtbot.waitUntil(lambda: len(names(window)) == 6)
    assert window.parts.status.facts == "6 photos · starter · loading the model…"
    window.parts.search.set_words("blue")
    with qtbot.waitSignal(window.ready):
        gate.open()
    assert window.parts.status.facts.endswith("cpu")
    qtbot.waitUntil(lambda: names(window) == ["blue 2.png"])


def test_a_library_that_cannot_be_opened_does_not_look_like_an_empty_one(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary
) -> None:
    library.open_error = LibraryTooNew("This library needs clipsearch 9: update clipsearch.")
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    empty = window.parts.empty
    assert empty.isVisible()
    assert empty.title == "The library could not be opened"
    assert empty.text == "This library needs clipsearch 9: update clipsearch."
    offered = [b for b in empty.findChildren(QPushButton) if b.isVisible()]
    assert [button.text() for button in offered] == ["Try again"]
    library.open_error = None
    with qtbot.waitSignal(window.ready):
        QTest.mouseClick(offered[0], Qt.MouseButton.LeftButton)
    assert len(names(window)) == 6


def test_what_was_to_be_indexed_at_the_start_waits_for_the_library(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, tmp_path: Path
) -> None:
    library.open_error = LibraryTooNew("This library needs clipsearch 9: update clipsearch.")
    window = make_window(library)
    window.start(index_first=[tmp_path])
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == []
    library.open_error = None
    window.parts.empty.try_again.emit()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == [[tmp_path]]


def test_notices_of_the_library_are_shown(qtbot: QtBot, make_window: WindowMaker) -> None:
    class Mended(FakeLibrary):
        def open(self) -> tuple[str, ...]:
            return ("The index was damaged: update the library.",)

    window = make_window(Mended([]))
    qtbot.waitUntil(window.parts.messages.isVisible)
    assert window.parts.messages.text == "The index was damaged: update the library."
    qtbot.waitUntil(lambda: window.is_settled)


@pytest.mark.parametrize("state", ["incomplete", "outdated"])
def test_an_index_that_must_be_rebuilt_is_rebuilt(
    qtbot: QtBot, make_window: WindowMaker, photos: list[Photo], state: str
) -> None:
    class Damaged(FakeLibrary):
        def folders(self) -> tuple[Path, ...]:
            return (Path("/photos"),)

        def index(self, *args: Any, **kwargs: Any) -> IndexReport:
            self.state = "ready"
            return super().index(*args, **kwargs)

    library = Damaged([])
    library.state = state
    library.index_adds = photos
    window = make_window(library)
    qtbot.waitUntil(lambda: window.parts.model.rowCount() == len(photos))
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == [[]]  # All folders, once.


def test_a_model_that_is_not_used_is_let_go(
    qtbot: QtBot, make_window: WindowMaker, monkeypatch: pytest.MonkeyPatch, photos: list[Photo]
) -> None:
    monkeypatch.setattr(library_session, "_IDLE_CHECK_MS", 1)
    library = FakeLibrary(photos)
    window = make_window(library)
    qtbot.waitUntil(lambda: library.released > 0)
    window.session._idling.stop()
    qtbot.waitUntil(lambda: window.is_settled)


def test_the_window_comes_back_where_it_was(
    qtbot: QtBot, window: MainWindow, make_window: WindowMaker, library: FakeLibrary
) -> None:
    window.resize(733, 555)
    window.close()
    kept = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
    assert kept.contains("geometry")
    again = make_window(library)
    again.restore_state()
    assert (again.width(), again.height()) == (733, 555)
    qtbot.waitUntil(lambda: again.is_settled)
