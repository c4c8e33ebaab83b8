"""Typing, pictures, answers and failures."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.filters import (
    InFolder,
)
from clipsearch.core.query import Part, Query
from clipsearch.core.types import Hit, Photo
from clipsearch.errors import (
    ClipSearchError,
    LibraryBusy,
    LibraryError,
    ModelNotDownloaded,
    TrainingError,
    UnreadableImage,
)
from clipsearch.gui import messages
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.message_bar import Kind
from clipsearch.gui.search_bar import SearchBar
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, names, words_of


def drop(window: MainWindow, mime: QMimeData) -> None:
    """Let go of something over the window."""
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(50, 300), action, mime, button, none)
    QGuiApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QGuiApplication.sendEvent(window, QDropEvent(QPointF(50, 300), action, mime, button, none))


def files(*paths: Path) -> QMimeData:
    """Files as a file manager drags them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def test_typing_quickly_searches_once(qtbot: QtBot) -> None:
    bar = SearchBar(results=50)
    qtbot.addWidget(bar)
    bar.show()
    queries: list[Query] = []
    bar.searched.connect(queries.append)
    with qtbot.waitSignal(bar.searched):
        QTest.keyClicks(bar.field, "red car")
    assert not bar.is_waiting
    assert queries == [Query.of("red car", k=50)]


def test_the_same_words_are_not_searched_twice(qtbot: QtBot) -> None:
    bar = SearchBar(results=50)
    qtbot.addWidget(bar)
    queries: list[Query] = []
    bar.searched.connect(queries.append)
    bar.set_words("red")
    bar.set_words("red ")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert queries == [Query.of("red", k=50)]


def test_words_bring_their_hits_with_scores(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClicks(window.parts.search.field, "red")
    qtbot.waitUntil(lambda: names(window) == ["red 0.png", "red 3.png"])
    assert window.parts.model.are_compared
    assert "2 found · 6 photos" in window.parts.status.facts


def test_the_newest_query_wins_when_an_older_one_finishes_late(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    slow = library.search_gates["red"] = Gate()
    window.parts.search.set_words("red")
    qtbot.waitUntil(slow.reached.is_set)
    window.parts.search.set_words("gre")
    window.parts.search.set_words("blue")
    before = names(window)
    assert len(before) == 6, "the old photos stay until the new ones are there"
    shown: list[list[str]] = []
    window.parts.model.modelReset.connect(lambda: shown.append(names(window)))
    slow.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert shown == [["blue 2.png"]]
    assert [words_of(query) for query in library.queries] == ["red", "blue"]


def test_an_emptied_field_shows_the_library_again(qtbot: QtBot, window: MainWindow) -> None:
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled)
    QTest.keyClick(window.parts.search.field, Qt.Key.Key_Escape)
    assert window.parts.search.query.is_empty
    assert len(names(window)) == 6


def test_emptying_the_field_drops_an_answer_that_is_on_its_way(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    gate = library.search_gates["red"] = Gate()
    window.parts.search.set_words("red")
    qtbot.waitUntil(gate.reached.is_set)
    window.parts.search.clear()
    gate.open()
    qtbot.waitUntil(lambda: window.is_settled)
    assert len(names(window)) == 6


def test_a_query_typed_before_the_library_is_open_is_answered(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary
) -> None:
    window = make_window(library)
    window.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: names(window) == ["blue 2.png"])


def test_nothing_found_says_so_and_offers_the_way_back(qtbot: QtBot, window: MainWindow) -> None:
    window.parts.search.set_words("zebra")
    qtbot.waitUntil(lambda: window.parts.empty.isVisible())
    assert window.parts.empty.title == "Nothing found"
    window.parts.empty.clear_search.emit()
    assert window.parts.grid.isVisible()


def test_a_failure_is_a_message_and_takes_the_older_hits_away(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("green")
    qtbot.waitUntil(lambda: names(window) == ["green 1.png"])
    library.error = ModelNotDownloaded("ViT-L-14 is not on this machine: download it.")
    window.parts.search.set_words("red")
    bar = window.parts.messages
    qtbot.waitUntil(bar.isVisible)
    assert bar.text == "ViT-L-14 is not on this machine: download it."
    assert bar.kind is Kind.ERROR
    assert names(window) == []
    assert window.parts.empty.isVisible()
    assert window.parts.empty.title == "This search did not work"
    assert "found" not in window.parts.status.facts
    library.error = None
    window.parts.search.set_words("blue")
    assert not bar.isVisible(), "the failure is no longer true"
    qtbot.waitUntil(lambda: names(window) == ["blue 2.png"])


def test_a_bug_goes_to_the_excepthook(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.error = ZeroDivisionError("ours")
    with qtbot.captureExceptions() as caught:
        window.parts.search.set_words("red")
        qtbot.waitUntil(lambda: bool(caught))
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]
    assert not window.parts.messages.isVisible()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModelNotDownloaded("Download ViT-L-14."), "Download ViT-L-14."),
        (UnreadableImage("the file is cut short"), "The file is cut short."),
        (UnreadableImage(""), "This picture cannot be read: check that the file is complete."),
        (LibraryBusy(), "The library is in use: close the other clipsearch, then try again."),
        (TrainingError(), "That did not work: try again."),
    ],
)
def test_every_error_becomes_a_sentence(error: ClipSearchError, words: str) -> None:
    assert messages.sentence(error) == words


