"""What the inspector tells of the chosen photos."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from clipsearch.core.filters import InFolder, Rating
from clipsearch.core.query import Part, Picture, Query, Region
from clipsearch.core.types import Exposure, FileState, Hit, Metadata, PartMatch, Photo
from clipsearch.errors import InputError
from clipsearch.gui.fact_texts import Fact, Facts, read_facts
from clipsearch.gui.facts_section import FactsSection
from clipsearch.gui.fit_bar import verdict
from clipsearch.gui.inspector import Inspector
from clipsearch.gui.inspector_section import Section
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.photo_section import PhotoSection
from clipsearch.gui.thumbnails import picture_source
from clipsearch.gui.why_section import WhySection
from clipsearch.settings import Settings
from tests.gui.conftest import FakeLibrary, Gate, WindowMaker, make_photo, names

_Section = TypeVar("_Section", bound=Section)

DOG, LEASH = Part("dog"), Part("leash", excluded=True)


@pytest.fixture
def open_window(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window with its inspector open."""
    window.commands.inspector.trigger()
    qtbot.waitUntil(lambda: window.is_settled)
    return window


def choose(window: MainWindow, *rows: int) -> None:
    """Choose photos as a click does, and further ones as with Ctrl."""
    window.parts.grid.show_row(rows[0])
    for row in rows[1:]:
        index = window.parts.model.index(row)
        flags = QItemSelectionModel.SelectionFlag.Select
        window.parts.grid.selectionModel().setCurrentIndex(index, flags)


def section(window: MainWindow, kind: type[_Section]) -> _Section:
    """A section of the inspector."""
    (found,) = [one for one in window.parts.inspector.sections if isinstance(one, kind)]
    return found


def facts(window: MainWindow) -> dict[Fact, str]:
    return section(window, FactsSection).facts


def show_hit(qtbot: QtBot, window: MainWindow, library: FakeLibrary, hit: Hit) -> None:
    """Search, and choose the only hit."""
    library.answers["dog"] = [hit]
    window.parts.search.set_words("dog")
    qtbot.waitUntil(lambda: names(window) == [hit.photo.path.name])
    choose(window, 0)
    qtbot.waitUntil(lambda: window.is_settled)


