"""Training a tiny model from a library: killed at any moment, and all the way to a search."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from safetensors.numpy import load_file

from clipsearch.core.library import Library
from clipsearch.core.query import Query
from clipsearch.core.tuning_run import Event, RunFolders
from clipsearch.errors import TrainingError
from clipsearch.ml import own_models
from clipsearch.ml.tuning_types import Outcome
from clipsearch.settings import Settings
from tests.core.test_tuning import collect, draw_photos
from tests.ml.conftest import write_model


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Two collections under a tiny model with random weights."""
    draw_photos(tmp_path / "photos")
    library = Library(tmp_path / "library", Settings(device="cpu", precision="float32"))
    library.index([tmp_path / "photos"], model=str(write_model(tmp_path / "tiny")))
    collect(library)
    yield library
    library.close()


def killing(number: int) -> Callable[[Event], None]:
    """Kill the process that trains, without a word, at the event of a number."""
    left = number

    def kill(_: Event) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            (child,) = [
                one
                for one in psutil.Process().children()
                if any("spawn_main" in part for part in one.cmdline())
            ]
            child.kill()

    return kill


def ended(library: Library, run: str, outcome: Outcome) -> tuple[Outcome, bytes]:
    """What a run came to, to the bit, but for the time that it took."""
    adapter = RunFolders(library.root).named(run).adapter
    return replace(outcome, seconds=0), adapter.read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_killed_training_ends_with_the_same_figures(library: Library) -> None:
    tuning, rng = library.tuning, random.Random(0)
    active = library.info().model
    events: list[Event] = []
    run = tuning.prepare(method="lora")
    undisturbed = ended(library, run, tuning.run(run, on_event=events.append))
    run = tuning.prepare(method="lora")
    kills = 0
    while kills < 20:
        try:
            outcome = tuning.run(run, on_event=killing(rng.randint(1, len(events) - 1)))
        except TrainingError:
            kills += 1
        else:  # It had come too far already.
            assert ended(library, run, outcome) == undisturbed
            run = tuning.prepare(method="lora")
    assert ended(library, run, tuning.run(run)) == undisturbed
    assert library.info().model == active


def test_what_was_trained_is_kept_used_and_reverted(library: Library) -> None:
    tuning, parent = library.tuning, library.info().model
    run = tuning.prepare(method="gda")
    outcome = tuning.run(run)
    name = tuning.keep(run, name="ours", strength=1, force=True)
    assert outcome.method == "gda"
    assert library.info().model == parent
    for query in ("red", "a red thing"):
        before, after = tuning.gallery(run, query, k=2)
        assert len(before) == len(after) == 2
        assert [photo.fits is None for photo in after] == [query != "red"] * 2
    report = library.use_model(name)
    assert not report.skipped
    assert library.info().model == name
    (query,) = library.encoder().encode_texts(["red"])
    known = load_file(own_models.folder_of(name) / "adapter.safetensors")["words/learned"]
    assert (known @ query).max() == pytest.approx(1, abs=1e-5)
    assert len(library.search(Query.of("red", k=3))) == 3
    assert tuning.survey().model == parent, "what is tuned is trained anew from its parent"
    library.revert_model()
    assert library.info().model == parent
