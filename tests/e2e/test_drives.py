"""A drive that is really unmounted and mounted again (Linux, as root)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core.library import Library
from tests.conftest import FakeModel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a folder")


class Drive:
    """A file system of its own that can be mounted at a point, and keeps what is on it."""

    def __init__(self, content: Path, point: Path) -> None:
        """Both folders exist."""
        self.content = content
        self.point = point
        self.is_plugged = False
        _mount("-t", "tmpfs", "tmpfs", str(content))

    def plug(self) -> None:
        """Mount it."""
        _mount("--bind", str(self.content), str(self.point))
        self.is_plugged = True

    def unplug(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", str(self.point)], check=True)
        self.is_plugged = False

    def close(self) -> None:
        """Leave no mount behind."""
        if self.is_plugged:
            self.unplug()
        subprocess.run(["umount", str(self.content)], check=True)


def _mount(*arguments: str) -> None:
    try:
        done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip("this user may not mount")


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    content, point = tmp_path / "content", tmp_path / "pictures" / "usb"
    content.mkdir()
    point.mkdir(parents=True)
    made = Drive(content, point)
    for name, colour in {"one": "red", "two": "blue"}.items():
        Image.new("RGB", (9, 9), colour).save(content / f"{name}.png")
    yield made
    made.close()


@pytest.mark.parametrize("inside", [True, False], ids=["inside a folder", "as a folder"])
def test_an_unmounted_drive_keeps_its_photos(
    library: Library, drive: Drive, fake_model: FakeModel, inside: bool
) -> None:
    folder = drive.point.parent if inside else drive.point
    Image.new("RGB", (9, 9), "green").save(drive.point.parent / "own.png")
    drive.plug()
    library.index([folder])
    photos = {photo.path for photo in library.photos()}
    assert len(photos) == 2 + inside
    drive.unplug()
    assert list(drive.point.iterdir()) == []
    report = library.index()
    assert report.removed == 0
    assert str(drive.point) in " ".join(report.notices)
    assert {photo.path for photo in library.photos()} == photos
    drive.plug()
    embedded = fake_model.embedded
    assert library.index().unchanged == 2 + inside
    assert fake_model.embedded == embedded
    (drive.content / "one.png").unlink()
    assert library.index().removed == 1


def test_photos_deleted_beside_a_drive_that_is_away_leave(library: Library, drive: Drive) -> None:
    own = drive.point.parent / "own.png"
    Image.new("RGB", (9, 9), "green").save(own)
    drive.plug()
    library.index([drive.point.parent])
    drive.unplug()
    own.unlink()
    assert library.index().removed == 1
    assert len(library.photos()) == 2
