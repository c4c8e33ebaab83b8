"""``clipsearch labels``: what it prints, and what it refuses."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.cli import Launchers, main
from clipsearch.core import library as library_module
from clipsearch.core.labels import LabelStore
from clipsearch.core.metadata import read_metadata
from clipsearch.settings import default_library
from tests.conftest import COLOURS, FakeModel
from tests.core.sidecar_samples import LIGHTROOM

LAUNCHERS = Launchers(window=lambda *_: 0, tour=lambda *_: 0)


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch, fake_model: FakeModel) -> None:
    monkeypatch.setattr(library_module, "load_encoder", lambda name, settings: fake_model)


@pytest.fixture
def photos(colour_photos: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    red = next(colour_photos.rglob("red.png"))
    Path(f"{red}.xmp").write_text(LIGHTROOM, encoding="utf-8")
    assert main(LAUNCHERS, ["index", str(colour_photos)]) == 0
    capsys.readouterr()
    return colour_photos


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    assert main(LAUNCHERS, ["labels", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_read_then_write_then_a_sidecar_that_is_damaged(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    red = next(photos.rglob("red.png"))
    sidecar = Path(f"{red}.xmp")
    # Lightroom writes the levels above among the words: they are no tags of their own.
    assert run(capsys, "read") == {"tags": 1, "ratings": 1, "kept": 0, "skipped": []}
    assert run(capsys, "write", str(red)) == {"written": 0, "unchanged": 1, "skipped": []}
    store = LabelStore(default_library() / "labels.sqlite")
    content = next(iter(store.ratings.stars()))
    store.tags.decide("dog", [content], "accepted")
    store.close()
    expected = {"written": 1, "unchanged": len(COLOURS) - 1, "skipped": []}
    assert run(capsys, "write", "--dry-run") == expected
    assert sidecar.read_text(encoding="utf-8") == LIGHTROOM
    assert run(capsys, "write", str(photos)) == expected
    assert b">dog<" in sidecar.read_bytes()
    sidecar.write_bytes(b"<a>")
    assert main(LAUNCHERS, ["labels", "write"]) == 0
    printed = capsys.readouterr()
    assert f"skipped {sidecar}: it is damaged" in printed.err
    assert printed.out == f"0 written, {len(COLOURS) - 1} unchanged, 1 skipped\n"


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")
def test_originals_are_written_if_asked(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    red = next(photos.rglob("red.png"))
    gif = red.with_name("a.gif")
    Image.new("RGB", (30, 20), "red").save(gif)
    assert main(LAUNCHERS, ["index", str(photos)]) == 0
    assert main(LAUNCHERS, ["rate", "3", str(red), str(gif)]) == 0
    capsys.readouterr()
    data = red.read_bytes()
    assert main(LAUNCHERS, ["labels", "write", "--into-originals", "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert str(red) in printed.out.splitlines()
    assert "photos: 1 to write, sidecars: 2 to write, 5 unchanged, 0 skipped" in printed.out
    assert f"{gif} gets a sidecar: nothing is written into files of this format" in printed.err
    assert red.read_bytes() == data
    assert run(capsys, "write", "--into-originals") == {
        "written": 2,
        "unchanged": len(COLOURS) - 1,
        "skipped": [],
        "originals": 1,
        "instead": [{"path": str(gif), "reason": "nothing is written into files of this format"}],
    }
    assert read_metadata(red.read_bytes()).rating == 3
    assert main(LAUNCHERS, ["tags", "accept", "dog", str(red)]) == 0
    assert main(LAUNCHERS, ["labels", "write", "--into-originals"]) == 0
    capsys.readouterr()
    assert main(LAUNCHERS, ["tags", "show", "dog", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["photos"]
    assert [one["paths"] for one in shown] == [[str(red)]], "not what it was before, too"
    assert main(LAUNCHERS, ["search", "rating:3", "--json"]) == 0
    assert {Path(hit["path"]) for hit in json.loads(capsys.readouterr().out)} == {red, gif}


def test_without_exiftool_originals_are_refused_in_a_sentence(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert main(LAUNCHERS, ["labels", "write", "--into-originals", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "install ExifTool" in printed.err


@pytest.mark.parametrize("command", ["write", "read"])
def test_mistakes_are_one_sentence(
    capsys: pytest.CaptureFixture[str], colour_photos: Path, command: str
) -> None:
    assert main(LAUNCHERS, ["labels", command, "--json"]) == 2
    assert "index a folder first" in capsys.readouterr().err
    assert main(LAUNCHERS, ["index", str(colour_photos)]) == 0
    capsys.readouterr()
    assert main(LAUNCHERS, ["labels", command, "nowhere.jpg", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "nowhere.jpg is not in the library" in printed.err
