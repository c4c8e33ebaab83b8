"""The rest of a review is ranked anew while the user decides, and nothing moves under the hand."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.types import Hit, Photo
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.review import Candidate, Review, ranked_anew
from clipsearch.gui.review_model import ReviewModel
from clipsearch.gui.review_page import ReviewPage
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, draw_photo, make_photo
from tests.gui.test_models import check
from tests.gui.test_review import CONTROL, SHIFT, press, until, verdicts

_PHOTOS = 30
_NEVER_MS = 600_000


@pytest.fixture
def photos(tmp_path: Path) -> list[Photo]:
    """So many that the wall is larger than the window."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return [draw_photo(folder / f"{number:02}.png", "teal") for number in range(_PHOTOS)]


@pytest.fixture
def pause_ms() -> int:
    return 50


@pytest.fixture
def window(
    qtbot: QtBot,
    make_window: WindowMaker,
    library: FakeLibrary,
    pause_ms: int,
    monkeypatch: pytest.MonkeyPatch,
) -> MainWindow:
    """A window in which tags are suggested."""
    monkeypatch.setattr("clipsearch.gui.review_ranking._PAUSE_MS", pause_ms)
    window = make_window(library, make_tagger=lambda: library.tagging)
    qtbot.waitUntil(lambda: window.is_settled)
    return window


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> ReviewPage:
    """A review of the tag ``dog``: all photos, the last one of the library first."""
    window.labels.reviewing.review("dog")
    page = window.labels.reviewing.page
    assert page is not None
    until(qtbot, window, lambda: page.model.rowCount() == _PHOTOS)
    return page


def wall(page: ReviewPage) -> list[str]:
    """The contents on the wall, from the top."""
    return [page.model.content(row) for row in range(page.model.rowCount())]


def undecided(page: ReviewPage, below: int) -> list[str]:
    """The contents below a row of which nothing is decided."""
    rows = range(below + 1, page.model.rowCount())
    return [page.model.content(row) for row in rows if page.model.verdict(row) is None]


def afresh(library: FakeLibrary, *without: str, ask: int = 0) -> list[str]:
    """The contents in the order in which a new review would show them, but for some."""
    found = [one.content_hash for one in library.tagging.candidates("dog", ask=ask)]
    return [content for content in found if content not in without]


def learn_the_opposite(library: FakeLibrary, photos: list[Photo]) -> None:
    """From now on the first photo of the library is the surest."""
    library.tagging.certainties = {
        photo.content_hash: (_PHOTOS - number) / 40 for number, photo in enumerate(photos)
    }


def candidates(contents: str, certainty: float = 0.5) -> list[Candidate]:
    photos = [make_photo(Path(f"/{content}")) for content in contents]
    return [Candidate(Hit(photo, certainty, certainty), "why") for photo in photos]


def names(ranked: list[Candidate]) -> str:
    return "".join(one.hit.photo.path.name for one in ranked)


def slowly_ranked(shown: str, held: set[int], found: str) -> str:
    """Row by row: who is held, else the next one found, else who left, as long as one is held."""
    staying = [shown[row] for row in held]
    coming = [one for one in found if one not in staying]
    leaving = [one for row, one in enumerate(shown) if row not in held and one not in found]
    ranked = ""
    while coming or any(row >= len(ranked) for row in held):
        if len(ranked) in held:
            ranked += shown[len(ranked)]
        else:
            ranked += coming.pop(0) if coming else leaving.pop(0)
    return ranked


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True),
    st.sets(st.integers(0, 7)),
    st.lists(st.sampled_from("abcdefghijkl"), unique=True),
)
def test_a_wall_is_ranked_as_slowly(shown: list[str], rows: set[int], found: list[str]) -> None:
    held = {row for row in rows if row < len(shown)}
    before, now = "".join(shown), "".join(found)
    ranked = ranked_anew(candidates(before), held, candidates(now))
    assert names(ranked) == slowly_ranked(before, held, now)


