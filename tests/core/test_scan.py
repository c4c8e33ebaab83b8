"""Walking folders: what is found, what is left out, and what counts as gone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipsearch.core.scan import Scan, ScannedFile, compare, scan
from clipsearch.core.types import FileState, Skipped
from clipsearch.errors import FolderNotFound
from clipsearch.progress import Cancelled


def touch(*paths: Path) -> None:
    """Create small files with their folders; the scan never looks inside."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")


def names(found: Scan) -> list[str]:
    """Return what was found, relative to the folder."""
    return [file.path.relative_to(found.folder).as_posix() for file in found.files]


def refuse(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make a folder unreadable, also for root, who runs some test machines."""
    real = os.scandir

    def scandir(path: Path) -> Iterator["os.DirEntry[str]"]:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_pictures_are_found_at_every_depth_in_the_order_of_their_paths(tmp_path: Path) -> None:
    touch(*(tmp_path / n for n in ("b.JPG", "a/z.heic", "a/b/c/deep.webp", "Ärger 写真 🌄.png")))
    touch(tmp_path / "notes.txt", tmp_path / "movie.mp4", tmp_path / "jpg")
    found = scan(tmp_path)
    assert names(found) == ["a/b/c/deep.webp", "a/z.heic", "b.JPG", "Ärger 写真 🌄.png"]
    status = (tmp_path / "b.JPG").stat()
    assert found.files[2].state == FileState(7, status.st_mtime_ns)
    assert found.skipped == ()


def test_hidden_and_junk_files_and_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path / "keep.jpg")
    for junk in (
        "._keep.jpg",
        ".hidden/a.jpg",
        ".thumbnails/a.png",
        ".Trash-1000/files/a.jpg",
        "@eaDir/a.jpg",
        "__MACOSX/a.jpg",
        "$RECYCLE.BIN/a.jpg",
        "$Recycle.Bin/b.jpg",
        "System Volume Information/a.jpg",
        "lost+found/a.jpg",
    ):
        touch(tmp_path / junk)
    assert names(scan(tmp_path)) == ["keep.jpg"]


def test_a_hidden_folder_that_is_named_itself_is_scanned(tmp_path: Path) -> None:
    touch(tmp_path / ".private" / "a.jpg")
    assert names(scan(tmp_path / ".private")) == ["a.jpg"]


def test_the_roots_own_link_is_kept_in_the_paths(tmp_path: Path) -> None:
    touch(tmp_path / "disk" / "a.jpg")
    (tmp_path / "Photos").symlink_to(tmp_path / "disk")
    found = scan(tmp_path / "Photos")
    assert [file.path for file in found.files] == [tmp_path / "Photos" / "a.jpg"]


def test_relative_folders_give_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "in" / "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert [file.path for file in scan(Path("in/../in")).files] == [tmp_path / "in" / "a.jpg"]


@pytest.mark.timeout(20)
def test_linked_folders_are_followed_but_no_folder_twice(tmp_path: Path) -> None:
    touch(tmp_path / "photos" / "z real" / "a.jpg", tmp_path / "elsewhere" / "b.jpg")
    root = tmp_path / "photos"
    (root / "a link").symlink_to(root / "z real")  # sorts before the real one
    (root / "z real" / "up").symlink_to(root)  # a loop
    (root / "itself").symlink_to(root / "itself")
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "out again").symlink_to(tmp_path / "elsewhere")
    assert names(scan(root)) == ["out/b.jpg", "z real/a.jpg"]


def test_broken_links_empty_files_and_pipes_are_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "empty.jpg").touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "empty.txt").touch()
    found = scan(tmp_path)
    assert found.files == ()
    assert found.skipped == (
        Skipped(tmp_path / "broken.jpg", "it is a link to a file that is not there"),
        Skipped(tmp_path / "empty.jpg", "the file is empty"),
        Skipped(tmp_path / "pipe.jpg", "it is not an ordinary file"),
    )


def test_names_that_are_no_text_are_skipped_in_printable_form(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path)
    try:
        os.mkdir(raw + b"/caf\xe9")
        for name in (b"/na\xefve.jpg", b"/caf\xe9/inside.jpg", b"/na\xefve.txt"):
            with open(raw + name, "wb") as file:
                file.write(b"picture")
    except OSError:
        pytest.skip("this file system takes valid names only")
    found = scan(tmp_path)
    assert found.files == ()
    reason = "its name is not valid text: rename it"
    assert found.skipped == (
        Skipped(tmp_path / "caf\N{REPLACEMENT CHARACTER}", reason),
        Skipped(tmp_path / "na\N{REPLACEMENT CHARACTER}ve.jpg", reason),
    )


def test_an_unreadable_folder_is_reported_and_does_not_stop_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "a" / "1.jpg", tmp_path / "b" / "2.jpg", tmp_path / "c" / "3.jpg")
    refuse(monkeypatch, tmp_path / "b")
    found = scan(tmp_path)
    assert names(found) == ["a/1.jpg", "c/3.jpg"]
    assert found.skipped == (Skipped(tmp_path / "b", "there is no permission to read it"),)
    assert found.unseen == (tmp_path / "b",)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFound) as raised:
        scan(tmp_path / "Fotos")
    assert str(raised.value) == f"There is no folder {tmp_path / 'Fotos'}: check its name."


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    with pytest.raises(FolderNotFound, match=r"a\.jpg is not a folder"):
        scan(tmp_path / "a.jpg")


def test_progress_counts_and_cancels(tmp_path: Path) -> None:
    touch(*(tmp_path / f"{i}.jpg" for i in range(3)), tmp_path / "sub" / "x.jpg")
    calls: list[tuple[int, int | None, str]] = []
    scan(tmp_path, progress=lambda done, total, note="": calls.append((done, total, note)))
    assert calls[0] == (0, None, f"Looking through {tmp_path.name}")
    assert calls[-1] == (3, None, "Looking through sub")

    def cancel(done: int, total: int | None, note: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        scan(tmp_path, progress=cancel)


def state(scanned: Scan) -> dict[str, FileState]:
    """Return what the library would know after indexing."""
    return {str(file.path): file.state for file in scanned.files}


def test_new_changed_unchanged_and_missing_are_told_apart(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("same.jpg", "edited.jpg", "deleted.jpg", "dated.jpg")))
    known = state(scan(tmp_path))
    touch(tmp_path / "new.jpg")
    (tmp_path / "edited.jpg").write_bytes(b"another picture")
    os.utime(tmp_path / "edited.jpg", ns=(0, known[str(tmp_path / "edited.jpg")].modified_ns))
    os.utime(tmp_path / "dated.jpg", ns=(0, 5))
    (tmp_path / "deleted.jpg").unlink()
    changes = compare(scan(tmp_path), known)
    assert [file.path.name for file in changes.new] == ["new.jpg"]
    assert [file.path.name for file in changes.changed] == ["dated.jpg", "edited.jpg"]
    assert changes.unchanged == 1
    assert changes.missing == (tmp_path / "deleted.jpg",)


def test_what_lies_outside_of_the_folder_is_not_missing(tmp_path: Path) -> None:
    touch(tmp_path / "trip" / "a.jpg")
    somewhere = FileState(1, 1)
    known = {
        str(tmp_path / "other" / "b.jpg"): somewhere,
        str(tmp_path / "trip 2" / "c.jpg"): somewhere,  # begins alike
        str(tmp_path / "trip" / "gone.jpg"): somewhere,
    }
    changes = compare(scan(tmp_path / "trip"), known)
    assert changes.missing == (tmp_path / "trip" / "gone.jpg",)


def test_photos_under_an_unreadable_folder_are_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "b" / "deep" / "1.jpg", tmp_path / "b" / "2.jpg", tmp_path / "b2" / "3.jpg")
    known = state(scan(tmp_path))
    (tmp_path / "b2" / "3.jpg").unlink()
    refuse(monkeypatch, tmp_path / "b")
    assert compare(scan(tmp_path), known).missing == (tmp_path / "b2" / "3.jpg",)
    refuse(monkeypatch, tmp_path)
    assert compare(scan(tmp_path), known).missing == ()


def test_a_file_whose_state_cannot_be_read_is_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    unseen = Scan(tmp_path, files=(), skipped=(), unseen=(path,))
    assert compare(unseen, {str(path): FileState(1, 1)}).missing == ()
    seen = Scan(tmp_path, files=(ScannedFile(path, FileState(1, 1)),), skipped=(), unseen=())
    assert compare(seen, {str(path): FileState(1, 1)}).unchanged == 1
