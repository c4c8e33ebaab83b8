"""The places at the left: choosing, removing, and when the pane is there."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from clipsearch.core.types import FolderState, Photo
from clipsearch.gui import folder_commands
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.places_model import AWAY_ROLE, COUNT_ROLE, PlacesModel
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, draw_photo, names
from tests.gui.test_models import check

DUPLICATES = ["Duplicates", "Exact copies", "Near-duplicates", "Bursts"]
"""The rows below the folders."""


def folders(*paths: str, away: Sequence[str] = ()) -> list[FolderState]:
    return [FolderState(Path(path), 7, path not in away) for path in paths]


@pytest.fixture
def two_folders(library: FakeLibrary, photos: list[Photo], tmp_path: Path) -> list[Path]:
    """The folder of the six photos, and a folder of one more."""
    other = tmp_path / "photos of the sea"
    other.mkdir()
    library.all.append(draw_photo(other / "pink 6.png", "pink"))
    library.added = [photos[0].path.parent, other]
    return library.added


@pytest.fixture
def opened(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, two_folders: list[Path]
) -> MainWindow:
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    return window


def shown(window: MainWindow) -> list[str]:
    """The names in the sidebar, from the top."""
    model = window.parts.sidebar.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def choose(window: MainWindow, row: int) -> None:
    """Click on a place."""
    view = window.parts.sidebar.list
    place = view.visualRect(window.parts.sidebar.model.index(row)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def question(window: QWidget) -> QMessageBox:
    """The one question that is open."""
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    return box


def answer(box: QMessageBox, words: str) -> None:
    """Click on a button of a question."""
    (button,) = [b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == words]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_places_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = PlacesModel()
    check(qtmodeltester, model)
    model.show_total(14)
    model.show_folders(folders("/a/one", "/a/two"))
    model.show_folders(folders("/a/one", "/a/two", away=["/a/two"]))
    check(qtmodeltester, model)
    model.show_folders([])
    assert model.rowCount() == 1


def test_a_folder_that_is_away_is_told_to_eyes_and_ears() -> None:
    model = PlacesModel()
    model.show_folders(folders("/a/one", "/b/two", away=["/b/two"]))
    there, away = model.index(2), model.index(3)
    assert there.data(AWAY_ROLE) == ""
    assert away.data(AWAY_ROLE) == "not there now"
    assert away.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "not there now"
    assert away.data(Qt.ItemDataRole.AccessibleTextRole) == "two, 7 photos"
    assert str(Path("/b/two")) in away.data(Qt.ItemDataRole.ToolTipRole)
    assert away.data(COUNT_ROLE) == "7"


def test_folders_of_one_name_are_told_apart() -> None:
    model = PlacesModel()
    model.show_folders(folders("/mine/photos", "/yours/photos", "/other"))
    assert [model.index(row).data() for row in (2, 3, 4)] == [
        "photos in mine",
        "photos in yours",
        "other",
    ]


def test_counts_that_change_move_no_row(qtbot: QtBot) -> None:
    model = PlacesModel()
    model.show_folders(folders("/a", "/b"))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.show_folders([FolderState(Path("/a"), 8, True), FolderState(Path("/b"), 7, True)])
    assert model.index(2).data(COUNT_ROLE) == "8"


def test_the_heading_is_no_place(opened: MainWindow) -> None:
    assert shown(opened) == ["All photos", "Folders", "photos", "photos of the sea", *DUPLICATES]
    view = opened.parts.sidebar.list
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 2
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == 0


def test_a_chosen_folder_shows_its_own_photos(qtbot: QtBot, opened: MainWindow) -> None:
    assert len(names(opened)) == 7
    choose(opened, 3)
    assert names(opened) == ["pink 6.png"]
    assert opened.parts.status.facts.startswith("photos of the sea: 1 photo ·")
    choose(opened, 2)
    assert len(names(opened)) == 6, "a folder whose name begins alike is another one"
    choose(opened, 0)
    assert len(names(opened)) == 7
    assert opened.parts.status.facts.startswith("7 photos ·")
    qtbot.waitUntil(lambda: opened.is_settled)


def test_new_photos_of_other_folders_stay_out(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    choose(opened, 3)
    library.index_adds = [draw_photo(tmp_path / "photos" / "gold 7.png", "gold")]
    opened.session.update()
    qtbot.waitUntil(lambda: opened.is_settled)
    assert names(opened) == ["pink 6.png"]
    assert opened.parts.sidebar.model.index(2).data(COUNT_ROLE) == "7"
    choose(opened, 0)
    assert "gold 7.png" in names(opened)
    qtbot.waitUntil(lambda: opened.is_settled)


def test_a_search_is_for_all_photos(qtbot: QtBot, opened: MainWindow) -> None:
    choose(opened, 3)
    opened.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: names(opened) == ["blue 2.png"])
    assert opened.parts.sidebar.folder is None
    choose(opened, 3)
    assert names(opened) == ["pink 6.png"]
    assert opened.parts.search.query.is_empty
    qtbot.waitUntil(lambda: opened.is_settled)


def test_all_photos_leads_back_from_a_search(qtbot: QtBot, opened: MainWindow) -> None:
    opened.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: names(opened) == ["blue 2.png"])
    choose(opened, 0)
    assert len(names(opened)) == 7
    qtbot.waitUntil(lambda: opened.is_settled)


def test_a_folder_without_photos_says_so(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    library.added.append(tmp_path / "bare")
    opened.session.look_at_folders()
    qtbot.waitUntil(lambda: "bare" in shown(opened))
    choose(opened, 4)
    assert opened.parts.empty.isVisible()
    assert opened.parts.empty.title == "No photos in this folder"


def test_a_folder_whose_drive_was_unplugged_is_noticed(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary, two_folders: list[Path]
) -> None:
    choose(opened, 3)
    assert opened.commands.folder_update.isEnabled()
    view, model = opened.parts.sidebar.list, opened.parts.sidebar.model
    height = view.visualRect(model.index(3)).height()
    library.away = {two_folders[1]}
    opened.session.look_at_folders()
    qtbot.waitUntil(lambda: not opened.commands.folder_update.isEnabled())
    assert not opened.commands.folder_reveal.isEnabled()
    assert opened.commands.folder_remove.isEnabled()
    assert names(opened) == ["pink 6.png"], "its photos stay"
    opened.parts.sidebar.grab()
    assert view.visualRect(model.index(3)).height() > height, "there is a second line"


def test_only_folders_can_be_removed(opened: MainWindow) -> None:
    assert not any(action.isEnabled() for action in opened.commands.of_a_folder)
    choose(opened, 2)
    assert all(action.isEnabled() for action in opened.commands.of_a_folder)


def test_look_for_changes_indexes_the_one_folder(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary, two_folders: list[Path]
) -> None:
    choose(opened, 3)
    opened.commands.folder_update.trigger()
    qtbot.waitUntil(lambda: opened.is_settled)
    assert library.indexed == [[two_folders[1]]]


def test_delete_asks_once_and_removes_the_folder(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary, two_folders: list[Path]
) -> None:
    first = two_folders[0]
    choose(opened, 2)
    QTest.keyClick(opened.parts.sidebar.list, Qt.Key.Key_Delete)
    box = question(opened)
    assert "files stay where they are" in box.informativeText()
    assert first in library.added, "nothing happens before the answer"
    answer(box, "Remove")
    qtbot.waitUntil(lambda: opened.is_settled and first not in library.added)
    assert opened.parts.messages.text == "6 photos left the library."
    assert shown(opened) == ["All photos", "Folders", "photos of the sea", *DUPLICATES]
    assert opened.parts.sidebar.folder is None
    assert names(opened) == ["pink 6.png"]
    (again,) = [
        b for b in opened.parts.messages.findChildren(QPushButton) if b.text() == "Add It Again"
    ]
    QTest.mouseClick(again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.is_settled)
    assert library.indexed == [[first]]


def test_a_folder_stays_if_the_user_thinks_better_of_it(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary
) -> None:
    choose(opened, 2)
    opened.commands.folder_remove.trigger()
    answer(question(opened), "Cancel")
    qtbot.waitUntil(lambda: opened.is_settled)
    assert len(library.added) == 2
    assert len(library.all) == 7


def test_a_removal_waits_for_what_is_being_indexed(
    qtbot: QtBot, opened: MainWindow, library: FakeLibrary, two_folders: list[Path]
) -> None:
    gate = library.index_gate = Gate()
    opened.session.update()
    qtbot.waitUntil(gate.reached.is_set)
    opened.session.remove_folder(two_folders[0])
    assert len(library.added) == 2
    gate.open()
    qtbot.waitUntil(lambda: opened.is_settled)
    assert library.added == [two_folders[0]]


def test_a_folder_is_shown_in_the_file_manager(
    opened: MainWindow, two_folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(folder_commands, "show_folder", asked.append)
    choose(opened, 3)
    opened.commands.folder_reveal.trigger()
    assert asked == [two_folders[1]]


def test_a_folder_that_is_gone_is_not_opened(opened: MainWindow, two_folders: list[Path]) -> None:
    choose(opened, 3)
    for file in two_folders[1].iterdir():
        file.unlink()
    two_folders[1].rmdir()
    opened.commands.folder_reveal.trigger()
    assert "not there now: connect its drive" in opened.parts.messages.text


def test_an_empty_library_has_no_sidebar_until_a_folder_comes(
    qtbot: QtBot, make_window: WindowMaker, tmp_path: Path
) -> None:
    window = make_window(FakeLibrary([]))
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.parts.sidebar.isVisible()
    assert not window.commands.sidebar.isChecked()
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(window.parts.sidebar.isVisible)
    assert window.commands.sidebar.isChecked()
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_narrow_window_gives_the_room_to_the_photos(opened: MainWindow) -> None:
    sidebar = opened.parts.sidebar
    assert sidebar.isVisible()
    opened.resize(460, 400)
    assert not sidebar.isVisible()
    opened.commands.sidebar.trigger()
    assert sidebar.isVisible(), "it comes if it is asked for"
    opened.resize(900, 600)
    opened.commands.sidebar.trigger()
    assert not sidebar.isVisible()
    opened.resize(460, 400)
    assert sidebar.isVisible(), "wide and narrow windows are remembered apart"


def test_the_sidebar_is_remembered(
    qtbot: QtBot, opened: MainWindow, make_window: WindowMaker, library: FakeLibrary
) -> None:
    opened.parts.panes.setSizes([300, 600])
    width = opened.parts.sidebar.width()
    assert width != 210
    opened.close()
    again = make_window(library)
    again.restore_state()
    qtbot.waitUntil(lambda: again.parts.sidebar.width() == width)
    again.commands.sidebar.trigger()
    again.close()
    hidden = make_window(library)
    hidden.restore_state()
    qtbot.waitUntil(lambda: hidden.is_settled)
    assert not hidden.parts.sidebar.isVisible()


def test_a_folder_can_be_added_from_the_sidebar(opened: MainWindow) -> None:
    add = opened.parts.sidebar.add
    assert add.isVisible()
    assert add.defaultAction() is opened.commands.add_folder


def test_a_row_under_the_mouse_is_not_chosen(opened: MainWindow) -> None:
    view = opened.parts.sidebar.list
    QTest.mouseMove(view.viewport(), QPoint(20, 60))
    assert opened.parts.sidebar.folder is None
