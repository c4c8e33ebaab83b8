"""Removal to the bin: nothing is lost, however old the index is."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import send2trash
from PIL import Image

from clipsearch.core import removal
from clipsearch.core.bin import move_to_bin
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.core.removal import photos_to_remove, remove_chosen, remove_duplicates
from clipsearch.core.types import DuplicateGroup
from clipsearch.errors import BinRefused, InputError


@pytest.fixture
def binned(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was moved to the bin."""
    gone: list[Path] = []

    def move(path: Path) -> None:
        gone.append(path)
        path.unlink()

    monkeypatch.setattr(removal, "move_to_bin", move)
    return gone


@pytest.fixture
def photos(tmp_path: Path, library: Library) -> Path:
    """Three equal files, indexed."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "a.png")
    for name in ("b copy.png", "c copy.png"):
        shutil.copy(folder / "a.png", folder / name)
    library.index([folder])
    return folder


def groups(library: Library) -> list[DuplicateGroup]:
    """The exact copies."""
    return library.duplicates(["exact"])


def test_the_keeper_stays(library: Library, photos: Path, binned: list[Path]) -> None:
    done = remove_duplicates(library, groups(library))
    assert list(done.removed) == binned == [photos / "b copy.png", photos / "c copy.png"]
    assert [photo.path for photo in library.photos()] == [photos / "a.png"]


@pytest.mark.parametrize("change", ["gone", "other"])
def test_without_the_keeper_all_stay(
    library: Library, photos: Path, binned: list[Path], change: str
) -> None:
    found = groups(library)
    (photos / "a.png").unlink()
    if change == "other":
        Image.new("RGB", (30, 20), "blue").save(photos / "a.png")
    done = remove_duplicates(library, found)
    assert (binned, done.removed) == ([], ())
    assert {item.path.name for item in done.kept} == {"b copy.png", "c copy.png"}
    assert "a.png, is not there as it was: index its folder again" in done.kept[0].reason


def test_a_copy_that_is_none_any_more_stays(
    library: Library, photos: Path, binned: list[Path]
) -> None:
    found = groups(library)
    state = (photos / "b copy.png").stat()
    data = (photos / "b copy.png").read_bytes()
    # Same size, same time: only the content tells.
    (photos / "b copy.png").write_bytes(data[:-1] + b"!")
    os.utime(photos / "b copy.png", ns=(state.st_atime_ns, state.st_mtime_ns))
    done = remove_duplicates(library, found)
    assert binned == [photos / "c copy.png"]
    assert [item.path.name for item in done.kept] == ["b copy.png"]


def test_one_file_under_two_names_stays(library: Library, photos: Path, binned: list[Path]) -> None:
    found = groups(library)
    for name in ("b copy.png", "c copy.png"):
        (photos / name).unlink()
        (photos / name).hardlink_to(photos / "a.png")
    done = remove_duplicates(library, found)
    assert binned == []
    assert "by another name" in done.kept[0].reason


def test_a_library_that_is_busy_does_not_stop_it(
    library: Library, photos: Path, binned: list[Path]
) -> None:
    found = groups(library)
    with write_lock(library.root):
        assert len(remove_duplicates(library, found).removed) == 2
    assert len(library.photos()) == 3  # Until the next look.


def test_bursts_are_refused(library: Library, photos: Path, binned: list[Path]) -> None:
    burst = DuplicateGroup("burst", groups(library)[0].photos)
    for refuse in (lambda: photos_to_remove([burst]), lambda: remove_duplicates(library, [burst])):
        with pytest.raises(InputError, match="burst"):
            refuse()
    assert binned == []


def test_of_a_burst_goes_what_was_chosen_alone(
    library: Library, photos: Path, binned: list[Path]
) -> None:
    a, _, c = groups(library)[0].photos
    done = remove_chosen(library, [DuplicateGroup("burst", (c, a))])
    assert list(done.removed) == binned == [photos / "a.png"]
    assert {photo.path.name for photo in library.photos()} == {"b copy.png", "c copy.png"}


def test_progress_counts_what_was_kept_too(
    library: Library, photos: Path, binned: list[Path]
) -> None:
    a, b, c = groups(library)[0].photos
    (photos / "b copy.png").write_bytes(b"other")
    told: list[tuple[int, int | None]] = []
    chosen = [DuplicateGroup("exact", (a, b)), DuplicateGroup("exact", (a, c))]
    remove_chosen(library, chosen, progress=lambda done, total, note="": told.append((done, total)))
    assert told == [(0, 2), (1, 2)]


def test_without_a_bin_nothing_is_deleted(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Any) -> None:
        raise send2trash.TrashPermissionError(path)

    monkeypatch.setattr(send2trash, "send2trash", refuse)
    done = remove_duplicates(library, groups(library))
    assert done.removed == ()
    assert "was not removed: it could not be moved to the bin" in done.kept[0].reason
    assert len(list(photos.iterdir())) == 3


def test_a_file_in_the_bin_can_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"dear")
    plat = pytest.importorskip("send2trash.plat_other")
    home = tmp_path / "share" / "Trash"
    monkeypatch.setattr(plat, "HOMETRASH", str(home))
    monkeypatch.setattr(plat, "HOMETRASH_B", os.fsencode(home))
    monkeypatch.setattr(send2trash, "send2trash", plat.send2trash)
    monkeypatch.setattr(plat, "get_dev", lambda path: 1)
    move_to_bin(path)
    assert not path.exists()
    assert (home / "files" / "a.png").read_bytes() == b"dear"
    with pytest.raises(BinRefused, match=r"a\.png was not removed"):
        move_to_bin(path)
