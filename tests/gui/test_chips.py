"""Filters and pictures as chips: one state with what is typed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clipsearch.core.filters import Camera, InFolder, Period, Rating, Tag, Taken
from clipsearch.core.query import Part, Picture, Query, Region
from clipsearch.core.query_language import parse_query
from clipsearch.gui.chips import FilterChip, PictureChip
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.search_bar import SearchBar
from tests.gui.conftest import FakeLibrary

PICTURE = Picture(Path("/photos/a.png"), Region(0.5, 0, 0.5, 1))


@pytest.fixture
def bar(qtbot: QtBot) -> SearchBar:
    bar = SearchBar(results=50)
    qtbot.addWidget(bar)
    bar.resize(700, 200)
    with qtbot.waitExposed(bar):
        bar.show()
    bar.activateWindow()
    bar.take_focus()
    return bar


def texts(bar: SearchBar) -> list[str]:
    """What the chips say."""
    return [chip.text for chip in bar.tray.chips]


def test_a_typed_filter_becomes_a_chip_at_the_space_behind_it(bar: SearchBar) -> None:
    QTest.keyClicks(bar.field, "red car -in:2012")
    assert texts(bar) == []
    QTest.keyClicks(bar.field, " ")
    assert texts(bar) == ["not in: 2012"]
    assert bar.field.text() == "red car "
    QTest.keyClicks(bar.field, "at night")
    bar.search_now()
    assert bar.query == Query((Part("red car at night"),), (InFolder("2012", negated=True),), k=50)


def test_a_space_inside_quotes_ends_no_filter(bar: SearchBar) -> None:
    QTest.keyClicks(bar.field, 'in:"my photos')
    assert texts(bar) == []
    QTest.keyClicks(bar.field, '" ')
    assert bar.tray.filters == (InFolder("my photos"),)
    assert bar.field.text() == ""


def test_enter_makes_chips_of_all_that_is_typed(bar: SearchBar) -> None:
    bar.field.setText("red rating:>=4")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert texts(bar) == ["rating: ≥ 4"]
    assert bar.field.text() == "red"


def test_a_filter_becomes_a_chip_when_the_cursor_leaves(bar: SearchBar) -> None:
    QTest.keyClicks(bar.field, "tag:rome")
    bar.field.clearFocus()
    assert bar.tray.filters == (Tag("rome"),)


def test_what_stands_behind_the_cursor_stays_as_it_is(bar: SearchBar) -> None:
    bar.field.setText('"a dog" in:')
    bar.field.setCursorPosition(0)
    QTest.keyClicks(bar.field, "red on:2012 ")
    assert bar.tray.filters == (Taken("on", Period(2012)),)
    assert bar.field.text() == 'red "a dog" in:'
    assert bar.field.cursorPosition() == len("red ")


def test_a_pasted_query_is_taken_apart(bar: SearchBar) -> None:
    pasted = 'a dog -leash in:2012 camera:"nikon d100" like:"/p/a b.png"@0.5,0,0.5,1'
    QGuiApplication.clipboard().setText(pasted)
    QTest.keyClick(bar.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert bar.field.text() == "a dog -leash"
    assert texts(bar) == ["in: 2012", "camera: nikon d100", "like part of a b.png"]
    bar.search_now()
    assert bar.query == Query(parse_query(pasted).parts, parse_query(pasted).filters, k=50)


def test_backspace_at_the_start_turns_the_last_chip_back_into_text(bar: SearchBar) -> None:
    bar.set_words('in:"my photos" rating:>=4 red')
    bar.field.setCursorPosition(0)
    QTest.keyClick(bar.field, Qt.Key.Key_Backspace)
    assert texts(bar) == ["in: my photos"]
    assert bar.field.text() == "rating:>=4 red"
    QTest.keyClick(bar.field, Qt.Key.Key_Backspace)
    QTest.keyClicks(bar.field, "3 ")
    assert bar.tray.filters == (InFolder("my photos"), Rating(">=", 3))
    assert bar.field.text() == "red"


def test_backspace_deletes_what_is_selected_before_it_takes_a_chip(bar: SearchBar) -> None:
    bar.set_words("in:2012 red")
    bar.field.selectAll()
    QTest.keyClick(bar.field, Qt.Key.Key_Backspace)
    assert (bar.field.text(), texts(bar)) == ("", ["in: 2012"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                *("red", '"a dog"', "-leash", "car:2", "not blue", "(a b):0.5", "10:30", "x,"),
                *("in:2012", '-in:"my photos"', "on:2011..2013", "not camera:nikon", "is:square"),
                *('tag:"a ""b"""', "rating:-1", "size:>5MP", "near:48.1,11.5", "like:a.png"),
                *('-like:"b c.png"@0,0,0.5,0.5:2', "type:raw"),
            ]
        ),
        max_size=8,
    )
)
def test_chips_and_text_mean_what_the_typed_query_means(bar: SearchBar, items: list[str]) -> None:
    bar.clear()
    typed = parse_query(" ".join(items))
    bar.set_words(" ".join(items))

    def words(parts: tuple[Part, ...]) -> list[Part]:
        return [part for part in parts if isinstance(part.content, str)]

    assert set(bar.query.filters) == set(typed.filters)
    assert set(bar.query.parts) == set(typed.parts)
    assert words(bar.query.parts) == words(typed.parts)
    whole = bar.query
    while bar.tray.chips:
        bar.field.setCursorPosition(0)
        QTest.keyClick(bar.field, Qt.Key.Key_Backspace)
    bar.search_now()
    assert set(bar.query.filters) == set(whole.filters)


