"""A process that is killed while it indexes: what was committed stays, nothing is there twice."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.stores import Stores
from clipsearch.core.types import Photo
from tests.core.test_compaction import rows, sorted_rows

_PHOTOS = 600
_REAL = Path(__file__).parents[3] / "shared" / "data" / "library"
_SCRIPT = """
import sys, time
from pathlib import Path
from clipsearch.core.library import Library
from clipsearch.settings import Settings
from tests.conftest import FakeModel

class Slow(FakeModel):
    batch_size = 8

    def encode_pixels(self, pixels):
        time.sleep(0.2)
        return super().encode_pixels(pixels)

library = Library(Path(sys.argv[1]), Settings(), load_model=lambda _: Slow())
library.index([Path(sys.argv[2])])
"""


@pytest.fixture
def many_photos(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(_PHOTOS):
        pixels = generator.integers(0, 255, (6, 6, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture(params=["drawn", "real"])
def any_photos(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Drawn photos, and a copy of real ones where there are any."""
    if request.param == "drawn":
        folder: Path = request.getfixturevalue("many_photos")
        return folder
    if not _REAL.is_dir():
        pytest.skip("there are no real photos here")
    return Path(shutil.copytree(_REAL, tmp_path / "real"))


def test_a_killed_process_leaves_finished_work_and_no_lock(
    make_library: Callable[..., Library], many_photos: Path
) -> None:
    library = make_library()
    command = [sys.executable, "-c", _SCRIPT, str(library.root), str(many_photos)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
        deadline = time.monotonic() + 60
        while not library.info().photos:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
    kept = len(library.photos())
    assert 0 < kept < _PHOTOS
    report = library.index([many_photos])
    assert (report.added, report.unchanged) == (_PHOTOS - kept, kept)
    paths = [photo.path for photo in library.photos()]
    assert sorted(paths) == sorted(many_photos.iterdir())
    assert not list(library.root.rglob("*.tmp"))


_COMPACT = """
import sys
from pathlib import Path
from clipsearch.core.library import Library
from clipsearch.settings import Settings

library = Library(Path(sys.argv[1]), Settings())
print("ready", flush=True)
library.maintain()
print("done", flush=True)
"""


def test_a_process_killed_while_it_compacts_costs_no_row(
    make_library: Callable[..., Library], many_photos: Path
) -> None:
    library = make_library()
    library.index([many_photos])
    space = library._stores.space()
    assert space is not None
    index = PhotoIndex(library.root, space.fingerprint, space.dimension)
    for first in range(0, 60_000, 1_000):  # Enough for compaction to take a while.
        index.write(*rows(first, 1_000))
    before = sorted_rows(index)
    in_the_middle = 0
    for pause in (0.0, 0.005, 0.02):
        command = [sys.executable, "-c", _COMPACT, str(library.root)]
        with subprocess.Popen(
            command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            while process.poll() is None and not _half_written(index):
                time.sleep(0.0005)
            time.sleep(pause)
            process.kill()
            in_the_middle += "done" not in process.stdout.read()
        assert sorted_rows(index)[0] == before[0]
        np.testing.assert_array_equal(sorted_rows(index)[1], before[1])
        for path in _half_written(index):
            os.utime(path, (time.time() - 7_200,) * 2)
        if index.condition().fragments == 1:  # It was done.
            break
    assert in_the_middle
    library.maintain()
    assert index.condition().fragments == 1
    assert not _half_written(index)
    assert sorted_rows(index)[0] == before[0]
    np.testing.assert_array_equal(sorted_rows(index)[1], before[1])
    index.remove(photo.path for photo in rows(0, 60_000)[0])
    assert library.verify(contents=True).problems == ()


def _half_written(index: PhotoIndex) -> list[Path]:
    return [path for path in PhotoIndex.left_overs(index.folder.parent) if path.exists()]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_kills_leave_what_one_undisturbed_run_leaves(
    make_library: Callable[..., Library], any_photos: Path
) -> None:
    rng = random.Random(0)
    library, undisturbed = make_library("killed"), make_library("undisturbed")
    command = [sys.executable, "-c", _SCRIPT, str(library.root), str(any_photos)]
    files = _files(any_photos)
    finished = 0
    for _ in range(100):
        with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
            # From before the imports are done to well within the work.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.2, 6))
            finished += process.poll() is not None
            process.kill()
        # Something to do for the next one, whatever has been finished.
        copied, renamed = rng.sample(files, 2)
        shutil.copyfile(copied, any_photos / f"copy{rng.randrange(50)}{copied.suffix}")
        renamed.rename(any_photos / f"renamed{rng.randrange(10**6)}{renamed.suffix}")
        files = _files(any_photos)
    library.index([any_photos])
    undisturbed.index([any_photos])
    assert finished < 50, "most were to be killed"
    assert sorted(library.photos(), key=_path) == sorted(undisturbed.photos(), key=_path)
    assert library.verify(contents=True).problems == ()
    for one, other in zip(_embeddings(library), _embeddings(undisturbed), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert not [path for path in library.root.rglob("*") if path.suffix in {".tmp", ".part"}]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _path(photo: Photo) -> Path:
    return photo.path


def _embeddings(library: Library) -> list[NDArray[np.float32]]:
    _, snapshot = Stores(library.root).current()
    order = np.argsort(snapshot.paths)
    return [snapshot.embeddings[row] for row in order]
