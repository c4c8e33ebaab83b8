"""A disk that is really full, and one that is really read-only (Linux, as root)."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from clipsearch.core import compaction
from clipsearch.core.library import Library
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.query import Query
from clipsearch.core.write_out import write_out
from clipsearch.errors import DiskFull, LibraryReadOnly
from clipsearch.ml import downloads, own_models
from clipsearch.ml.imports import import_model
from clipsearch.settings import Settings
from tests.conftest import COLOURS, FakeModel
from tests.core.test_compaction import rows, sorted_rows
from tests.ml.conftest import catalogue_model, hub, write_model
from tests.ml.loopback_hub import Hub

__all__ = ["catalogue_model", "hub"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")


def mount(*arguments: str) -> bool:
    try:
        return (
            subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
        )
    except FileNotFoundError:
        return False


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes the disk, or makes it over, with mount options."""
    point = tmp_path / "disk"
    point.mkdir()
    mounted = False

    def make(options: str) -> Path:
        nonlocal mounted
        options = f"remount,{options}" if mounted else options
        if not mount("-t", "tmpfs", "-o", options, "tmpfs", str(point)):
            pytest.skip("this user may not mount a tmpfs")
        mounted = True
        return point

    yield make
    if mounted:
        subprocess.run(["umount", "--lazy", str(point)], check=True)


def open_on(point: Path) -> Library:
    return Library(point / "library", Settings(), load_model=lambda _: FakeModel(dimension=512))


@pytest.mark.parametrize("kib", [4, 24, 44, 64])
def test_a_full_disk_is_said_and_costs_nothing(
    disk: Callable[[str], Path], colour_photos: Path, kib: int
) -> None:
    library = open_on(disk(f"size={kib}k"))
    with pytest.raises(DiskFull, match="make space"):
        library.index([colour_photos])
    library.close()
    library = open_on(disk("size=10m"))
    assert library.index([colour_photos]).skipped == ()
    assert len(library.photos()) == len(COLOURS)
    library.close()


def test_a_read_only_library_answers_but_is_not_written(
    disk: Callable[[str], Path], colour_photos: Path
) -> None:
    library = open_on(disk("size=10m"))
    library.index([colour_photos])
    library.close()
    library = open_on(disk("ro"))
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
    with pytest.raises(LibraryReadOnly, match="may not be written"):
        library.index([colour_photos])
    library.close()


def test_a_library_on_a_disk_that_has_become_full_still_answers(
    disk: Callable[[str], Path], colour_photos: Path
) -> None:
    point = disk("size=10m")
    library = open_on(point)
    library.index([colour_photos])
    library.close()
    _fill(point / "filler")
    library = open_on(point)
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
    assert library.info().photos == len(COLOURS)
    with pytest.raises(DiskFull, match="make space"):
        library.index([colour_photos])
    library.close()
    (point / "filler").unlink()
    library = open_on(point)
    assert library.index([colour_photos]).unchanged == len(COLOURS)
    library.close()


def test_labelling_goes_on_where_no_backup_fits(
    disk: Callable[[str], Path], colour_photos: Path
) -> None:
    point = disk("size=20m")
    library = open_on(point)
    library.index([colour_photos])
    library.labels.tags.decide("many", [f"{n:032x}" for n in range(20_000)], "accepted")
    library.close()
    backups = library.root / "backups"
    shutil.rmtree(backups)
    used = shutil.disk_usage(point).used
    disk(f"size={used + 1_000_000}")
    library.labels.tags.decide("dog", ["a"], "accepted")
    (notice,) = library.labels.take_notices()
    assert "No backup was made of your labels" in notice
    assert "make space" in notice
    assert not list(backups.iterdir()), "nothing half written takes up room"
    _fill(point / "filler")
    with pytest.raises(DiskFull, match="make space"):
        library.labels.tags.decide("cat", [f"{n:032x}" for n in range(20_000)], "accepted")
    assert [tag.name for tag in library.labels.tags.tags()] == ["dog", "many"]
    (point / "filler").unlink()
    disk("size=20m")
    library.labels.tags.decide("cat", ["a"], "accepted")
    assert library.close() == ()
    assert len(list(backups.iterdir())) == 1


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))


