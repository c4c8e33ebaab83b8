"""Models that come and go in the window: downloads, imports, removals."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from clipsearch.gui import model_commands
from clipsearch.gui.import_dialog import ImportDialog
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.models_dialog import ModelsDialog
from clipsearch.gui.work import size
from clipsearch.ml import own_models
from tests.gui.conftest import names
from tests.gui.model_shop import (
    Shop,
    act,
    click,
    dialog,
    left_over,
    line,
    opened,
    settle,
    shop,
    show,
)
from tests.gui.test_sidebar import answer, question
from tests.ml.conftest import catalogue_model, hub, tiny_model
from tests.ml.loopback_hub import Hub

__all__ = ["catalogue_model", "dialog", "hub", "opened", "shop", "tiny_model"]

FileChooser = Callable[[Path], None]


# Downloading


def ask_for(qtbot: QtBot, dialog: ModelsDialog, name: str) -> None:
    """Press the button and wait for the question."""
    dialog.choose(name)
    click(dialog.download)
    qtbot.waitUntil(lambda: bool(boxes(dialog)))


def boxes(dialog: QDialog) -> list[QDialog]:
    return [box for box in dialog.findChildren(QDialog) if box.isVisible()]


def test_a_download_says_size_and_licence_first(
    qtbot: QtBot, hub: Hub, catalogue_model: str, opened: MainWindow
) -> None:
    dialog = show(qtbot, opened)
    ask_for(qtbot, dialog, catalogue_model)
    told = question(dialog).informativeText()
    assert told == f"Size: 6.9 MB\nLicence: mit\nFrom: {hub.address}/someone/tiny-clip"
    assert hub.sent == 0
    answer(question(dialog), "Cancel")
    settle(qtbot, opened)
    assert hub.sent == 0
    ask_for(qtbot, dialog, catalogue_model)
    answer(question(dialog), "Download")
    qtbot.waitUntil(lambda: f"{catalogue_model} is on this machine now." in dialog.messages.text)
    settle(qtbot, opened)
    assert left_over() == ["tiny-arch@test"]
    assert line(dialog, catalogue_model) == "Not used in this library yet"
    assert "licence: mit" in dialog.about.text()
    act(dialog, "Use It")
    qtbot.waitUntil(lambda: opened.session.work.is_empty)
    settle(qtbot, opened)
    assert opened.parts.status.facts.endswith(f"{catalogue_model} · cpu")


def test_a_download_that_is_stopped_goes_on_where_it_was(
    qtbot: QtBot, hub: Hub, catalogue_model: str, opened: MainWindow
) -> None:
    hub.hold = threading.Event()
    dialog = show(qtbot, opened)
    ask_for(qtbot, dialog, catalogue_model)
    answer(question(dialog), "Download")
    qtbot.waitUntil(lambda: "of 6.9 MB" in opened.parts.status.work)
    assert "of 6.9 MB" in line(dialog, catalogue_model)
    qtbot.waitUntil(lambda: own_models.partial_bytes(catalogue_model) > 3_000_000)
    assert not opened.commands.pause.isEnabled(), "nothing is being indexed"
    dialog.close()
    opened.commands.activity.trigger()
    opened.parts.activity.current.cancel.click()
    hub.hold.set()
    qtbot.waitUntil(lambda: "was stopped" in opened.parts.messages.text)
    settle(qtbot, opened)
    (partial,) = left_over()
    kept = (own_models.models_folder() / partial).stat().st_size
    dialog = show(qtbot, opened)
    assert line(dialog, catalogue_model).endswith("of it fetched, the rest is still to come")
    dialog.choose(catalogue_model)
    assert dialog.download.text() == "Go On…"
    ask_for(qtbot, dialog, catalogue_model)
    assert "of it are here already" in question(dialog).informativeText()
    answer(question(dialog), "Download")
    qtbot.waitUntil(lambda: left_over() == ["tiny-arch@test"])
    settle(qtbot, opened)
    assert hub.ranges() == [None, f"bytes={kept}-"]


def test_what_was_fetched_of_a_model_can_be_thrown_away(
    qtbot: QtBot, hub: Hub, catalogue_model: str, opened: MainWindow
) -> None:
    hub.cuts = [200_000, 0, 0, 0]
    dialog = show(qtbot, opened)
    ask_for(qtbot, dialog, catalogue_model)
    answer(question(dialog), "Download")
    qtbot.waitUntil(lambda: "0.2 MB, is kept" in dialog.messages.text)
    settle(qtbot, opened)
    assert len(left_over()) == 1
    dialog.choose(catalogue_model)
    click(dialog.remove)
    assert "frees 200 kB" in question(dialog).informativeText()
    answer(question(dialog), "Remove")
    qtbot.waitUntil(lambda: left_over() == [])
    settle(qtbot, opened)
    assert "Finds" not in line(dialog, catalogue_model)


@pytest.mark.parametrize("when", ["asking", "fetching"])
def test_a_download_that_fails_says_why_and_leaves_nothing(
    qtbot: QtBot, hub: Hub, catalogue_model: str, opened: MainWindow, when: str
) -> None:
    dialog = show(qtbot, opened)
    refusal = (403, "GatedRepo")
    if when == "asking":
        hub.refusal = refusal
        dialog.choose(catalogue_model)
        click(dialog.download)
    else:
        ask_for(qtbot, dialog, catalogue_model)
        hub.refusal = refusal
        answer(question(dialog), "Download")
    qtbot.waitUntil(lambda: "The model is gated: accept its terms" in dialog.messages.text)
    settle(qtbot, opened)
    assert left_over() == []
    assert dialog.download.isEnabled()
    assert dialog.work.isHidden()


def test_damaged_bytes_are_told_and_thrown_away(
    qtbot: QtBot, hub: Hub, catalogue_model: str, opened: MainWindow
) -> None:
    hub.lie = b"x" * len(next(iter(hub.files.values())))
    dialog = show(qtbot, opened)
    ask_for(qtbot, dialog, catalogue_model)
    answer(question(dialog), "Download")
    qtbot.waitUntil(lambda: "checksum is wrong" in dialog.messages.text)
    settle(qtbot, opened)
    assert left_over() == []


# Importing


@pytest.fixture
def choose_file(monkeypatch: pytest.MonkeyPatch) -> FileChooser:
    """Lets the user choose this, whatever is asked for."""

    def choose(path: Path) -> None:
        for name in ("ask_for_folder", "ask_for_weights"):
            monkeypatch.setattr(model_commands, name, lambda *given, **_: given[2](path))

    return choose


def import_question(dialog: ModelsDialog) -> ImportDialog:
    (box,) = boxes(dialog)
    assert isinstance(box, ImportDialog)
    return box


def test_a_folder_is_imported_under_the_name_that_the_user_gives(
    qtbot: QtBot,
    opened: MainWindow,
    dialog: ModelsDialog,
    tiny_model: Path,
    choose_file: FileChooser,
) -> None:
    choose_file(tiny_model)
    dialog.folder_import_wanted.emit()
    asked = import_question(dialog)
    assert asked.name.text() == "tiny"
    asked.name.setText("")
    assert not asked.accept_button.isEnabled()
    asked.name.setText("ours")
    click(asked.accept_button)
    qtbot.waitUntil(lambda: "ours is on this machine now." in dialog.messages.text)
    settle(qtbot, opened)
    assert own_models.names() == ["mine", "ours"]
    assert dialog.chosen is not None
    assert dialog.chosen.name == "ours"


def test_a_name_that_is_taken_is_told(
    qtbot: QtBot,
    opened: MainWindow,
    dialog: ModelsDialog,
    tiny_model: Path,
    choose_file: FileChooser,
) -> None:
    choose_file(tiny_model)
    dialog.folder_import_wanted.emit()
    import_question(dialog).name.setText("Mine")
    click(import_question(dialog).accept_button)
    qtbot.waitUntil(lambda: "There is a model 'mine' already" in dialog.messages.text)
    settle(qtbot, opened)
    assert own_models.names() == ["mine"]


def test_a_bad_weights_file_gets_its_sentence(
    qtbot: QtBot,
    opened: MainWindow,
    dialog: ModelsDialog,
    tmp_path: Path,
    choose_file: FileChooser,
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no weights at all")
    choose_file(bad)
    dialog.file_import_wanted.emit()
    asked = import_question(dialog)
    qtbot.waitUntil(lambda: asked.architecture.count() > 50, timeout=10_000)
    asked.architecture.setCurrentText("no such architecture")
    assert not asked.accept_button.isEnabled()
    asked.architecture.setCurrentText("ViT-S-32-alt")
    click(asked.accept_button)
    qtbot.waitUntil(lambda: f"{bad} or the configuration" in dialog.messages.text, timeout=20_000)
    settle(qtbot, opened)
    assert left_over() == []


# Removing


def test_weights_are_removed_after_a_question(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog
) -> None:
    dialog.choose("mine")
    freed = size(own_models.weights_bytes("mine"))
    click(dialog.remove)
    assert question(dialog).informativeText() == f"This frees {freed}."
    answer(question(dialog), "Cancel")
    settle(qtbot, opened)
    assert own_models.names() == ["mine"]
    click(dialog.remove)
    answer(question(dialog), "Remove")
    qtbot.waitUntil(lambda: dialog.messages.text == f"mine was removed, which frees {freed}.")
    settle(qtbot, opened)
    assert own_models.names() == []
    assert dialog.model.row_of("mine") is None


def test_the_model_in_use_cannot_be_removed_and_an_old_index_can(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog, shop: Shop
) -> None:
    shop.mine.steps.release(1000)
    dialog.choose("mine")
    click(dialog.use)
    qtbot.waitUntil(lambda: shop.library.info().model == "mine")
    settle(qtbot, opened)
    assert not dialog.remove.isEnabled()
    assert "change to another model first" in dialog.remove.toolTip()
    assert not dialog.forget.isVisible()
    dialog.choose("starter")
    freed = size(shop.library.spaces()[1].disk_bytes)
    click(dialog.forget)
    assert f"This frees {freed}." in question(dialog).informativeText()
    answer(question(dialog), "Cancel")
    assert len(shop.library.spaces()) == 2
    click(dialog.forget)
    answer(question(dialog), "Delete")
    qtbot.waitUntil(lambda: len(shop.library.spaces()) == 1)
    settle(qtbot, opened)
    assert dialog.messages.text == f"The index of starter was deleted, which frees {freed}."
    assert line(dialog, "starter") == "Not used in this library yet"
    assert len(names(opened)) == 6
