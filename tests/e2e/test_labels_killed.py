"""Processes that are killed while they label, and two that label at once: no word is lost."""

import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from clipsearch.core.label_connection import damage_of
from clipsearch.core.label_file import LabelFile
from clipsearch.core.labels import LabelStore
from clipsearch.errors import LibraryBusy

_ROOT = Path(__file__).parents[2]
# A line says what is committed; the kinds of edits take turns, some of them large.
_LABEL = """
import sys
from itertools import count
from pathlib import Path
from clipsearch.core.labels import LabelStore

store = LabelStore(Path(sys.argv[1]))
run = sys.argv[2]
for number in count():
    photo = f"{run}-{number}"
    if number % 10 == 9:
        many = [f"{photo}-{each}" for each in range(300)]
        store.tags.decide(f"tag {number % 7}", many, "accepted")
    elif number % 3 == 0:
        store.tags.decide(f"tag {number % 7}", [photo], "rejected")
    elif number % 3 == 1:
        store.ratings.rate([photo], number % 6)
    else:
        store.ratings.set_favourite([photo], True)
        store.file.undo()
        store.file.redo()
    print(number, flush=True)
"""


def kill_while_it_labels(file: Path, run: int, rng: random.Random) -> int:
    """Start a process that labels, kill it at any moment; how many edits it acknowledged."""
    command = [sys.executable, "-c", _LABEL, str(file), str(run)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(rng.randint(0, 20))]
        time.sleep(rng.uniform(0, 0.03))
        process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
    # A line that was being written when the process died acknowledges nothing.
    return sum(line.endswith("\n") for line in lines)


def expected_of(runs: list[int]) -> dict[str, set[str]]:
    """The contents that acknowledged edits of each run are about."""
    expected: dict[str, set[str]] = {"decisions": set(), "ratings": set(), "favourites": set()}
    for run, acknowledged in enumerate(runs):
        for number in range(acknowledged):
            photo = f"{run}-{number}"
            if number % 10 == 9:
                expected["decisions"] |= {f"{photo}-{each}" for each in range(300)}
            else:
                expected[("decisions", "ratings", "favourites")[number % 3]].add(photo)
    return expected


def check(file: Path, runs: list[int]) -> None:
    """Every acknowledged edit is there; of the next one of each run, all or nothing is."""
    acknowledged, begun = expected_of(runs), expected_of([number + 1 for number in runs])
    with closing(LabelFile(file)) as opened, opened.reading() as connection:
        assert damage_of(connection, is_thorough=True) == ""
        for table, expected in acknowledged.items():
            rows = connection.execute(f"SELECT content_hash FROM {table}").fetchall()
            found = {content for (content,) in rows}
            assert expected <= found <= begun[table]
            large = [one.rsplit("-", 1)[0] for one in found - expected if one.count("-") == 2]
            assert set(Counter(large).values()) <= {300}


@pytest.mark.parametrize(
    "kills", [20, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_no_acknowledged_label_is_lost_when_processes_are_killed(
    tmp_path: Path, kills: int
) -> None:
    rng = random.Random(kills)
    file = tmp_path / "labels.sqlite"
    runs: list[int] = []
    for run in range(kills):
        runs.append(kill_while_it_labels(file, run, rng))
        if run % 10 == 9:
            check(file, runs)
    assert sum(runs) > 5 * kills, "there was something to lose"
    check(file, runs)


_MANY = """
import sys
from pathlib import Path
from clipsearch.core.labels import LabelStore

store = LabelStore(Path(sys.argv[1]))
for number in range(150):
    store.tags.decide("both", [f"{sys.argv[2]}-{number}"], "accepted")
    store.tags.decide("one", ["same"], "accepted" if number % 2 else "rejected")
for sentence in store.close():
    print(sentence)
"""


def test_two_processes_that_label_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "labels.sqlite"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _MANY, str(file), name],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in "ab"
    ]
    printed = [process.communicate(timeout=120)[0] for process in running]
    assert printed == ["", ""]
    with closing(LabelFile(file)) as opened, opened.reading() as connection:
        assert damage_of(connection, is_thorough=True) == ""
    store = LabelStore(file)
    found = {one.content_hash for one in store.tags.of_tag("both")}
    assert found == {f"{name}-{number}" for name in "ab" for number in range(150)}
    assert [one.content_hash for one in store.tags.of_tag("one")] == ["same"]
    store.close()


def test_a_new_file_may_be_made_by_several_at_once(tmp_path: Path) -> None:
    def label(number: int) -> list[str]:
        store = LabelStore(tmp_path / str(number // 8) / "labels.sqlite")
        store.tags.decide("dog", [str(number)], "accepted")
        return store.close()

    for number in range(10):
        (tmp_path / str(number)).mkdir()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(label, range(80))) == [[]] * 80
    for number in range(10):
        with closing(LabelStore(tmp_path / str(number) / "labels.sqlite")) as made:
            assert len(made.tags.of_tag("dog")) == 8


def test_a_process_that_writes_for_too_long_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipsearch.core.label_connection._BUSY_S", 0.1)
    store, other = LabelStore(tmp_path / "labels.sqlite"), LabelStore(tmp_path / "labels.sqlite")
    store.tags.decide("dog", ["a"], "accepted")
    with other.file.writing(), pytest.raises(LibraryBusy, match="try again"):
        store.tags.decide("dog", ["b"], "accepted")
    store.tags.decide("dog", ["b"], "accepted")
    assert len(store.tags.of_tag("dog")) == 2
    store.close()
    other.close()
