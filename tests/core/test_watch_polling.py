"""Looking through folders, against the obvious: a full scan before and after."""

import os
import random
import shutil
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from clipsearch.core import mounts, polling
from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.places import Sieve, What
from clipsearch.core.polling import FolderDigests, PollingTree
from clipsearch.core.scan import scan
from tests.core.watching import wait_until


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("a.jpg", "one/b.jpg", "one/two/c.jpg", "three/d.jpg", "three/notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def digests(folder: Path) -> FolderDigests:
    return FolderDigests(folder, Sieve(folder, IgnorePatterns(["ignored"])))


def states(folder: Path) -> dict[Path, object]:
    return {file.path: file.state for file in scan(folder).files}


def _change_something(chance: random.Random, folder: Path) -> None:
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    files = [path for path in folder.rglob("*") if path.is_file()]
    where = chance.choice(folders)
    name = chance.choice(["new.jpg", "note.txt", "b.png", ".hidden.jpg"])
    match chance.randrange(6):
        case 0 | 1:
            (where / name).write_bytes(b"x" * chance.randrange(1, 1000))
        case 2 if files:
            chance.choice(files).unlink()
        case 3:
            (where / f"folder {chance.randrange(3)}").mkdir(exist_ok=True)
        case 4 if where != folder:
            shutil.rmtree(where)
        case 5 if files:
            chance.choice(files).rename(folder / f"moved {chance.randrange(9)}.jpg")


@pytest.mark.parametrize("seed", range(30))
def test_whatever_a_scan_finds_changed_lies_in_a_folder_that_is_told(
    photos: Path, seed: int
) -> None:
    chance, watched = random.Random(seed), digests(photos)
    watched.look(thorough=True)
    for _ in range(10):
        before = states(photos)
        for _ in range(chance.randrange(4)):
            _change_something(chance, photos)
        after = states(photos)
        changed, moved = watched.look(thorough=True)
        different = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        told = {Path(path) for path in changed | moved}
        assert all(told & set(path.parents) for path in different)
        assert all(Path(path) in {p.parent for p in different} for path in changed)


def test_nothing_is_told_while_nothing_changes(photos: Path) -> None:
    watched = digests(photos)
    watched.look(thorough=True)
    (photos / "three" / "notes.txt").write_bytes(b"other")
    (photos / "ignored").mkdir()
    (photos / "ignored" / "a.jpg").write_bytes(b"x")
    for thorough in (True, False):
        assert watched.look(thorough=thorough) == (set(), set())


def test_a_quick_look_lists_only_folders_whose_time_has_changed(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = time.time() - 3600
    for folder in (photos, photos / "one", photos / "one" / "two", photos / "three"):
        os.utime(folder, (long_ago, long_ago))
    watched = digests(photos)
    watched.look(thorough=True)
    listed: list[str] = []
    real = polling._list

    def spy(folder: str, modified_ns: int, sieve: Sieve) -> polling._Listing:
        listed.append(folder)
        return real(folder, modified_ns, sieve)

    monkeypatch.setattr(polling, "_list", spy)
    (photos / "one" / "new.jpg").write_bytes(b"x")
    (photos / "three" / "d.jpg").write_bytes(b"written over: the folder's time stays")
    assert watched.look(thorough=False) == ({str(photos / "one")}, set())
    assert listed == [str(photos / "one")]
    assert watched.look(thorough=True) == ({str(photos / "three")}, set())


def test_a_folder_changed_just_now_is_not_trusted_to_be_unchanged(photos: Path) -> None:
    watched = digests(photos)
    watched.look(thorough=True)
    status = (photos / "one").stat()
    (photos / "one" / "same tick.jpg").write_bytes(b"x")
    os.utime(photos / "one", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert watched.look(thorough=False) == ({str(photos / "one")}, set())


def test_links_are_followed_as_a_scan_follows_them(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (photos / "link").symlink_to(tmp_path / "elsewhere")
    (photos / "circle").symlink_to(photos)
    watched = digests(photos)
    watched.look(thorough=True)
    (tmp_path / "elsewhere" / "new.jpg").write_bytes(b"x")
    assert watched.look(thorough=True) == ({str(photos / "link")}, set())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_not_gone(photos: Path) -> None:
    watched = digests(photos)
    watched.look(thorough=True)
    (photos / "one").chmod(0)
    try:
        assert watched.look(thorough=True) == (set(), set())
    finally:
        (photos / "one").chmod(0o700)
    assert watched.look(thorough=True) == (set(), set())


def test_a_listing_that_fails_for_a_moment_changes_nothing(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = digests(photos)
    watched.look(thorough=True)
    real = polling._list

    def fail(folder: str, modified_ns: int, sieve: Sieve) -> polling._Listing:
        if folder.endswith("one"):
            raise OSError(5, "Input/output error")
        return real(folder, modified_ns, sieve)

    with monkeypatch.context() as patched:
        patched.setattr(polling, "_list", fail)
        assert watched.look(thorough=True) == (set(), set())
    assert watched.look(thorough=True) == (set(), set())


def test_the_pause_grows_with_what_a_look_takes(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[float, float, bool]] = []
    announced: list[float] = []

    def slow(self: FolderDigests, *, thorough: bool, stopped: object) -> tuple[set[str], set[str]]:
        start = time.perf_counter()
        time.sleep(0.02)
        looks.append((start, time.perf_counter(), thorough))
        return set(), set()

    monkeypatch.setattr(FolderDigests, "look", slow)
    tree = PollingTree(
        photos,
        Sieve(photos, IgnorePatterns()),
        lambda *_: None,
        announce=announced.append,
        shortest=0.01,
    )
    tree.start()
    wait_until(lambda: len(looks) >= 6)
    tree.stop()
    for (_, end, _), (start, _, _) in pairwise(looks):
        assert start - end >= 0.2
    assert [thorough for *_, thorough in looks[:6]] == [True, False, False, False, True, False]
    assert len(announced) == 1
    assert announced[0] >= 0.2


def test_a_folder_in_which_somebody_writes_is_told_when_it_rests(photos: Path) -> None:
    told: list[str] = []
    tree = PollingTree(
        photos,
        Sieve(photos, IgnorePatterns()),
        lambda _, path: told.append(path),
        announce=lambda _: None,
        shortest=0.1,
        settle=0.5,
    )
    tree.start()
    wait_until(lambda: told == [str(photos)])
    (photos / "three" / "d.jpg").write_bytes(b"complete")
    with (photos / "one" / "slow.jpg").open("wb") as file:
        while str(photos / "three") not in told:
            file.write(b"x" * 100)
            file.flush()
            time.sleep(0.05)  # The slow writer, not a wait for anything.
        assert str(photos / "one") not in told
    wait_until(lambda: str(photos / "one") in told)
    tree.stop()


def test_a_folder_that_never_rests_is_told_at_last(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(FolderDigests, "is_as_seen", lambda *_: False)
    tree = PollingTree(
        photos,
        Sieve(photos, IgnorePatterns()),
        lambda _, path: told.append(path),
        announce=lambda _: None,
        shortest=0.05,
        settle=0.05,
    )
    tree.start()
    wait_until(lambda: told == [str(photos)])
    (photos / "one" / "new.jpg").write_bytes(b"x")
    wait_until(lambda: str(photos / "one") in told)
    tree.stop()


def test_it_stops_in_the_middle_of_a_look(photos: Path) -> None:
    assert digests(photos).look(thorough=True, stopped=lambda: True) == (set(), set())


def test_a_root_that_is_not_there_is_told(photos: Path) -> None:
    seen: list[What] = []
    tree = PollingTree(
        photos / "gone",
        Sieve(photos, IgnorePatterns()),
        lambda what, _: seen.append(what),
        announce=lambda _: None,
        shortest=0.05,
    )
    tree.start()
    wait_until(lambda: What.GONE in seen)
    tree.stop()
    assert not [t for t in threading.enumerate() if t.name == "watch-polling"]


_TABLE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/nas rw,relatime shared:20 - cifs //nas/photos rw
31 22 0:41 / /mnt/my\040photos rw - nfs4 nas:/photos rw
32 22 0:42 / /home/me/far rw - fuse.sshfs me@far: rw
33 22 0:43 / /media/stick rw - fuseblk /dev/sdb1 rw
34 22 0:44 / /mnt/hidden rw - nfs nas:/x rw
35 34 8:3 / /mnt/hidden rw - xfs /dev/sdc rw
36 22 0:45 / /host rw - 9p drvfs rw
broken line
"""


@pytest.mark.parametrize(
    ("folder", "is_remote"),
    [
        ("/home/me/Pictures", False),
        ("/mnt/nas", True),
        ("/mnt/nas/2024", True),
        ("/mnt/nas2", False),
        ("/mnt/my photos/a", True),
        ("/home/me/far/away", True),
        ("/media/stick", False),
        ("/mnt/hidden/a", False),
        ("/host/c", True),
    ],
)
def test_network_drives_are_known_by_their_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, is_remote: bool
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(_TABLE)
    monkeypatch.setattr(mounts, "_MOUNTS", table)
    monkeypatch.setattr("sys.platform", "linux")
    assert mounts.is_remote(Path(folder)) is is_remote


def test_this_machine_s_temporary_folder_is_no_network_drive(tmp_path: Path) -> None:
    assert not mounts.is_remote(tmp_path)
    assert not mounts.is_remote(Path("/no/such/folder"))
