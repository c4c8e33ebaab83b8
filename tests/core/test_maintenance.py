"""Maintenance does what is due, and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core import compaction
from clipsearch.core.files import disk_bytes
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.core.maintenance_times import MaintenanceTimes
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.query import Query
from clipsearch.core.types import MaintenanceReport
from clipsearch.errors import IndexDamaged, LibraryBusy
from clipsearch.progress import Cancelled
from tests.conftest import COLOURS, FakeModel
from tests.core.test_compaction import DIMENSION, rows, sorted_rows, write_often
from tests.core.test_pruning import thumbnail

MakeLibrary = Callable[..., Library]


def test_many_small_writes_do_not_fill_the_disk(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "KEPT_S", 0.0)
    monkeypatch.setattr(compaction, "_MARGIN_S", 0.0)
    monkeypatch.setattr(compaction, "_FEWEST_FRAGMENTS", 20)
    folder = tmp_path / "growing"
    folder.mkdir()
    generator = np.random.default_rng(0)
    compacted = 0
    for round_ in range(45):
        pixels = generator.integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{round_}.png")
        library.index([folder])
        compacted += library.maintain().compacted
    files = [file for file in (library.root / "index").rglob("*") if file.is_file()]
    assert (len(library.photos()), compacted) == (45, 2)
    assert len(files) < 100  # Without compaction: more than four for each write.
    assert library.verify(contents=True).problems == ()


def test_a_long_run_compacts_on_its_way(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipsearch.core.indexing._PHOTOS_PER_WRITE", 1)
    monkeypatch.setattr("clipsearch.core.indexing._COMMITS_PER_LOOK", 10)
    monkeypatch.setattr(compaction, "_FEWEST_FRAGMENTS", 9)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(100):
        Image.new("RGB", (8, 8), (number, 2 * number, 0)).save(folder / f"{number}.png")
    library.index([folder])
    space = library._stores.space()
    assert space is not None
    assert library._stores.index(space).condition().fragments < 20
    assert len(library.photos()) == 100


def test_left_overs_of_killed_processes_are_swept_up(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    (table,) = (library.root / "index").iterdir()
    dropped = library.root / "index" / "space_old.dropped"
    files = [
        table / "data" / ".tmpX1y2Z3",
        dropped / "data" / "a.lance",
        library.root / "backups" / "labels-2020-01-01.tmp",
        library.root / "labels.tmp",
    ]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1_000))
    assert library.maintain() == MaintenanceReport()  # Somebody may be at work on them.
    for path in (*files, dropped):
        os.utime(path, (time.time() - 7_200,) * 2)
    report = library.maintain()
    assert report == MaintenanceReport(bytes_freed=4_000, left_overs_removed=4)
    assert not any(path.exists() for path in (*files, dropped))
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
    assert library.maintain() == MaintenanceReport()


def test_thumbnails_are_kept_to_the_limit(home: Path, make_library: MakeLibrary) -> None:
    library = make_library()
    folder = home / "cache" / "thumbnails"
    paths = [thumbnail(folder, number, size=100_000) for number in range(30)]
    assert library.maintain() == MaintenanceReport()
    library._settings = library.settings.model_copy(update={"thumbnails_mb": 1})
    assert library.maintain() == MaintenanceReport(bytes_freed=2_100_000, thumbnails_removed=21)
    assert [path.exists() for path in paths] == [False] * 21 + [True] * 9
    assert not library.root.exists()  # Nothing was ever indexed.


def test_nothing_is_done_while_another_process_writes(
    library: Library, colour_photos: Path, home: Path
) -> None:
    library.index([colour_photos])
    library._settings = library.settings.model_copy(update={"thumbnails_mb": 0})
    path = thumbnail(home / "cache" / "thumbnails", 1)
    began = time.monotonic()
    with write_lock(library.root), pytest.raises(LibraryBusy):
        library.maintain()
    assert time.monotonic() - began < 1
    assert path.exists()
    assert library.maintain().thumbnails_removed == 1


def test_two_processes_may_tidy_up_at_once(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    index = PhotoIndex(library.root, "fa4e", DIMENSION)
    write_often(index, 60)
    before = sorted_rows(index)
    script = """
