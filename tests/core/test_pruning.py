"""The cache of thumbnails is kept to its limit, and nothing else is touched."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core import pruning
from clipsearch.core.imaging import read_photo
from clipsearch.core.pruning import Pruned, prune_thumbnails
from clipsearch.core.thumbnails import ThumbnailStore
from clipsearch.core.types import Photo
from clipsearch.progress import Cancelled

_SIZE = 1_000
_LONG_AGO = 1_000_000_000


def thumbnail(folder: Path, number: int, *, age: int | None = None, size: int = _SIZE) -> Path:
    """One of a store's files; the lower its age's number, the longer unused."""
    digest = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
    path = folder / digest[:2] / digest[2:4] / f"{digest}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    used = _LONG_AGO + (number if age is None else age)
    os.utime(path, (used, used))
    return path


def left(paths: list[Path]) -> list[int]:
    return [number for number, path in enumerate(paths) if path.exists()]


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    order = [7, 3, 9, 0, 5, 1, 8, 2, 6, 4]
    made = {age: thumbnail(tmp_path, number, age=age) for number, age in enumerate(order)}
    assert prune_thumbnails(tmp_path, 10 * _SIZE) == Pruned()
    # Brought down to nine tenths of the limit, so that the next one does not exceed it at once.
    assert prune_thumbnails(tmp_path, 6 * _SIZE) == Pruned(5, 0, 5 * _SIZE)
    assert sorted(age for age, path in made.items() if path.exists()) == [5, 6, 7, 8, 9]
    assert prune_thumbnails(tmp_path, 6 * _SIZE) == Pruned()
    assert prune_thumbnails(tmp_path, 0) == Pruned(5, 0, 5 * _SIZE)


def test_of_those_used_at_the_same_moment_only_some_go(tmp_path: Path) -> None:
    paths = [thumbnail(tmp_path, number, age=0) for number in range(20)]
    newer = thumbnail(tmp_path, 99, age=1)
    assert prune_thumbnails(tmp_path, 10 * _SIZE) == Pruned(12, 0, 12 * _SIZE)
    assert (len(left(paths)), newer.exists()) == (8, True)


def test_a_photo_that_is_looked_at_counts_as_used(tmp_path: Path) -> None:
    photos = []
    for colour in ("red", "lime", "yellow"):
        path = tmp_path / f"{colour}.png"
        Image.new("RGB", (900, 600), colour).save(path)
        read = read_photo(path)
        photos.append(Photo(path, read.content_hash, read.state, read.width, read.height))
    store = ThumbnailStore(tmp_path / "cache")
    made: dict[str, Path] = {}
    for age, photo in enumerate(photos):
        store.load(photo, 96)
        (made[photo.path.stem],) = set(store.folder.glob("*/*/*")) - set(made.values())
        os.utime(made[photo.path.stem], (_LONG_AGO + age, _LONG_AGO + age))
    store.load(photos[0], 96)  # The one unused for longest is used again.
    total = sum(path.stat().st_size for path in made.values())
    assert prune_thumbnails(store.folder, total - 1).thumbnails == 1
    assert [name for name, path in made.items() if path.exists()] == ["red", "yellow"]


def test_what_is_used_during_the_look_is_spared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [thumbnail(tmp_path, number) for number in range(10)]

    def use_it(done: int, total: int | None, note: str = "") -> None:
        if note.startswith("deleting"):
            os.utime(paths[0])

    assert prune_thumbnails(tmp_path, 8 * _SIZE, progress=use_it).thumbnails == 2
    assert left(paths) == [0, 3, 4, 5, 6, 7, 8, 9]


def test_nothing_but_thumbnails_is_ever_deleted(tmp_path: Path) -> None:
    cache, outside = tmp_path / "cache", tmp_path / "outside"
    elsewhere = [thumbnail(outside, number) for number in range(5)]
    ours = thumbnail(cache, 1)
    strangers = [
        cache / "notes.txt",
        cache / "aa" / "bb" / "holiday.jpg",
        cache / "aa" / "bb" / ("aabb" + "0" * 28 + ".png"),
        cache / "aa" / "bb" / "deeper" / "aabb.jpg",
        cache / "photos" / "bb" / "aabb.jpg",
    ]
    for path in strangers:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(_SIZE))
    links = [cache / "cc", cache / "aa" / "dd", cache / "aa" / "bb" / f"aabb{'1' * 28}.jpg"]
    links[0].symlink_to(outside / elsewhere[0].parts[-3], target_is_directory=True)
    links[1].symlink_to(elsewhere[0].parent, target_is_directory=True)
    links[2].symlink_to(elsewhere[0])
    assert prune_thumbnails(cache, 0).thumbnails == 1
    assert not ours.exists()
    assert left(elsewhere) == [0, 1, 2, 3, 4]
    assert all(path.exists() for path in [*strangers, *links])


def test_what_a_killed_process_had_half_written_goes(tmp_path: Path) -> None:
    kept = thumbnail(tmp_path, 1)
    old, new = kept.with_name("tmpabc123.tmp"), kept.with_name("tmpdef456.tmp")
    for path, age in ((old, 7_200), (new, 60)):
        path.write_bytes(bytes(50))
        os.utime(path, (time.time() - age,) * 2)
    assert prune_thumbnails(tmp_path, 10**9) == Pruned(0, 1, 50)
    assert (kept.exists(), old.exists(), new.exists()) == (True, False, True)


def test_a_large_cache_is_estimated_from_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_ENOUGH", 100)
    count = 4_000
    for number in range(count):
        thumbnail(tmp_path, number, size=10)
    looked_at: list[str] = []
    files = pruning._files

    def look(part: str) -> Iterator[tuple[str, os.stat_result]]:
        looked_at.append(part)
        return files(part)

    monkeypatch.setattr(pruning, "_files", look)
    assert prune_thumbnails(tmp_path, 2 * 10 * count) == Pruned()
    assert len(looked_at) == 16
    assert prune_thumbnails(tmp_path, 10 * count) == Pruned()  # Near enough to be counted.
    assert len(looked_at) == 16 + 16 + 256
    assert prune_thumbnails(tmp_path, 5 * count).thumbnails == count * 0.55


def test_a_folder_that_is_missing_or_a_file_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert prune_thumbnails(tmp_path / "nowhere", 0) == Pruned()
    assert prune_thumbnails(tmp_path / "file", 0) == Pruned()


def test_it_can_be_cancelled_and_goes_on_later(tmp_path: Path) -> None:
    paths = [thumbnail(tmp_path, number) for number in range(200)]

    def cancel(done: int, total: int | None, note: str = "") -> None:
        if done > 50:
            raise Cancelled

    with pytest.raises(Cancelled):
        prune_thumbnails(tmp_path, 0, progress=cancel)
    assert 100 < len(left(paths)) < 150
    prune_thumbnails(tmp_path, 0)
    assert left(paths) == []


def test_two_may_prune_at_once(tmp_path: Path) -> None:
    paths = [thumbnail(tmp_path, number) for number in range(500)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: prune_thumbnails(tmp_path, 300 * _SIZE), range(2)))
    assert left(paths) == list(range(230, 500))
    assert sum(pruned.thumbnails for pruned in done) == 230
