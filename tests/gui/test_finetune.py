"""The page of training: choosing, the run and its curves, the verdict, keeping and going back."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.types import Photo
from clipsearch.errors import InputError, TrainingError
from clipsearch.gui.finetune_concepts import with_first_line
from clipsearch.gui.finetune_news import News
from clipsearch.gui.finetune_page import TrainingPage
from clipsearch.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_S, FakeLibrary, Gate, WindowMaker, names
from tests.gui.fake_tuner import STEPS, FakeTuner, outcome

BOTH = ("Lotte", "Rufus")


@pytest.fixture
def tuner(library: FakeLibrary) -> FakeTuner:
    return library.tuning


@pytest.fixture
def window(
    qtbot: QtBot,
    make_window: WindowMaker,
    library: FakeLibrary,
    photos: list[Photo],
    tuner: FakeTuner,
) -> MainWindow:
    """A window over six photos in two collections."""
    library.added = [photos[0].path.parent]
    for name in BOTH:
        library.labels.collections.create(name)
        library.labels.collections.add(name, [photo.content_hash for photo in photos])
    library.values = FilterValues(collections=tuple(ValueCount(name, 6) for name in BOTH))
    library.labels.collections.describe("Rufus", note="a dog\nof my aunt's")
    window = make_window(library, make_tuner=lambda: tuner)
    settle(qtbot, window)
    return window


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> TrainingPage:
    """The page, with both collections surveyed."""
    return opened(qtbot, window)


def opened(qtbot: QtBot, window: MainWindow) -> TrainingPage:
    window.commands.train.trigger()
    page = window.training.page
    assert page is not None
    settle(qtbot, window)
    return page


def settle(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool] = lambda: True) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=int(PATIENCE_S * 1000))


def click(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def train(qtbot: QtBot, window: MainWindow, page: TrainingPage) -> None:
    click(page.choice.train)
    settle(qtbot, window, lambda: page.view is page.outcome)


def calls(tuner: FakeTuner, kind: str) -> list[tuple[object, ...]]:
    return [call[1:] for call in tuner.calls if call[0] == kind]


def test_without_a_tuner_nothing_offers_to_train(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.added = [photos[0].path.parent]
    window = make_window(library)
    settle(qtbot, window)
    assert not window.commands.train.isVisible()
    assert window.parts.sidebar.model.row_of_training() is None


def test_the_whole_way_from_choosing_to_going_back(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    assert window.parts.page is page
    assert page.choice.concepts.chosen == BOTH
    assert page.choice.concepts.rows["Lotte"].warnings == "It has few photos."
    assert page.choice.chosen_method == "lora"
    assert page.choice.reason.startswith("12 photos")
    assert [tile.words for tile in page.choice.strip.tiles] == ["Lotte, taken for Rufus"] * 2

    train(qtbot, window, page)
    assert calls(tuner, "prepare") == [(BOTH, "lora")]
    assert len(page.running.loss.points) == STEPS
    assert page.running.recall.points == ((3, 37.5), (6, 75))
    assert "at step 6" in page.running.loss.accessibleDescription()
    assert page.outcome.verdict.startswith("'Lotte' is found in the first 10 in 92 %")
    assert "Found in the first 10 31 % \u2192 76 % +61 (+48 to +72)" in page.outcome.figures.lines
    assert calls(tuner, "gallery") == [("run-1", "Lotte")]
    framed = [tile.is_framed for tile in page.outcome.gallery.after.tiles]
    assert framed == [True] * 3 + [False] * 3

    click(page.outcome.keep)
    settle(qtbot, window, lambda: page.outcome.back.isVisible())
    assert calls(tuner, "keep") == [("run-1", 0.5)]
    assert page.outcome.state == "Searching with the new model 'starter-Lotte'."
    window.parts.search.set_words("red")
    settle(qtbot, window, lambda: len(names(window)) == 2)

    window.commands.train.trigger()
    click(page.outcome.back)
    settle(qtbot, window, lambda: not page.outcome.back.isVisible())
    settle(qtbot, window, lambda: "as before" in page.outcome.state)
    assert page.outcome.state == "Searching with 'starter', as before."


def test_the_choice_is_surveyed_anew_and_without_one_nothing_can_be_trained(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    page.choice.concepts.rows["Lotte"].check.click()
    settle(qtbot, window, page.choice.train.isEnabled)
    assert calls(tuner, "survey") == [(BOTH,), (("Rufus",),)]
    assert not page.choice.strip.tiles
    page.choice.concepts.rows["Rufus"].check.click()
    settle(qtbot, window)
    assert not page.choice.train.isEnabled()
    assert page.choice.warnings == "Choose what the model is to learn."


def test_another_method_than_the_proposed_one_is_explained_and_used(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    method = page.choice.method
    method.setCurrentIndex(method.findData("svd"))
    method.activated.emit(method.currentIndex())
    assert "least" in page.choice.reason
    train(qtbot, window, page)
    assert calls(tuner, "prepare") == [(BOTH, "svd")]


def test_what_a_collection_is_becomes_the_first_line_of_its_note(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, library: FakeLibrary, tuner: FakeTuner
) -> None:
    field = page.choice.concepts.rows["Rufus"].description
    assert field.text() == "a dog"
    field.setFocus()
    field.setText("a brown dog")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window, lambda: len(calls(tuner, "survey")) == 2)
    notes = {one.name: one.note for one in library.labels.collections.all()}
    assert notes["Rufus"] == "a brown dog\nof my aunt's"


@pytest.mark.parametrize(
    ("note", "words", "result"),
    [
        ("", "a boat", "a boat"),
        ("a boat", "", ""),
        ("a\nb\nc", "d", "d\nb\nc"),
        ("  \na", "b", "b"),
    ],
)
def test_only_the_first_line_of_a_note_is_replaced(note: str, words: str, result: str) -> None:
    assert with_first_line(note, words) == result


def test_collections_that_cannot_be_surveyed_say_why(
    qtbot: QtBot, window: MainWindow, tuner: FakeTuner
) -> None:
    tuner.survey_error = InputError("There are no photos to learn from.")
    page = opened(qtbot, window)
    assert page.choice.warnings == "There are no photos to learn from."
    assert not page.choice.train.isEnabled()


@pytest.mark.parametrize("conclusion", ["no gain", "damage", "too little"])
def test_what_did_not_help_cannot_be_kept(
    conclusion: str, qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    tuner.conclusion = conclusion  # type: ignore[assignment]
    train(qtbot, window, page)
    assert not page.outcome.keep.isEnabled()
    assert not page.outcome.strength.isEnabled()
    assert page.outcome.state == "Nothing has changed: searches go on as before."
    click(page.outcome.drop)
    settle(qtbot, window, lambda: page.view is page.choice)
    assert tuner.waiting == {}


def test_the_slider_shows_the_figures_of_its_place_and_keeps_that_strength(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    train(qtbot, window, page)
    strength = page.outcome.strength
    assert strength.strength == 0.5
    assert "recommends" in strength.words
    assert len(strength.curve.points) == 5
    strength.slider.setValue(strength.slider.maximum())
    assert "recommends" not in strength.words
    # Chance is known of what was judged alone.
    assert "Found in the first 10 31 % \u2192 91 %" in page.outcome.figures.lines
    assert "Everything else, as before 100 % \u2192 93 %" in page.outcome.figures.lines
    click(page.outcome.keep)
    settle(qtbot, window, lambda: page.outcome.back.isVisible())
    assert calls(tuner, "keep") == [("run-1", 1.0)]


def test_a_run_can_be_paused_cancelled_and_resumed(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    gate = Gate()
    tuner.wait = lambda step: gate.wait() if step == 2 else None
    click(page.choice.train)
    qtbot.waitUntil(page.running.pause.isEnabled)
    assert page.running.stage == "Learning"
    assert "Training on Lotte, Rufus" in window.parts.status._work.words
    click(page.running.pause)
    assert page.running.pace == "Paused"
    assert page.running.pause.text() == "Resume"
    click(page.running.pause)
    assert page.running.pause.text() == "Pause"
    qtbot.waitUntil(lambda: len(calls(tuner, "resume")) == 1)
    assert calls(tuner, "pause") == [("run-1",)]
    click(page.running.cancel)
    gate.open()
    settle(qtbot, window, lambda: page.view is page.choice)

    buttons = page.waiting.findChildren(QPushButton)
    resume = next(one for one in buttons if one.text() == "Resume" and one.isVisible())
    click(resume)
    settle(qtbot, window, lambda: page.view is page.outcome)
    assert calls(tuner, "run") == [("run-1",), ("run-1",)]
    assert len(calls(tuner, "prepare")) == 1


def test_searching_goes_on_while_a_model_is_trained_and_the_end_is_told(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    gate = Gate()
    tuner.wait = lambda step: gate.wait() if step == 2 else None
    click(page.choice.train)
    qtbot.waitUntil(gate.reached.is_set)
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: len(names(window)) == 2)
    assert window.parts.page is not page
    gate.open()
    settle(qtbot, window, lambda: "'Lotte' is found" in window.parts.messages.text)
    show = window.parts.messages.findChildren(QPushButton)
    click(next(one for one in show if one.text() == "Show" and one.isVisible()))
    settle(qtbot, window)
    assert window.parts.page is page
    assert page.view is page.outcome


def test_a_run_that_fails_says_why_and_leads_back(
    qtbot: QtBot, window: MainWindow, page: TrainingPage, tuner: FakeTuner
) -> None:
    tuner.error = TrainingError("The memory is full: close other programs, then resume.")
    click(page.choice.train)
    settle(qtbot, window, lambda: page.view is page.choice)
    assert window.parts.messages.text == "The memory is full: close other programs, then resume."
    assert [run.state for run in page.waiting.runs] == ["unfinished"]


def test_a_finished_run_that_nobody_decided_on_is_offered(
    qtbot: QtBot, window: MainWindow, tuner: FakeTuner
) -> None:
    tuner.finish(tuner.begin(["Lotte"]), outcome("better", ["Lotte"]))
    page = opened(qtbot, window)
    buttons = page.waiting.findChildren(QPushButton)
    click(next(one for one in buttons if one.text() == "Show"))
    settle(qtbot, window)
    assert page.view is page.outcome
    assert page.outcome.run == "run-1"


def test_a_library_without_collections_says_how_to_make_one(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    for name in BOTH:
        library.labels.collections.delete(name)
    window.labels.session.look()
    page = opened(qtbot, window)
    assert not page.choice.train.isVisible()
    assert page.choice.concepts.chosen == ()


def test_events_of_other_kinds_or_twice_told_do_no_harm() -> None:
    news = News()
    for event in (
        {"kind": "step", "step": 2, "loss": 1},
        {"kind": "step", "step": 1, "loss": 2.0},
        {"kind": "step", "step": 2, "loss": 0.5},
        {"kind": "step"},
        {"kind": "paused"},
        {"kind": "notice", "sentence": "2 photos are gone."},
        {},
    ):
        news.take(event)
    assert news.losses == ((1.0, 2.0), (2.0, 0.5))
    assert news.notices == ("2 photos are gone.",)
