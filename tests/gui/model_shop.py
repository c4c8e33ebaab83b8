"""A window over a library with two models: the starter, and one that waits for its steps."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.library import Library
from clipsearch.core.models import Models
from clipsearch.core.types import Embeddings
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.model_list import STATE_ROLE
from clipsearch.gui.models_dialog import ModelsDialog
from clipsearch.ml import own_models
from clipsearch.settings import Settings
from tests.conftest import FakeModel
from tests.gui.conftest import PATIENCE_S, WindowMaker


class Embedder(FakeModel):
    """Embeds a batch for each step that it is granted."""

    batch_size = 1

    def __init__(self, name: str) -> None:
        """Granted everything, unless it is ``mine``."""
        super().__init__(name, f"fa{len(name)}")
        self.steps = threading.Semaphore(0 if name == "mine" else 1000)

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
        """As colours, when it may."""
        assert self.steps.acquire(timeout=PATIENCE_S), "the test never granted a step"
        time.sleep(0.05)  # A real one takes its time too: what is stopped meanwhile is dropped.
        return super().encode_pixels(pixels)

    def go_on(self, steps: int) -> bool:
        """Grant so many steps more."""
        self.steps.release(steps)
        return True


class Shop:
    """A library of six photos, with models that are made as they are asked for."""

    def __init__(self, root: Path, photos: Path) -> None:
        """Indexed with the starter."""
        self.embedders: dict[str, Embedder] = {}
        self.library = Library(root, Settings(), load_model=self._embedder)
        self.library.index([photos])

    def _embedder(self, name: str) -> Embedder:
        return self.embedders.setdefault(name, Embedder(name))

    @property
    def mine(self) -> Embedder:
        """The model that was imported, which waits for its steps."""
        return self._embedder("mine")


@pytest.fixture
def shop(tmp_path: Path, colour_photos: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "library", colour_photos)
    yield shop
    shop.library.close()


@pytest.fixture
def opened(qtbot: QtBot, make_window: WindowMaker, shop: Shop, tiny_model: Path) -> MainWindow:
    """A window over the six photos, with the starter in use and another model imported."""
    models = Models(shop.library)
    models.take(tiny_model, name="mine")
    window = make_window(shop.library, models)
    qtbot.waitUntil(lambda: window.is_settled, timeout=10_000)
    return window


@pytest.fixture
def dialog(qtbot: QtBot, opened: MainWindow) -> ModelsDialog:
    """The dialog, open and filled."""
    return show(qtbot, opened)


def show(qtbot: QtBot, window: MainWindow) -> ModelsDialog:
    window.commands.models.trigger()
    dialog = window.model_commands.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.model.rowCount() > 0, timeout=10_000)
    settle(qtbot, window)
    return dialog


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.is_settled, timeout=10_000)


def line(dialog: ModelsDialog, name: str) -> str:
    """Where a model stands, as the list says it."""
    row = dialog.model.row_of(name)
    assert row is not None
    return str(dialog.model.index(row).data(STATE_ROLE))


def click(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def act(dialog: ModelsDialog, words: str) -> None:
    """Click on the button of the message."""
    (button,) = [b for b in dialog.messages.findChildren(QPushButton) if b.text() == words]
    click(button)


def left_over() -> list[str]:
    folder = own_models.models_folder()
    return sorted(p.name for p in folder.iterdir() if p.name not in {".lock", "mine"})
