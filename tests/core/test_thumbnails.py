"""The thumbnail cache: right pictures, whatever becomes of the files."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from clipsearch.core import thumbnails
from clipsearch.core.imaging import decode, read_photo
from clipsearch.core.thumbnails import STORED_EDGE, ThumbnailStore, preview
from clipsearch.core.types import Photo
from clipsearch.errors import OversizedImage, UnreadableImage


def draw(
    path: Path, size: tuple[int, int] = (900, 600), colour: str = "red", **options: Any
) -> Photo:
    """Write a two-coloured picture and return it as indexed."""
    image = Image.new("RGB", size, colour)
    image.paste((20, 40, 200), (size[0] // 2, 0, *size))
    image.save(path, **options)
    read = read_photo(path)
    return Photo(path, read.content_hash, read.state, read.width, read.height)


def cached(store: ThumbnailStore) -> list[Path]:
    """Return every file of the cache."""
    return sorted(path for path in store.folder.rglob("*") if path.is_file())


@pytest.fixture
def store(tmp_path: Path) -> ThumbnailStore:
    """Return a store whose folder does not exist yet."""
    return ThumbnailStore(tmp_path / "cache" / "thumbnails")


def left_and_right(image: Image.Image) -> tuple[Any, Any]:
    """Return the colours of both halves."""
    y = image.height // 2
    return image.getpixel((image.width // 4, y)), image.getpixel((image.width * 3 // 4, y))


@pytest.mark.parametrize(("edge", "size"), [(96, (96, 64)), (384, (384, 256)), (600, (600, 400))])
def test_the_long_edge_fits(
    tmp_path: Path, store: ThumbnailStore, edge: int, size: tuple[int, int]
) -> None:
    image = store.load(draw(tmp_path / "a.png"), edge)
    assert (image.size, image.mode) == (size, "RGB")
    left, right = left_and_right(image)
    assert left == pytest.approx((255, 0, 0), abs=4)
    assert right == pytest.approx((20, 40, 200), abs=4)


def test_small_photos_are_not_scaled_up(tmp_path: Path, store: ThumbnailStore) -> None:
    assert store.load(draw(tmp_path / "a.png", (50, 40)), 200).size == (50, 40)


def test_thumbnails_are_upright(tmp_path: Path, store: ThumbnailStore) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    photo = draw(tmp_path / "a.jpg", exif=exif)
    for _ in range(2):  # made, then from the cache
        image = store.load(photo, 90)
        assert image.size == (60, 90)
        top, bottom = image.getpixel((30, 20)), image.getpixel((30, 70))
        assert top == pytest.approx((255, 0, 0), abs=8)
        assert bottom == pytest.approx((20, 40, 200), abs=8)


def test_the_second_time_the_original_is_not_needed(tmp_path: Path, store: ThumbnailStore) -> None:
    photo = draw(tmp_path / "a.png")
    first = store.load(photo, 128)
    photo.path.unlink()
    second = store.load(photo, 128)
    assert np.abs(np.asarray(first).astype(int) - np.asarray(second)).mean() < 3
    assert store.load(photo, 384).size == (384, 256)


def test_one_cached_picture_serves_all_sizes_and_copies(
    tmp_path: Path, store: ThumbnailStore
) -> None:
    photo, copy = draw(tmp_path / "a.png"), draw(tmp_path / "b.png")
    for edge in (96, 192, 384):
        store.load(photo, edge)
        store.load(copy, edge)
    (path,) = cached(store)
    assert path == store.folder / photo.content_hash[:2] / photo.content_hash[2:4] / (
        photo.content_hash + ".jpg"
    )
    assert max(decode(path).size) == STORED_EDGE


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_corrupt_cached_file_is_made_again(
    tmp_path: Path, store: ThumbnailStore, damage: bytes | None
) -> None:
    photo = draw(tmp_path / "a.png")
    store.load(photo, 96)
    (path,) = cached(store)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    left, _ = left_and_right(store.load(photo, 96))
    assert left == pytest.approx((255, 0, 0), abs=4)
    assert path.read_bytes() == whole


def test_a_photo_that_changed_is_not_cached_under_its_old_content(
    tmp_path: Path, store: ThumbnailStore
) -> None:
    before = draw(tmp_path / "a.png")
    after = draw(tmp_path / "a.png", colour="lime")
    store.load(before, 96)
    (path,) = cached(store)
    assert path.stem == after.content_hash


def test_an_unusable_cache_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = ThumbnailStore(tmp_path / "file" / "thumbnails")
    assert store.load(draw(tmp_path / "a.png"), 96).size == (96, 64)


def test_a_full_disk_leaves_no_partial_files(
    tmp_path: Path, store: ThumbnailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = draw(tmp_path / "a.png")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert store.load(photo, 96).size == (96, 64)
    assert cached(store) == []


def test_an_unreadable_photo_raises_its_reason(tmp_path: Path, store: ThumbnailStore) -> None:
    photo = draw(tmp_path / "a.png")
    photo.path.write_bytes(photo.path.read_bytes()[:300])
    with pytest.raises(UnreadableImage, match=r"a\.png cannot be used: the file is cut short"):
        store.load(photo, 96)
    assert cached(store) == []


def test_the_size_limit_holds(tmp_path: Path) -> None:
    photo = draw(tmp_path / "a.png")
    with pytest.raises(OversizedImage):
        ThumbnailStore(tmp_path / "cache", max_pixels=1000).load(photo, 96)
    with pytest.raises(OversizedImage):
        preview(photo.path, 300, max_pixels=1000)


def test_several_threads_may_ask_for_one_photo(tmp_path: Path, store: ThumbnailStore) -> None:
    photos = [draw(tmp_path / f"{c}.png", colour=c) for c in ("red", "lime", "yellow", "black")]
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(lambda photo: store.load(photo, 64), photos * 10))
    assert {image.size for image in images} == {(64, 43)}
    assert len(cached(store)) == 4


def test_a_thumbnail_of_a_large_jpeg_looks_like_the_full_picture(
    tmp_path: Path, store: ThumbnailStore
) -> None:
    y, x = np.mgrid[0:1600, 0:2400]
    waves = 127 + 120 * np.sin(x / 40) * np.cos(y / 60)
    slope = x * 255 / 2400
    full = Image.fromarray(np.stack([waves, slope, 255 - waves], -1).astype(np.uint8))
    full.save(tmp_path / "a.jpg", quality=95)
    read = read_photo(tmp_path / "a.jpg")
    photo = Photo(tmp_path / "a.jpg", read.content_hash, read.state, read.width, read.height)
    expected = np.asarray(full.resize((192, 128), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(np.asarray(store.load(photo, 192)) - expected).mean() < 4


def test_the_preview_caches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = draw(tmp_path / "a.jpg", (3000, 2000))

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a file was written")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    assert thumbnails.preview(photo.path, 1200).size == (1200, 800)
    assert thumbnails.preview(photo.path, 5000).size == (3000, 2000)


def test_what_was_decoded_for_something_else_is_kept_if_it_is_large(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "cache")
    store.keep(Image.new("RGB", (1000, 750), "red"), "ab" * 16)
    store.keep(Image.new("RGB", (500, 375), "red"), "cd" * 16)
    (kept,) = (tmp_path / "cache").rglob("*.jpg")
    assert kept.stem == "ab" * 16
    with Image.open(kept) as image:
        assert image.size == (384, 288)
    before = kept.stat().st_mtime_ns
    store.keep(Image.new("RGB", (1000, 750), "blue"), "ab" * 16)
    assert kept.stat().st_mtime_ns == before
