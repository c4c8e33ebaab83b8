"""``clipsearch train`` as scripts use it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from clipsearch.core import library as library_module
from clipsearch.core.library import Library
from clipsearch.core.tuning import Tuning
from clipsearch.ml import own_models
from tests.cli.test_cli import Run, opened, run
from tests.core import fake_learning
from tests.core.test_tuning import library

__all__ = ["library", "opened", "run"]


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch, run: Run, library: Library) -> Run:
    """``train`` on the library of two collections, with what plays learning."""
    monkeypatch.setenv("CLIPSEARCH_LIBRARY", str(library.root))
    learning = partial(Tuning, learn=fake_learning.learn)
    monkeypatch.setattr(library_module, "Tuning", learning)
    return partial(run, "train")


def test_a_dry_run_says_what_there_is_and_makes_nothing(train: Run, library: Library) -> None:
    code, document, error = train("--dry-run", "--json")
    assert code == 0
    assert set(document) == {
        "model",
        "concepts",
        "warnings",
        "confusions",
        "method",
        "reason",
        "is_enough",
    }
    assert [one["name"] for one in document["concepts"]] == ["blue", "red"]
    assert set(document["concepts"][0]) == {
        "name",
        "photos",
        "groups",
        "held_out",
        "captions",
        "warnings",
    }
    assert {frozenset(one) for one in document["confusions"]} <= {
        frozenset({"path", "concept", "taken_for"})
    }
    assert error == ""
    assert not (library.root / "training").exists()
    assert (
        train("--dry-run", "--collections", "red", "--method", "svd", "--json")[1]["method"]
        == "svd"
    )


def test_what_is_better_is_kept_and_not_yet_used(train: Run, library: Library) -> None:
    code, document, error = train("--method", "lora", "--name", "ours", "--json")
    assert code == 0
    assert {key: document[key] for key in ("method", "conclusion", "model", "in_use")} == {
        "method": "lora",
        "conclusion": "better",
        "model": "ours",
        "in_use": False,
    }
    assert document["before"]["recall"]["10"] == 0.25
    assert document["after"]["recall"]["10"] == 0.75
    assert document["gains"]["recall@10"] == {"value": 0.5, "low": 0.4, "high": 0.6}
    assert [point["strength"] for point in document["trade_off"]] == [0, 1]
    assert own_models.names() == ["ours"]
    assert f"train --resume {document['run']}" in error
    assert library.info().model == "fake"


def test_what_is_no_better_is_not_kept_unless_the_user_says_so(train: Run) -> None:
    code, document, error = train("--seed", "1", "--use", "--json")
    assert code == 0
    assert (document["conclusion"], document["model"], document["in_use"]) == (
        "no gain",
        None,
        False,
    )
    assert document["sentences"] == ["Nothing was gained.", "Add photos."]
    assert "searches go on as before" in error
    assert own_models.names() == []
    model = train("--resume", document["run"], "--keep", "--json")[1]["model"]
    assert own_models.names() == [model]


def test_nothing_is_kept_if_the_user_says_so(train: Run) -> None:
    code, printed, _ = train("--no-keep")
    assert code == 0
    assert "recall@10" in printed
    assert "'red' is found." in printed
    assert own_models.names() == []


def test_a_model_is_used_if_that_is_wanted(
    train: Run, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    real = Library.use_model

    def use(self: Library, model: str, **options: object) -> object:
        used.append(model)
        return real(self, "fake")

    monkeypatch.setattr(Library, "use_model", use)
    _, document, _ = train("--use", "--json")
    assert used == [document["model"]]
    assert document["in_use"]


def test_runs_are_listed_and_dropped(train: Run) -> None:
    name = train("--no-keep", "--json")[1]["run"]
    (info,) = train("--runs", "--json")[1]
    assert info == {
        "run": name,
        "state": "finished",
        "parent": "fake",
        "method": info["method"],
        "concepts": ["blue", "red"],
        "conclusion": "better",
        "model": None,
    }
    assert train("--drop", name, "--json")[1] == {"dropped": name}
    assert train("--runs", "--json")[1] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--collections", "red,cats"], "cats"),
        (["--resume", "last"], "no unfinished run"),
        (["--resume", "other"], "There is no run 'other'"),
        (["--resume", "last", "--collections", "red"], "--resume and --collections"),
        (["--runs", "--dry-run"], "--dry-run and --runs"),
        (["--drop", "../labels"], "There is no run"),
    ],
)
def test_mistakes_are_told_in_a_sentence(train: Run, arguments: list[str], sentence: str) -> None:
    code, _, error = train(*arguments)
    assert code == 2
    assert sentence in error


def test_names_with_commas_stand_in_quotes(train: Run, library: Library) -> None:
    library.labels.collections.rename("red", "red, not blue")
    _, document, _ = train("--collections", '"red, not blue",blue', "--dry-run", "--json")
    assert [one["name"] for one in document["concepts"]] == ["red, not blue", "blue"]


_SCRIPT = """
import sys
from functools import partial
from clipsearch.cli import Launchers, main
from clipsearch.core import library
from clipsearch.core.tuning import Tuning
from tests.conftest import FakeModel
from tests.core import fake_learning

if __name__ == "__main__":
    library.load_encoder = lambda name, settings: FakeModel()
    library.Tuning = partial(Tuning, learn=fake_learning.learn)
    nothing = lambda *_: 0
    sys.exit(main(Launchers(nothing, nothing), ["train", *sys.argv[1:]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is no signal to one process there")
def test_ctrl_c_stops_and_the_run_goes_on_afterwards(
    train: Callable[..., object], library: Library, tmp_path: Path
) -> None:
    script = tmp_path / "train.py"
    script.write_text(_SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    (library.root / "training").mkdir()
    with subprocess.Popen(
        [sys.executable, str(script), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        events = library.root / "training" / first.split("--resume ")[1].split("'")[0]
        while '"step": 4' not in _text_of(events / "events.jsonl"):
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # As a terminal does: the child hears it too.
        out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, error.splitlines()[-1]) == ("", "Stopped; what was finished is kept.")
    done = subprocess.run(
        [sys.executable, str(script), "--resume", "last"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "kept as fake-blue-red" in done.stdout


def _text_of(file: Path) -> str:
    return file.read_text() if file.exists() else ""
