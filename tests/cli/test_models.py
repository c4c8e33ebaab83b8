"""``clipsearch models`` as scripts use it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsearch.cli import Launchers, main
from clipsearch.ml import own_models
from tests.ml.conftest import catalogue_model, hub, tiny_model, write_model
from tests.ml.loopback_hub import Hub

__all__ = ["catalogue_model", "hub", "tiny_model"]

Run = Callable[..., tuple[int, Any, str]]
WEIGHTS = "open_clip_model.safetensors"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], home: Path) -> Run:
    """Runs a command with real models: exit code, parsed stdout or text, stderr."""
    (home / "config").mkdir(parents=True)
    plain = 'device = "cpu"\nprecision = "float32"\n'  # Nothing to measure.
    (home / "config" / "settings.toml").write_text(plain)

    def run(*arguments: object) -> tuple[int, Any, str]:
        launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)
        code = main(launchers, [str(argument) for argument in arguments])
        captured = capsys.readouterr()
        printed = json.loads(captured.out) if "--json" in arguments and code == 0 else captured.out
        return code, printed, captured.err

    return run


def spaces(run: Run) -> list[tuple[str, int, bool]]:
    _, found, _ = run("models", "spaces", "--json")
    assert all(
        set(space) == {"model", "fingerprint", "photos", "disk_bytes", "active"} for space in found
    )
    return [(space["model"], space["photos"], space["active"]) for space in found]


def test_from_the_hub_to_a_search(
    run: Run, hub: Hub, catalogue_model: str, colour_photos: Path, tmp_path: Path
) -> None:
    code, _, error = run("index", colour_photos, "--model", catalogue_model)
    assert code == 2
    assert f"'clipsearch models download {catalogue_model}'" in error
    code, entry, error = run("models", "download", catalogue_model, "--json")
    assert code == 0
    assert error.startswith(f"{catalogue_model}: 6.9 MB, licence mit, from {hub.address}/someone/")
    assert len(error.splitlines()) == 1
    assert set(entry) == {
        "name",
        "source",
        "available",
        "dimension",
        "image_size",
        "location",
        "tuned",
    }
    assert (entry["name"], entry["source"], entry["available"]) == (
        catalogue_model,
        "open_clip",
        True,
    )
    run("models", "import", write_model(tmp_path / "tiny", seed=1), "--name", "mine")
    assert run("index", colour_photos, "--model", "mine", "--json")[1]["added"] == 6
    code, report, error = run("models", "use", catalogue_model, "--json")
    assert (code, report["added"], error) == (0, 6, "")
    assert set(report) == {
        "added",
        "changed",
        "unchanged",
        "moved",
        "removed",
        "skipped",
        "seconds",
        "images_per_second",
    }
    assert spaces(run) == [(catalogue_model, 6, True), ("mine", 6, False)]
    assert len(run("search", "red", "--json")[1]) == 6


def test_an_imported_model_is_used_listed_and_removed(
    run: Run, tiny_model: Path, tmp_path: Path, colour_photos: Path
) -> None:
    other = write_model(tmp_path / "other", seed=1)
    code, entry, error = run("models", "import", tiny_model, "--name", "mine", "--json")
    assert (code, error) == (0, "")
    assert (entry["name"], entry["source"], entry["available"]) == ("mine", "local", True)
    run("models", "import", other)
    listed = run("models", "--json")[1]
    assert [e["name"] for e in listed[:3]] == ["starter", "mine", "other"]
    assert run("models", "show", "mine", "--json")[1] == listed[1]
    run("index", colour_photos, "--model", "mine")
    assert run("info", "--json")[1]["model"] == "mine"
    code, _, error = run("models", "remove", "mine")
    assert code == 2
    assert "'clipsearch models use'" in error
    run("models", "use", "other")
    code, document, error = run("models", "remove", "mine", "--json")
    assert (code, document) == (0, {"removed": "mine"})
    assert "models forget mine" in error
    code, forgotten, _ = run("models", "forget", "mine", "--json")
    assert (forgotten["model"], forgotten["active"]) == ("mine", False)
    assert spaces(run) == [("other", 6, True)]
    assert own_models.names() == ["other"]


def test_options_stand_before_or_after_the_sub_command(
    run: Run, tiny_model: Path, colour_photos: Path, tmp_path: Path
) -> None:
    run("models", "import", tiny_model)
    library = tmp_path / "mine"
    run("index", colour_photos, "--model", "tiny", "--library", library)
    expected = run("models", "spaces", "--library", library, "--json")[1]
    assert [space["model"] for space in expected] == ["tiny"]
    assert run("models", "--library", library, "--json", "spaces")[1] == expected
    assert run("--library", library, "--json", "models", "spaces")[1] == expected
    assert run("models", "spaces", "--json")[1] == []
    assert "tiny" in run("models", "spaces", "--library", library)[1]


def test_a_choice_before_the_first_folder_is_remembered(
    run: Run, tiny_model: Path, colour_photos: Path
) -> None:
    run("models", "import", tiny_model)
    code, report, error = run("models", "use", "tiny", "--json")
    assert (code, report["added"]) == (0, 0)
    assert "no folders yet" in error
    run("index", colour_photos)
    assert run("info", "--json")[1]["model"] == "tiny"


def test_ctrl_c_keeps_what_was_fetched(
    run: Run, hub: Hub, catalogue_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clipsearch.ml import downloads

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    hub.cuts = [100_000]
    with monkeypatch.context() as patched:
        patched.setattr(downloads, "_wait", interrupt)
        code, printed, error = run("models", "download", catalogue_model)
    assert (code, printed) == (130, "")
    assert "what was finished is kept" in error
    code, _, error = run("models", "download", catalogue_model, "--json")
    assert code == 0
    assert "0.1 MB of it here already" in error
    assert hub.sent == len(hub.files[WEIGHTS])


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["use", "nonsense"], "no model 'nonsense'"),
        (["use", "ViT-B-32:openai"], "models download ViT-B-32:openai"),
        (["import", "/no/such/model"], "/no/such/model"),
        (["download", "nonsense"], "no model 'nonsense'"),
        (["download", "starter"], "on this machine already"),
        (["forget", "starter"], "no index of"),
        (["remove", "starter"], "comes with clipsearch"),
        (["remove", "nonsense"], "nothing to remove"),
        (["remove", "../library"], "nothing to remove"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    run: Run, arguments: list[str], complaint: str, as_json: list[str]
) -> None:
    code, printed, error = run("models", *arguments, *as_json)
    assert code == 2
    assert complaint in error
    assert len(error.strip().splitlines()) == 1
    assert printed == ""


@pytest.mark.parametrize("refusal", [(404, "RepoNotFound"), (401, "GatedRepo"), (500, "")])
def test_a_hub_that_refuses_is_one_sentence_and_exit_code_2(
    run: Run, hub: Hub, catalogue_model: str, refusal: tuple[int, str]
) -> None:
    hub.refusal = refusal
    code, printed, error = run("models", "download", catalogue_model, "--json")
    assert (code, printed) == (2, "")
    assert len(error.strip().splitlines()) == 1
    assert not own_models.models_folder().exists()
