"""Runs of fine-tuning: the process that trains, what it leaves, and what becomes of it."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from safetensors.numpy import load_file

from clipsearch.core.imaging import read_file
from clipsearch.core.library import Library
from clipsearch.core.stores import Stores
from clipsearch.core.tuning import Tuning
from clipsearch.core.tuning_process import Learn
from clipsearch.core.tuning_reading import read_photos
from clipsearch.core.tuning_run import Event, RunFolder, RunFolders
from clipsearch.errors import InputError, TrainingError
from clipsearch.ml import own_models, tuned_models
from clipsearch.ml.tuning_types import Concept, Example, Lessons, Outcome, TuningPlan
from clipsearch.progress import Cancelled, no_progress
from tests.core import fake_learning

EACH = 6
NAMES = ("red", "blue")


def draw_photos(folder: Path) -> None:
    """Draw photos that resemble nothing, taken days apart: those of one day are never parted."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    for number in range(2 * EACH + 20):
        squares = rng.integers(0, 256, (2, 2, 3), np.uint8)
        picture = Image.fromarray(squares).resize((64, 48), Image.Resampling.NEAREST)
        picture.save(folder / f"{number:02}.png")
        os.utime(folder / f"{number:02}.png", (1e9 + 2e5 * number,) * 2)


def collect(library: Library) -> None:
    """Make a collection of the first photos, and one of the next."""
    (folder,) = library.folders()
    for place, name in enumerate(NAMES):
        photos = [folder / f"{number:02}.png" for number in range(place * EACH, (place + 1) * EACH)]
        library.labels.collections.create(name)
        library.labels.collections.add(name, library.labels.contents(photos))


@pytest.fixture
def library(make_library: Callable[..., Library], tmp_path: Path) -> Library:
    """Two collections of six photos each, and twenty photos of which nothing is said."""
    draw_photos(tmp_path / "to learn")
    library = make_library()
    library.index([tmp_path / "to learn"])
    collect(library)
    return library


def tuning_of(library: Library, learn: Learn = fake_learning.learn) -> Tuning:
    return Tuning(library, Stores(library.root), library._duplicates, learn=learn)


@pytest.fixture
def tuning(library: Library) -> Tuning:
    return tuning_of(library)


def folder_of(library: Library, run: str) -> RunFolder:
    return RunFolders(library.root).named(run)


def comparable(outcome: Outcome) -> Outcome:
    return replace(outcome, seconds=0)


def test_a_run_tells_what_it_does_and_leaves_what_it_learned(
    library: Library, tuning: Tuning, capfd: pytest.CaptureFixture[str]
) -> None:
    events: list[Event] = []
    shown: list[str] = []
    run = tuning.prepare(seed=2)
    assert [info.state for info in tuning.runs()] == ["unfinished"]
    before = replace(library.info(), disk_bytes=0)

    def show(done: int, total: int | None, note: str = "") -> None:
        shown.append(note)

    outcome = tuning.run(run, progress=show, on_event=events.append)
    stages = [event["stage"] for event in events if event["kind"] == "stage"]
    assert stages == ["reading photos", "embedding", "training", "judging"]
    steps = [event["step"] for event in events if event["kind"] == "step"]
    assert steps == list(range(1, fake_learning.STEPS))
    assert events[-1] == {"kind": "done"}
    assert {"kind": "recall", "step": fake_learning.STEPS, "recall": 0.75} in events
    assert any(note.startswith("training, loss") for note in shown)
    folder = folder_of(library, run)
    assert list(folder.events()) == [one for one in events if one["kind"] != "progress"]
    tensors = load_file(folder.adapter)
    assert tensors["weights/visual.proj.delta"][0] == pytest.approx(outcome.losses)
    assert not folder.checkpoint.exists()
    assert tuning.run(run) == outcome, "a finished run is only read"
    assert [info.state for info in tuning.runs()] == ["finished"]
    assert replace(library.info(), disk_bytes=0) == before, "nothing in the library has changed"
    assert capfd.readouterr().out == ""


