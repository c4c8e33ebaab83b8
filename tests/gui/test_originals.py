"""Writing into the photos themselves from the window: never without a question."""

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from clipsearch.core.types import Photo, Skipped
from clipsearch.core.write_out import WriteOut
from clipsearch.errors import InputError
from clipsearch.gui.main_window import MainWindow
from tests.gui.conftest import FakeLibrary, Gate
from tests.gui.test_sidebar import answer, question
from tests.gui.test_word_files import until


def asked(qtbot: QtBot, window: MainWindow) -> QMessageBox:
    window.commands.write_originals.trigger()
    qtbot.waitUntil(
        lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)), timeout=10_000
    )
    return question(window)


def test_nothing_is_written_before_the_user_has_read_what_and_agreed(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    window.parts.grid.clearSelection()
    sidecar = Path(f"{photos[2].path}.xmp")
    instead = Skipped(photos[2].path, "nothing is written into files of this format")
    paths = tuple(photo.path for photo in photos[:2])
    library.originals.report = WriteOut((sidecar,), 3, (), paths, (instead,))
    box = asked(qtbot, window)
    assert box.text() == "Write your tags and stars into 2 photos?"
    assert "Sidecars beside them: 1; skipped: 0." in box.informativeText()
    assert "Nothing that you have said until now can be undone" in box.informativeText()
    assert library.originals.calls == [(photos, True)]
    answer(box, "Write into Photos")
    until(qtbot, window, lambda: len(library.originals.calls) == 2)
    assert library.originals.calls[1] == (photos, False)
    told = "Photos: 2 written. Sidecars: 1 written. 3 unchanged, 0 skipped."
    until(qtbot, window, lambda: window.parts.messages.text == told)
    bar = window.parts.messages
    (why,) = [one for one in bar.findChildren(QPushButton) if one.text() == "Why?"]
    why.click()
    details = question(window)
    assert details.detailedText() == f"{instead.path}: {instead.reason}"
    details.close()


def test_who_cancels_the_question_has_written_nothing(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    grid = window.parts.grid
    grid.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select
    grid.selectionModel().select(window.parts.model.index(1, 0), flags)
    library.originals.report = WriteOut((), 0, (), (photos[1].path,))
    box = asked(qtbot, window)
    assert box.text() == "Write your tags and stars into 1 photo?"
    answer(box, "Cancel")
    until(qtbot, window, lambda: True)
    assert library.originals.calls == [([photos[1]], True)]


def test_where_nothing_is_to_be_written_nothing_is_asked(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.originals.report = WriteOut((), 6, ())
    window.commands.write_originals.trigger()
    told = "Photos: 0 written. Sidecars: 0 written. 6 unchanged, 0 skipped."
    until(qtbot, window, lambda: window.parts.messages.text == told)
    assert len(library.originals.calls) == 1


def test_without_exiftool_the_window_says_how_to_get_it(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.originals.error = InputError("Install ExifTool.")
    window.commands.write_originals.trigger()
    until(qtbot, window, lambda: "Install ExifTool" in window.parts.messages.text)


def test_writing_can_be_stopped_and_what_was_written_stays(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    gate = library.originals.gate = Gate()
    window.labels.originals.write(photos)
    qtbot.waitUntil(gate.reached.is_set)
    window.labels.originals.work.cancel()
    gate.open()
    until(qtbot, window, lambda: "was stopped" in window.parts.messages.text)
