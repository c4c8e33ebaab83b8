"""The inspector's section on tags and stars."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clipsearch.core.suggestions import Reason
from clipsearch.core.types import Photo
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.reason_words import reason_words
from clipsearch.gui.tag_section import Said, TagSection
from tests.gui.conftest import FakeLibrary, WindowMaker, names


@pytest.fixture
def inspected(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, photos: list[Photo]
) -> MainWindow:
    """A window whose inspector tells of the first of two photos with tags."""
    first, second, *_ = [photo.content_hash for photo in photos]
    library.added = [photos[0].path.parent]
    library.labels.tags.decide("sea", [first, second], "accepted")
    library.labels.tags.decide("Places|Rome", [first], "accepted")
    library.labels.tags.decide("cat", [first], "rejected")
    library.labels.ratings.rate([first], 3)
    window = make_window(library, make_tagger=lambda: library.tagging)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.is_settled)
    if not window.parts.inspector.isVisible():
        window.commands.inspector.trigger()
    window.parts.grid.show_row(0)
    qtbot.waitUntil(lambda: window.is_settled and bool(window.parts.inspector.sections))
    until(qtbot, window, lambda: section_of(window).tags == ["Places|Rome", "sea"])
    return window


def section_of(window: MainWindow) -> TagSection:
    (found,) = [s for s in window.parts.inspector.sections if isinstance(s, TagSection)]
    return found


def until(qtbot: QtBot, window: MainWindow, is_so: Callable[[], bool]) -> None:
    qtbot.waitUntil(lambda: is_so() and window.is_settled, timeout=10_000)


def accepted(library: FakeLibrary, tag: str) -> set[str]:
    decisions = library.labels.tags.of_tag(tag)
    return {one.content_hash for one in decisions if one.verdict == "accepted"}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("dog", "", 1.0, 0.5), "fits “dog”"),
        (Reason("puppy", "puppy", 1.0, 0.5), "since “puppy” is suggested"),
        (Reason("", "", 1.0, 0.0, 2), "learned from 2 photos"),
        (Reason("", "", 1.0, 0.0, 1), "learned from 1 photo"),
    ],
)
def test_why_a_tag_is_suggested_is_said_plainly(reason: Reason, words: str) -> None:
    assert reason_words(reason) == words


def test_everything_that_is_said_is_shown(inspected: MainWindow) -> None:
    section = section_of(inspected)
    assert [chip.text for chip in section.chips] == ["Places \u203a Rome", "sea"]
    (dog,) = section.suggestions
    assert dog.name == "dog"
    assert dog.body.toolTip() == "fits “a photo of a dog”, 10 %"
    assert section.rating.value == 3
    assert section.field.completer() is not None


def test_a_suggestion_is_accepted_or_rejected_and_that_is_undone(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    section = section_of(inspected)
    section.suggestions[0].accept.click()
    assert "dog" in section.tags, "at once"
    assert not section.suggestions
    until(qtbot, inspected, lambda: accepted(library, "dog") == {photos[0].content_hash})
    inspected.commands.undo.trigger()
    until(qtbot, inspected, lambda: [chip.name for chip in section.suggestions] == ["dog"])
    assert "dog" not in section.tags
    section.suggestions[0].remove.click()
    until(qtbot, inspected, lambda: bool(library.labels.tags.of_tag("dog")))
    assert not accepted(library, "dog")
    assert not section.suggestions


def test_the_cross_takes_a_tag_away(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary
) -> None:
    section = section_of(inspected)
    rome, _ = section.chips
    rome.remove.click()
    until(qtbot, inspected, lambda: not accepted(library, "Places|Rome"))
    assert [chip.name for chip in section.chips] == ["sea"]


def test_a_tag_is_written_with_completion(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    section = section_of(inspected)
    completer = section.field.completer()
    assert completer is not None
    completer.setCompletionPrefix("ca")
    assert completer.currentCompletion() == "cat"
    QTest.keyClicks(section.field, "boat")
    QTest.keyClick(section.field, Qt.Key.Key_Return)
    until(qtbot, inspected, lambda: accepted(library, "boat") == {photos[0].content_hash})
    assert section.field.text() == ""
    assert "boat" in section.tags


def test_stars_are_clicked_and_taken_back_by_the_same_click(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    section = section_of(inspected)
    section.rating.stars[4].click()
    assert section.rating.value == 5
    section.rating.heart.click()
    content = photos[0].content_hash
    until(qtbot, inspected, lambda: library.labels.stars() == {content: 5})
    assert library.labels.ratings.favourites() == {content}
    section.rating.stars[4].click()
    until(qtbot, inspected, lambda: library.labels.stars() == {})
    assert inspected.labels.photos.marks.words(content).strip() == "♥", "on the tile, too"


def test_several_photos_show_what_they_have_in_common(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    grid, section = inspected.parts.grid, section_of(inspected)
    QTest.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    until(qtbot, inspected, lambda: section.tags == ["sea"])
    assert not section.suggestions
    QTest.keyClicks(section.field, "boat")
    QTest.keyClick(section.field, Qt.Key.Key_Return)
    both = {photo.content_hash for photo in photos[:2]}
    until(qtbot, inspected, lambda: accepted(library, "boat") == both)


def test_a_late_answer_is_of_the_photo_that_is_shown(
    qtbot: QtBot, inspected: MainWindow, photos: list[Photo]
) -> None:
    section = section_of(inspected)
    inspected.parts.grid.show_row(3)
    until(qtbot, inspected, lambda: section.tags == [])
    section.show_answer(Said((photos[4].content_hash,), ("late",)))
    assert section.tags == []


def test_a_click_on_a_tag_shows_its_photos(qtbot: QtBot, inspected: MainWindow) -> None:
    section_of(inspected).chips[1].body.click()
    until(qtbot, inspected, lambda: len(names(inspected)) == 2)


def test_what_is_not_kept_goes_back(
    qtbot: QtBot, inspected: MainWindow, library: FakeLibrary
) -> None:
    section = section_of(inspected)
    library.labels.refuse_writing()
    section.suggestions[0].accept.click()
    assert "dog" in section.tags
    until(qtbot, inspected, lambda: "dog" not in section.tags)
    assert "may not be written" in inspected.parts.messages.text
