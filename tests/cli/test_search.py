"""``clipsearch search`` with the query language."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clipsearch.cli import Launchers, main
from clipsearch.core import library as library_module
from tests.conftest import COLOURS, FakeModel

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def search(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fake_model: FakeModel,
    colour_photos: Path,
) -> Run:
    """Searches the colours: exit code, the names that were found or what was printed, stderr."""
    monkeypatch.setattr(library_module, "load_encoder", lambda name, settings: fake_model)
    launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)
    assert main(launchers, ["index", str(colour_photos), "--json"]) == 0
    capsys.readouterr()

    def run(*arguments: str) -> tuple[int, Any, str]:
        code = main(launchers, ["search", *arguments])
        captured = capsys.readouterr()
        if code or "--json" not in arguments:
            return code, captured.out, captured.err
        return code, [Path(hit["path"]).stem for hit in json.loads(captured.out)], captured.err

    return run


def test_words_filters_and_exclusions_are_one_query(search: Run) -> None:
    _, found, _ = search("white -red in:cold", "--json")
    assert (found[0], found[-1]) == ("white", "red")
    assert set(found) == {"red", "blue", "white"}
    assert search("white", "-red", "in:cold", "--json")[0] == 2, "a bare -red looks like an option"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-red in:cold"],
        ["--", "-red", "in:cold"],
        ["-in:warm", "-k", "5", "--", "-red"],
        ['-"red"', "in:cold"],
        ["-(red)", "-in:warm"],
        ["not red", "in:cold"],
    ],
)
def test_a_query_may_begin_with_a_minus(search: Run, arguments: list[str]) -> None:
    # Options stand before what may be taken for one.
    code, found, error = search("--json", *arguments)
    assert (code, error) == (0, "")
    assert set(found) == {"red", "blue", "white"}
    assert found[-1] == "red"


def test_filters_alone_have_no_score(search: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = search("in:cold", "--sort", "name")
    assert code == 0
    assert [Path(line.strip()).stem for line in printed.splitlines()[1:]] == [
        "blue",
        "red",
        "white",
    ]
    assert search("type:png", "--sort", "name", "--json")[1] == sorted(COLOURS)


def test_pages_and_all_hits(search: Run) -> None:
    _, whole, _ = search("red", "--all", "-k", "1", "--json")
    assert len(whole) == len(COLOURS)
    pages = [search("red", "-k", "4", "--offset", str(at), "--json")[1] for at in (0, 4, 8)]
    assert [name for page in pages for name in page] == whole


def test_pictures_of_the_query_and_of_the_option_go_together(
    search: Run, colour_photos: Path
) -> None:
    red, blue = colour_photos / "cold" / "red.png", colour_photos / "cold" / "blue.png"
    _, typed, _ = search(f'like:"{red}"', "--json")
    assert typed[0] == "red"
    _, both, _ = search(f'like:"{red}"', "--image", str(blue), "--json")
    assert both != typed
    assert both == search("--image", str(red), "--image", str(blue), "--json")[1]


def test_a_query_that_cannot_be_read_is_shown_with_the_place(search: Run) -> None:
    code, printed, error = search("\u72ac dog", "onn:2012", "--json")
    assert (code, printed) == (2, "")
    shown, caret, sentence = error.splitlines()
    assert shown == "\u72ac dog onn:2012"
    assert caret == " " * 7 + "^", "the first letter is two wide"
    assert sentence.startswith("There is no filter onn:")


def test_the_place_in_a_long_query_is_shown_with_what_is_around_it(search: Run) -> None:
    _, _, error = search(f"{'dog ' * 500}on:x {'cat ' * 500}")
    shown, caret, _ = error.splitlines()
    assert shown[caret.index("^") :].startswith("x cat")
    assert len(shown) < 150


def test_an_unknown_order_is_refused(search: Run) -> None:
    code, _, error = search("red", "--sort", "size")
    assert code == 2
    assert "relevance" in error


def test_each_hit_says_how_certain_it_is_and_why(
    search: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)
    assert main(launchers, ["search", "red -blue in:cold -in:nowhere", "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert set(hits[0]) == {"path", "score", "relevance", "above_cutoff", "parts"}
    assert all(0 <= hit["relevance"] <= 1 for hit in hits)
    assert all(hit["above_cutoff"] == (hit["relevance"] >= 0.5) for hit in hits)
    assert [part["part"] for part in hits[0]["parts"]] == ["red", "-blue"]
    assert [part["excluded"] for part in hits[0]["parts"]] == [False, True]
    assert main(launchers, ["search", "red in:cold -in:nowhere", "--explain", "--json"]) == 0
    explained = json.loads(capsys.readouterr().out)
    assert explained[0]["filters"] == ["in:cold", "-in:nowhere"]


def test_of_alternatives_only_those_are_named_that_a_photo_passes(
    search: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)
    assert main(launchers, ["search", "in:cold in:warm", "--explain", "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert len(hits) == len(COLOURS)
    for hit in hits:
        assert hit["filters"] == [f"in:{Path(hit['path']).parent.name}"]
        assert (hit["score"], hit["relevance"], hit["above_cutoff"]) == (None, 1.0, True)


def test_what_is_less_certain_stands_below_a_line(
    search: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "clipsearch.core.judging.measure.certainty",
        lambda rows, usual, total: np.linspace(0.9, 0.1, len(rows), dtype=np.float32),
    )
    code, printed, said = search("red", "--explain")
    assert code == 0
    assert "3 less certain" in said
    assert "90%" in printed
    assert "red" in printed.splitlines()[1]
    monkeypatch.setattr(
        "clipsearch.core.judging.measure.certainty",
        lambda rows, usual, total: np.full(len(rows), 0.1, np.float32),
    )
    _, _, said = search("red")
    assert "Nothing in the library is certain to be what you look for" in said


def test_a_saved_search_is_used_by_its_name(
    search: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)
    assert main(launchers, ["searches", "save", "cold ones", "in:cold", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["query"] == "in:cold"
    assert set(search("--saved", "cold ones", "--json")[1]) == {"red", "blue", "white"}
    assert search("--saved", "cold ones", "red", "-k", "1", "--json")[1] == ["red"]
    code, _, error = search("--saved", "warm ones")
    assert code == 2
    assert "'cold ones'" in error
    assert main(launchers, ["searches", "history", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["in:cold red", "in:cold"]
    assert main(launchers, ["searches", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["cold ones"]
    assert main(launchers, ["searches", "remove", "cold ones"]) == 0
    capsys.readouterr()
    assert main(launchers, ["searches", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
