"""The window takes in what happens in the library's folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from clipsearch.app import make_watcher
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.thumbnails import picture_source
from clipsearch.settings import Settings

_PATIENCE_MS = 20_000


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    """A real one, unlike that of the other tests of the window."""
    return make_library()


@pytest.fixture
def window(
    qtbot: QtBot, library: Library, colour_photos: Path, tmp_path: Path
) -> Iterator[MainWindow]:
    """A window on a real library of six photos, with the real watcher."""
    library.index([colour_photos])
    settings = Settings()
    runner = JobRunner()
    made = MainWindow(
        library,
        picture_source(settings),
        runner,
        settings,
        tmp_path,
        pace=LatePace(settings),
        make_watcher=lambda notice: make_watcher(settings, notice),
    )
    qtbot.addWidget(made)
    made.start()
    made.show()
    yield made
    made.close()
    runner.close()


def names(window: MainWindow) -> set[str]:
    model = window.parts.model
    return {model.photo(row).path.name for row in range(model.rowCount())}


def settled(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.is_settled and not window.session.is_indexing


def test_a_file_that_comes_is_shown_and_one_that_goes_is_not(
    qtbot: QtBot, window: MainWindow, colour_photos: Path
) -> None:
    with qtbot.waitSignal(window.session.indexed, timeout=_PATIENCE_MS):
        pass  # the look at what happened while the window was closed
    Image.new("RGB", (50, 50), "purple").save(colour_photos / "purple.png")
    qtbot.waitUntil(lambda: "purple.png" in names(window), timeout=_PATIENCE_MS)
    (colour_photos / "purple.png").unlink()
    qtbot.waitUntil(lambda: "purple.png" not in names(window), timeout=_PATIENCE_MS)


def test_what_happened_while_the_window_was_closed_is_taken_in(
    qtbot: QtBot, library: Library, window: MainWindow, colour_photos: Path
) -> None:
    # The window has been started, but no event has run yet.
    Image.new("RGB", (50, 50), "purple").save(colour_photos / "early.png")
    qtbot.waitUntil(lambda: "early.png" in names(window), timeout=_PATIENCE_MS)


def test_a_folder_that_is_added_is_watched_and_one_that_is_removed_is_not(
    qtbot: QtBot, window: MainWindow, library: Library, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (50, 50), "purple").save(other / "purple.png")
    qtbot.waitUntil(settled(window), timeout=_PATIENCE_MS)
    window.session.add_folders([other])
    qtbot.waitUntil(lambda: "purple.png" in names(window), timeout=_PATIENCE_MS)
    qtbot.waitUntil(settled(window), timeout=_PATIENCE_MS)
    Image.new("RGB", (50, 50), "orange").save(other / "orange.png")
    qtbot.waitUntil(lambda: "orange.png" in names(window), timeout=_PATIENCE_MS)
    window.session.remove_folder(other)
    qtbot.waitUntil(lambda: names(window).isdisjoint({"purple.png", "orange.png"}))
    assert other not in library.folders()


def test_another_writer_is_waited_for_without_a_word(
    qtbot: QtBot,
    window: MainWindow,
    library: Library,
    colour_photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clipsearch.gui.work_queue._BUSY_MS", 200)
    with qtbot.waitSignal(window.session.indexed, timeout=_PATIENCE_MS):
        pass
    qtbot.waitUntil(settled(window), timeout=_PATIENCE_MS)
    with (
        write_lock(library.root),
        qtbot.waitSignal(window.session.work.ended, timeout=_PATIENCE_MS),
    ):
        Image.new("RGB", (50, 50), "purple").save(colour_photos / "purple.png")
    assert window.trouble == ""
    qtbot.waitUntil(lambda: "purple.png" in names(window), timeout=_PATIENCE_MS)