def test_the_same_filter_is_one_chip(bar: SearchBar) -> None:
    bar.set_words("in:2012 in:2012")
    bar.set_words("in:2012")
    assert texts(bar) == ["in: 2012"]
    assert bar.query.filters == (InFolder("2012"),)


def test_half_a_filter_stays_text(bar: SearchBar) -> None:
    QTest.keyClicks(bar.field, "rating:9 ")
    assert (texts(bar), bar.field.text()) == ([], "rating:9 ")


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_a_chip_goes_by_its_key(bar: SearchBar, key: Qt.Key) -> None:
    bar.set_words("red in:2012 tag:rome")
    QTest.keyClick(bar.tray.chips[0].body, key)
    assert texts(bar) == ["tag: rome"]
    assert bar.query == Query((Part("red"),), (Tag("rome"),), k=50)


def test_a_chip_goes_by_its_cross_and_the_search_with_it(bar: SearchBar) -> None:
    bar.set_words("in:2012")
    QTest.mouseClick(bar.tray.chips[0].remove, Qt.MouseButton.LeftButton)
    assert not bar.tray.isVisible()
    assert bar.query.is_empty


def test_escape_takes_words_and_chips_away(bar: SearchBar) -> None:
    bar.set_words("red in:2012")
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert (bar.field.text(), texts(bar)) == ("", [])
    assert bar.query.is_empty


def test_every_chip_has_a_name_and_says_what_its_cross_does(bar: SearchBar) -> None:
    bar.set_words("-camera:nikon")
    bar.add_pictures(PICTURE)
    for chip in bar.tray.chips:
        assert chip.body.accessibleName() == chip.text
        assert chip.text in chip.remove.accessibleName()
        assert chip.body.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_long_value_is_shortened_and_whole_in_the_tip(bar: SearchBar) -> None:
    bar.set_words(f'in:"{"long & " * 40}"')
    chip = bar.tray.chips[0]
    assert chip.width() < 400
    assert "long & " * 40 in chip.body.toolTip()


def test_a_picture_can_be_what_photos_should_not_be_like(bar: SearchBar) -> None:
    bar.add_pictures(PICTURE)
    (chip,) = bar.pictures
    chip.unlike.trigger()
    assert bar.query.parts == (Part(PICTURE, excluded=True),)
    assert chip.text == "not like part of a.png"
    chip.whole.trigger()
    chip.unlike.trigger()
    assert bar.query.parts == (Part(Picture(Path("/photos/a.png"))),)


def test_a_chip_shows_its_region_alone(bar: SearchBar) -> None:
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    image.setPixelColor(0, 0, Qt.GlobalColor.blue)
    for x in range(20, 40):
        for y in range(20):
            image.setPixelColor(x, y, Qt.GlobalColor.green)
    chip = PictureChip(Part(PICTURE))
    chip.set_picture(image)
    shown = chip.body.icon().pixmap(32, 32).toImage()
    assert shown.size().width() == shown.size().height()
    colours = {shown.pixelColor(x, 16).name() for x in range(32)}
    assert colours == {"#00ff00"}
    chip.deleteLater()


def test_many_chips_wrap_and_leave_the_room_to_the_photos(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    window.resize(window.minimumSize())
    search = window.parts.search
    search.set_words("in:2012")
    one_row = search.tray.height()
    search.set_words(" ".join(f"-tag:tag{number}" for number in range(30)))
    qtbot.waitUntil(lambda: window.is_settled)
    assert one_row < search.tray.height() <= 140
    assert window.width() == window.minimumSize().width()
    assert window.height() == window.minimumSize().height()
    for chip in search.tray.chips:
        assert chip.geometry().right() <= search.tray.width()
    rows = {chip.y() for chip in search.tray.chips}
    assert len(rows) > 3


def test_a_chip_that_becomes_like_another_one_goes(bar: SearchBar) -> None:
    bar.set_words("camera:a camera:b")
    first = bar.tray.chips[0]
    assert isinstance(first, FilterChip)
    bar.tray.change(first, Camera("b"))
    assert texts(bar) == ["camera: b"]
