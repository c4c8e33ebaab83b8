"""Keeping a library in step: places, folders, drives."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.types import IndexReport
from clipsearch.errors import FolderNotFound, InputError
from clipsearch.settings import Settings
from tests.conftest import FakeModel

MakeLibrary = Callable[..., Library]


def paint(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = (number * 37 % 256, number * 91 % 256, number * 53 % 256)
    Image.new("RGB", (20 + number % 7, 20), colour).save(path)
    return path


def rows(library: Library) -> dict[Path, str]:
    return {photo.path: photo.content_hash for photo in library.photos()}


def counts(report: IndexReport) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.moved, report.removed


def test_an_update_looks_at_the_places_alone(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    before = fake_model.embedded
    new = paint(colour_photos / "warm" / "new.png", 7)
    unseen = paint(colour_photos / "cold" / "unseen.png", 8)
    assert counts(library.update([new])) == (1, 0, 0, 0, 0)
    assert fake_model.embedded == before + 1
    assert new in rows(library)
    assert unseen not in rows(library)


def test_a_renamed_folder_costs_no_embedding(
    library: Library, tmp_path: Path, fake_model: FakeModel
) -> None:
    old, new = tmp_path / "photos" / "old", tmp_path / "photos" / "new"
    for number in range(30):
        paint(old / f"{number}.png", number)
    library.index([tmp_path / "photos"])
    before = fake_model.embedded
    old.rename(new)
    assert counts(library.update([old, new])) == (0, 0, 0, 30, 0)
    assert fake_model.embedded == before
    assert {path.parent for path in rows(library)} == {new}


def test_what_is_gone_leaves_and_its_neighbours_stay(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    names = ["a/1.png", "a/b/2.png", "a-b/3.png", "a.png/4.png", "a0/5.png", "it's/6.png"]
    for number, name in enumerate(names):
        paint(photos / name, number)
    library.index([photos])
    shutil.rmtree(photos / "a")
    assert counts(library.update([photos / "a"])) == (0, 0, 0, 0, 2)
    shutil.rmtree(photos / "it's")
    assert counts(library.update([photos / "it's"])) == (0, 0, 0, 0, 1)
    assert {str(path.relative_to(photos)) for path in rows(library)} == {
        "a-b/3.png", "a.png/4.png", "a0/5.png",
    }  # fmt: skip


def test_places_that_are_none_of_the_librarys_are_left_out(
    library: Library, colour_photos: Path, tmp_path: Path
) -> None:
    library.index([colour_photos])
    outside = paint(tmp_path / "outside" / "x.png", 3)
    hidden = paint(colour_photos / ".trash" / "x.png", 4)
    text = colour_photos / "notes.txt"
    text.write_text("no picture")
    report = library.update([outside, hidden.parent, hidden, text])
    assert counts(report) == (0, 0, 0, 0, 0)
    assert report.skipped == ()


def test_an_update_before_any_indexing_says_what_to_do(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Name a folder to index"):
        library.update([tmp_path])


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_place_behind_a_link_keeps_one_name(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    paint(photos / "real" / "1.png", 1)
    (photos / "link").symlink_to(photos / "real")
    library.index([photos])
    new = paint(photos / "real" / "2.png", 2)
    library.update([photos / "link" / new.name, photos / "link"])
    assert set(rows(library)) == {photos / "real" / "1.png", new}


@pytest.mark.parametrize("seed", range(6))
def test_updates_end_where_a_new_index_ends(
    make_library: MakeLibrary, tmp_path: Path, seed: int
) -> None:
    """The slow oracle: a library that is indexed anew after everything has happened."""
    rng = random.Random(seed)
    photos = tmp_path / "photos"
    for number in range(12):
        paint(photos / f"d{number % 3}" / f"{number}.png", number)
    kept = make_library("kept")
    kept.index([photos])
    for step in range(8):
        places: set[Path] = set()
        for _ in range(rng.randint(1, 5)):
            places |= _happen(photos, rng, step)
        kept.update(places)
    fresh = make_library("fresh")
    fresh.index([photos])
    assert rows(kept) == rows(fresh)
    for photo in kept.photos():
        assert photo in fresh.photos()


def _happen(photos: Path, rng: random.Random, step: int) -> set[Path]:
    """Something that a user does to files; the places a watcher would name."""
    files = sorted(path for path in photos.rglob("*.png") if path.is_file())
    one, other = rng.choice(files), rng.choice(files)
    new = photos / f"d{rng.randrange(5)}" / f"{rng.randrange(40)}.png"
    match rng.randrange(6):
        case 0:
            return {paint(new, rng.randrange(60))}
        case 1:
            if len(files) > 2:
                one.unlink()
            return {one}
        case 2:
            new.parent.mkdir(exist_ok=True)
            one.replace(new)
            return {one, new}
        case 3:
            new.parent.mkdir(exist_ok=True)
            shutil.copyfile(one, new)
            return {new}
        case 4:  # two photos exchange their names
            aside = photos / "aside.png"
            one.rename(aside)
            if one != other:
                other.rename(one)
            aside.rename(other)
            return {one, other}
        case _:
            folder, target = one.parent, photos / f"s{step}-{rng.randrange(99)}"
            folder.rename(target)
            return {folder, target}


def test_a_removed_folder_leaves_and_an_inner_one_stays(library: Library, tmp_path: Path) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / ".inner"
    paint(outer / "1.png", 1)
    kept = paint(inner / "2.png", 2)
    library.index([outer])
    library.index([inner])  # hidden, so that it is no part of the outer one
    assert library.remove_folder(outer) == 1
    assert library.folders() == (inner,)
    assert list(rows(library)) == [kept]
    with pytest.raises(FolderNotFound):
        library.remove_folder(outer)


def test_a_folder_removed_meanwhile_does_not_come_back_with_the_old_model(
    make_library: MakeLibrary, tmp_path: Path
) -> None:
    models = {"fake": FakeModel(), "other": FakeModel("other", "0e4e2", 16)}
    library = make_library(load=lambda name: models.get(name, models["fake"]))
    one, two = paint(tmp_path / "one" / "1.png", 1), paint(tmp_path / "two" / "2.png", 2)
    library.index([one.parent, two.parent], model="fake")
    library.index(model="other")
    library.remove_folder(two.parent)
    library.index(model="fake")
    assert list(rows(library)) == [one]


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Folders that the system calls mount points, besides the real ones."""
    found: set[str] = set()
    real = os.path.ismount
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) in found or real(path))
    return found