@pytest.mark.parametrize("is_noticed_first", [True, False])
def test_a_disk_too_full_for_compaction_is_said_and_costs_no_row(
    disk: Callable[[str], Path],
    colour_photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_noticed_first: bool,
) -> None:
    if not is_noticed_first:  # Somebody else fills it on the way.
        monkeypatch.setattr(compaction, "_require_room", lambda index, size: None)
    library = open_on(disk("size=100m"))
    library.index([colour_photos])
    index = PhotoIndex(library.root, "fa4e", 512)
    for first in range(0, 6_000, 100):
        photos, embeddings = rows(first, 100)
        index.write(photos, (np.tile(embeddings, 16) / 4).astype(np.float32))
    before = sorted_rows(index)
    size = index.condition().size
    used = shutil.disk_usage(library.root).used
    disk(f"size={used + size // 2}")
    with pytest.raises(DiskFull, match="make space"):
        library.maintain()
    assert shutil.disk_usage(library.root).used < used + 100_000  # Nothing half written is left.
    assert sorted_rows(index)[0] == before[0]
    np.testing.assert_array_equal(sorted_rows(index)[1], before[1])
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
    disk("size=100m")
    assert library.maintain().compacted
    assert sorted_rows(index)[0] == before[0]
    np.testing.assert_array_equal(sorted_rows(index)[1], before[1])
    library.close()


def test_sidecars_on_a_disk_that_is_full_stay_whole(
    disk: Callable[[str], Path], colour_photos: Path, tmp_path: Path
) -> None:
    point = disk("size=10m")
    shutil.copytree(colour_photos, point / "photos")
    library = Library(tmp_path / "library", Settings(), load_model=lambda _: FakeModel())
    library.index([point / "photos"])
    photos = library.photos()
    library.labels.ratings.rate([photo.content_hash for photo in photos], 4)
    (there,) = write_out(library.labels, photos[:1], Settings()).written
    before = there.read_bytes()
    library.labels.tags.decide("x" * 200, [photos[0].content_hash], "accepted")
    _fill(point / "filler")
    report = write_out(library.labels, photos, Settings())
    assert (report.written, report.unchanged) == ((), 0)
    assert {one.reason for one in report.skipped} == {
        "it cannot be written (No space left on device)"
    }
    assert there.read_bytes() == before
    names = {path.name for path in (point / "photos").rglob("*") if path.is_file()}
    assert names == {*(photo.path.name for photo in photos), there.name}
    (point / "filler").unlink()
    assert len(write_out(library.labels, photos, Settings()).written) == len(photos)
    library.close()


@pytest.mark.parametrize("kib", [400, 2000])
def test_a_model_that_does_not_fit_leaves_nothing_behind(
    disk: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kib: int
) -> None:
    monkeypatch.setenv("CLIPSEARCH_HOME", str(disk(f"size={kib}k")))
    tiny = write_model(tmp_path / "tiny")
    monkeypatch.setattr(own_models, "require_space", lambda size: None)  # It became full since.
    with pytest.raises(DiskFull, match="make space"):
        import_model(tiny)
    assert [path.name for path in own_models.models_folder().iterdir()] == [".lock"]
    disk("size=20m")
    import_model(tiny)
    assert own_models.names() == ["tiny"]


def test_a_download_that_fills_the_disk_goes_on_when_there_is_room(
    disk: Callable[[str], Path],
    hub: Hub,
    catalogue_model: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLIPSEARCH_HOME", str(disk("size=2000k")))
    monkeypatch.setattr(own_models, "require_space", lambda size: None)  # It became full since.
    with pytest.raises(DiskFull, match="make space"):
        downloads.download(downloads.find(catalogue_model))
    assert own_models.names() == []
    disk("size=20m")
    offer = downloads.find(catalogue_model)
    assert offer.fetched > 1_000_000
    downloads.download(offer)
    assert hub.ranges() == [None, f"bytes={offer.fetched}-"]
    assert own_models.names() == [catalogue_model]
