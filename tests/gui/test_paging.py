"""Hits come page by page as one goes on, and nothing moves or is shown twice."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.query import Query
from clipsearch.core.types import DuplicateGroup, Hit, Page, Photo
from clipsearch.errors import LibraryError
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind
from clipsearch.gui.photo_grid import PhotoGrid
from clipsearch.gui.photo_model import BEHIND_ROLE, RELEVANCE_ROLE, PhotoModel
from clipsearch.gui.results import Results
from clipsearch.gui.thumbnails import Thumbnails, picture_source
from clipsearch.settings import Settings
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, make_photo, names
from tests.gui.test_models import check

PAGE = 200


@pytest.fixture
def library(tmp_path: Path) -> FakeLibrary:
    """A library of 500 red photos and a blue one."""
    reds = [make_photo(tmp_path / f"red {number:03}.png") for number in range(500)]
    return FakeLibrary([*reds, make_photo(tmp_path / "blue.png")])


@pytest.fixture
def searched(qtbot: QtBot, library: FakeLibrary, make_window: WindowMaker) -> MainWindow:
    """A window that shows the first page of the red ones."""
    window = make_window(library)
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled and window.parts.model.are_compared)
    return window


def all_red(library: FakeLibrary) -> list[str]:
    return [photo.path.name for photo in library.all if "red" in photo.path.name]


def go_down(window: MainWindow) -> None:
    """To the end of what is there."""
    bar = window.parts.grid.verticalScrollBar()
    bar.setValue(bar.maximum())


def go_to_the_end(qtbot: QtBot, window: MainWindow, count: int) -> None:
    """On and on, until there are so many."""

    def is_there() -> bool:
        go_down(window)
        return window.is_settled and len(names(window)) >= count

    qtbot.waitUntil(is_there)


def asked(library: FakeLibrary) -> list[tuple[int, int | None]]:
    return [(query.offset, query.k) for query in library.queries]


def test_going_down_brings_page_after_page_until_all_are_there(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    assert names(searched) == all_red(library)[:PAGE]
    assert asked(library) == [(0, PAGE)], "the next page is not near yet"
    assert "500 found" in searched.parts.status.facts
    go_down(searched)
    qtbot.waitUntil(lambda: len(names(searched)) == 2 * PAGE)
    go_to_the_end(qtbot, searched, 500)
    assert names(searched) == all_red(library)
    go_down(searched)
    qtbot.waitUntil(lambda: searched.is_settled)
    assert asked(library) == [(0, PAGE), (PAGE, PAGE), (2 * PAGE, PAGE)]


def test_place_and_selection_stay_while_a_page_arrives(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    grid = searched.parts.grid
    gate = library.search_gates["red"] = Gate()
    go_down(searched)
    qtbot.waitUntil(gate.reached.is_set)
    grid.show_row(PAGE - 3)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() - 70)
    place, rows = grid.verticalScrollBar().value(), grid.visible_rows()
    moves: list[int] = []
    grid.verticalScrollBar().valueChanged.connect(moves.append)
    gate.open()
    qtbot.waitUntil(lambda: searched.is_settled and len(names(searched)) > PAGE)
    assert moves == []
    assert grid.verticalScrollBar().value() == place
    assert grid.visible_rows().start == rows.start
    assert [photo.path.name for photo in grid.selected_photos()] == [f"red {PAGE - 3}.png"]


def test_thousands_of_tiles_stay_where_they_are(
    qtbot: QtBot, runner: JobRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = PhotoModel()
    thumbnails = Thumbnails(picture_source(Settings()), runner, 192)
    monkeypatch.setattr(thumbnails, "want", lambda photos: None)
    grid = PhotoGrid(model, thumbnails, 192)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    hits = [Hit(make_photo(tmp_path / f"{number}.jpg"), 0.5) for number in range(5000)]
    model.show_hits(hits[:4500])
    with qtbot.waitExposed(grid):
        grid.show()
    bar = grid.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 4000 * 50)
    bar.setValue(bar.maximum() - 90)
    place = bar.value()
    moves: list[int] = []
    bar.valueChanged.connect(moves.append)
    model.append_hits(hits[4500:], {})
    most = bar.maximum()
    qtbot.wait(100)  # Whatever is put off comes now.
    assert (moves, bar.value(), bar.maximum()) == ([], place, most)
    grid.show_row(4444)
    place = bar.value()
    with grid.keeping_place(True):
        model.show_hits(hits)
    assert bar.value() == place


def test_a_new_query_wants_no_further_page_of_the_old_one(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    gate = library.search_gates["red"] = Gate()
    go_down(searched)
    qtbot.waitUntil(gate.reached.is_set)
    searched.parts.search.set_words("blue")
    gate.open()
    qtbot.waitUntil(lambda: searched.is_settled and names(searched) == ["blue.png"])


def test_an_emptied_field_wants_no_further_page(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    gate = library.search_gates["red"] = Gate()
    go_down(searched)
    qtbot.waitUntil(gate.reached.is_set)
    searched.parts.search.clear()
    gate.open()
    qtbot.waitUntil(lambda: searched.is_settled)
    assert len(names(searched)) == 501
    assert not searched.parts.model.are_compared


@pytest.fixture
def uncertain(library: FakeLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first 250 hits are certain."""
    found = library.search

    def search(query: Query) -> list[Hit]:
        return [
            replace(hit, above_cutoff=rank < 250, relevance=0.9 if rank < 250 else 0.1)
            for rank, hit in enumerate(found(query))
        ]

    monkeypatch.setattr(library, "search", search)


