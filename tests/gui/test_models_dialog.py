"""The dialog of the models: what it lists, and changing to another one."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.library import Library
from clipsearch.core.models import Models
from clipsearch.core.query import Query
from clipsearch.core.types import ModelState, Page, SpaceState
from clipsearch.errors import BrokenCheckpoint
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.model_list import SIZE_ROLE, STATE_ROLE, ModelList
from clipsearch.gui.model_words import description, use_hint
from clipsearch.gui.models_dialog import ModelsDialog
from clipsearch.gui.work import size
from clipsearch.ml.figures import Figures, figures_of
from clipsearch.settings import Settings
from tests.conftest import FakeModel
from tests.gui.conftest import WindowMaker, names
from tests.gui.model_shop import (
    Embedder,
    Shop,
    act,
    click,
    dialog,
    line,
    opened,
    settle,
    shop,
    show,
)
from tests.gui.test_models import check
from tests.gui.test_sidebar import answer, question
from tests.ml.conftest import catalogue_model, hub, tiny_model
from tests.ml.loopback_hub import Hub
from tests.ml.tuned import make_tuned

__all__ = ["catalogue_model", "dialog", "hub", "opened", "shop", "tiny_model"]


# The list


def test_the_list_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ModelList()
    check(qtmodeltester, model)
    here = ModelState(
        name="starter",
        source="shipped",
        is_here=True,
        is_damaged=False,
        is_removable=False,
        is_active=True,
        disk_bytes=38_000_000,
        dimension=256,
        image_size=192,
        licence="mit",
        figures=Figures(),
        spaces=(SpaceState("starter", "aa", 900, 4_000_000, True),),
    )
    far = ModelState(
        name="ViT-L-14:laion2b_s32b_b82k",
        source="open_clip",
        is_here=False,
        is_damaged=False,
        is_removable=False,
        is_active=False,
        disk_bytes=0,
        dimension=768,
        image_size=224,
        licence=None,
        figures=figures_of("ViT-L-14:laion2b_s32b_b82k"),
    )
    model.show_states([here, far], 900)
    check(qtmodeltester, model)
    rows = [model.index(row).data() for row in range(model.rowCount())]
    assert rows == ["On this machine", "starter", "Can be downloaded", far.name]
    assert model.index(1).data(STATE_ROLE) == ("In use · 900 of 900 photos embedded · index 4.0 MB")
    assert model.index(3).data(SIZE_ROLE) == "about 1.7 GB"
    assert model.index(3).data(STATE_ROLE) == (
        "Finds the photo at once for 76 of 100 descriptions. "
        "Takes 18 times as long: for a graphics card."
    )
    model.look_for("l-14 laion2b")
    assert model.rowCount() == 2
    model.look_for("no such model")
    assert model.rowCount() == 0
    check(qtmodeltester, model)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (2_700, "2.7 kB"), (37_900_000, "38 MB"), (9_960_000_000, "10 GB")],
)
def test_sizes_are_told_in_two_digits(count: int, words: str) -> None:
    assert size(count) == words


def test_the_dialog_tells_what_there_is_and_asks_no_network(
    qtbot: QtBot, hub: Hub, catalogue_model: str, opened: MainWindow
) -> None:
    dialog = show(qtbot, opened)
    assert line(dialog, "starter").startswith("In use · 6 of 6 photos embedded · index ")
    assert line(dialog, "mine") == "Not used in this library yet"
    assert dialog.chosen is not None
    assert dialog.chosen.name == "starter"
    assert not dialog.use.isEnabled()
    assert not dialog.remove.isVisible()
    assert "for research use only" in dialog.about.text()
    dialog.choose(catalogue_model)
    assert dialog.download.isVisible()
    assert not dialog.use.isVisible()
    dialog.choose("mine")
    assert dialog.use.isEnabled()
    assert hub.asked == []


# Changing to another model


def test_the_choice_before_the_first_folder_is_remembered(
    qtbot: QtBot, make_window: WindowMaker, tmp_path: Path, tiny_model: Path, colour_photos: Path
) -> None:
    library = Library(tmp_path / "empty", Settings(), load_model=lambda name: FakeModel(name))
    models = Models(library)
    models.take(tiny_model, name="mine")
    window = make_window(library, models)
    settle(qtbot, window)
    dialog = show(qtbot, window)
    dialog.choose("mine")
    click(dialog.use)
    qtbot.waitUntil(lambda: dialog.messages.text == "Searches use mine now.")
    settle(qtbot, window)
    assert "the first one that is added is indexed with mine" in window.parts.messages.text
    window.session.add_folders([colour_photos])
    settle(qtbot, window)
    assert [(space.model, space.photos) for space in library.spaces()] == [("mine", 6)]
    library.close()


def test_a_change_goes_on_in_the_background_while_the_old_model_answers(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog, shop: Shop
) -> None:
    dialog.choose("mine")
    click(dialog.use)
    qtbot.waitUntil(lambda: bool(opened.session.work.works[0].total))
    assert not dialog.use.isEnabled()
    assert not dialog.remove.isEnabled()
    assert "searches use the old model" in line(dialog, "mine")
    assert opened.parts.status.work.startswith("Indexing 0 of 6")
    asked = shop.embedders["starter"].embedded
    opened.parts.search.set_words("red")
    qtbot.waitUntil(lambda: names(opened)[:1] == ["red.png"])
    assert shop.library.info().model == "starter"
    assert shop.embedders["starter"].embedded == asked
    shop.mine.steps.release(1000)
    qtbot.waitUntil(lambda: shop.library.info().model == "mine")
    settle(qtbot, opened)
    assert dialog.messages.text == "Searches use mine now."
    assert line(dialog, "mine").startswith("In use · 6 of 6")
    assert line(dialog, "starter").startswith("6 of 6 photos embedded")
    assert opened.parts.status.facts.endswith("mine · cpu")
    assert names(opened)[0] == "red.png"
    assert dialog.work.isHidden()


def test_the_answers_on_the_screen_are_asked_for_again_after_a_change(
    qtbot: QtBot,
    opened: MainWindow,
    dialog: ModelsDialog,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: names(opened)[:1] == ["blue.png"])
    settle(qtbot, opened)
    asked: list[str] = []
    search = shop.library.search_page

    def note(query: Query) -> Page:
        asked.append(shop.library.info().model)
        return search(query)

    monkeypatch.setattr(shop.library, "search_page", note)
    shop.mine.steps.release(1000)
    dialog.choose("mine")
    click(dialog.use)
    qtbot.waitUntil(lambda: asked == ["mine"])
    settle(qtbot, opened)


def test_a_change_that_is_stopped_goes_on_where_it_was(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog, shop: Shop
) -> None:
    dialog.choose("mine")
    click(dialog.use)
    shop.mine.steps.release(1)
    qtbot.waitUntil(lambda: shop.mine.embedded == 1)
    click(dialog.work.cancel)
    assert line(dialog, "mine").startswith("Is being stopped")
    # What is at work when it is stopped is finished, and kept.
    qtbot.waitUntil(lambda: shop.mine.go_on(1) and opened.session.work.is_empty)
    settle(qtbot, opened)
    done = shop.mine.embedded
    assert 0 < done < 6
    assert shop.library.info().model == "starter"
    assert "searches go on as before" in dialog.messages.text
    assert not opened.parts.messages.isVisible(), "no photo of the library is missing"
    assert line(dialog, "mine").startswith(f"{done} of 6 photos embedded · index ")
    assert dialog.use.toolTip().startswith(f"{6 - done} photos are to be embedded first")
    shop.mine.steps.release(1000)
    act(dialog, "Go On")
    qtbot.waitUntil(lambda: shop.library.info().model == "mine")
    settle(qtbot, opened)
    assert shop.mine.embedded == 6, "no photo is embedded twice"


def test_a_change_can_be_paused_in_the_window(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog, shop: Shop
) -> None:
    dialog.choose("mine")
    click(dialog.use)
    qtbot.waitUntil(lambda: bool(opened.session.work.works[0].total))
    opened.commands.pause.trigger()
    shop.mine.steps.release(1000)
    qtbot.waitUntil(lambda: line(dialog, "mine").startswith("Paused"))
    assert shop.library.info().model == "starter"
    opened.commands.pause.trigger()
    qtbot.waitUntil(lambda: shop.library.info().model == "mine")
    settle(qtbot, opened)


def test_the_newest_choice_wins(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog, shop: Shop, tiny_model: Path
) -> None:
    Models(shop.library).take(tiny_model, name="third")
    opened.commands.models.trigger()
    qtbot.waitUntil(lambda: dialog.model.row_of("third") is not None)
    dialog.choose("mine")
    click(dialog.use)
    qtbot.waitUntil(lambda: bool(opened.session.work.works[0].total))
    dialog.choose("third")
    click(dialog.use)
    assert line(dialog, "third") == "Waits for its turn"
    shop.mine.steps.release(1000)
    qtbot.waitUntil(lambda: shop.library.info().model == "third")
    settle(qtbot, opened)
    assert shop.mine.embedded < 6


def test_a_model_that_cannot_be_used_is_told_and_the_old_one_stays(
    qtbot: QtBot,
    opened: MainWindow,
    dialog: ModelsDialog,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(name: str) -> Embedder:
        raise BrokenCheckpoint(f"The model '{name}' cannot be loaded: get it again.")

    monkeypatch.setattr(shop.library._models, "_load", refuse)
    dialog.choose("mine")
    click(dialog.use)
    sentence = "The model 'mine' cannot be loaded: get it again."
    qtbot.waitUntil(lambda: dialog.messages.text == sentence)
    settle(qtbot, opened)
    assert opened.parts.messages.text == sentence
    assert shop.library.info().model == "starter"
    assert dialog.use.isEnabled()


def test_enter_does_nothing_by_accident(
    qtbot: QtBot, opened: MainWindow, dialog: ModelsDialog
) -> None:
    dialog.choose("mine")
    dialog.filter.setFocus()
    QTest.keyClick(dialog.filter, Qt.Key.Key_Return)
    assert opened.session.work.is_empty
    dialog.remove.setFocus()
    QTest.keyClick(dialog.remove, Qt.Key.Key_Return)
    answer(question(dialog), "Cancel")
    settle(qtbot, opened)


def test_a_window_without_models_offers_none(window: MainWindow) -> None:
    assert not window.commands.models.isVisible()


def test_a_tuned_model_tells_what_it_learned_from(tmp_path: Path) -> None:
    make_tuned("mine", "starter", {}, tmp_path / "run", strength=0.5)
    library = Library(tmp_path / "library", Settings())
    (state,) = [s for s in Models(library).states() if s.name == "mine"]
    about = description(state, 900).splitlines()[0]
    assert about.startswith("Trained from starter on 2 photos of Lotte, Rufus, ")
    assert about.endswith("50 of 100 are in the first 10, instead of 25.")
    other = SpaceState("mine@0.25", "aa", 900, 1_000, active=False)
    assert use_hint(replace(state, spaces=(other,)), 900).startswith("900 photos are to be")
    own = SpaceState("mine", "bb", 900, 1_000, active=False)
    assert use_hint(replace(state, spaces=(other, own)), 900).startswith("All photos are embedded")