def test_a_cancelled_run_goes_on_and_ends_as_if_it_had_not_been(
    library: Library, tuning: Tuning
) -> None:
    undisturbed = tuning.run(tuning.prepare())
    run = tuning.prepare()

    def cancel(event: Event) -> None:
        if event["kind"] == "step" and event["step"] == 7:
            raise Cancelled

    with pytest.raises(Cancelled):
        tuning.run(run, on_event=cancel)
    folder = folder_of(library, run)
    assert folder.checkpoint.exists()
    assert not folder.is_running
    assert tuning.runs()[0].state == "unfinished"
    events: list[Event] = []
    outcome = tuning.run(run, on_event=events.append)
    assert comparable(outcome) == comparable(undisturbed)
    first = next(event["step"] for event in events if event["kind"] == "step")
    assert first >= 7, "it began where it was stopped"


def kill_at(step: int) -> Callable[[Event], None]:
    """Kill the process that trains, without a word, when it tells of a step."""

    def kill(event: Event) -> None:
        if event["kind"] == "step" and event["step"] == step:
            (child,) = [one for one in psutil.Process().children() if is_training(one)]
            child.kill()

    return kill


def is_training(process: psutil.Process) -> bool:
    return any("spawn_main" in part for part in process.cmdline())


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_run_goes_on_and_ends_as_if_it_had_not_been(
    library: Library, tuning: Tuning, kills: int
) -> None:
    undisturbed = tuning.run(tuning.prepare())
    rng = random.Random(kills)
    active = library.info().model
    for _ in range(kills):
        run = tuning.prepare()
        with pytest.raises(TrainingError, match="has died"):
            tuning.run(run, on_event=kill_at(rng.randint(1, fake_learning.STEPS - 2)))
        assert tuning.runs()[0].state == "unfinished"
        assert comparable(tuning.run(run)) == comparable(undisturbed)
        assert library.info().model == active


def test_a_paused_run_takes_no_step_until_it_goes_on(tuning: Tuning) -> None:
    run = tuning.prepare()
    told: list[str] = []

    def pause(event: Event) -> None:
        told.append(event["kind"])
        if event["kind"] == "step" and event["step"] == 5:
            tuning.pause(run)
        if event["kind"] == "paused":
            threading.Timer(0.5, tuning.resume, [run]).start()

    tuning.run(run, on_event=pause)
    assert told.index("resumed") == told.index("paused") + 1


def test_a_paused_run_can_be_cancelled(tuning: Tuning) -> None:
    run = tuning.prepare()

    def pause(event: Event) -> None:
        if event["kind"] == "paused":
            raise Cancelled
        tuning.pause(run)

    with pytest.raises(Cancelled):
        tuning.run(run, on_event=pause)
    assert tuning.runs()[0].state == "unfinished"


_PARENT = """
import sys
from pathlib import Path
from clipsearch.core.tuning_run import RunFolder
from clipsearch.core.tuning_worker import TuningWorker
from clipsearch.settings import Settings
from tests.core import fake_learning

if __name__ == "__main__":
    worker = TuningWorker(RunFolder(Path(sys.argv[1])), Settings(), fake_learning.learn)
    worker.run(on_event=lambda event: print(event["kind"], flush=True))
"""


def test_a_process_whose_parent_is_killed_ends_by_itself(
    library: Library, tuning: Tuning, tmp_path: Path
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    run = tuning.prepare()
    folder = folder_of(library, run)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script), str(folder.path)],
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        while "step" not in parent.stdout.readline():
            pass
        (child,) = [one for one in psutil.Process(parent.pid).children() if is_training(one)]
        parent.kill()
    child.wait(20)
    assert not folder.is_running
    assert folder.checkpoint.exists()
    assert folder.result() is None
    assert tuning.run(run).losses


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such priority")
def test_the_process_gives_way(tuning: Tuning) -> None:
    found: list[int] = []

    def look(event: Event) -> None:
        if event["kind"] == "step":
            (child,) = [one for one in psutil.Process().children() if is_training(one)]
            found.append(child.nice())

    tuning.run(tuning.prepare(), on_event=look)
    assert min(found) >= 10


