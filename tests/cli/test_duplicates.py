"""`clipsearch duplicates`: the contract of its JSON, and lists to read."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsearch.cli import Launchers, main
from clipsearch.core import library as library_module
from clipsearch.core import removal
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


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bin of the test's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(removal, "move_to_bin", lambda path: shutil.move(path, folder))
    return folder


def names(folder: Path) -> set[str]:
    """The files in a folder."""
    return {path.name for path in folder.iterdir()}


def test_all_but_the_best_go_to_the_bin_and_out_of_the_index(
    run: Run, photos: Path, bin_folder: Path
) -> None:
    code, removed, error = run(
        "duplicates", "--remove", "--kind", "exact", "--kind", "near", "--yes", "--json"
    )
    assert code == 0
    assert removed == {
        "removed": [str(photos / "coffee copy.png"), str(photos / "small.png")],
        "kept": [],
    }
    assert f"keep   {photos / 'coffee.png'}\nremove {photos / 'coffee copy.png'}\n" in error
    assert names(bin_folder) == {"coffee copy.png", "small.png"}
    assert names(photos) == {"coffee.png", "cat.png"}
    assert run("info", "--json")[1]["photos"] == 2
    assert run("duplicates", "--json")[1] == []


def test_nothing_is_removed_without_a_word_from_the_user(
    run: Run, photos: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, error = run("duplicates", "--remove", "--kind", "exact")
    assert code == 2
    assert "add --yes" in error
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda text, err: False)
    code, printed, error = run("duplicates", "--remove", "--kind", "exact")
    assert (code, printed) == (0, "0 photos are in the bin, 0 were kept\n")
    assert f"remove {photos / 'coffee copy.png'}" in error
    assert names(bin_folder) == set()
    monkeypatch.setattr("typer.confirm", lambda text, err: text == "Move 1 photos to the bin?")
    assert run("duplicates", "--remove", "--kind", "exact")[0] == 0
    assert names(bin_folder) == {"coffee copy.png"}


@pytest.mark.parametrize("kinds", [(), ("--kind", "burst"), ("--kind", "near", "--kind", "burst")])
def test_bursts_are_never_removed(run: Run, bin_folder: Path, kinds: tuple[str, ...]) -> None:
    code, _, error = run("duplicates", "--remove", "--yes", *kinds)
    assert code == 2
    assert "--remove wants --kind exact" in error


def test_search_puts_duplicates_behind_the_best_hit(run: Run, photos: Path) -> None:
    _, plain, _ = run("search", "type:png", "--sort", "name", "--json")
    assert all("duplicates" not in hit for hit in plain)
    _, hits, _ = run("search", "type:png", "--sort", "name", "--group", "--json")
    names = [[Path(p).name for p in (hit["path"], *hit["duplicates"])] for hit in hits]
    assert names == [["cat.png"], ["coffee copy.png", "coffee.png", "small.png"]]
    lines = run("search", "type:png", "--sort", "name", "--group")[1].splitlines()
    assert [line.split()[-1] for line in lines[1:]] == [str(photos / "cat.png"), "+2"]


def test_grouped_pages_joined_are_all_grouped_hits(run: Run, photos: Path) -> None:
    search = ("search", "type:png", "--group", "--json")
    _, whole, _ = run(*search, "--all")
    pages = [run(*search, "-k", "1", "--offset", str(offset))[1] for offset in range(4)]
    assert [hit["path"] for page in pages for hit in page] == [hit["path"] for hit in whole]
    assert len(whole) == 2
    assert [len(page) for page in pages].count(0) == 2, "copy and version stand behind a hit"
