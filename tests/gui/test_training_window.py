"""Training in a real window, with a real library and a tiny model: all the way, and back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.library import Library
from clipsearch.core.tuning import Tuning
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.tuning_contracts import Event
from clipsearch.ml.tuning_types import Outcome
from clipsearch.progress import Progress
from clipsearch.settings import Settings
from tests.core.test_tuning import NAMES, collect, draw_photos
from tests.gui.conftest import WindowMaker
from tests.ml.conftest import write_model

PATIENCE_MS = 90_000


class Persuaded:
    """The real tuning, but for the verdict: so little of a tiny model would never be better."""

    def __init__(self, tuning: Tuning) -> None:
        """Pass everything on."""
        self._tuning = tuning
        self.survey = tuning.survey
        self.prepare = tuning.prepare
        self.pause, self.resume = tuning.pause, tuning.resume
        self.runs, self.drop, self.gallery = tuning.runs, tuning.drop, tuning.gallery

    def run(self, run: str, *, progress: Progress, on_event: Callable[[Event], None]) -> Outcome:
        """Find it better."""
        outcome = self._tuning.run(run, progress=progress, on_event=on_event)
        return replace(outcome, judgement=replace(outcome.judgement, conclusion="better"))

    def keep(self, run: str, *, strength: float | None = None) -> str:
        """Keep it all the same."""
        return self._tuning.keep(run, strength=strength, force=True)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Two collections under a tiny model with random weights."""
    draw_photos(tmp_path / "drawn")
    library = Library(tmp_path / "library", Settings(device="cpu", precision="float32"))
    library.index([tmp_path / "drawn"], model=str(write_model(tmp_path / "tiny")))
    collect(library)
    yield library
    library.close()


def click(button: QPushButton) -> None:
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=PATIENCE_MS)


def test_what_is_trained_in_the_window_is_kept_searched_with_and_reverted(
    qtbot: QtBot, make_window: WindowMaker, library: Library
) -> None:
    parent = library.info().model
    window = make_window(library, make_tuner=lambda: Persuaded(library.tuning))
    until(qtbot, window, lambda: bool(window.labels.session.state.collections))
    window.commands.train.trigger()
    page = window.training.page
    assert page is not None
    until(qtbot, window, page.choice.train.isEnabled)
    method = page.choice.method
    method.setCurrentIndex(method.findData("gda"))
    click(page.choice.train)
    until(qtbot, window, lambda: page.view is page.outcome)
    assert library.info().model == parent, "nothing changes before the user says so"
    assert page.outcome.figures.lines
    until(qtbot, window, lambda: len(page.outcome.gallery.after.tiles) > 0)

    click(page.outcome.keep)
    until(qtbot, window, page.outcome.back.isVisible)
    assert library.info().model != parent
    window.parts.search.set_words(NAMES[0])
    until(qtbot, window, lambda: window.parts.page is not page)

    window.commands.train.trigger()
    click(page.outcome.back)
    until(qtbot, window, lambda: library.info().model == parent)
