"""`clipsearch duplicates`: the contract of its JSON, and lists to read."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsearch.cli import Launchers, main
from clipsearch.core import library as library_module
from tests.conftest import FakeModel
from tests.core.changed_copies import resized
from tests.core.test_likeness import scene

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fake_model: FakeModel
) -> Run:
    """Runs a command with the fake model: exit code, parsed stdout or text, stderr."""
    monkeypatch.setattr(library_module, "load_encoder", lambda name, settings: fake_model)
    launchers = Launchers(window=lambda library, settings: 0, tour=lambda *arguments: 0)

    def run(*arguments: object) -> tuple[int, Any, str]:
        code = main(launchers, [str(argument) for argument in arguments])
        printed = capsys.readouterr()
        is_json = "--json" in arguments and code == 0
        return code, json.loads(printed.out) if is_json else printed.out, printed.err

    return run


@pytest.fixture
def photos(tmp_path: Path, run: Run) -> Path:
    """A cup of coffee with a copy and a smaller version, and a cat; indexed."""
    folder = tmp_path / "photos"
    folder.mkdir()
    scene("coffee.png").save(folder / "coffee.png")
    shutil.copy(folder / "coffee.png", folder / "coffee copy.png")
    resized(scene("coffee.png"), 0.5).save(folder / "small.png")
    scene("chelsea.png").save(folder / "cat.png")
    assert run("index", folder)[0] == 0
    return folder


def test_duplicates_print_the_contract(run: Run, photos: Path) -> None:
    coffee, copy, small = (
        str(photos / name) for name in ("coffee.png", "coffee copy.png", "small.png")
    )
    exact = {"kind": "exact", "paths": [coffee, copy], "keeper": coffee}
    near = {"kind": "near", "paths": [coffee, small], "keeper": coffee}
    assert run("duplicates", "--json") == (0, [exact, near], "")
    assert run("duplicates", "--kind", "near", "--json") == (0, [near], "")
    assert run("duplicates", "--kind", "near", "--kind", "exact", "--json")[1] == [exact, near]
    assert run("duplicates", "--kind", "burst", "--json") == (0, [], "")


def test_the_lists_can_be_read(run: Run, photos: Path) -> None:
    code, printed, _ = run("duplicates", "--kind", "exact", "--kind", "near")
    assert code == 0
    lines = printed.splitlines()
    coffee = photos / "coffee.png"
    size = f"{coffee.stat().st_size / 1e6:.2f}"
    assert lines[1].split() == ["exact", "keep", "600", "x", "400", size, "MB", str(coffee)]
    assert lines[-1] == "exact copies: 1, near-duplicates: 1"


def test_an_unknown_kind_is_explained(run: Run) -> None:
    code, printed, error = run("duplicates", "--kind", "similar", "--json")
    assert (code, printed) == (2, "")
    assert error == "--kind similar is not known: name exact, near or burst.\n"
