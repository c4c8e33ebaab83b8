"""``clipsearch values``."""

import json
from pathlib import Path

import pytest

from clipsearch.cli import Launchers, main
from clipsearch.core import library as library_module
from tests.conftest import FakeModel

LAUNCHERS = Launchers(window=lambda *_: 0, tour=lambda *_: 0)


@pytest.fixture(autouse=True)
def _indexed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fake_model: FakeModel,
    colour_photos: Path,
) -> None:
    monkeypatch.setattr(library_module, "load_encoder", lambda name, settings: fake_model)
    assert main(LAUNCHERS, ["index", str(colour_photos), "--json"]) == 0
    capsys.readouterr()


def test_the_values_are_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LAUNCHERS, ["values", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["folders", "cameras", "lenses", "tags", "types", "collections"]
    assert document["types"] == [{"value": "png", "photos": 6}]
    assert {"value": "cold", "photos": 3} in document["folders"]


def test_one_kind_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LAUNCHERS, ["values", "types", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"types": [{"value": "png", "photos": 6}]}
    assert main(LAUNCHERS, ["values", "types"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["types", "png", "6"]


def test_an_unknown_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LAUNCHERS, ["values", "colours", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "There are no 'colours': name one of folders, cameras" in printed.err