@pytest.mark.parametrize(
    ("learn", "sentence"),
    [
        (fake_learning.learn_without_memory, "not enough memory to train 'fake'"),
        (fake_learning.learn_badly, "The loss became nan"),
        (fake_learning.learn_on_a_full_disk, "library is full: make space"),
        pytest.param(
            fake_learning.learn_and_die,
            rf"has died \(exit code -{signal.SIGKILL:d}\)",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="it has no signals"),
        ),
    ],
)
def test_what_goes_wrong_is_told_in_a_sentence(
    library: Library, learn: Learn, sentence: str
) -> None:
    tuning = tuning_of(library, learn)
    run = tuning.prepare()
    with pytest.raises(TrainingError, match=sentence):
        tuning.run(run)
    assert tuning.runs()[0].state == "unfinished"


def test_photos_that_are_gone_are_left_out_and_told_of(library: Library, tuning: Tuning) -> None:
    run = tuning.prepare()
    folder = folder_of(library, run)
    plan = folder.order().plan
    gone, changed = [one.path for one in plan.lessons.examples if not one.concepts][:2]
    gone.unlink()
    Image.new("RGB", (8, 8)).save(changed)
    folder.checkpoint.write_text("[1, 1, 1]")
    events: list[Event] = []
    outcome = tuning.run(run, on_event=events.append)
    notices = [event["sentence"] for event in events if event["kind"] == "notice"]
    assert notices == [
        f"{gone} is left out: there is no such file.",
        f"{changed} is left out: its content has changed.",
    ]
    left = {one.path for one in folder.order().plan.lessons.examples}
    assert left == {one.path for one in plan.lessons.examples} - {gone, changed}
    assert outcome.losses[0] != 1, "a checkpoint of other photos is not gone on from"


def test_a_concept_that_lost_what_judges_it_stops_the_run(library: Library, tuning: Tuning) -> None:
    run = tuning.prepare()
    lessons = folder_of(library, run).order().plan.lessons
    for one in lessons.examples:
        if one.concepts == (0,) and one.is_held_out:
            one.path.unlink()
    with pytest.raises(TrainingError, match=f"photos of '{lessons.concepts[0].name}' can still"):
        tuning.run(run)


def test_only_what_is_better_is_kept_unless_the_user_insists(
    tuning: Tuning, library: Library
) -> None:
    run = tuning.prepare(seed=1)
    tuning.run(run)
    with pytest.raises(TrainingError, match=r"is not kept: Nothing was gained\. Add photos\."):
        tuning.keep(run)
    assert own_models.names() == []
    assert tuning.keep(run, force=True) == "fake-blue-red"
    assert tuning.runs()[0].state == "kept"
    assert library.info().model == "fake"


def test_a_kept_run_is_a_model_with_where_it_comes_from(tuning: Tuning, library: Library) -> None:
    run = tuning.prepare()
    tuning.run(run)
    name = tuning.keep(run, name="ours", strength=0.5)
    manifest = tuned_models.read(own_models.folder_of(name))
    assert (manifest.parent, manifest.parent_fingerprint) == ("fake", "fa4e")
    assert (manifest.strength, manifest.photos) == (0.5, 2 * EACH)
    with pytest.raises(TrainingError, match="kept already, as 'ours'"):
        tuning.keep(run)
    tuning.drop(run)
    assert tuning.runs() == []
    assert own_models.names() == ["ours"]


def test_the_gallery_asks_by_a_concept_s_name_without_a_model(tuning: Tuning) -> None:
    run = tuning.prepare()
    tuning.run(run)
    before, after = tuning.gallery(run, " Red", k=3)
    assert before == after, "the one that plays learning moves nothing"
    assert len(before) == 3
    scores = [photo.score for photo in before]
    assert scores == sorted(scores, reverse=True)
    assert {photo.fits for photo in before} <= {True, False}
    with pytest.raises(InputError, match="no words"):
        tuning.gallery(run, " ")
    tuning.drop(run)
    with pytest.raises(InputError, match="There is no run"):
        tuning.gallery(run, "red")


