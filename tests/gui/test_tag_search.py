"""Looking for tags from the window, and how many of them count."""

import pytest
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.errors import LibraryError
from clipsearch.gui.amount_popup import AmountPopup
from clipsearch.gui.main_window import MainWindow
from tests.gui.conftest import FakeLibrary, WindowMaker
from tests.gui.test_review import window

__all__ = ["window"]


def test_a_look_for_tags_shows_them_and_tells_how_many_photos_have_some(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    library.values = FilterValues(tags=(ValueCount("cat", 2),))  # As filters see suggestions.
    window.commands.find_tags.trigger()
    qtbot.waitUntil(lambda: window.is_settled and bool(library.tagging.amounts))
    session = window.labels.session
    qtbot.waitUntil(lambda: [one.name for one in session.state.tags if one.suggested] == ["cat"])
    assert library.tagging.amounts == [0.5]
    assert window.parts.messages.text == "Tags are suggested for 2 of 6 photos."
    qtbot.waitUntil(lambda: window.is_settled)


def test_the_chosen_amount_counts_at_once_and_at_the_next_look(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    window.commands.tag_amount.trigger()
    popup = window.findChild(AmountPopup)
    assert popup is not None
    assert popup.slider.value() == 10
    popup.slider.setValue(15)
    popup.accept()
    qtbot.waitUntil(lambda: library.tagging.amounts == [0.75])
    window.commands.find_tags.trigger()
    qtbot.waitUntil(lambda: library.tagging.amounts == [0.75, 0.75])
    qtbot.waitUntil(lambda: window.is_settled)


def test_a_look_that_fails_is_told(qtbot: QtBot, window: MainWindow, library: FakeLibrary) -> None:
    library.tagging.error = LibraryError("The disk is full.")
    window.commands.find_tags.trigger()
    qtbot.waitUntil(lambda: "disk is full" in window.parts.messages.text)
    qtbot.waitUntil(lambda: window.is_settled)


@pytest.mark.parametrize("has_tagger", [True, False])
def test_without_photos_or_a_tagger_nothing_can_be_looked_for(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, has_tagger: bool
) -> None:
    library.all = []
    made = make_window(library, make_tagger=(lambda: library.tagging) if has_tagger else None)
    qtbot.waitUntil(lambda: made.is_settled)
    assert not made.commands.find_tags.isEnabled()
    assert made.commands.find_tags.isVisible() == has_tagger
