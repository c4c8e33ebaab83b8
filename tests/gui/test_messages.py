"""What is told of indexing, for how long, and that no message hides another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.query import Query
from clipsearch.core.types import IndexReport, LibraryInfo, Photo, Skipped
from clipsearch.errors import FolderNotFound, LibraryBusy, ModelNotDownloaded, UnreadableImage
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind, MessageBar, Subject
from clipsearch.gui.search_session import unusable_picture
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker

AWAY = "The folder /away is not there now; its photos stay in the library."
BUSY = "Another clipsearch is writing to the library: wait until it is done."
STOPPED = "Indexing was stopped: some photos may be missing."


def update(qtbot: QtBot, window: MainWindow) -> None:
    """Index and wait for its end."""
    window.session.update()
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_message_about_one_thing_does_not_hide_another(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("The folder is away.", subject=Subject.INDEXING)
    bar.show_message("No such picture.", Kind.ERROR, subject=Subject.SEARCH)
    assert bar.text == "No such picture. The folder is away."
    kinds = [bar.kind]
    bar.show_message("That is no picture.", subject=Subject.SEARCH)
    assert bar.text == "That is no picture. The folder is away."
    assert [*kinds, bar.kind] == [Kind.ERROR, Kind.NOTE]
    bar.clear(Subject.SEARCH)
    assert bar.text == "The folder is away."
    bar.clear(Subject.INDEXING)
    assert bar.isHidden()


def test_the_same_words_are_told_once(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("The model is not there.", subject=Subject.MODEL)
    bar.show_message("The model is not there.", subject=Subject.SEARCH)
    assert bar.text == "The model is not there."


def test_a_folder_that_was_away_is_no_news_after_the_next_update(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.notices = (AWAY,)
    update(qtbot, window)
    assert window.parts.messages.text == AWAY
    library.notices = ()
    update(qtbot, window)
    assert not window.parts.messages.isVisible()


def test_a_folder_that_is_away_and_skipped_files_are_both_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    library.notices = (AWAY,)
    library.skipped = (Skipped(tmp_path / "broken.jpg", "it is cut off"),)
    update(qtbot, window)
    assert AWAY in window.parts.messages.text
    assert "1 file was skipped." in window.parts.messages.text
    window.commands.activity.setChecked(True)
    assert window.parts.messages.text == AWAY


def test_a_failed_update_is_no_news_after_one_that_succeeds(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.index_error = LibraryBusy(BUSY)
    update(qtbot, window)
    assert window.parts.messages.text == BUSY
    assert window.parts.messages.kind is Kind.ERROR
    library.index_error = None
    update(qtbot, window)
    assert not window.parts.messages.isVisible()


def test_a_folder_that_failed_is_told_though_the_next_in_the_queue_succeeds(
    qtbot: QtBot, make_window: WindowMaker, photos: list[Photo]
) -> None:
    class WithoutA(FakeLibrary):
        def index(self, folders: Sequence[Path], **kwargs: Any) -> IndexReport:
            report = super().index(folders, **kwargs)
            if folders == [Path("/a")]:
                raise FolderNotFound("There is no folder /a: check its name.")
            return report

    library = WithoutA([])
    library.index_adds = photos
    window = make_window(library)
    window.session.add_folders([Path("/a")])
    window.session.add_folders([Path("/b")])
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == [[Path("/a")], [Path("/b")]]
    assert window.parts.messages.text == "There is no folder /a: check its name."


def test_a_model_that_could_not_be_loaded_is_no_news_after_an_answer(
    qtbot: QtBot, make_window: WindowMaker, photos: list[Photo]
) -> None:
    class Without(FakeLibrary):
        def warm_up(self) -> None:
            raise ModelNotDownloaded("The model is not there: download it.")

    window = make_window(Without(photos))
    qtbot.waitUntil(window.parts.messages.isVisible)
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.parts.messages.isVisible()


def test_a_photo_that_could_not_be_shown_is_no_news_after_one_that_can(
    qtbot: QtBot, window: MainWindow, photos: list[Photo]
) -> None:
    photos[0].path.unlink()
    window.parts.preview.open_row(0)
    qtbot.waitUntil(window.parts.messages.isVisible)
    window.parts.preview.go(1)
    assert not window.parts.messages.isVisible()
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_library_that_can_be_read_again_is_no_longer_called_unreadable(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> LibraryInfo:
        raise LibraryBusy(BUSY)

    with monkeypatch.context() as broken:
        broken.setattr(library, "info", fail)
        window.session.look()
        qtbot.waitUntil(lambda: window.is_settled)
        assert window.parts.messages.text == BUSY
    window.session.look()
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.parts.messages.isVisible()


def test_a_folder_without_photos_is_told(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    window.session.add_folders([tmp_path / "empty"])
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.messages.text == f"No photos were found in {tmp_path / 'empty'}."
    update(qtbot, window)
    assert not window.parts.messages.isVisible(), "an update adds no folder"


def test_indexing_that_was_stopped_says_how_it_goes_on(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    gate = library.index_gate = Gate()
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(gate.reached.is_set)
    window.commands.cancel.trigger()
    gate.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert window.parts.messages.text == (f"{STOPPED} \u201cUpdate the Library\u201d (F5) goes on.")
    library.index_gate = None
    window.commands.update.trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert not window.parts.messages.isVisible()


def test_an_update_is_not_promised_to_index_a_folder_that_was_never_begun(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    gate = library.index_gate = Gate()
    window.session.add_folders([tmp_path / "a"])
    window.session.add_folders([tmp_path / "b"])
    qtbot.waitUntil(gate.reached.is_set)
    window.commands.cancel.trigger()
    gate.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.indexed == [[tmp_path / "a"]]
    assert window.parts.messages.text == STOPPED


def test_of_several_pictures_the_one_that_the_error_names_is_meant() -> None:
    short, long = Path("/p/a.jpg"), Path("/p/a.jpg.png")
    both = Query.of(short, long)
    assert unusable_picture(both, UnreadableImage("it is cut off", long)) == long
    assert unusable_picture(both, UnreadableImage("it is cut off", short)) == short
    assert unusable_picture(both, UnreadableImage("it is cut off")) is None
    assert unusable_picture(Query.of(short), UnreadableImage("it is cut off")) == short
    assert unusable_picture(Query.of(short), LibraryBusy(BUSY)) is None


def test_show_them_leaves_the_other_messages(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    library.notices = (AWAY,)
    library.skipped = (Skipped(tmp_path / "broken.jpg", "it is cut off"),)
    update(qtbot, window)
    buttons = window.parts.messages.findChildren(QPushButton)
    (show,) = [button for button in buttons if button.isVisible()]
    QTest.mouseClick(show, Qt.MouseButton.LeftButton)
    assert window.parts.activity.isVisible()
    assert window.parts.messages.text == AWAY
