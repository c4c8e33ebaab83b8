"""Review mode: deciding by keys, what is shown at once, and what becomes of failures."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.label_types import Verdict
from clipsearch.core.types import Hit, Photo
from clipsearch.errors import LibraryError
from clipsearch.gui.jobs import Lane
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.name_popup import NamePopup
from clipsearch.gui.photo_model import CERTAIN_ROLE
from clipsearch.gui.review import Candidate, Review
from clipsearch.gui.review_model import ReviewModel
from clipsearch.gui.review_page import ReviewPage
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, make_photo
from tests.gui.test_models import check

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
SIGNS: dict[Verdict | None, str] = {"accepted": "+", "rejected": "-", None: "."}


@pytest.fixture
def window(
    qtbot: QtBot,
    make_window: WindowMaker,
    library: FakeLibrary,
    photos: list[Photo],
    monkeypatch: pytest.MonkeyPatch,
) -> MainWindow:
    """A window in which tags are suggested."""
    monkeypatch.setattr("clipsearch.gui.review_ranking._PAUSE_MS", 50)
    library.added = [photos[0].path.parent]
    window = make_window(library, make_tagger=lambda: library.tagging)
    qtbot.waitUntil(lambda: window.is_settled)
    return window


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> ReviewPage:
    """A review of the tag ``dog``: six candidates, the last photo of the library first."""
    window.labels.reviewing.review("dog")
    page = window.labels.reviewing.page
    assert page is not None
    qtbot.waitUntil(lambda: page.model.rowCount() == 6 and window.is_settled)
    return page


def verdicts(page: ReviewPage) -> str:
    """What is decided of each row: ``+``, ``-`` or ``.``."""
    return "".join(SIGNS[page.model.verdict(row)] for row in range(page.model.rowCount()))


def kept(library: FakeLibrary, photos: Sequence[Photo]) -> str:
    """The same as it is written, in the order of the wall."""
    found = {one.content_hash: one.verdict for one in library.labels.tags.of_tag("dog")}
    return "".join(SIGNS[found.get(photo.content_hash)] for photo in reversed(photos))


def press(page: ReviewPage, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    QTest.keyClick(page.wall, key, modifier or Qt.KeyboardModifier.NoModifier)


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=10_000)


def test_the_candidates_keep_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ReviewModel()
    check(qtmodeltester, model)
    photos = [make_photo(make_photo_path(number)) for number in range(3)]
    candidates = tuple(Candidate(Hit(photo, 0.5, 0.5), "why") for photo in photos)
    model.show_review(Review("dog", candidates))
    model.decide([1], "rejected")
    check(qtmodeltester, model)
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(1).data(spoken) == "1.png, 50 % certain, rejected"
    assert not model.index(1).data(CERTAIN_ROLE), "what is rejected stands back"
    assert model.next_undecided(0) == 2
    assert model.next_undecided(2) == 0, "from the top again"
    model.decide([0, 2], "accepted")
    assert model.next_undecided(0) is None


def make_photo_path(number: int) -> Path:
    return Path(f"/photos/{number}.png")


def test_the_surest_comes_first_with_its_reason(page: ReviewPage) -> None:
    assert page.model.photo(0).path.name == "navy 5.png"
    assert page.reason == "navy 5.png  ·  fits “a photo of a dog”  ·  60 %"
    assert page.sentence == "0 of 6 decided  ·  0 accepted, 0 rejected"


def test_keys_decide_and_the_cursor_goes_on(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_A):
        press(page, key)
    assert verdicts(page) == "+-.+..", "shown before anything is written"
    assert page.wall.currentIndex().row() == 4
    press(page, Qt.Key.Key_R)
    press(page, Qt.Key.Key_A)
    assert verdicts(page) == "+-.+-+"
    assert page.wall.currentIndex().row() == 2, "back to what was skipped"
    until(qtbot, window, lambda: kept(library, photos) == "+-.+-+")
    assert page.sentence == "5 of 6 decided  ·  3 accepted, 2 rejected"


def test_several_are_decided_at_once(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_Right, SHIFT)
    press(page, Qt.Key.Key_Right, SHIFT)
    press(page, Qt.Key.Key_Delete)
    assert verdicts(page) == "---..."
    until(qtbot, window, lambda: kept(library, photos) == "---...")
    window.commands.undo.trigger()
    until(qtbot, window, lambda: verdicts(page) == "......")
    assert kept(library, photos) == "......", "one key is one step"


def test_all_above_and_all_below_leave_alone_what_is_decided(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_R)
    press(page, Qt.Key.Key_Right)
    press(page, Qt.Key.Key_Return, CONTROL)
    assert verdicts(page) == "-++..."
    press(page, Qt.Key.Key_Right)
    press(page, Qt.Key.Key_Delete, CONTROL)
    assert verdicts(page) == "-++.--"
    press(page, Qt.Key.Key_Home)
    press(page, Qt.Key.Key_U)
    assert verdicts(page) == ".++.--"
    until(qtbot, window, lambda: kept(library, photos) == ".++.--")


def test_undo_and_redo_show_where_something_changed(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    for _ in range(3):
        press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: kept(library, photos) == "+++...")
    QTest.keyClick(page.wall, Qt.Key.Key_Z, CONTROL)
    until(qtbot, window, lambda: verdicts(page) == "++....")
    assert page.wall.currentIndex().row() == 2
    QTest.keyClick(page.wall, Qt.Key.Key_Z, CONTROL | SHIFT)
    until(qtbot, window, lambda: verdicts(page) == "+++...")
    assert kept(library, photos) == "+++..."


def test_what_is_decided_while_an_undo_is_under_way_stays(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: kept(library, photos) == "+.....")
    gate = Gate()
    waiting = window._runner.submit(Lane.WORDS, gate.wait)
    with qtbot.waitSignal(waiting.finished):
        window.commands.undo.trigger()
        press(page, Qt.Key.Key_R)
        gate.open()
    until(qtbot, window, lambda: verdicts(page) == ".-....")
    assert kept(library, photos) == ".-...."


def test_what_cannot_be_written_is_shown_as_it_was(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: kept(library, photos) == "+.....")
    library.labels.error = LibraryError("The disk is full: make room.")
    press(page, Qt.Key.Key_R)
    assert verdicts(page) == "+-...."
    qtbot.waitUntil(lambda: verdicts(page) == "+.....")
    assert "The disk is full" in window.parts.messages.text
    library.labels.error = None
    until(qtbot, window, lambda: page.sentence.startswith("1 of 6 decided"))


def test_nothing_that_is_said_waits_for_the_candidates(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    gate = Gate()
    library.tagging.wait = gate.wait
    window.labels.reviewing.review("dog")
    qtbot.waitUntil(gate.reached.is_set)
    window.labels.session.change(lambda labels: labels.collections.create("Meanwhile"))
    qtbot.waitUntil(lambda: len(library.labels.collections.all()) == 1)
    gate.open()
    until(qtbot, window, lambda: True)


def test_what_was_decided_before_is_not_asked_again(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.labels.tags.decide("dog", [photos[5].content_hash], "rejected")
    window.labels.reviewing.review("dog")
    page = window.labels.reviewing.page
    assert page is not None
    until(qtbot, window, lambda: page.sentence.startswith("0 of 5 decided"))


def test_escape_goes_back_where_one_was(qtbot: QtBot, window: MainWindow, page: ReviewPage) -> None:
    press(page, Qt.Key.Key_Escape)
    assert window.parts.grid.isVisible()
    assert window.parts.grid.hasFocus()
    window.labels.reviewing.review("cat")
    until(qtbot, window, lambda: page.notice == "Nothing is suggested for “cat”.")
    window.parts.search.set_words("red")
    assert not page.isVisible(), "a search leaves it, too"
    until(qtbot, window, lambda: True)


def test_keys_of_the_grid_say_nothing_of_photos_that_are_hidden(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.grid.show_row(0)
    window.labels.reviewing.review("dog")
    until(qtbot, window, lambda: True)
    window.commands.stars[5].trigger()
    until(qtbot, window, lambda: True)
    assert library.labels.stars() == {}


def test_the_action_reviews_the_tag_that_is_shown_or_asks_for_one(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.commands.review.trigger()
    (popup,) = [one for one in window.findChildren(NamePopup) if one.isVisible()]
    QTest.keyClicks(popup.editor.field, "cat")
    QTest.keyClick(popup.editor.field, Qt.Key.Key_Return)
    page = window.labels.reviewing.page
    assert page is not None
    assert page.tag == "cat"
    until(qtbot, window, lambda: True)
    panel = window.labels.panel
    assert panel is not None
    panel.tag_chosen.emit("dog")
    until(qtbot, window, lambda: not page.isVisible())
    window.commands.review.trigger()
    assert page.tag == "dog"
    until(qtbot, window, lambda: page.model.rowCount() == 6)


def test_the_menu_of_a_tag_leads_to_its_review(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.labels.panel
    assert panel is not None
    panel.tags.menu_wanted.emit("dog", QPoint(10, 10))
    (menu,) = [one for one in panel.findChildren(QMenu) if one.isVisible()]
    (action,) = [one for one in menu.actions() if one.text() == "Re&view…"]
    action.trigger()
    menu.close()
    page = window.labels.reviewing.page
    assert page is not None
    until(qtbot, window, lambda: page.isVisible() and page.model.rowCount() == 6)


def test_without_suggestions_there_is_no_review(make_window: WindowMaker, qtbot: QtBot) -> None:
    window = make_window(FakeLibrary([]))
    assert not window.commands.review.isEnabled()
    qtbot.waitUntil(lambda: window.is_settled)


def test_what_teaches_most_comes_first_if_one_asks_for_it(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    assert not page.ask_first.isEnabled(), "nothing was accepted from which could be learned"
    assert "Accept a photo" in page.ask_first.toolTip()
    press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: kept(library, photos) == "+.....")
    assert page.ask_first.isEnabled()
    page.ask_first.click()
    until(qtbot, window, lambda: page.model.rowCount() == 5)
    assert page.model.photo(0).path.name == "red 0.png"
    assert page.model.photo(1).path.name == "orange 4.png"
    window.labels.reviewing.review("dog")
    assert not page.ask_first.isChecked(), "the next review is as usual"
    until(qtbot, window, lambda: page.model.rowCount() == 5)
    assert page.model.photo(0).path.name == "orange 4.png", "the surest first, as ever"
    assert page.ask_first.isEnabled(), "what was accepted before counts, too"
