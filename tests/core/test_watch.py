"""Real folders, really watched."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.native_watch import WatchdogTree
from clipsearch.core.watch import FolderWatcher
from clipsearch.core.watched_folder import Ways
from tests.core.watching import QUICK, gather, wait_until, watch_threads

MakeWatcher = Callable[..., FolderWatcher]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="renames open folders")


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def make_watcher(notices: list[str]) -> Iterator[MakeWatcher]:
    """Makes quick watchers; fails if a thread of theirs is left."""
    made: list[FolderWatcher] = []

    def make(*folders: Path, ways: Ways | None = None, ignored: str = "") -> FolderWatcher:
        watcher = FolderWatcher(
            notices.append,
            patience=QUICK,
            check_every=0.2,
            ways=ways,
            ignored=IgnorePatterns([ignored]),
        )
        made.append(watcher)
        for folder in folders:
            watcher.watch(folder)
        return watcher

    yield make
    for watcher in made:
        watcher.close()
    wait_until(lambda: not watch_threads())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "old.jpg").write_bytes(b"old")
    return folder


@pytest.fixture(params=["native", "watchdog"])
def either(request: pytest.FixtureRequest) -> Ways:
    """The system's own source, and watchdog's, which here stands for the other systems."""
    return Ways() if request.param == "native" else Ways(native=WatchdogTree)


def test_files_that_come_change_and_go_are_handed_over(
    make_watcher: MakeWatcher, photos: Path, either: Ways
) -> None:
    watcher = make_watcher(photos, ways=either)
    new = photos / "deep" / "er" / "new.jpg"
    new.write_bytes(b"new")
    assert gather(watcher, new) == [{new}]
    new.write_bytes(b"changed")
    assert gather(watcher, new) == [{new}]
    (photos / "old.jpg").unlink()
    assert gather(watcher, photos / "old.jpg") == [{photos / "old.jpg"}]


def test_a_renamed_file_is_two_places(
    make_watcher: MakeWatcher, photos: Path, either: Ways
) -> None:
    watcher = make_watcher(photos, ways=either)
    (photos / "old.jpg").rename(photos / "deep" / "new.jpg")
    assert frozenset().union(*gather(watcher, photos / "old.jpg", photos / "deep" / "new.jpg")) == {
        photos / "old.jpg",
        photos / "deep" / "new.jpg",
    }


def test_what_is_no_photo_is_not_handed_over(
    make_watcher: MakeWatcher, photos: Path, either: Ways
) -> None:
    watcher = make_watcher(photos, ways=either, ignored="Exports/*")
    for name in ("a.txt", "._a.jpg", "Thumbs.db", ".git/a.jpg", "@eaDir/a.jpg", "Exports/a.jpg"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).write_bytes(b"no")
    (photos / "last.jpg").write_bytes(b"yes")
    seen = frozenset().union(*gather(watcher, photos / "last.jpg"))
    assert seen <= {photos / "last.jpg", photos / "Exports"}


def test_a_sidecar_brings_its_picture(make_watcher: MakeWatcher, photos: Path) -> None:
    watcher = make_watcher(photos)
    (photos / "old.jpg.xmp").write_text("<x/>")
    assert gather(watcher, photos / "old.jpg") == [{photos / "old.jpg"}]


def test_a_file_written_slowly_comes_once_when_it_is_complete(
    make_watcher: MakeWatcher, photos: Path, either: Ways
) -> None:
    watcher = make_watcher(photos, ways=either)
    slow, sizes = photos / "slow.jpg", list[int]()

    def write() -> None:
        with slow.open("wb") as file:
            for _ in range(20):
                file.write(b"x" * 1000)
                file.flush()
                time.sleep(0.1)  # What is being tested, not a wait for it.

    writer = threading.Thread(target=write)
    writer.start()
    while not sizes:
        if slow in watcher.next_batch(0.5):
            sizes.append(slow.stat().st_size)
    writer.join()
    assert sizes == [20_000]
    assert watcher.next_batch(1.0) == frozenset()


def test_two_thousand_files_at_once_all_arrive(
    make_watcher: MakeWatcher, photos: Path, either: Ways
) -> None:
    watcher = make_watcher(photos, ways=either)
    files = [photos / f"trip {number % 20}" / f"{number}.jpg" for number in range(2000)]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    batches = gather(watcher, *files)
    assert len(batches) <= 5


def test_a_crowd_in_one_folder_is_the_folder(make_watcher: MakeWatcher, photos: Path) -> None:
    watcher = make_watcher(photos)
    files = [photos / "deep" / f"{number}.jpg" for number in range(1000)]
    for file in files:
        file.write_bytes(b"x")
    assert photos / "deep" in gather(watcher, *files)[-1]


def test_a_renamed_folder_of_500_is_both_places(
    make_watcher: MakeWatcher, photos: Path, either: Ways
) -> None:
    for number in range(500):
        (photos / "deep" / "er" / f"{number}.jpg").write_bytes(b"x")
    watcher = make_watcher(photos, ways=either)
    old, new = photos / "deep", photos / "renamed"
    old.rename(new)
    batches = gather(watcher, old, new)
    assert frozenset().union(*batches) >= {old, new}
    (new / "er" / "later.jpg").write_bytes(b"x")
    gather(watcher, new / "er" / "later.jpg")


def test_folders_that_are_moved_in_are_watched(
    make_watcher: MakeWatcher, photos: Path, tmp_path: Path
) -> None:
    watcher = make_watcher(photos)
    (tmp_path / "outside" / "inner").mkdir(parents=True)
    (tmp_path / "outside").rename(photos / "inside")
    gather(watcher, photos / "inside")
    late = photos / "inside" / "inner" / "late.jpg"
    late.write_bytes(b"x")
    assert gather(watcher, late) == [{late}]
    (photos / "inside").rename(tmp_path / "outside")
    assert gather(watcher, photos / "inside") == [{photos / "inside"}]


def test_deep_new_folders_are_watched_from_their_first_file_on(
    make_watcher: MakeWatcher, photos: Path
) -> None:
    watcher = make_watcher(photos)
    files = []
    for number in range(30):
        file = photos / f"{number}" / "a" / "b" / "c" / "d.jpg"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x")
        files.append(file)
    gather(watcher, *files)
    shutil.rmtree(photos / "7")
    gather(watcher, photos / "7")


def test_linked_folders_are_watched_under_the_name_of_the_link(
    make_watcher: MakeWatcher, photos: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (photos / "link").symlink_to(elsewhere)
    (photos / "circle").symlink_to(photos)
    (photos / "twin").symlink_to(photos / "deep")
    watcher = make_watcher(photos)
    (elsewhere / "a.jpg").write_bytes(b"x")
    assert gather(watcher, photos / "link" / "a.jpg") == [{photos / "link" / "a.jpg"}]
    (photos / "deep" / "b.jpg").write_bytes(b"x")
    assert gather(watcher, photos / "deep" / "b.jpg") == [{photos / "deep" / "b.jpg"}]
    later = tmp_path / "later"
    later.mkdir()
    (photos / "new link").symlink_to(later)
    gather(watcher, photos / "new link")
    (later / "c.jpg").write_bytes(b"x")
    assert gather(watcher, photos / "new link" / "c.jpg") == [{photos / "new link" / "c.jpg"}]
    (photos / "new link").unlink()
    assert gather(watcher, photos / "new link") == [{photos / "new link"}]


def test_the_spelling_is_that_of_the_watched_folder(
    make_watcher: MakeWatcher, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "alias").symlink_to(photos)
    watcher = make_watcher(tmp_path / "alias")
    (photos / "a.jpg").write_bytes(b"x")
    assert gather(watcher, tmp_path / "alias" / "a.jpg") == [{tmp_path / "alias" / "a.jpg"}]


def test_a_root_that_goes_is_told_and_looked_at_when_it_is_back(
    make_watcher: MakeWatcher, photos: Path, notices: list[str], either: Ways
) -> None:
    watcher = make_watcher(photos, ways=either)
    away = photos.with_name("away")
    photos.rename(away)
    wait_until(lambda: len(notices) == 1)
    assert f"{photos} is not there now" in notices[0]
    assert watcher.next_batch(0.5) == frozenset()
    away.rename(photos)
    assert gather(watcher, photos) == [{photos}]
    assert f"{photos} is there again" in notices[1]
    (photos / "new.jpg").write_bytes(b"x")
    assert gather(watcher, photos / "new.jpg") == [{photos / "new.jpg"}]


def test_a_root_that_is_replaced_is_looked_at_as_a_whole(
    make_watcher: MakeWatcher, photos: Path
) -> None:
    watcher = make_watcher(photos)
    photos.rename(photos.with_name("before"))
    (photos / "other").mkdir(parents=True)
    gather(watcher, photos)
    (photos / "other" / "new.jpg").write_bytes(b"x")
    gather(watcher, photos / "other" / "new.jpg")


def test_a_folder_that_is_not_there_yet_is_watched_once_it_is(
    make_watcher: MakeWatcher, tmp_path: Path, notices: list[str]
) -> None:
    later = tmp_path / "later"
    watcher = make_watcher(later)
    assert "is not there now" in notices[0]
    later.mkdir()
    gather(watcher, later)
    (later / "a.jpg").write_bytes(b"x")
    gather(watcher, later / "a.jpg")


def test_folders_come_and_go_while_it_runs(
    make_watcher: MakeWatcher, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    watcher = make_watcher(photos)
    watcher.watch(other)
    watcher.watch(photos / ".." / "other")
    assert watcher.folders == (photos, other)
    (other / "a.jpg").write_bytes(b"x")
    gather(watcher, other / "a.jpg")
    watcher.unwatch(other)
    watcher.unwatch(other)
    (other / "b.jpg").write_bytes(b"x")
    (photos / "b.jpg").write_bytes(b"x")
    assert gather(watcher, photos / "b.jpg") == [{photos / "b.jpg"}]


def test_a_folder_in_a_watched_folder_is_told_once_and_stays_when_the_outer_goes(
    make_watcher: MakeWatcher, photos: Path
) -> None:
    deep = photos / "deep"
    watcher = make_watcher(deep, photos)
    assert len(watch_threads()) == 2  # One source, and what looks after it.
    (deep / "a.jpg").write_bytes(b"x")
    assert gather(watcher, deep / "a.jpg") == [{deep / "a.jpg"}]
    (deep / "b.jpg").write_bytes(b"x")
    watcher.unwatch(photos)
    (deep / "c.jpg").write_bytes(b"x")
    (photos / "no.jpg").write_bytes(b"x")
    seen = frozenset().union(*gather(watcher, deep / "b.jpg", deep / "c.jpg"))
    assert seen == {deep / "b.jpg", deep / "c.jpg"}


def test_a_hidden_folder_that_was_named_is_watched_beside_the_outer(
    make_watcher: MakeWatcher, photos: Path
) -> None:
    hidden, exports = photos / ".mine", photos / "Exports" / "web"
    hidden.mkdir()
    exports.mkdir(parents=True)
    watcher = make_watcher(photos, hidden, exports, ignored="Exports/*")
    (hidden / "a.jpg").write_bytes(b"x")
    (exports / "b.jpg").write_bytes(b"x")
    gather(watcher, hidden / "a.jpg", exports / "b.jpg")


def test_close_ends_a_wait_and_all_threads(photos: Path, notices: list[str]) -> None:
    batches: list[frozenset[Path]] = []
    files = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    with FolderWatcher(notices.append) as watcher:
        watcher.watch(photos)
        waiting = threading.Thread(target=lambda: batches.append(watcher.next_batch()))
        waiting.start()
        start = time.monotonic()
    waiting.join(5)
    assert batches == [frozenset()]
    assert time.monotonic() - start < 5
    assert not watch_threads()
    watcher.close()
    watcher.watch(photos)
    assert watcher.next_batch() == frozenset()
    assert not watch_threads()
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == files


def test_many_threads_may_use_it_at_once(
    make_watcher: MakeWatcher, photos: Path, tmp_path: Path
) -> None:
    watcher = make_watcher(photos)
    folders = [tmp_path / f"{number}" for number in range(6)]

    def come_and_go(folder: Path) -> None:
        folder.mkdir()
        for _ in range(5):
            watcher.watch(folder)
            (folder / "a.jpg").write_bytes(b"x")
            watcher.unwatch(folder)

    threads = [threading.Thread(target=come_and_go, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (photos / "last.jpg").write_bytes(b"x")
    gather(watcher, photos / "last.jpg")
    assert watcher.folders == (photos,)


def test_the_window_starts_without_watchdog() -> None:
    code = (
        "import sys, clipsearch.app, clipsearch.core.watch; "
        "print(sorted(name for name in sys.modules if name.startswith('watchdog')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