@pytest.mark.usefixtures("uncertain")
def test_certain_hits_go_on_until_the_line_and_the_others_when_they_are_opened(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    strip = searched.parts.less_certain
    assert strip.words == "250 certain, 250 less certain", "of all pages"
    assert "250 found" in searched.parts.status.facts
    go_to_the_end(qtbot, searched, 250)
    go_down(searched)
    qtbot.waitUntil(lambda: searched.is_settled)
    assert names(searched) == all_red(library)[:250]
    assert asked(library) == [(0, PAGE), (PAGE, PAGE)]
    [button] = strip.findChildren(QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    go_to_the_end(qtbot, searched, 500)
    assert names(searched) == all_red(library)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert names(searched) == all_red(library)[:250]
    assert strip.words == "250 certain, 250 less certain"
    qtbot.waitUntil(lambda: searched.is_settled)


def test_a_library_that_changes_between_pages_shows_no_photo_twice(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    new = [make_photo(tmp_path / f"red new {number}.png") for number in range(30)]
    library.all[:0] = new
    del library.all[400:410]
    go_to_the_end(qtbot, searched, 480)
    shown = names(searched)
    assert len(shown) == len(set(shown))
    assert set(shown) <= {*all_red(library), *(f"red {n:03}.png" for n in range(500))}


def test_who_has_come_down_stays_there_when_the_library_has_changed(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    go_to_the_end(qtbot, searched, 500)
    grid = searched.parts.grid
    grid.show_row(444)
    place = grid.verticalScrollBar().value()
    library.all.append(make_photo(tmp_path / "red new.png"))
    searched.session.look()
    qtbot.waitUntil(lambda: searched.is_settled and "502 photos" in searched.parts.status.facts)
    assert library.queries[-1].k == 600
    assert names(searched) == all_red(library)
    assert grid.verticalScrollBar().value() == place
    assert [photo.path.name for photo in grid.selected_photos()] == ["red 444.png"]


def test_a_page_that_cannot_be_had_leaves_the_hits_and_is_told_once(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    library.error = LibraryError("The drive is away: plug it in.")
    go_down(searched)
    bar = searched.parts.messages
    qtbot.waitUntil(bar.isVisible)
    assert (bar.text, bar.kind) == ("The drive is away: plug it in.", Kind.ERROR)
    assert names(searched) == all_red(library)[:PAGE]
    searched.parts.grid.scrollToTop()
    go_down(searched)
    qtbot.waitUntil(lambda: searched.is_settled)
    assert len(library.queries) == 2, "it is not asked for again and again"


def test_the_large_photo_goes_on_to_the_next_page(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    preview = searched.parts.preview
    preview.open_row(0)
    QTest.keyClick(preview, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: len(names(searched)) == 2 * PAGE)
    assert preview.isVisible()
    assert preview.caption.endswith(f"{PAGE} of {2 * PAGE}")
    QTest.keyClick(preview, Qt.Key.Key_Right)
    assert preview.caption.startswith(f"red {PAGE}.png")
    qtbot.waitUntil(lambda: searched.is_settled)


@pytest.fixture
def copies(library: FakeLibrary) -> FakeLibrary:
    """The second page is nothing but copies of the first photo, and of the hundredth."""
    one = (library.all[0], *library.all[PAGE : PAGE + 150])
    other = (library.all[100], *library.all[PAGE + 150 : 2 * PAGE])
    library.groups = [DuplicateGroup("exact", one), DuplicateGroup("exact", other)]
    return library


def test_duplicates_on_a_later_page_stand_behind_the_hit_that_is_there(
    qtbot: QtBot,
    copies: FakeLibrary,
    searched: MainWindow,
    qtmodeltester: ModelTester,
) -> None:
    model = searched.parts.model
    searched.parts.grid.show_row(100)
    searched.commands.unfold.trigger()
    assert model.index(0).data(BEHIND_ROLE) == 0
    go_to_the_end(qtbot, searched, 300)
    folded = [*all_red(copies)[:PAGE], *all_red(copies)[2 * PAGE :]]
    assert names(searched) == folded, "the page without a hit of its own is passed over"
    assert [model.index(row).data(BEHIND_ROLE) for row in (0, 1, 100)] == [150, 0, 50]
    assert "500 found" in searched.parts.status.facts
    model.toggle_duplicates(100)
    assert names(searched)[101:151] == all_red(copies)[PAGE + 150 : 2 * PAGE]
    model.toggle_duplicates(0)
    assert len(names(searched)) == 500
    model.toggle_duplicates(100 + 150)
    check(qtmodeltester, model)
    qtbot.waitUntil(lambda: searched.is_settled)


def test_every_row_has_its_own_relevance_after_many_pages(tmp_path: Path) -> None:
    hits = [Hit(make_photo(tmp_path / f"{n}.png"), 0.5, relevance=n / 10) for n in range(8)]
    results, model = Results(Query.of("red", k=2), Page(hits[:2], 8, 8), 2), PhotoModel()
    model.show_hits(results.hits)
    for start in (2, 4, 6):
        model.append_hits(results.append(Page(hits[start : start + 2], 8, 8), 2).hits, {})
    told = [model.index(row).data(RELEVANCE_ROLE) for row in range(8)]
    assert told == [hit.relevance for hit in hits]


def test_duplicates_that_come_while_others_are_shown_move_nothing(tmp_path: Path) -> None:
    first, *others = (make_photo(tmp_path / f"{number}.png") for number in range(6))
    model = PhotoModel()
    model.show_hits([Hit(first, 0.5, duplicates=(others[0],)), Hit(others[1], 0.4)])
    model.toggle_duplicates(0)
    model.append_hits([Hit(others[2], 0.3)], {first.path: (others[3], others[4])})

    def shown() -> list[str]:
        return [model.photo(row).path.stem for row in range(model.rowCount())]

    assert shown() == ["0", "1", "2", "3"]
    assert model.index(0).data(BEHIND_ROLE) == 3
    model.toggle_duplicates(0)
    assert shown() == ["0", "2", "3"]
    model.toggle_duplicates(0)
    assert shown() == ["0", "1", "4", "5", "2", "3"]


@given(
    pages=st.lists(
        st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), unique_by=lambda pair: pair[0]),
        max_size=4,
    )
)
def test_whatever_pages_come_no_photo_is_shown_twice(pages: list[list[tuple[int, int]]]) -> None:
    photos = [make_photo(Path(f"/{number}.jpg")) for number in range(16)]

    def page_of(pairs: list[tuple[int, int]]) -> Page:
        """Of photos and those that they stand behind; those that stand behind none are hits."""
        behind: dict[int, list[Photo]] = defaultdict(list)
        own = [one for one, other in pairs if one == other]
        for one, other in pairs:
            behind[other] += [photos[one]] if one != other else []
        hits = [Hit(photos[one], 0.5, duplicates=tuple(behind.pop(one, ()))) for one in own]
        return Page(hits, 16, 16, {photos[one].path: tuple(b) for one, b in behind.items()})

    results = Results(Query.of("red", k=10), Page([]), 10)
    new = [results.append(page_of(pairs), 10) for pairs in pages]
    shown = [photo for hit in results.hits for photo in (hit.photo, *hit.duplicates)]
    assert len(shown) == len(set(shown))
    told = [photo for page in new for hit in page.hits for photo in (hit.photo, *hit.duplicates)]
    told += [photo for page in new for more in page.behind.values() for photo in more]
    assert sorted(told, key=str) == sorted(shown, key=str)
    assert {photos[one] for pairs in pages for one, other in pairs if one == other} <= set(shown)


def test_versions_among_the_hits_are_looked_for_beside_the_answer(
    qtbot: QtBot, searched: MainWindow, library: FakeLibrary
) -> None:
    searched.commands.group.setChecked(True)
    qtbot.waitUntil(lambda: searched.is_settled)
    library.looked_at.clear()
    asked = len(library.queries)
    searched.parts.search.set_words("red 1")
    qtbot.waitUntil(lambda: len(library.looked_at) == 1)
    qtbot.waitUntil(lambda: searched.is_settled)
    assert len(library.queries) == asked + 1
    searched.commands.group.setChecked(False)
    qtbot.waitUntil(lambda: searched.is_settled)
    assert len(library.looked_at) == 1