def unplug(drive: Path, mounted: set[str], aside: Path) -> None:
    """What is left of an unmounted drive is an empty folder."""
    drive.rename(aside)
    drive.mkdir()
    mounted.discard(str(drive))


def test_an_empty_mount_point_keeps_its_photos(
    library: Library, tmp_path: Path, mounted: set[str], fake_model: FakeModel
) -> None:
    drive, aside = tmp_path / "media" / "usb", tmp_path / "aside"
    photo = paint(drive / "holiday" / "1.png", 1)
    mounted.add(str(drive))
    library.index([drive])
    unplug(drive, mounted, aside)
    report = library.index()
    assert report.removed == 0
    assert len(report.notices) == 1
    assert str(drive) in report.notices[0]
    assert list(rows(library)) == [photo]
    assert [state.is_there for state in library.folder_states()] == [False]
    assert library.update([drive, photo]).removed == 0
    # It comes back, and nothing is embedded anew.
    drive.rmdir()
    aside.rename(drive)
    mounted.add(str(drive))
    before = fake_model.embedded
    assert counts(library.index()) == (0, 0, 1, 0, 0)
    assert fake_model.embedded == before


def test_a_mounted_drive_that_was_emptied_is_empty(
    library: Library, tmp_path: Path, mounted: set[str]
) -> None:
    drive = tmp_path / "usb"
    photo = paint(drive / "1.png", 1)
    mounted.add(str(drive))
    library.index([drive])
    photo.unlink()
    assert library.index().removed == 1


def test_a_copy_of_the_drive_in_its_place_counts(
    library: Library, tmp_path: Path, mounted: set[str]
) -> None:
    drive = tmp_path / "usb"
    photo = paint(drive / "1.png", 1)
    paint(drive / "2.png", 2)
    mounted.add(str(drive))
    library.index([drive])
    mounted.clear()
    photo.unlink()
    assert library.index().removed == 1


def test_an_emptied_folder_on_the_systems_own_disk_is_empty(
    library: Library, tmp_path: Path
) -> None:
    photo = paint(tmp_path / "photos" / "1.png", 1)
    library.index([photo.parent])
    photo.unlink()
    assert library.index().removed == 1


def test_content_that_lost_its_row_on_the_way_is_embedded_again(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = tmp_path / "photos"
    old = paint(photos / "a.png", 1)
    library.index([photos])
    old.rename(photos / "b.png")
    paint(photos / "a.png", 2)
    # As if the row of a.png had been replaced by a batch before.
    real = PhotoIndex.with_contents

    def without_rows(self: PhotoIndex, hashes: set[str]) -> object:
        monkeypatch.setattr(PhotoIndex, "with_contents", real)
        return real(self, [])

    monkeypatch.setattr(PhotoIndex, "with_contents", without_rows)
    library.index()
    fresh = {path.name: digest for path, digest in rows(library).items()}
    assert set(fresh) == {"a.png", "b.png"}
    assert fresh["a.png"] != fresh["b.png"]
    assert all(photo.width for photo in library.photos())


def test_ignored_files_and_folders_are_left_out_and_leave(
    tmp_path: Path, fake_model: FakeModel
) -> None:
    photos = tmp_path / "photos"
    names = ["a.png", "Exports/b.png", "deep/Exports/c.png", "deep/d.tmp.png", "deep/e.png"]
    for number, name in enumerate(names):
        paint(photos / name, number)

    def opened(*patterns: str) -> Library:
        settings = Settings(ignore=patterns)
        return Library(tmp_path / "library", settings, load_model=lambda _: fake_model)

    def held(library: Library) -> set[str]:
        found = {str(path.relative_to(photos)) for path in rows(library)}
        library.close()
        return found

    every = opened()
    every.index([photos])
    assert held(every) == set(names)
    some = opened("Exports/", "*.tmp.png")
    assert some.index().removed == 3
    assert held(some) == {"a.png", "deep/e.png"}
    # Relative to the library's folder, also where only a part of it is looked at.
    one = opened("/deep/e.png")
    assert one.update([photos / "deep"]).removed == 1
    assert one.update([photos / "deep" / "e.png"]).added == 0
    assert held(one) == {"a.png", "deep/Exports/c.png", "deep/d.tmp.png"}


def test_an_update_of_an_index_that_was_lost_looks_at_everything(
    library: Library, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    one, two = paint(photos / "1.png", 1), paint(photos / "2.png", 2)
    library.index([photos])
    library.close()
    shutil.rmtree(library.root / "index")
    library.update([one])
    assert set(rows(library)) == {one, two}
