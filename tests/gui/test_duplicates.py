"""Duplicates in the window: nothing goes to the bin that the user has not seen and agreed to."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPointF, QRectF, QSizeF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton, QTreeWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.types import DuplicateGroup, DuplicateKind, Metadata, Photo, Removal, Skipped
from clipsearch.gui import photo_facts
from clipsearch.gui.comparison import Comparison
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.duplicate_choices import Choice, renewed
from clipsearch.gui.duplicates_page import DuplicatesPage
from clipsearch.gui.group_delegate import GroupDelegate
from clipsearch.gui.groups_model import GroupsModel
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.photo_model import BEHIND_ROLE
from clipsearch.gui.places_model import COUNT_ROLE
from clipsearch.gui.thumbnails import picture_source
from clipsearch.gui.tile_delegate import TileDelegate
from clipsearch.gui.viewport import Viewport
from clipsearch.progress import Progress
from clipsearch.settings import Settings
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, draw_photo, make_photo
from tests.gui.test_models import check

EXACT, NEAR, BURST = 4, 5, 6
"""Rows of the sidebar with one folder."""


class FakeBin:
    """Takes photos out of the fake library, as `clipsearch.core.removal` does."""

    def __init__(self, library: FakeLibrary) -> None:
        """Empty."""
        self.library = library
        self.groups: list[DuplicateGroup] = []
        self.refuses: set[Path] = set()
        self.gate: Gate | None = None

    def __call__(
        self, library: PhotoLibrary, groups: Sequence[DuplicateGroup], *, progress: Progress
    ) -> Removal:
        """See `Remover`."""
        self.groups += groups
        progress(0, 1, "")
        if self.gate is not None:
            self.gate.wait()
        progress(0, 1, "")
        going = [photo.path for group in groups for photo in group.photos[1:]]
        gone = [path for path in going if path not in self.refuses]
        self.library.all = [photo for photo in self.library.all if photo.path not in gone]
        self.library.groups = [
            group
            for group in self.library.groups
            if not any(photo.path in gone for photo in group.photos)
        ]
        kept = tuple(Skipped(path, "it is not there as it was") for path in self.refuses)
        return Removal(tuple(gone), kept)


@pytest.fixture
def groups(library: FakeLibrary, photos: list[Photo], tmp_path: Path) -> FakeLibrary:
    """A library with two groups of copies, one of versions and a burst."""
    library.added = [photos[0].path.parent]
    more = [draw_photo(photos[0].path.parent / f"pink {n}.png", "pink") for n in (6, 7)]
    library.all += more
    library.groups = [
        DuplicateGroup("exact", (photos[0], photos[3], photos[4]), "name"),
        DuplicateGroup("exact", (photos[1], photos[2]), "age"),
        DuplicateGroup("near", (photos[5], photos[4]), "pixels"),
        DuplicateGroup("burst", tuple(more), "sharpness"),
    ]
    return library


@pytest.fixture
def fake_bin(groups: FakeLibrary) -> FakeBin:
    return FakeBin(groups)


@pytest.fixture
def opened(
    qtbot: QtBot, runner: JobRunner, tmp_path: Path, groups: FakeLibrary, fake_bin: FakeBin
) -> MainWindow:
    """A window that can remove."""
    settings = Settings()
    window = MainWindow(
        groups,
        picture_source(settings),
        runner,
        settings,
        tmp_path / "scratch",
        pace=LatePace(settings),
        remove=fake_bin,
    )
    qtbot.addWidget(window)
    window.resize(900, 600)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.start()
    qtbot.waitUntil(lambda: window.is_settled)
    return window


def choose(window: MainWindow, row: int) -> None:
    """Click on a place of the sidebar."""
    view = window.parts.sidebar.list
    place = view.visualRect(window.parts.sidebar.model.index(row)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.fixture
def show(qtbot: QtBot, opened: MainWindow) -> Callable[[int], DuplicatesPage]:
    """Chooses a list of duplicates, and waits for it."""

    def show(row: int) -> DuplicatesPage:
        choose(opened, row)
        qtbot.waitUntil(lambda: opened.is_settled)
        page = opened.duplicates.page
        assert page is not None
        assert page.isVisible()
        return page

    return show


Show = Callable[[int], DuplicatesPage]


def names(page: DuplicatesPage) -> list[list[str]]:
    """The file names of each group."""
    return [[photo.path.name for photo in choice.photos] for choice in page.model.choices]


def going(page: DuplicatesPage) -> list[list[str]]:
    """The file names that are ticked, by group."""
    return [[photo.path.name for photo in choice.going] for choice in page.model.choices]


def dialog(window: MainWindow) -> QDialog:
    """The one dialog that is open."""
    (found,) = [one for one in window.findChildren(QDialog) if one.isVisible()]
    return found


def listed(box: QDialog) -> list[tuple[str, list[str]]]:
    """What a dialog lists."""
    (tree,) = box.findChildren(QTreeWidget)
    model = tree.model()

    def below(parent: QModelIndex) -> list[QModelIndex]:
        return [model.index(row, 0, parent) for row in range(model.rowCount(parent))]

    return [(top.data(), [index.data() for index in below(top)]) for top in below(QModelIndex())]


def press(box: QDialog, words: str) -> None:
    """Click on a button of a dialog."""
    (button,) = [b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == words]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_of_versions_all_but_the_best_are_ticked_and_of_a_burst_none(photos: list[Photo]) -> None:
    near = Choice(DuplicateGroup("near", tuple(photos[:3]), "pixels"))
    assert near.as_group() == DuplicateGroup("near", tuple(photos[:3]))
    burst = Choice(DuplicateGroup("burst", tuple(photos[:3]), "sharpness"))
    assert burst.as_group() is None
    burst.toggle(2)
    assert burst.as_group() == DuplicateGroup("burst", (photos[0], photos[2]))


@pytest.mark.parametrize(("kind", "expected"), [("near", {0, 1}), ("burst", set())])
def test_the_photo_that_is_kept_never_goes(
    photos: list[Photo], kind: DuplicateKind, expected: set[int]
) -> None:
    choice = Choice(DuplicateGroup(kind, tuple(photos[:3]), "pixels"))
    choice.keep(2)
    choice.toggle(2)
    assert not choice.is_going(2)
    assert {place for place in range(3) if choice.is_going(place)} == expected
    group = choice.as_group()
    assert group is None or group.keeper == photos[2]


def test_a_new_search_forgets_no_choice(photos: list[Photo]) -> None:
    same = DuplicateGroup("exact", tuple(photos[:2]), "name")
    choice = Choice(same)
    choice.keep(1)
    other = DuplicateGroup("exact", tuple(photos[2:5]), "name")
    first, second = renewed([choice], [same, other])
    assert (first.kept, second.kept) == (1, 0)


def test_the_groups_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = GroupsModel()
    check(qtmodeltester, model)
    group = DuplicateGroup("near", (make_photo(Path("/a.jpg")), make_photo(Path("/b.jpg"))), "age")
    model.show_choices([Choice(group)])
    check(qtmodeltester, model)
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "2 photos: a.jpg, Keep: oldest file; b.jpg, To the bin"


def test_each_list_is_looked_for_once_and_counted(
    opened: MainWindow, show: Show, groups: FakeLibrary
) -> None:
    model = opened.parts.sidebar.model
    assert [model.index(row).data(COUNT_ROLE) for row in (EXACT, NEAR, BURST)] == ["", "", ""]
    page = show(EXACT)
    assert names(page) == [
        ["red 0.png", "red 3.png", "orange 4.png"],
        ["green 1.png", "blue 2.png"],
    ]
    assert names(show(BURST)) == [["pink 6.png", "pink 7.png"]]
    show(EXACT)
    assert groups.asked == [["exact"], ["burst"]]
    assert [model.index(row).data(COUNT_ROLE) for row in (EXACT, NEAR, BURST)] == ["2", "", "1"]


def test_photos_and_searches_take_the_place_of_the_list(
    qtbot: QtBot, opened: MainWindow, show: Show
) -> None:
    page = show(EXACT)
    choose(opened, 0)
    assert not page.isVisible()
    assert opened.parts.grid.isVisible()
    show(EXACT)
    opened.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: opened.parts.grid.isVisible())
    assert not page.isVisible()
    assert opened.parts.sidebar.kind is None
    qtbot.waitUntil(lambda: opened.is_settled)


def test_enter_leads_from_the_sidebar_into_the_list(opened: MainWindow, show: Show) -> None:
    page = show(EXACT)
    QTest.keyClick(opened.parts.sidebar.list, Qt.Key.Key_Return)
    assert page.list.hasFocus()


def test_a_search_can_be_stopped_and_taken_up_again(
    qtbot: QtBot, opened: MainWindow, groups: FakeLibrary
) -> None:
    groups.duplicates_gate = gate = Gate()
    choose(opened, NEAR)
    qtbot.waitUntil(gate.reached.is_set)
    assert "Looking for duplicates: Near-duplicates" in opened.parts.status.work
    opened.parts.status.cancelled.emit()
    gate.open()
    page = opened.duplicates.page
    assert page is not None
    qtbot.waitUntil(lambda: page.notice == "The search for duplicates was stopped.")
    groups.duplicates_gate = None
    page.search_asked.emit()
    qtbot.waitUntil(lambda: names(page) == [["navy 5.png", "orange 4.png"]])
    qtbot.waitUntil(lambda: opened.is_settled)


def test_a_library_that_changes_is_looked_through_again(
    qtbot: QtBot, opened: MainWindow, show: Show, groups: FakeLibrary, photos: list[Photo]
) -> None:
    page = show(EXACT)
    page.model.choices[1].keep(1)
    groups.index_adds = [draw_photo(photos[0].path.parent / "gold 8.png", "gold")]
    groups.groups.insert(0, DuplicateGroup("exact", (groups.index_adds[0], photos[5]), "name"))
    show(BURST)
    show(EXACT)
    opened.session.update()
    qtbot.waitUntil(lambda: len(names(page)) == 3)
    qtbot.waitUntil(lambda: opened.is_settled)
    assert [choice.kept for choice in page.model.choices] == [0, 0, 1]
    model = opened.parts.sidebar.model
    counts = [model.index(row).data(COUNT_ROLE) for row in (EXACT, NEAR, BURST)]
    assert counts == ["3", "", ""], "what may be wrong is not told"


def test_nothing_goes_without_the_confirmation(
    qtbot: QtBot, opened: MainWindow, show: Show, fake_bin: FakeBin, photos: list[Photo]
) -> None:
    page = show(EXACT)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    box = dialog(opened)
    assert listed(box) == [
        (
            f"Keep: {photos[0].path}",
            [f"To the bin: {photos[3].path}", f"To the bin: {photos[4].path}"],
        )
    ]
    default = [b.text() for b in box.findChildren(QPushButton) if b.isDefault()]
    assert [words.replace("&", "") for words in default] == ["Cancel"]
    QTest.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not box.isVisible())
    assert fake_bin.groups == []
    assert opened.session.work.is_empty


def test_what_was_confirmed_goes_and_the_lists_follow(
    qtbot: QtBot, opened: MainWindow, show: Show, fake_bin: FakeBin, photos: list[Photo]
) -> None:
    page = show(EXACT)
    page.list.show_place(0, 2)
    QTest.keyClick(page.list, Qt.Key.Key_X)  # orange stays
    assert going(page) == [["red 3.png"], ["blue 2.png"]]
    QTest.mouseClick(page.remove_all, Qt.MouseButton.LeftButton)
    press(dialog(opened), "Move to the Bin")
    qtbot.waitUntil(lambda: len(opened.session.work.works) == 0 and bool(fake_bin.groups))
    qtbot.waitUntil(lambda: opened.is_settled)
    assert fake_bin.groups == [
        DuplicateGroup("exact", (photos[0], photos[3])),
        DuplicateGroup("exact", (photos[1], photos[2])),
    ]
    assert opened.parts.messages.text.startswith("2 files are in the bin.")
    assert names(page) == []
    assert "No two files" in page.notice
    choose(opened, 0)
    shown = [opened.parts.model.photo(r).path.name for r in range(opened.parts.model.rowCount())]
    assert "red 3.png" not in shown
    assert "red 0.png" in shown
    qtbot.waitUntil(lambda: opened.is_settled)


def test_the_report_names_what_was_kept_and_why(
    qtbot: QtBot, opened: MainWindow, show: Show, fake_bin: FakeBin, photos: list[Photo]
) -> None:
    fake_bin.refuses = {photos[4].path}
    page = show(EXACT)
    QTest.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    press(dialog(opened), "Move to the Bin")
    qtbot.waitUntil(lambda: opened.parts.messages.text.startswith("1 file is in the bin."))
    assert f"Kept: {photos[4].path}, it is not there as it was." in opened.parts.messages.text
    (button,) = [
        b for b in opened.parts.messages.findChildren(QPushButton) if b.text() == "Show Which"
    ]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert listed(dialog(opened)) == [
        (f"Kept: {photos[4].path}", ["it is not there as it was"]),
        (f"In the bin: {photos[3].path}", []),
    ]
    press(dialog(opened), "Close")
    qtbot.waitUntil(lambda: opened.is_settled)


def test_a_removal_that_is_stopped_says_so(
    qtbot: QtBot, opened: MainWindow, show: Show, fake_bin: FakeBin
) -> None:
    fake_bin.gate = gate = Gate()
    page = show(EXACT)
    QTest.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    press(dialog(opened), "Move to the Bin")
    qtbot.waitUntil(gate.reached.is_set)
    assert "Moving 2 photos to the bin" in opened.parts.status.work
    opened.parts.status.cancelled.emit()
    gate.open()
    qtbot.waitUntil(lambda: opened.parts.messages.text.startswith("Stopped."))
    qtbot.waitUntil(lambda: opened.is_settled)


def test_of_a_burst_only_what_was_ticked_can_go(
    opened: MainWindow, show: Show, photos: list[Photo]
) -> None:
    page = show(BURST)
    assert not page.remove.isEnabled()
    assert not page.remove_all.isEnabled()
    page.list.show_place(0, 1)
    QTest.keyClick(page.list, Qt.Key.Key_X)
    assert going(page) == [["pink 7.png"]]
    assert page.sentence.startswith("1 group  ·  1 file ticked, ")
    assert page.remove.isEnabled()
    assert page.remove_all.isEnabled()


def test_the_mouse_ticks_and_keeps(opened: MainWindow, show: Show) -> None:
    page = show(EXACT)
    tiles = page.list.itemDelegate()
    assert isinstance(tiles, GroupDelegate)
    cell = tiles.cell(page.list.visualRect(page.model.index(0)), 1)
    for where in (tiles.check_box(cell), tiles.keep_button(cell)):
        QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=where.center())
        if where == tiles.check_box(cell):
            assert going(page)[0] == ["orange 4.png"]
    assert page.model.choices[0].keeper.path.name == "red 3.png"
    assert going(page)[0] == ["red 0.png", "orange 4.png"]


def test_two_thousand_groups_ask_for_what_is_seen_alone(
    qtbot: QtBot, opened: MainWindow, show: Show, photos: list[Photo]
) -> None:
    page = show(EXACT)
    many = [Choice(DuplicateGroup("near", (photos[0], photos[1]), "age")) for _ in range(2000)]
    page.show_choices("near", many)
    assert len(page.list._rows_to_load()) < 20
    page.list.show_place(1999, 0)
    qtbot.waitUntil(lambda: page.list.is_settled)
    assert 1999 in page.list._rows_to_load()


@pytest.fixture
def comparison(opened: MainWindow, show: Show) -> Comparison:
    """The first group of copies, side by side."""
    page = show(EXACT)
    QTest.keyClick(page.list, Qt.Key.Key_Space)
    found = opened.duplicates.comparison
    assert found is not None
    assert found.isVisible()
    return found


def side_by_side(comparison: Comparison) -> list[str]:
    """The names of the photos that are compared."""
    panes = [pane for pane in comparison.panes if pane.isVisible()]
    return [pane.photo.path.name for pane in panes if pane.photo is not None]


def test_keys_walk_through_the_groups(comparison: Comparison) -> None:
    assert side_by_side(comparison) == ["red 0.png", "red 3.png"]
    QTest.keyClick(comparison, Qt.Key.Key_Right)
    assert side_by_side(comparison) == ["red 0.png", "orange 4.png"]
    QTest.keyClick(comparison, Qt.Key.Key_Right)
    assert side_by_side(comparison) == ["red 0.png", "orange 4.png"]
    QTest.keyClick(comparison, Qt.Key.Key_Down)
    assert side_by_side(comparison) == ["green 1.png", "blue 2.png"]
    QTest.keyClick(comparison, Qt.Key.Key_Up)
    QTest.keyClick(comparison, Qt.Key.Key_Left)
    assert side_by_side(comparison) == ["red 0.png", "red 3.png"]


def test_several_can_be_seen_at_once_and_the_frame_walks(
    qtbot: QtBot, opened: MainWindow, comparison: Comparison, photos: list[Photo]
) -> None:
    QTest.keyClick(comparison, Qt.Key.Key_A)
    assert side_by_side(comparison) == ["red 0.png", "red 3.png", "orange 4.png"]
    QTest.keyClick(comparison, Qt.Key.Key_Right)
    assert side_by_side(comparison) == ["red 0.png", "red 3.png", "orange 4.png"]
    QTest.keyClick(comparison, Qt.Key.Key_X)
    fates = [pane.fate for pane in comparison.panes if pane.isVisible()]
    assert fates[1:] == ["To the bin", "Stays"]
    comparison.open_group([Choice(DuplicateGroup("near", tuple(photos), "age"))], 0, 4)
    assert side_by_side(comparison) == ["red 0.png", "orange 4.png", "navy 5.png"]
    qtbot.waitUntil(lambda: opened.is_settled)


def test_k_keeps_the_other_photo(qtbot: QtBot, opened: MainWindow, comparison: Comparison) -> None:
    QTest.keyClick(comparison, Qt.Key.Key_K)
    assert side_by_side(comparison) == ["red 3.png", "red 0.png"]
    fates = [pane.fate for pane in comparison.panes if pane.isVisible()]
    assert fates == ["Keep: your choice", "To the bin"]
    QTest.keyClick(comparison, Qt.Key.Key_X)
    assert comparison.panes[1].fate == "Stays"
    page = opened.duplicates.page
    assert page is not None
    assert going(page)[0] == ["orange 4.png"]
    QTest.keyClick(comparison, Qt.Key.Key_Escape)
    assert not comparison.isVisible()
    assert page.list.hasFocus()
    assert page.list.place == 0
    qtbot.waitUntil(lambda: opened.is_settled)


def test_facts_that_differ_stand_out(comparison: Comparison) -> None:
    facts = [pane.emphasised for pane in comparison.panes if pane.isVisible()]
    assert facts == [["red 0.png"], ["red 3.png"]]


def test_pictures_of_two_sizes_show_the_same_part() -> None:
    viewport = Viewport()
    room = QSizeF(400, 300)
    viewport.zoom_by(4, QPointF(0.75, 0.25))
    large, small = viewport.area(QSizeF(4000, 3000), room), viewport.area(QSizeF(800, 600), room)
    assert large == small
    assert large.width() == 1600

    def seen(area: QRectF) -> QPointF:
        return QPointF((200 - area.x()) / area.width(), (150 - area.y()) / area.height())

    before = seen(large)
    viewport.pan(QPointF(0.05, 0.0))
    after = seen(viewport.area(QSizeF(4000, 3000), room))
    assert after.x() == pytest.approx(before.x() + 0.05)
    viewport.pan(QPointF(9, 9))
    edge = viewport.area(QSizeF(4000, 3000), room)
    assert (edge.right(), edge.bottom()) == (400, 300), "no further than the edge"
    viewport.zoom_by(0.01, QPointF(0.5, 0.5))
    assert viewport.area(QSizeF(4000, 3000), room) == QRectF(0, 0, 400, 300)


@pytest.fixture
def found(qtbot: QtBot, opened: MainWindow) -> MainWindow:
    """A search for all colours; two groups of copies are among the hits."""
    opened.parts.search.set_words("png")
    qtbot.waitUntil(lambda: opened.is_settled and opened.parts.model.are_compared)
    return opened


def tiles(window: MainWindow) -> list[str]:
    """What stands in the grid, without endings."""
    model = window.parts.model
    return [model.photo(row).path.stem for row in range(model.rowCount())]


FOLDED = ["red 0", "green 1", "navy 5", "pink 6", "pink 7"]


def test_duplicates_among_hits_stand_behind_the_best(found: MainWindow) -> None:
    assert tiles(found) == FOLDED
    model = found.parts.model
    assert [model.index(row).data(BEHIND_ROLE) for row in range(5)] == [2, 1, 0, 0, 0]
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("red 0.png, with duplicates: 2, 100 % certain")
    assert found.parts.status.facts.startswith("8 found")


def test_a_click_on_the_number_shows_them_in_place(qtbot: QtBot, found: MainWindow) -> None:
    grid = found.parts.grid
    delegate = grid.itemDelegate()
    assert isinstance(delegate, TileDelegate)
    first = found.parts.model.index(0)
    badge = delegate.badge(grid.visualRect(first), first).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=badge)
    assert tiles(found) == ["red 0", "red 3", "orange 4", *FOLDED[1:]]
    assert not grid.selectionModel().hasSelection()
    qtbot.waitUntil(lambda: found.is_settled)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=badge)
    assert tiles(found) == FOLDED
    qtbot.waitUntil(lambda: found.is_settled)


def test_the_key_shows_those_of_the_current_photo(
    qtbot: QtBot, found: MainWindow, qtmodeltester: ModelTester
) -> None:
    unfold = found.commands.unfold
    found.parts.grid.show_row(2)
    assert not unfold.isEnabled()
    found.parts.grid.show_row(1)
    unfold.trigger()
    assert tiles(found) == ["red 0", "green 1", "blue 2", *FOLDED[2:]]
    check(qtmodeltester, found.parts.model)
    found.parts.grid.show_row(0)
    unfold.trigger()
    assert tiles(found)[:5] == ["red 0", "red 3", "orange 4", "green 1", "blue 2"]
    found.parts.grid.show_row(3)
    unfold.trigger()
    assert tiles(found)[:5] == ["red 0", "red 3", "orange 4", "green 1", "navy 5"]
    qtbot.waitUntil(lambda: found.is_settled)


def test_grouping_can_be_switched_off_and_is_remembered(
    qtbot: QtBot, found: MainWindow, make_window: WindowMaker, groups: FakeLibrary
) -> None:
    found.commands.group.trigger()
    qtbot.waitUntil(lambda: len(tiles(found)) == 8)
    qtbot.waitUntil(lambda: found.is_settled)
    found.close()
    again = make_window(groups)
    assert not again.commands.group.isChecked()
    qtbot.waitUntil(lambda: again.is_settled)


def test_the_shots_of_a_burst_are_told_apart_by_their_seconds() -> None:
    taken = Metadata(taken_at=datetime(2024, 5, 1, 12, 0, 7))
    photo = replace(make_photo(Path("/a.jpg")), metadata=taken)
    assert photo_facts.date(photo).endswith(" 12:00:07")
    assert photo_facts.date(make_photo(Path("/a.jpg"))).startswith("file of ")