def test_a_dropped_picture_is_searched_by_and_shown_as_a_chip(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    drop(window, files(photos[4].path))
    qtbot.waitUntil(lambda: window.is_settled and bool(library.queries))
    assert library.queries[-1].pictures == (photos[4].path,)
    assert names(window)[0] == "orange 4.png"
    chip = window.parts.search.pictures[0]
    assert chip.isVisible()
    assert chip.remove.isVisible()
    QTest.mouseClick(chip.remove, Qt.MouseButton.LeftButton)
    assert window.parts.search.pictures == ()
    assert not window.parts.model.are_compared


def test_a_picture_that_cannot_be_read_is_taken_away_and_the_others_stay(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    library.unreadable = broken
    window.parts.search.set_words("red")
    drop(window, files(photos[3].path, broken))
    together = Query.of("red", photos[3].path, k=200)
    qtbot.waitUntil(lambda: window.is_settled and library.queries[-1:] == [together])
    assert [chip.path for chip in window.parts.search.pictures] == [photos[3].path]
    assert names(window) == ["red 3.png", "red 0.png"]
    assert "broken.png cannot be used" in window.parts.messages.text


def test_a_picture_that_cannot_be_read_and_nothing_else_brings_the_library_back(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    library.unreadable = broken
    drop(window, files(broken))
    qtbot.waitUntil(lambda: window.is_settled and bool(library.queries))
    assert window.parts.search.pictures == ()
    assert len(names(window)) == 6
    assert "broken.png cannot be used" in window.parts.messages.text


def test_a_search_that_failed_is_tried_again_after_indexing(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.error = LibraryError("The model has changed: index the folders again.")
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: names(window) == [])
    library.error = None
    window.session.update()
    qtbot.waitUntil(lambda: names(window) == ["red 0.png", "red 3.png"])
    assert not window.parts.messages.isVisible()
    qtbot.waitUntil(lambda: window.is_settled)


def test_words_and_a_picture_go_together(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    window.parts.search.set_words("red")
    drop(window, files(photos[3].path))
    together = Query.of("red", photos[3].path, k=200)
    # The words alone may have been dropped before they were asked: the newest query wins.
    qtbot.waitUntil(lambda: window.is_settled and library.queries[-1:] == [together])
    assert names(window) == ["red 3.png", "red 0.png"]


def test_a_pasted_picture_is_saved_in_the_cache_and_searched_by(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window.parts.search.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.is_settled and bool(library.queries))
    (saved,) = library.queries[-1].pictures
    assert saved.parent == tmp_path / "scratch"
    assert QImage(str(saved)).size() == image.size()
    assert window.parts.search.field.text() == ""


def test_pasted_words_stay_words(qtbot: QtBot, window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("blue")
    QTest.keyClick(window.parts.search.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(window) == ["blue 2.png"])
    assert window.parts.search.pictures == ()


def test_a_file_that_is_gone_is_reported(window: MainWindow, tmp_path: Path) -> None:
    drop(window, files(tmp_path / "gone.jpg"))
    assert "gone.jpg is not there" in window.parts.messages.text


def test_find_similar_searches_by_the_photo_alone(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    window.parts.search.set_words("blue")
    qtbot.waitUntil(lambda: window.is_settled)
    window.parts.grid.enter()
    window.commands.similar.trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    assert library.queries[-1] == Query.of(photos[2].path, k=200)
    assert names(window)[0] == "blue 2.png"


def test_filters_are_typed_into_the_field(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("red -in:2012")
    qtbot.waitUntil(lambda: window.is_settled and bool(library.queries))
    assert library.queries[-1] == Query((Part("red"),), (InFolder("2012", negated=True),), k=200)


def test_half_a_filter_is_told_quietly_and_leaves_what_was_found(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: names(window) == ["red 0.png", "red 3.png"])
    QTest.keyClicks(window.parts.search.field, " in:")
    bar = window.parts.messages
    qtbot.waitUntil(bar.isVisible)
    assert "missing behind in:" in bar.text
    assert bar.kind is Kind.NOTE
    assert names(window) == ["red 0.png", "red 3.png"]
    QTest.keyClicks(window.parts.search.field, "2012")
    qtbot.waitUntil(lambda: len(library.queries) == 2)
    assert library.queries[-1].filters == (InFolder("2012"),)
    qtbot.waitUntil(lambda: window.is_settled)
    assert not bar.isVisible()


def test_a_filter_that_is_deleted_again_takes_its_message_along(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: window.is_settled and len(library.queries) == 1)
    window.parts.search.set_words("red in:")
    assert window.parts.messages.isVisible()
    window.parts.search.set_words("red")
    assert not window.parts.messages.isVisible()
    assert len(library.queries) == 1, "nothing new was asked"


def test_hits_that_were_not_compared_have_no_score(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "search", lambda query: [Hit(library.all[2], None)])
    window.parts.search.set_words("in:2012")
    qtbot.waitUntil(lambda: names(window) == ["blue 2.png"])
    assert not window.parts.model.are_compared


@pytest.fixture
def uncertain(library: FakeLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the hits, only names with a 0 are certain."""
    found = library.search

    def search(query: Query) -> list[Hit]:
        return [
            replace(hit, relevance=0.9 if "0" in hit.photo.path.name else 0.1, above_cutoff=above)
            for hit in found(query)
            for above in ["0" in hit.photo.path.name]
        ]

    monkeypatch.setattr(library, "search", search)


@pytest.mark.usefixtures("uncertain")
def test_less_certain_hits_are_shown_on_demand(qtbot: QtBot, window: MainWindow) -> None:
    strip = window.parts.less_certain
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: names(window) == ["red 0.png"])
    assert strip.isVisible()
    assert strip.words == "1 certain, 1 less certain"
    assert "1 found" in window.parts.status.facts
    [button] = strip.findChildren(QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert names(window) == ["red 0.png", "red 3.png"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert names(window) == ["red 0.png"]
    window.parts.search.clear()
    qtbot.waitUntil(lambda: len(names(window)) == 6)
    assert not strip.isVisible()


@pytest.mark.usefixtures("uncertain")
def test_a_query_without_a_certain_hit_says_so_and_offers_the_closest(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.parts.search.set_words("red 3")
    qtbot.waitUntil(lambda: window.parts.empty.title == "No photo here is certain to be this")
    assert not window.parts.less_certain.isVisible()
    [closest] = [
        button
        for button in window.parts.empty.findChildren(QPushButton)
        if button.isVisible() and "closest" in button.text()
    ]
    QTest.mouseClick(closest, Qt.MouseButton.LeftButton)
    assert names(window) == ["red 3.png"]
    assert window.parts.less_certain.isVisible()
    window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: names(window) == ["red 0.png"])