def test_who_is_found_no_more_stays_only_above_who_is_held() -> None:
    assert names(ranked_anew(candidates("abcdef"), {0}, candidates("ed"))) == "aed"
    assert names(ranked_anew(candidates("abcdef"), {0, 4}, candidates("f"))) == "afbce"
    assert names(ranked_anew(candidates("ab"), {0}, candidates("cbad"))) == "acbd"


def test_who_keeps_the_place_is_as_certain_as_now() -> None:
    ranked = ranked_anew(candidates("ab", 0.5), {0}, candidates("ab", 0.9))
    assert [one.hit.relevance for one in ranked] == [0.9, 0.9]


def test_a_wall_that_grows_and_shrinks_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ReviewModel()
    check(qtmodeltester, model)
    model.show_review(Review("dog", tuple(candidates("abcdef"))))
    model.decide([1], "rejected")
    for found, shown in (("fedc", "abfedc"), ("f", "abf"), ("gihdef", "abgihdef")):
        model.rank_anew(candidates(found), {0})
        check(qtmodeltester, model)
        assert "".join(model.photo(row).path.name for row in range(model.rowCount())) == shown
        assert [model.verdict(row) for row in range(3)] == [None, "rejected", None]
        assert model.count_of(None) == len(shown) - 1


def test_the_rest_follows_what_was_learned_and_nothing_else_moves(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    for key in (Qt.Key.Key_A, Qt.Key.Key_Space, Qt.Key.Key_R):
        press(page, key)
    press(page, Qt.Key.Key_Right, SHIFT)
    before, scrolled = wall(page), page.wall.verticalScrollBar().value()
    learn_the_opposite(library, photos)
    until(qtbot, window, lambda: wall(page) != before)
    assert wall(page)[:5] == before[:5]
    assert verdicts(page)[:5] == "+.-.."
    assert page.wall.selected_rows == [3, 4]
    assert page.wall.verticalScrollBar().value() == scrolled
    assert undecided(page, 4) == afresh(library, *before[:5])
    shown = page.model.hit(1)
    assert shown is not None
    assert shown.relevance == library.tagging.certainties[before[1]], "of what stays, too"


def test_eight_decisions_do_not_wait_for_a_pause(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    learn_the_opposite(library, photos)
    press(page, Qt.Key.Key_Right)
    gate = Gate()
    library.tagging.wait = gate.wait
    for _ in range(8):
        press(page, Qt.Key.Key_A)
    qtbot.waitUntil(gate.reached.is_set)
    before = wall(page)
    for _ in range(3):
        press(page, Qt.Key.Key_R)
    gate.open()
    qtbot.waitUntil(lambda: wall(page) != before)
    assert verdicts(page)[:13] == ".++++++++---.", "what was decided meanwhile stays"
    assert wall(page)[:13] == before[:13]
    until(qtbot, window, lambda: True)
    assert undecided(page, 12) == afresh(library, *before[:13])


@pytest.mark.parametrize("pause_ms", [_NEVER_MS])
def test_only_in_a_pause_everything_that_is_suggested_follows(
    qtbot: QtBot, page: ReviewPage, library: FakeLibrary
) -> None:
    library.tagging.kept.clear()
    for _ in range(8):
        press(page, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: library.tagging.kept == [False])


def test_a_pause_lets_what_is_suggested_elsewhere_follow(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary
) -> None:
    library.tagging.kept.clear()
    press(page, Qt.Key.Key_A)
    with qtbot.waitSignal(window.labels.session.read):
        qtbot.waitUntil(lambda: library.tagging.kept == [True])
    until(qtbot, window, lambda: True)


def test_photos_leave_and_come_below_and_are_counted(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_End)
    press(page, Qt.Key.Key_R)
    press(page, Qt.Key.Key_Home)
    before = wall(page)
    gone = dict.fromkeys(before[:10], 0.0)
    library.tagging.certainties = gone
    until(qtbot, window, lambda: wall(page)[1:20] == before[10:29])
    assert wall(page)[-1] == before[-1], "what is decided keeps its place"
    assert sorted(wall(page)) == sorted(before), "so those above it stay"
    assert page.wall.currentIndex().row() == 0
    press(page, Qt.Key.Key_End)
    press(page, Qt.Key.Key_U)
    press(page, Qt.Key.Key_Home)
    until(qtbot, window, lambda: page.model.rowCount() == 21)
    assert wall(page) == [before[0], *before[10:]]
    assert page.sentence.startswith("0 of 21 decided")
    library.tagging.certainties = {}
    press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: page.sentence.startswith("1 of 30 decided"))
    assert undecided(page, 1) == afresh(library, before[10])


def test_what_teaches_most_stays_first_if_one_asked_for_it(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: page.ask_first.isEnabled())
    page.ask_first.click()
    until(qtbot, window, lambda: page.model.rowCount() == _PHOTOS - 1)
    learn_the_opposite(library, photos)
    library.tagging.certainties[photos[9].content_hash] = 0.01
    press(page, Qt.Key.Key_R)
    current = page.model.content(1)
    until(qtbot, window, lambda: undecided(page, 1) == afresh(library, current, ask=30))
    assert afresh(library, current, ask=30) != afresh(library, current)


def test_an_undo_shows_the_photo_where_it_was_decided(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    before = wall(page)
    learn_the_opposite(library, photos)
    press(page, Qt.Key.Key_A)
    press(page, Qt.Key.Key_A)
    until(qtbot, window, lambda: wall(page) != before)
    QTest.keyClick(page.wall, Qt.Key.Key_Z, CONTROL)
    until(qtbot, window, lambda: verdicts(page) == "+" + (_PHOTOS - 1) * ".")
    assert page.wall.currentIndex().row() == 1
    assert page.wall.selected_rows == [1], "also while the control key is held"
    assert wall(page)[:2] == before[:2]
    assert undecided(page, 1) == afresh(library, before[1])
    QTest.keyClick(page.wall, Qt.Key.Key_Z, CONTROL | SHIFT)
    until(qtbot, window, lambda: verdicts(page)[:2] == "++")
    assert wall(page)[:2] == before[:2]


def test_another_review_is_not_overwritten(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary
) -> None:
    gate = Gate()
    library.tagging.wait = gate.wait
    for _ in range(8):
        press(page, Qt.Key.Key_A)
    qtbot.waitUntil(gate.reached.is_set)
    window.labels.reviewing.review("cat")
    gate.open()
    until(qtbot, window, lambda: page.notice == "Nothing is suggested for “cat”.")
    assert page.model.rowCount() == 0


def point(qtbot: QtBot, page: ReviewPage, row: int) -> None:
    viewport = page.wall.viewport()
    place = page.wall.visualRect(page.model.index(row)).center()
    # Another test may have left it there.
    QTest.mouseMove(viewport, place + QPoint(5, 5))
    QTest.mouseMove(viewport, place)
    qtbot.waitUntil(viewport.underMouse)


def test_a_pointer_that_rests_holds_nothing(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    point(qtbot, page, 4)
    press(page, Qt.Key.Key_A)
    before = wall(page)
    learn_the_opposite(library, photos)
    until(qtbot, window, lambda: wall(page) != before)
    assert undecided(page, 1) == afresh(library, before[1])


def test_what_is_pointed_at_stays_there(
    qtbot: QtBot, window: MainWindow, page: ReviewPage, library: FakeLibrary, photos: list[Photo]
) -> None:
    press(page, Qt.Key.Key_A)
    point(qtbot, page, 4)
    before = wall(page)
    learn_the_opposite(library, photos)
    until(qtbot, window, lambda: wall(page) != before)
    assert wall(page)[4] == before[4]
    assert undecided(page, 1) != before[2:]
    rest = [content for content in undecided(page, 1) if content != before[4]]
    assert rest == afresh(library, before[1], before[4])
