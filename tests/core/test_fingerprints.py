"""The cache of fingerprints: right ones, whatever becomes of files and cache."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from clipsearch.core import fingerprints
from clipsearch.core.fingerprints import FingerprintStore, fingerprint
from clipsearch.core.imaging import read_photo
from clipsearch.core.types import Photo
from clipsearch.progress import Cancelled


def draw(path: Path, seed: int = 0, size: tuple[int, int] = (900, 600)) -> Photo:
    """A picture of its own for every seed, as it would be indexed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), np.uint8)
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path)
    read = read_photo(path)
    return Photo(path, read.content_hash, read.state, read.width, read.height)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The cache's folder, which does not exist yet."""
    return tmp_path / "cache"


def store_in(cache: Path) -> FingerprintStore:
    """A store as a program that has just started has it."""
    return FingerprintStore.in_cache(cache, max_pixels=10_000_000)


def test_a_fingerprint_outlives_program_and_photo(tmp_path: Path, cache: Path) -> None:
    photo = draw(tmp_path / "a.png")
    first = store_in(cache)
    first.make([photo])
    made = first.known([photo.content_hash])[photo.content_hash]
    first.close()
    photo.path.unlink()
    second = store_in(cache)
    second.make([photo])
    (known,) = second.known([photo.content_hash, "0" * 32]).values()
    second.close()
    assert (known.pixels == made.pixels).all()
    assert known.sharpness == made.sharpness > 0


def test_a_photo_whose_drive_is_away_is_known_by_its_thumbnail(tmp_path: Path, cache: Path) -> None:
    photo = draw(tmp_path / "a.png")
    store = store_in(cache)
    store._thumbnails.load(photo, 96)
    photo.path.unlink()
    store.make([photo])
    assert store.known([photo.content_hash])
    store.close()


def test_what_cannot_be_read_or_has_changed_is_left_out(tmp_path: Path, cache: Path) -> None:
    sound, missing, broken, changed = (draw(tmp_path / f"{n}.png", n) for n in range(4))
    missing.path.unlink()
    broken.path.write_bytes(broken.path.read_bytes()[:300])
    os.utime(broken.path, ns=(0, broken.state.modified_ns))
    draw(changed.path, 9)
    os.utime(changed.path, ns=(0, changed.state.modified_ns + 1))
    store = store_in(cache)
    photos = [sound, missing, broken, changed]
    store.make(photos)
    assert set(store.known([photo.content_hash for photo in photos])) == {sound.content_hash}
    store.close()


@pytest.mark.parametrize("damage", [b"nonsense" * 1000, b""])
def test_a_damaged_cache_is_made_again(tmp_path: Path, cache: Path, damage: bytes) -> None:
    cache.mkdir()
    (cache / "fingerprints.sqlite").write_bytes(damage)
    photo = draw(tmp_path / "a.png")
    for _ in range(2):
        store = store_in(cache)
        store.make([photo])
        assert store.known([photo.content_hash])
        store.close()


def test_an_unusable_cache_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    photo = draw(tmp_path / "a.png")
    store = store_in(tmp_path / "file")
    store.make([photo])
    assert store.known([photo.content_hash])
    store.close()


def test_the_oldest_go_when_there_are_too_many(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "MOST_KEPT", 3)
    monkeypatch.setattr(fingerprints, "_AT_ONCE", 2)
    photos = [draw(tmp_path / f"{n}.png", n, (60, 40)) for n in range(6)]
    store = store_in(cache)
    store.make(photos)
    hashes = [photo.content_hash for photo in photos]
    assert set(store.known(hashes)) == set(hashes[3:])
    store.close()


def test_what_was_made_before_a_stop_is_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_AT_ONCE", 2)
    photos = [draw(tmp_path / f"{n}.png", n, (60, 40)) for n in range(5)]

    def stop(done: int, total: int | None, note: str = "") -> None:
        if done >= 2:
            raise Cancelled

    store = store_in(cache)
    with pytest.raises(Cancelled):
        store.make(photos, progress=stop)
    assert len(store.known([photo.content_hash for photo in photos])) == 2
    store.close()


def test_blur_is_less_sharp(tmp_path: Path) -> None:
    image = Image.open(draw(tmp_path / "a.png", size=(300, 200)).path)
    blurred = image.filter(ImageFilter.GaussianBlur(4))
    assert fingerprint(blurred).sharpness < fingerprint(image).sharpness
    assert fingerprint(Image.new("RGB", (2, 2))).sharpness == 0
