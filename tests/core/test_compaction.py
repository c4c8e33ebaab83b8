"""Compaction comes when it is due, loses no row, and takes nothing from those who read."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import lancedb
import numpy as np
import pytest

from clipsearch.core import compaction
from clipsearch.core.compaction import compact_if_due, is_due
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.table_condition import Condition
from clipsearch.core.types import Embeddings, FileState, Photo

DIMENSION = 32


def rows(first: int, count: int) -> tuple[list[Photo], Embeddings]:
    """Photos that are nowhere, and embeddings of their own."""
    photos = [
        Photo(
            Path(f"/photos/{number}.jpg"),
            hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest(),
            FileState(number, number),
            4,
            3,
        )
        for number in range(first, first + count)
    ]
    embeddings = np.random.default_rng(first).normal(size=(count, DIMENSION))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    return photos, embeddings.astype(np.float32)


def write_often(index: PhotoIndex, times: int, *, first: int = 0) -> None:
    for number in range(first, first + times):
        index.write(*rows(number, 1))


def sorted_rows(index: PhotoIndex) -> tuple[list[str], Embeddings]:
    snapshot = index.snapshot()
    order = np.argsort(snapshot.paths)
    return [snapshot.paths[row] for row in order], snapshot.embeddings[order]


def condition(
    *, rows: int = 100_000, deleted: int = 0, fragments: int = 1, old: int = 1
) -> Condition:
    return Condition(rows, deleted, fragments, 1, tuple(float(i) for i in range(old)))


@pytest.fixture
def index(tmp_path: Path) -> PhotoIndex:
    """A table of a hundred rows, in one piece."""
    made = PhotoIndex(tmp_path / "library", "ab", DIMENSION)
    made.create()
    made.write(*rows(100_000, 100))
    return made


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (condition(), False),
        (condition(fragments=50), False),
        (condition(fragments=51), True),
        (condition(rows=20, fragments=50), False),
        (condition(rows=20, fragments=51), True),
        (condition(rows=400_000, fragments=200), False),
        (condition(rows=400_000, fragments=201), True),
        (condition(rows=10**7, fragments=501), True),
        (condition(rows=0, fragments=0), False),
        (condition(rows=80_001, deleted=20_000), False),
        (condition(rows=79_999, deleted=20_001), True),
        (condition(old=200), False),
        (condition(old=201), True),
    ],
)
def test_compaction_is_due_by_measured_thresholds(state: Condition, due: bool) -> None:
    assert is_due(state) is due


def test_versions_that_somebody_may_still_read_are_no_reason() -> None:
    now = time.time()
    assert not is_due(Condition(100, 0, 1, 1, tuple(now - i for i in range(300))))


def test_what_is_not_due_is_left_alone(index: PhotoIndex) -> None:
    write_often(index, 49)
    before = {path: path.stat().st_mtime_ns for path in index.files.rglob("*")}
    assert not compact_if_due(index)
    assert {path: path.stat().st_mtime_ns for path in index.files.rglob("*")} == before


def test_many_writes_are_compacted_and_lose_nothing(index: PhotoIndex) -> None:
    write_often(index, 60)
    index.remove([Path("/photos/7.jpg")])
    before = sorted_rows(index)
    assert index.condition().fragments == 60
    assert compact_if_due(index)
    after = index.condition()
    assert (after.rows, after.fragments, after.deleted) == (159, 1, 0)
    assert sorted_rows(index)[0] == before[0]
    np.testing.assert_array_equal(sorted_rows(index)[1], before[1])
    assert not compact_if_due(index)


def test_deleted_rows_give_their_room_back(
    index: PhotoIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "KEPT_S", 0.0)
    monkeypatch.setattr(compaction, "_MARGIN_S", 0.0)
    index.remove([rows(100_000, 1)[0][0].path])
    assert not compact_if_due(index)
    index.remove(photo.path for photo in rows(100_000, 60)[0])
    assert (index.condition().rows, index.condition().deleted) == (40, 60)
    assert compact_if_due(index)
    assert (index.condition().rows, index.condition().deleted) == (40, 0)
    assert index.count() == 40


def test_old_versions_go_and_one_that_was_the_newest_until_now_stays(
    index: PhotoIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "KEPT_S", 2.0)
    monkeypatch.setattr(compaction, "_MARGIN_S", 0.1)
    monkeypatch.setattr(compaction, "_FEWEST_FRAGMENTS", 4)
    time.sleep(0.2)
    write_often(index, 1)
    time.sleep(2.1)
    # The newest version is old by now. Another process begins to read it.
    reader = lancedb.connect(index.folder).open_table("space_ab")
    assert reader.version == len(before := index.condition().versions)
    write_often(index, 4, first=1)
    assert compact_if_due(index)
    # What came before it is gone, but not what it reads, though that was compacted.
    assert set(before) & set(index.condition().versions) == {before[-1]}
    assert len(reader.search().limit(1000).to_arrow()) == 101
    time.sleep(2.1)
    assert not compact_if_due(index)
    assert len(index.condition().versions) <= 2
    size = sum(path.stat().st_size for path in (index.files / "data").iterdir())
    assert size == index.condition().size


def test_a_reader_whose_version_was_dropped_reads_the_newest(
    index: PhotoIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_often(index, 20)
    opened = PhotoIndex(index.folder.parent, "ab", DIMENSION)
    opened.count()
    count_rows = type(opened._open()).count_rows
    slept: list[bool] = []

    def sleep_meanwhile(table: object, *arguments: object) -> int:
        """The laptop is closed between opening and reading."""
        if not slept:
            slept.append(True)
            index.compact()
            index.drop_versions(time.time())
            raise RuntimeError("Object at location data/0101.lance not found")
        return int(count_rows(table, *arguments))  # type: ignore[arg-type]

    monkeypatch.setattr(type(opened._open()), "count_rows", sleep_meanwhile)
    assert len(opened.snapshot()) == 120


def test_searches_of_another_process_go_on_during_compaction(index: PhotoIndex) -> None:
    script = """
import sys
from pathlib import Path
from clipsearch.core.photos import PhotoIndex
index = PhotoIndex(Path(sys.argv[1]), "ab", 32)
seen = []
print("reading", flush=True)
while not sys.stdin.closed and not Path(sys.argv[2]).exists():
    seen.append(len(index.snapshot()))
print(min(seen), len(seen))
"""
    stop = index.folder.parent / "stop"
    command = [sys.executable, "-c", script, str(index.folder.parent), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for round_ in range(4):
            write_often(index, 51, first=60 * round_)
            assert compact_if_due(index)
        stop.touch()
        least, times = process.stdout.read().split()
        assert process.wait() == 0
    assert int(least) >= 100
    assert int(times) > 5