import sys
from clipsearch.cli import Launchers, main
sys.stdin.read()
sys.exit(main(Launchers(lambda *_: 0, lambda *_: 0), sys.argv[1:]))
"""
    command = [sys.executable, "-c", script, "maintain", "--json", "--library", str(library.root)]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    printed = [process.communicate() for process in processes]
    for process, (out, error) in zip(processes, printed, strict=True):
        # Each did it, came too late or met the other.
        assert process.returncode == (0 if out else 2), error
        assert bool(out) != (b"Another clipsearch is writing" in error)
    assert sum(b'"compacted": true' in out for out, _ in printed) == 1
    assert index.condition().fragments == 1
    assert sorted_rows(index)[0] == before[0]
    np.testing.assert_array_equal(sorted_rows(index)[1], before[1])


def test_all_spaces_are_compacted_and_a_damaged_one_is_no_obstacle(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    models = {
        "fake": FakeModel(),
        "starter": FakeModel("starter", "aa"),
        "big": FakeModel("big", "bb"),
    }
    library = make_library(load=models.__getitem__)
    library.index([colour_photos])
    library.use_model("big")
    indexes = [PhotoIndex(library.root, name, DIMENSION) for name in ("aa", "bb")]
    for index in indexes:
        write_often(index, 60)
    broken = library.root / "index" / "space_a0.lance"
    (broken / "_versions").mkdir(parents=True)
    (broken / "_versions" / "1.manifest").write_bytes(b"damaged")
    assert library.maintain().compacted
    assert [index.condition().fragments for index in indexes] == [1, 1]
    assert broken.exists()


def test_a_damaged_index_is_said_and_left_to_those_who_mend_it(
    library: Library, colour_photos: Path
) -> None:
    library.index([colour_photos])
    for path in (library.root / "index").rglob("*.manifest"):
        path.write_bytes(b"damaged")
    with pytest.raises(IndexDamaged, match="is damaged"):
        library.maintain()
    assert [path.name for path in (library.root / "index").iterdir()] == ["space_fa4e.lance"]


def test_what_compaction_has_replaced_goes_before_the_next_write(
    library: Library, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([colour_photos])
    index = PhotoIndex(library.root, "fa4e", DIMENSION)
    index.write(*rows(0, 5_000))
    write_often(index, 60)
    assert library.maintain().compacted
    data = index.files / "data"
    assert disk_bytes(data) > 2 * index.condition().size
    monkeypatch.setattr(compaction, "KEPT_S", 0.0)
    Image.new("RGB", (77, 20), COLOURS["red"]).save(colour_photos / "new.png")
    library.update([colour_photos / "new.png"])
    assert disk_bytes(data) < 1.1 * index.condition().size
    assert library.search(Query.of("red", k=1))[0].photo.path.stem in {"red", "new"}


def test_it_can_be_cancelled_between_the_steps(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    (table,) = (library.root / "index").iterdir()
    index = PhotoIndex(library.root, "fa4e", DIMENSION)
    write_often(index, 60)

    def cancel(done: int, total: int | None, note: str = "") -> None:
        if note.startswith("compacting"):
            raise Cancelled

    with pytest.raises(Cancelled):
        library.maintain(progress=cancel)
    assert index.condition().fragments > 60
    assert library.maintain().compacted
    assert len(library.photos()) == 60 + len(COLOURS)
    assert table.exists()


def test_it_is_time_soon_after_a_change_after_compaction_and_every_hour() -> None:
    now = 0.0
    times = MaintenanceTimes(clock=lambda: now)
    now = 659.0
    assert not times.is_time
    times.note_change()
    now = 689.0
    assert times.is_time
    times.note_done(MaintenanceReport(compacted=True))
    now += 659.0
    assert not times.is_time
    now += 1.0
    assert times.is_time
    times.note_done(MaintenanceReport())
    now += 3_599.0
    assert not times.is_time
    times.note_done(None)
    times.note_change()
    now += 29.0
    times.note_change()  # It is not put off for ever.
    now += 1.0
    assert times.is_time