def test_an_unfinished_run_is_not_kept(tuning: Tuning) -> None:
    run = tuning.prepare()
    with pytest.raises(TrainingError, match="is not finished"):
        tuning.keep(run)
    with pytest.raises(InputError, match="There is no run 'other'"):
        tuning.keep("other")


def test_a_run_is_trained_by_one_process_at_a_time(
    library: Library, tuning: Tuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tuning.prepare()
    folder = folder_of(library, run)
    with folder.running(0):
        assert tuning.runs()[0].state == "running"
        with pytest.raises(TrainingError, match="Another clipsearch is training"):
            tuning.drop(run)
        with (
            pytest.raises(TrainingError, match="Another clipsearch is training"),
            folder.running(0),
        ):
            pass
    assert tuning.runs()[0].state == "unfinished"


def test_a_survey_tells_what_there_is(tuning: Tuning) -> None:
    survey = tuning.survey()
    assert [(one.name, one.photos) for one in survey.concepts] == [("blue", EACH), ("red", EACH)]
    assert survey.is_enough
    assert survey.model == "fake"
    assert {one.concept for one in survey.confusions} <= set(NAMES)
    assert survey.reason


def test_too_little_is_refused_before_anything_is_made(library: Library, tuning: Tuning) -> None:
    (folder,) = library.folders()
    library.labels.collections.create("one")
    library.labels.collections.add("one", library.labels.contents([folder / "30.png"]))
    with pytest.raises(TrainingError, match="is 1 photo of 'one'"):
        tuning.prepare(["one"])
    assert tuning.runs() == []


def test_an_empty_library_has_nothing_to_learn_from(make_library: Callable[..., Library]) -> None:
    with pytest.raises(InputError, match="library is empty"):
        tuning_of(make_library("empty")).survey()


def test_a_plan_comes_back_from_the_disk_as_it_was(tmp_path: Path) -> None:
    path = Path(os.fsdecode(b"/photos/caf\xe9.jpg"))
    example = Example(path, "ab", 3, (0,), (), ("a 'boat'\n",), is_held_out=True)
    lessons = Lessons((Concept("Lötte", "a boat", ("ship",)),), (example,), ("tree",))
    plan = TuningPlan("starter", "ff", lessons, "lora", "siglip", 3, False, 7)
    folder = RunFolders(tmp_path).create(plan, 224)
    assert folder.order().plan == plan
    other = RunFolders(tmp_path).create(plan, 224)
    assert other.name != folder.name


def test_a_damaged_plan_is_told_of(tmp_path: Path) -> None:
    plan = TuningPlan("starter", "ff", Lessons((), ()), "lora")
    folder = RunFolders(tmp_path).create(plan, 224)
    (folder.path / "plan.json").write_text('{"plan": ')
    with pytest.raises(TrainingError, match=r"cannot be read .*: drop it, and train again"):
        folder.order()


def test_events_survive_a_line_that_was_cut_short(tmp_path: Path) -> None:
    plan = TuningPlan("starter", "ff", Lessons((), ()), "lora")
    folder = RunFolders(tmp_path).create(plan, 224)
    folder.append({"kind": "stage", "stage": "training"})
    with (folder.path / "events.jsonl").open("a") as file:
        file.write('\n{"kind": "st')
    folder.append({"kind": "paused"})
    folder.append({"kind": "done"})
    told = [event["kind"] for event in folder.events()]
    assert told == ["stage", "paused", "done"]


def test_photos_are_read_at_the_size_that_the_model_needs(tmp_path: Path) -> None:
    sizes = {"small": (20, 10), "large": (4000, 3000), "long": (6000, 100)}
    for name, size in sizes.items():
        Image.new("RGB", size, "red").save(tmp_path / f"{name}.jpg")
    examples = tuple(
        Example(tmp_path / f"{name}.jpg", read_file(tmp_path / f"{name}.jpg").content_hash, 0)
        for name in sizes
    )
    read = read_photos(Lessons((), examples), 64, 10**8, no_progress)
    assert [photo.size for photo in read.photos] == [(20, 10), (100, 75), (320, 80)]
