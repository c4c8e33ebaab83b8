"""Duplicates of a library: three lists, each with its best; nothing that is no duplicate."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from clipsearch.core import duplicates
from clipsearch.core.fingerprints import FingerprintStore
from clipsearch.core.library import Library
from clipsearch.core.query_language import parse_query
from clipsearch.core.types import DuplicateGroup
from clipsearch.progress import Cancelled
from tests.core.changed_copies import cropped, recompressed, resized
from tests.core.test_likeness import page, scene

NOON = datetime(2024, 5, 1, 12)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An empty folder for photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def save(
    image: Image.Image, path: Path, taken: datetime | None = None, camera: str = "Canon"
) -> None:
    """Store a picture, with when and by what it was taken if that is known."""
    exif = Image.Exif()
    if taken is not None:
        exif[ExifTags.Base.Make] = camera
        exif[ExifTags.Base.Model] = "5"
        times = exif.get_ifd(ExifTags.IFD.Exif)
        times[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
        if taken.microsecond:
            times[ExifTags.Base.SubsecTimeOriginal] = f"{taken.microsecond:06}"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, exif=exif, quality=92)


def moved(image: Image.Image, x: float) -> Image.Image:
    """The scene with somebody in it who walks by."""
    shot = image.copy()
    w, h = shot.size
    shot.paste((20, 20, 60), (round(w * x), round(h * 0.3), round(w * (x + 0.12)), round(h * 0.8)))
    return shot


def names(groups: list[DuplicateGroup]) -> list[tuple[str, list[str]]]:
    """Kind and file names, best first."""
    return [(group.kind, [photo.path.name for photo in group.photos]) for group in groups]


def test_each_kind_is_a_list_of_its_own(library: Library, photos: Path) -> None:
    cat = scene("chelsea.png")
    save(cat, photos / "cat.jpg")
    save(resized(cat, 0.5), photos / "cat small.jpg")
    save(recompressed(cropped(cat, 0.03, 0.03, 0.03, 0.03), 50), photos / "cat cropped.jpg")
    shutil.copy(photos / "cat.jpg", photos / "cat (1).jpg")
    for number, x in enumerate((0.2, 0.4, 0.6)):
        shot = moved(scene("coffee.png"), x)
        save(shot, photos / f"walk {number}.jpg", NOON + timedelta(seconds=number * 2))
    for name in ("astronaut.png", "rocket.jpg", "motorcycle_left.png", "motorcycle_right.png"):
        save(scene(name), photos / name)
    library.index([photos])
    found = names(library.duplicates())
    exact, near, burst = found
    assert exact == ("exact", ["cat.jpg", "cat (1).jpg"])
    assert near == ("near", ["cat.jpg", "cat cropped.jpg", "cat small.jpg"])
    assert burst[0] == "burst"
    assert set(burst[1]) == {"walk 0.jpg", "walk 1.jpg", "walk 2.jpg"}
    for kind in ("exact", "near", "burst"):
        assert names(library.duplicates([kind])) == [one for one in found if one[0] == kind]


def test_an_empty_library_has_none(library: Library) -> None:
    assert library.duplicates() == []


def test_pages_and_flat_pictures_are_not_all_one(library: Library, photos: Path) -> None:
    for number in range(6):
        save(page(number, 40 * number), photos / f"page {number}.png")
        noise = np.random.default_rng(number).integers(0, 9, (300, 400, 3), np.uint8)
        save(Image.fromarray(noise), photos / f"black {number}.png")
        save(Image.fromarray(255 - noise), photos / f"white {number}.png")
    library.index([photos])
    assert library.duplicates() == []


def test_shots_of_one_series_are_no_versions_of_one_another(library: Library, photos: Path) -> None:
    # A tripod, and nothing moves: the clock tells them apart.
    save(scene("coffee.png"), photos / "a.jpg", NOON.replace(microsecond=100_000))
    save(recompressed(scene("coffee.png"), 80), photos / "b.jpg", NOON.replace(microsecond=400_000))
    # A copy without split seconds is of one of them.
    save(resized(scene("coffee.png"), 0.5), photos / "copy of a.jpg", NOON)
    library.index([photos])
    near, burst = library.duplicates()
    assert near.kind == "near"
    assert "copy of a.jpg" in {photo.path.name for photo in near.photos}
    assert len(near.photos) == 2
    assert names([burst]) == [("burst", [photo.path.name for photo in burst.photos])]
    assert {photo.path.name for photo in burst.photos} == {"a.jpg", "b.jpg"}


@pytest.mark.parametrize(
    ("seconds", "camera"), [(30, "Canon"), (1, "Nikon")], ids=["later", "another camera"]
)
def test_what_is_no_burst(library: Library, photos: Path, seconds: int, camera: str) -> None:
    save(moved(scene("coffee.png"), 0.2), photos / "a.jpg", NOON)
    save(
        moved(scene("coffee.png"), 0.5), photos / "b.jpg", NOON + timedelta(seconds=seconds), camera
    )
    library.index([photos])
    assert library.duplicates(["burst"]) == []


def test_raw_and_picture_of_one_shot_belong_together(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(scene("coffee.png"), photos / "shot.jpg")
    save(recompressed(scene("coffee.png"), 60), photos / "shot.tif")
    library.index([photos])
    assert names(library.duplicates()) == [("near", ["shot.tif", "shot.jpg"])]
    monkeypatch.setattr("clipsearch.core.shots.RAW_SUFFIXES", frozenset({".tif"}))
    library.close()
    other = Library(library.root, library.settings)
    assert other.duplicates() == []
    other.close()


def test_missing_and_broken_files_drop_out(library: Library, photos: Path) -> None:
    for number, scale in enumerate((1, 0.6, 0.4, 0.3)):
        save(resized(scene("coffee.png"), scale), photos / f"{number}.png")
    library.index([photos])
    (photos / "0.png").unlink()
    (photos / "1.png").write_bytes(b"nothing")
    assert names(library.duplicates()) == [("near", ["2.png", "3.png"])]


def test_it_can_be_stopped_and_goes_on(library: Library, photos: Path) -> None:
    save(scene("coffee.png"), photos / "a.png")
    save(resized(scene("coffee.png"), 0.6), photos / "b.png")
    library.index([photos])

    def stop(done: int, total: int | None, note: str = "") -> None:
        if "pictures" in note:
            raise Cancelled

    with pytest.raises(Cancelled):
        library.duplicates(progress=stop)
    for path in photos.iterdir():
        path.unlink()  # Their fingerprints are there.
    assert names(library.duplicates()) == [("near", ["a.png", "b.png"])]


def test_hits_are_folded_without_decoding_anything(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat = scene("chelsea.png")
    for name, image in {
        "cat.png": cat, "cat small.png": resized(cat, 0.5), "coffee.png": scene("coffee.png")
    }.items():  # fmt: skip
        save(image, photos / name)
    shutil.copy(photos / "coffee.png", photos / "coffee copy.png")
    library.index([photos])
    finder = library._duplicates
    _, snapshot = library._stores.current()
    row = {Path(path).name: number for number, path in enumerate(snapshot.paths)}
    coffees = [row["coffee.png"], row["coffee copy.png"]]
    assert [sorted(g) for g in finder.among(snapshot, range(len(snapshot)))] == [sorted(coffees)]
    coffee = frozenset({snapshot.photos(coffees)[0].content_hash})
    assert finder.contents_at_hand(snapshot) == coffee
    library.duplicates()
    hashes = frozenset(photo.content_hash for photo in snapshot.all_photos())
    assert finder.contents_at_hand(snapshot) == hashes
    monkeypatch.setattr(FingerprintStore, "make", None)
    cats = [row["cat.png"], row["cat small.png"]]
    assert cats in finder.among(snapshot, range(len(snapshot)))
    assert finder.among(snapshot, [row["cat.png"], row["coffee.png"]]) == []
    assert finder.among(snapshot, []) == []
    assert finder.contents_at_hand(snapshot) == hashes


def test_versions_among_some_photos_are_found_by_whoever_has_time(
    library: Library, photos: Path
) -> None:
    for name, image in {
        "cat.png": scene("chelsea.png"),
        "cat small.png": resized(scene("chelsea.png"), 0.5),
        "coffee.png": scene("coffee.png"),
    }.items():
        save(image, photos / name)
    library.index([photos])
    finder = library._duplicates
    _, snapshot = library._stores.current()
    rows = range(len(snapshot))
    assert finder.among(snapshot, rows) == []
    (found,) = finder.among(snapshot, rows, patiently=True)
    assert {Path(snapshot.paths[row]).name for row in found} == {"cat.png", "cat small.png"}


def test_the_contents_are_looked_for_again_when_the_library_has_changed(
    make_library: Callable[..., Library], photos: Path
) -> None:
    library = make_library()
    save(scene("coffee.png"), photos / "a.png")
    library.index([photos])
    library.duplicates()
    assert library._duplicates.contents_at_hand(library._stores.current()[1]) == frozenset()
    shutil.copy(photos / "a.png", photos / "b.png")
    library.index([photos])
    assert len(library._duplicates.contents_at_hand(library._stores.current()[1]) or ()) == 1


@pytest.mark.parametrize("words", ["", "red"])
def test_folded_hits_are_all_hits_and_each_group_stands_at_its_best_rank(
    library: Library, photos: Path, words: str
) -> None:
    cat, coffee = scene("chelsea.png"), scene("coffee.png")
    for name, image in {
        "cat.png": cat, "cat small.png": resized(cat, 0.5), "coffee.png": coffee,
        "rocket.png": scene("rocket.jpg"),
    }.items():  # fmt: skip
        save(image, photos / name)
    for name in ("coffee copy.png", "coffee (2).png"):
        shutil.copy(photos / "coffee.png", photos / name)
    library.index([photos])
    library.duplicates()
    query = replace(parse_query(f"{words} type:png"), k=None)
    plain = [hit.photo.path.name for hit in library.search(query)]
    folded = library.search(replace(query, fold=True))
    told = [[p.path.name for p in (hit.photo, *hit.duplicates)] for hit in folded]
    alike = [{"cat.png", "cat small.png"}, {"rocket.png"}]
    alike.append({"coffee.png", "coffee copy.png", "coffee (2).png"})
    slow: list[list[str]] = []
    for name in plain:
        (group,) = [group for group in alike if name in group]
        found = next((row for row in slow if row[0] in group), None)
        slow.append([name]) if found is None else found.append(name)
    assert told == slow


def test_is_duplicate_means_versions_once_they_were_looked_for(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat = scene("chelsea.png")
    save(cat, photos / "cat.png")
    save(resized(cat, 0.5), photos / "cat small.png")
    save(scene("coffee.png"), photos / "coffee.png")
    save(scene("rocket.jpg"), photos / "rocket.png")
    shutil.copy(photos / "coffee.png", photos / "coffee copy.png")
    library.index([photos])
    monkeypatch.setattr(duplicates, "_AT_HAND", 1)

    def found(text: str) -> set[str]:
        return {hit.photo.path.name for hit in library.search(parse_query(text))}

    assert found("is:duplicate") == {"coffee.png", "coffee copy.png"}
    library.duplicates(["near"])
    versions = {"cat.png", "cat small.png"}
    assert found("is:duplicate") == {"coffee.png", "coffee copy.png"} | versions
    assert found("-is:duplicate") == {"rocket.png"}