def test_it_tells_of_the_chosen_photo(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    assert open_window.parts.inspector.is_empty
    library.said["blue 2.png"] = Metadata(
        taken_at=datetime(2021, 6, 5, 14, 3, 2),
        camera="Nikon D100",
        lens="50mm f/1.8",
        latitude=-48.13725,
        longitude=11.5755,
        rating=4,
        keywords=("sea", "Places|Italy"),
        title="A <b>blue</b> day",
    )
    choose(open_window, 2)
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert not open_window.parts.inspector.is_empty
    head = section(open_window, PhotoSection)
    assert head.name.words == "blue 2.png"
    assert head.folder.words == str(photos[2].path.parent)
    told = facts(open_window)
    assert told[Fact.SIZE].startswith("60 \u00d7 40")
    assert told[Fact.DATE].endswith("14:03:02")
    assert told[Fact.CAMERA] == "Nikon D100"
    assert told[Fact.LENS] == "50mm f/1.8"
    assert told[Fact.PLACE] == "48.1373° S, 11.5755° E"
    assert told[Fact.RATING] == "★★★★☆"
    assert told[Fact.KEYWORDS] == "sea, Places|Italy"
    assert told[Fact.TITLE] == "A <b>blue</b> day", "what a file says is never taken for HTML"
    assert Fact.DESCRIPTION not in told
    assert not section(open_window, WhySection).isVisible(), "nothing was searched for"


def test_a_late_answer_is_never_told_of_another_photo(
    qtbot: QtBot,
    open_window: MainWindow,
    library: FakeLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(open_window, 1)
    qtbot.waitUntil(lambda: open_window.is_settled)
    shown = section(open_window, FactsSection)
    answers: list[Facts] = []
    monkeypatch.setattr(shown, "show_answer", answers.append)
    library.said = {"red 0.png": Metadata(camera="Late"), "blue 2.png": Metadata(camera="Nikon")}
    slow = library.metadata_gates["red 0.png"] = Gate()
    choose(open_window, 0)
    qtbot.waitUntil(slow.reached.is_set)
    choose(open_window, 2)
    qtbot.waitUntil(lambda: section(open_window, PhotoSection).name.words == "blue 2.png")
    slow.open()
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert [answer[Fact.CAMERA] for answer in answers] == ["Nikon"]


def test_photos_that_are_passed_by_are_not_read(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    open_window.parts.grid.enter()
    for _ in range(4):
        QTest.keyClick(open_window.parts.grid, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert [[path.name for path in paths] for paths in library.metadata_asked] == [["orange 4.png"]]


def test_facts_keep_their_place_until_those_of_the_next_photo_are_there(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    long = "A description of several lines. " * 10
    library.said = dict.fromkeys(("red 0.png", "blue 2.png"), Metadata(description=long))
    choose(open_window, 0)
    qtbot.waitUntil(lambda: open_window.is_settled)
    rows = section(open_window, FactsSection)
    heights: list[int] = []

    def is_laid_out() -> bool:
        heights.append(rows.height())
        return len(heights) > 3 and len({*heights[-3:]}) == 1

    qtbot.waitUntil(is_laid_out)
    height = rows.height()
    assert height > 100
    gate = library.metadata_gates["blue 2.png"] = Gate()
    choose(open_window, 2)
    qtbot.waitUntil(gate.reached.is_set)
    assert rows.facts[Fact.DESCRIPTION] == ""
    assert rows.height() == height
    gate.open()
    qtbot.waitUntil(lambda: rows.facts[Fact.DESCRIPTION] == long)
    assert rows.height() == height


def test_why_has_a_row_for_each_part_and_each_filter(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    hit = Hit(
        library.all[2],
        0.5,
        relevance=0.62,
        parts=(PartMatch(DOG, 0.3, 0.91), PartMatch(LEASH, 0.1, 0.04)),
        filters=(InFolder("2012"), Rating(">=", 4, negated=True)),
        duplicates=(library.all[0],),
    )
    show_hit(qtbot, open_window, library, hit)
    why = section(open_window, WhySection)
    assert why.isVisible()
    assert why.lines == [
        "All in all 62 % certain",
        "dog: certain, 91 %",
        "not: leash: certain, 96 %",
        "✓ in: 2012",
        "✓ not rating: ≥ 4",
        "Duplicates behind it: 1",
    ]


def test_a_single_part_is_as_certain_as_the_tile_says(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    hit = Hit(library.all[2], 0.5, relevance=0.62, parts=(PartMatch(DOG, 0.3, 0.99),))
    show_hit(qtbot, open_window, library, hit)
    assert section(open_window, WhySection).lines == ["dog: likely, 62 %"]


def test_a_less_certain_hit_is_called_that(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    parts = (PartMatch(DOG, 0.3, 0.9), PartMatch(Part("sea"), 0.1, 0.2))
    show_hit(qtbot, open_window, library, Hit(library.all[2], 0.5, parts=parts))
    less = Hit(library.all[2], 0.5, relevance=0.31, above_cutoff=False, parts=parts)
    open_window.parts.model.show_hits([less])
    choose(open_window, 0)
    why = section(open_window, WhySection)
    qtbot.waitUntil(lambda: why.lines[0] == "All in all less certain, 31 %")
    assert why.lines[2] == "sea: doubtful, 20 %"
    qtbot.waitUntil(lambda: open_window.is_settled)


def test_rows_of_a_longer_query_go_with_it(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    parts = (PartMatch(DOG, 0.3, 0.9), PartMatch(LEASH, 0.1, 0.2))
    show_hit(qtbot, open_window, library, Hit(library.all[2], 0.5, parts=parts))
    why = section(open_window, WhySection)
    assert len(why.lines) == 3
    open_window.parts.model.show_hits([Hit(library.all[2], None, filters=(InFolder("a"),))])
    choose(open_window, 0)
    qtbot.waitUntil(lambda: why.lines == ["✓ in: a"])
    open_window.parts.model.show_photos(library.all)
    choose(open_window, 2)
    qtbot.waitUntil(lambda: not why.isVisible())
    qtbot.waitUntil(lambda: open_window.is_settled)


def test_a_picture_that_was_searched_by_is_shown(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    part = Part(Picture(photos[1].path, Region(0, 0, 0.5, 1)))
    gone = Part(Picture(photos[0].path.with_name("gone.png")), excluded=True)
    parts = PartMatch(part, 0.5, 0.9), PartMatch(gone, 0.5, 0.3)
    show_hit(qtbot, open_window, library, Hit(library.all[2], 0.5, parts=parts))
    why = section(open_window, WhySection)
    assert why.lines[1:] == [
        "like part of green 1.png: certain, 90 %",
        "not like gone.png: likely, 70 %",
    ]
    shown = why.pictures
    assert [picture is not None for picture in shown] == [True, False]
    assert shown[0] is not None
    assert shown[0].width() < shown[0].height(), "the left half of a wide picture"


def test_a_long_name_of_a_picture_makes_nothing_wider_than_the_pane(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    part = Part(Picture(Path("/photos") / f"{'long_' * 20}.jpg"))
    parts = PartMatch(part, 0.5, 0.9), PartMatch(DOG, 0.5, 0.9)
    show_hit(qtbot, open_window, library, Hit(library.all[2], 0.5, parts=parts))
    why = section(open_window, WhySection)
    right = why.mapTo(open_window.parts.inspector, why.rect().topRight()).x()
    for widget in why.findChildren(QWidget):
        if widget.isVisible():
            edge = widget.mapTo(open_window.parts.inspector, widget.rect().topRight()).x()
            assert edge <= right, widget


@pytest.mark.parametrize(
    ("certainty", "word"), [(0.8, "certain"), (0.79, "likely"), (0.5, "likely"), (0.49, "doubtful")]
)
def test_below_the_line_of_certain_hits_nothing_is_called_likely(
    certainty: float, word: str
) -> None:
    assert verdict(certainty).startswith(word)


def test_of_several_photos_it_tells_what_they_have_in_common(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary, photos: list[Photo]
) -> None:
    library.said = {
        "red 0.png": Metadata(
            taken_at=datetime(2021, 6, 5), camera="Nikon", rating=5, keywords=("sea", "sun")
        ),
        "blue 2.png": Metadata(
            taken_at=datetime(2020, 2, 3), camera="Nikon", rating=4, keywords=("sun", "hat")
        ),
    }
    choose(open_window, 0, 2)
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert section(open_window, PhotoSection).name.words == "2 photos selected"
    told = facts(open_window)
    assert told[Fact.CAMERA] == "Nikon"
    assert told[Fact.KEYWORDS] == "sun"
    assert told[Fact.FOLDER] == str(photos[0].path.parent)
    assert told[Fact.FILE] == "2 bytes together"
    assert told[Fact.DATE].index("20") < told[Fact.DATE].index("to")
    assert Fact.RATING not in told
    choose(open_window, 1)
    qtbot.waitUntil(lambda: section(open_window, PhotoSection).name.words == "green 1.png")
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert Fact.FOLDER not in facts(open_window)


@pytest.mark.parametrize(
    ("exposure", "words"),
    [
        (Exposure(1 / 125, 2.8, 400, 50.0), "1/125 s, f/2.8, ISO 400, 50 mm"),
        (Exposure(0.3, 11.0), "1/3 s, f/11"),
        (Exposure(seconds=2.5, iso=12800), "2.5 s, ISO 12800"),
        (Exposure(), None),
    ],
)
def test_an_exposure_is_written_as_cameras_do(
    library: FakeLibrary, exposure: Exposure, words: str | None
) -> None:
    source = replace(picture_source(Settings()), exposure=lambda _: exposure)
    assert read_facts(library, source, library.all[:1]).get(Fact.EXPOSURE) == words


def test_a_photo_whose_drive_is_away_has_its_facts_but_for_the_exposure(
    library: FakeLibrary,
) -> None:
    library.said["gone.jpg"] = Metadata(camera="Nikon")
    told = read_facts(library, picture_source(Settings()), [make_photo(Path("/away/gone.jpg"))])
    assert told[Fact.CAMERA] == "Nikon"
    assert Fact.EXPOSURE not in told


def test_a_large_selection_is_not_read(library: FakeLibrary) -> None:
    many = [make_photo(Path(f"/photos/{number % 7}/{number}.jpg")) for number in range(1001)]
    told = read_facts(library, picture_source(Settings()), many)
    assert library.metadata_asked == []
    assert told[Fact.FOLDER] == "below /photos"
    assert Fact.NOTE in told


def test_photos_of_no_common_folder_are_told_of_none(library: FakeLibrary) -> None:
    photos = [make_photo(Path("/a/one.jpg")), make_photo(Path("/b/two.jpg"))]
    assert Fact.FOLDER not in read_facts(library, picture_source(Settings()), photos)


def test_a_photo_that_has_left_the_library_says_so(
    qtbot: QtBot,
    open_window: MainWindow,
    library: FakeLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*paths: Path) -> list[Metadata]:
        raise InputError("it is not in the library: index its folder first.")

    monkeypatch.setattr(library, "metadata", gone)
    choose(open_window, 2)
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert facts(open_window)[Fact.NOTE] == "It is not in the library: index its folder first."
    assert facts(open_window)[Fact.SIZE].startswith("60 \u00d7 40")


def test_a_hidden_inspector_does_no_work(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary
) -> None:
    assert not window.parts.inspector.isVisible(), "a narrow window leaves the room to the photos"
    choose(window, 2)
    assert window.inspecting.is_settled
    qtbot.wait(250)
    assert library.metadata_asked == []
    assert window.parts.inspector.sections == ()
    window.commands.inspector.trigger()
    qtbot.waitUntil(lambda: window.is_settled and bool(library.metadata_asked))
    assert section(window, PhotoSection).name.words == "blue 2.png"
    window.commands.inspector.trigger()
    choose(window, 3)
    qtbot.wait(250)
    assert len(library.metadata_asked) == 1
    window.commands.inspector.trigger()
    qtbot.waitUntil(lambda: section(window, PhotoSection).name.words == "red 3.png")
    qtbot.waitUntil(lambda: window.is_settled)


def test_it_is_empty_again_when_nothing_is_chosen(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    choose(open_window, 2)
    qtbot.waitUntil(lambda: open_window.is_settled)
    open_window.parts.search.set_words("red")
    qtbot.waitUntil(lambda: names(open_window) == ["red 0.png", "red 3.png"])
    qtbot.waitUntil(lambda: open_window.parts.inspector.is_empty)
    qtbot.waitUntil(lambda: open_window.is_settled)


def test_it_is_remembered_for_wide_and_narrow_windows_apart(
    qtbot: QtBot, window: MainWindow, make_window: WindowMaker, library: FakeLibrary, tmp_path: Path
) -> None:
    library.added = [tmp_path]
    window.session.look_at_folders()
    window.resize(1200, 700)
    qtbot.waitUntil(window.parts.inspector.isVisible)
    assert window.commands.inspector.isChecked()
    window.commands.inspector.trigger()
    assert not window.parts.inspector.isVisible()
    window.resize(900, 600)
    window.commands.inspector.trigger()
    assert window.parts.inspector.isVisible()
    window.close()
    again = make_window(library)
    qtbot.waitUntil(lambda: again.is_settled)
    assert again.parts.inspector.isVisible()
    again.resize(1200, 700)
    assert not again.parts.inspector.isVisible()


def test_its_width_is_remembered(
    qtbot: QtBot, open_window: MainWindow, make_window: WindowMaker, library: FakeLibrary
) -> None:
    before = open_window.parts.inspector.width()
    open_window.parts.splitters["photos"].setSizes([300, before + 60])
    width = open_window.parts.inspector.width()
    assert width > before
    open_window.close()
    again = make_window(library)
    again.restore_state()
    qtbot.waitUntil(lambda: again.parts.inspector.width() == width)
    qtbot.waitUntil(lambda: again.is_settled)


def test_its_buttons_are_the_actions_of_a_photo(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    choose(open_window, 1)
    qtbot.waitUntil(lambda: open_window.is_settled)
    head = section(open_window, PhotoSection)
    buttons = {button.defaultAction(): button for button in head.findChildren(QToolButton)}
    assert list(buttons) == open_window.commands.of_a_photo
    buttons[open_window.commands.similar].click()
    qtbot.waitUntil(lambda: open_window.is_settled)
    assert library.queries[-1] == Query((Part(Picture(library.all[1].path)),), k=200)


def test_a_long_path_is_shown_short_and_copied_whole(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary
) -> None:
    folder = Path("/photos") / "/".join(f"a folder of number {number}" for number in range(9))
    open_window.parts.model.show_photos([Photo(folder / "a.jpg", "a", FileState(1, 1), 60, 40)])
    choose(open_window, 0)
    qtbot.waitUntil(lambda: open_window.is_settled)
    line = section(open_window, PhotoSection).folder
    assert "…" in line.text()
    assert line.toolTip() == line.words == str(folder)
    open_window.activateWindow()
    line.setFocus()
    qtbot.waitUntil(lambda: line.text() == str(folder))
    open_window.parts.grid.setFocus()
    qtbot.waitUntil(lambda: "…" in line.text())


@pytest.mark.parametrize("what", ["path", "fact"])
def test_escape_leaves_a_text_and_not_the_search(
    qtbot: QtBot, open_window: MainWindow, library: FakeLibrary, what: str
) -> None:
    show_hit(
        qtbot, open_window, library, Hit(library.all[2], 0.5, parts=(PartMatch(DOG, 0.3, 0.9),))
    )
    rows = section(open_window, FactsSection)
    text = section(open_window, PhotoSection).folder if what == "path" else rows.value(Fact.SIZE)
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_Escape)
    assert open_window.focusWidget() is open_window.parts.grid
    assert names(open_window) == ["blue 2.png"]
    assert not open_window.parts.search.query.is_empty


def test_tab_leads_through_it_behind_the_grid(qtbot: QtBot, open_window: MainWindow) -> None:
    choose(open_window, 1)
    qtbot.waitUntil(lambda: open_window.is_settled)
    grid = open_window.parts.grid
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Tab)
    inside = open_window.focusWidget()
    assert inside is not None
    assert isinstance(open_window.parts.inspector, Inspector)
    assert open_window.parts.inspector.isAncestorOf(inside)
