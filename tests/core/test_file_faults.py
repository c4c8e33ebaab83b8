"""What files and folders do to an index while it is being made."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.progress import Progress
from tests.conftest import COLOURS, FakeModel, best_score


def paint(path: Path, colour: str, edge: int = 20) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (edge, edge), COLOURS[colour]).save(path)
    return path


def at_photo(number: int, act: Callable[[], None]) -> Progress:
    """A progress that does something once, after so many photos."""
    acted = False

    def progress(done: int, total: int | None, note: str = "") -> None:
        nonlocal acted
        if total and done >= number and not acted:
            acted = True
            act()

    return progress


@pytest.mark.parametrize("victim", ["photos/warm", "photos"])
def test_a_folder_that_is_deleted_while_it_is_indexed(
    library: Library, tmp_path: Path, victim: str
) -> None:
    photos = tmp_path / "photos"
    for number in range(60):
        folder = "warm" if number % 2 else "cold"
        paint(photos / folder / f"{number:02}.png", "red", edge=20 + number)
    report = library.index([photos], progress=at_photo(1, lambda: shutil.rmtree(tmp_path / victim)))
    assert report.added + len(report.skipped) == 60
    assert report.skipped, "some were deleted before they were read"
    assert {item.reason for item in report.skipped} == {"there is no such file"}
    again = library.index()
    if victim == "photos":
        assert "is not there now" in again.notices[0]
    else:
        assert {photo.path.parent.name for photo in library.photos()} == {"cold"}
    assert library.verify().problems == ()


def test_a_clock_that_was_set_back_hides_no_change(
    library: Library, tmp_path: Path, fake_model: FakeModel
) -> None:
    photo = paint(tmp_path / "photos" / "a.png", "red")
    library.index([photo.parent])
    paint(photo, "blue")
    os.utime(photo, (86_400, 86_400))  # January 1970
    assert library.index().changed == 1
    assert best_score(library, "blue") > best_score(library, "red")
    os.utime(photo, (-86_400, -86_400) if sys.platform != "win32" else (3_600, 3_600))
    embedded = fake_model.embedded
    assert library.index().unchanged == 1
    assert library.index().unchanged == 1
    assert fake_model.embedded == embedded


@pytest.mark.skipif(os.name == "nt", reason="Windows has shorter paths")
def test_long_names_and_long_paths(library: Library, tmp_path: Path) -> None:
    longest = "x" * 251 + ".png"
    one = paint(tmp_path / "photos" / longest, "red")
    deep = tmp_path / "photos" / ("d" * 150) / ("e" * 150) / ("f" * 150) / "\u00e9\u4e2d'\".png"
    paint(deep, "blue")
    report = library.index([tmp_path / "photos"])
    assert (report.added, report.skipped) == (2, ())
    assert {photo.path for photo in library.photos()} == {one, deep}
    deep.unlink()
    assert library.update([deep]).removed == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_are_named_and_the_others_indexed(
    library: Library, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    good = paint(photos / "good.png", "red")
    shutil.copyfile(good, os.fsencode(photos) + b"/caf\xe9.png")
    report = library.index([photos])
    assert report.added == 1
    assert [item.reason for item in report.skipped] == ["its name is not valid text: rename it"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_that_go_round_are_entered_once(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    paint(photos / "a" / "1.png", "red")
    (photos / "a" / "up").symlink_to(photos)
    (photos / "itself").symlink_to(photos / "itself")
    (photos / "a" / "b").mkdir()
    (photos / "a" / "b" / "back").symlink_to(photos / "a")
    report = library.index([photos])
    assert report.added == 1
    assert library.update([photos / "a" / "up", photos / "a" / "b"]).added == 0
    assert len(library.photos()) == 1


def test_a_file_that_is_still_being_written_is_taken_when_it_is_whole(
    library: Library, tmp_path: Path
) -> None:
    whole = paint(tmp_path / "whole.png", "red", edge=300).read_bytes()
    photo = tmp_path / "photos" / "a.png"
    photo.parent.mkdir()
    photo.write_bytes(whole[: len(whole) // 2])
    (skipped,) = library.index([photo.parent]).skipped
    assert skipped.path == photo
    assert library.photos() == []
    photo.write_bytes(whole)
    assert library.index().added == 1


def test_an_empty_file_is_named(library: Library, tmp_path: Path) -> None:
    photo = tmp_path / "photos" / "a.png"
    photo.parent.mkdir()
    photo.touch()
    (skipped,) = library.index([photo.parent]).skipped
    assert (skipped.path, skipped.reason) == (photo, "the file is empty")
