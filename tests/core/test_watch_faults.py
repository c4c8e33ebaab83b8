"""What the system refuses or loses: limits, dropped events, network drives, unmounted disks."""

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clipsearch.core import inotify, watched_folder
from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.inotify import InotifyTree
from clipsearch.core.places import Sieve, Sink, What
from clipsearch.core.polling import PollingTree
from clipsearch.core.watch import FolderWatcher
from clipsearch.core.watched_folder import WatchedFolder, Ways
from tests.core.watching import QUICK, SOON, gather, wait_until, watch_threads

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


class Refused:
    """A source that the system refuses."""

    def __init__(self, number: int) -> None:
        self.number = number

    def start(self) -> None:
        raise OSError(self.number, os.strerror(self.number))

    def stop(self) -> None:
        raise AssertionError("it never started")


def quick_poller(
    root: Path, sieve: Sieve, sink: Sink, *, announce: Callable[[float], None]
) -> PollingTree:
    return PollingTree(root, sieve, sink, announce=announce, shortest=0.1, settle=0.1)


def ways(number: int = 0, *, remote: bool = False) -> Ways:
    """Quick polling where watching is refused; 0 does not refuse."""

    def native(root: Path, sieve: Sieve, sink: Sink) -> Refused | InotifyTree:
        return Refused(number) if number else InotifyTree(root, sieve, sink)

    return Ways(native=native, poller=quick_poller, is_remote=lambda _: remote)


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def watch(notices: list[str]) -> Iterator[Callable[[Path, Ways], FolderWatcher]]:
    made: list[FolderWatcher] = []

    def watch(folder: Path, by: Ways) -> FolderWatcher:
        watcher = FolderWatcher(notices.append, patience=QUICK, check_every=0.2, ways=by)
        made.append(watcher)
        watcher.watch(folder)
        return watcher

    yield watch
    for watcher in made:
        watcher.close()
    wait_until(lambda: not watch_threads())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    (folder / "old.jpg").write_bytes(b"old")
    return folder


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "sudo sysctl fs.inotify.max_user_watches="),
        (errno.EMFILE, "sudo sysctl fs.inotify.max_user_instances="),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_folder_that_may_not_be_watched_is_looked_through(
    watch: Callable[[Path, Ways], FolderWatcher],
    photos: Path,
    notices: list[str],
    number: int,
    words: str,
) -> None:
    watcher = watch(photos, ways(number))
    gather(watcher, photos)
    (sentence,) = notices
    assert str(photos) in sentence
    assert words in sentence
    assert "looked through every 1 s instead" in sentence
    (photos / "deep" / "new.jpg").write_bytes(b"x")
    assert photos / "deep" in gather(watcher, photos / "deep" / "new.jpg")[-1]


def test_a_network_drive_is_looked_through(
    watch: Callable[[Path, Ways], FolderWatcher], photos: Path, notices: list[str]
) -> None:
    watcher = watch(photos, ways(remote=True))
    gather(watcher, photos)
    assert "network drive" in notices[0]
    away = photos.with_name("away")
    photos.rename(away)
    wait_until(lambda: len(notices) == 2)
    assert "is not there now" in notices[1]
    away.rename(photos)
    gather(watcher, photos)
    (photos / "old.jpg").unlink()
    gather(watcher, photos / "old.jpg")


def test_a_limit_reached_while_it_runs_turns_to_looking(
    watch: Callable[[Path, Ways], FolderWatcher],
    photos: Path,
    notices: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watcher = watch(photos, ways())

    def refuse(self: object, folder: str) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(inotify._Inotify, "add", refuse)
    (photos / "one too many").mkdir()
    gather(watcher, photos)
    assert "max_user_watches" in notices[0]
    (photos / "one too many" / "new.jpg").write_bytes(b"x")
    gather(watcher, photos / "one too many" / "new.jpg")


def test_a_refused_start_loses_no_file_descriptor(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, folder: str) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(inotify._Inotify, "add", refuse)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        tree = InotifyTree(photos, Sieve(photos, IgnorePatterns()), lambda *_: None)
        with pytest.raises(OSError, match="no space"):
            tree.start()
        tree.stop()
    assert len(os.listdir("/proc/self/fd")) == before


def test_lost_events_are_told_and_new_folders_are_watched_nevertheless(photos: Path) -> None:
    """The kernel's own queue is made to overflow: nobody reads while thousands of events come."""
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if room > 20_000:
        pytest.skip("it takes too many events here")
    seen: list[tuple[What, str]] = []
    go_on = threading.Event()

    def sink(what: What, path: str) -> None:
        go_on.wait(SOON)
        seen.append((what, path))

    tree = InotifyTree(photos, Sieve(photos, IgnorePatterns()), sink)
    tree.start()
    try:
        for number in range(room // 2 + 2000):  # Each is created and closed.
            (photos / f"{number}.jpg").touch()
        (photos / "unseen").mkdir()
        go_on.set()
        wait_until(lambda: (What.LOST, str(photos)) in seen)
        late = photos / "unseen" / "late.jpg"
        late.touch()
        wait_until(lambda: (What.COMPLETE, str(late)) in seen)
    finally:
        go_on.set()
        tree.stop()


def test_lost_events_lead_to_a_look_at_the_whole_root(
    watch: Callable[[Path, Ways], FolderWatcher], photos: Path
) -> None:
    sinks: list[Sink] = []

    class Silent:
        def start(self) -> None:
            pass

        def stop(self) -> None:
            pass

    def native(root: Path, sieve: Sieve, sink: Sink) -> Silent:
        sinks.append(sink)
        return Silent()

    watcher = watch(photos, Ways(native=native, is_remote=lambda _: False))
    sinks[0](What.CHANGED, str(photos / "old.jpg"))
    sinks[0](What.LOST, str(photos))
    assert gather(watcher, photos) == [{photos}]
    for number in range(150):  # More places than are kept apart.
        for other in range(100):
            sinks[0](What.COMPLETE, str(photos / f"{number}" / f"{other}.jpg"))
    assert gather(watcher, photos)[-1] == {photos}


def test_an_unmounted_disk_leaves_no_place_to_look_at(
    photos: Path, monkeypatch: pytest.MonkeyPatch, notices: list[str]
) -> None:
    """What is left is an empty folder on another device: its photos are not gone."""
    seen: list[tuple[What, str]] = []
    folder = WatchedFolder(
        photos,
        Sieve(photos, IgnorePatterns()),
        ways(),
        sink=lambda what, path: seen.append((what, path)),
        notice=notices.append,
        wake=lambda: None,
    )
    folder.start()
    on_disk = _identity(photos)
    try:
        (photos / "old.jpg").rename(photos.with_name("kept.jpg"))
        (photos / "deep").rmdir()
        wait_until(lambda: len(seen) >= 2)
        seen.clear()
        mount_point = watched_folder._Identity(on_disk.device + 1, 2)
        monkeypatch.setattr(watched_folder, "_identity", lambda _: mount_point)
        folder.check()
        folder.check()
        assert [("is not there now" in sentence) for sentence in notices] == [True]
        assert seen == []
        monkeypatch.setattr(watched_folder, "_identity", lambda _: on_disk)
        folder.check()
        assert seen == [(What.LOST, str(photos))]
        monkeypatch.setattr(watched_folder, "_identity", lambda _: mount_point)
        (photos / "old.jpg").touch()  # Not bare: another disk with photos is another matter.
        folder.check()
        assert (What.LOST, str(photos)) in seen[1:]
    finally:
        folder.stop()


def _identity(folder: Path) -> watched_folder._Identity:
    found = watched_folder._identity(folder)
    assert found is not None
    return found
