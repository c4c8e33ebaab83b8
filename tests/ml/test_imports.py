"""Importing a model: by a name of one's own, whole or not at all."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from clipsearch.errors import (
    BrokenCheckpoint,
    ClipSearchError,
    DiskFull,
    InputError,
    ModelError,
    UnknownModel,
)
from clipsearch.ml import catalogue, models, own_models
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.imports import import_model
from clipsearch.progress import Cancelled
from tests.ml.conftest import TINY, write_model

WEIGHTS = "open_clip_model.safetensors"


def left_over() -> list[str]:
    folder = own_models.models_folder()
    return sorted(p.name for p in folder.iterdir() if p.name != ".lock") if folder.exists() else []


def test_an_imported_folder_goes_by_its_name(tiny_model: Path) -> None:
    (tiny_model / "training.log").write_text("long")
    original = models.load(models.resolve(str(tiny_model))).fingerprint
    assert import_model(tiny_model, name="mine") == "mine"
    (tiny_model / WEIGHTS).unlink()  # It has become independent of where it came from.
    encoder = Encoder("mine")
    assert (encoder.name, encoder.fingerprint) == ("mine", original)
    assert encoder.encode_texts(["a dog"]).shape == (1, 24)
    entry = next(entry for entry in catalogue.catalogue() if entry.name == "mine")
    assert (entry.source, entry.available, entry.dimension) == ("local", True, 24)
    assert entry == catalogue.describe("mine")
    folder = own_models.models_folder() / "mine"
    assert {path.name for path in folder.iterdir()} == {WEIGHTS, "open_clip_config.json"}


def test_a_folder_goes_by_its_own_name_if_none_is_given(tiny_model: Path) -> None:
    assert import_model(tiny_model) == "tiny"
    assert models.resolve("tiny").weights.parent == own_models.models_folder() / "tiny"


@pytest.mark.parametrize("file", ["epoch 5.pt", ".hidden.safetensors"])
def test_a_weights_file_is_imported_with_its_architecture(
    catalogue_model: str, tiny_model: Path, tmp_path: Path, file: str
) -> None:
    weights = tmp_path / file
    if weights.suffix == ".pt":
        torch.save({"state_dict": load_file(tiny_model / WEIGHTS)}, weights)
    else:
        (tiny_model / WEIGHTS).rename(weights)
    expected = models.load(models.resolve(f"tiny-arch:{weights}")).fingerprint
    import_model(weights, name="mine", architecture="tiny-arch")
    weights.unlink()
    assert models.load(models.resolve("mine")).fingerprint == expected


def test_a_name_stands_before_a_folder_that_is_called_like_it(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_model(tiny_model)
    monkeypatch.chdir(tmp_path)
    assert models.resolve("tiny").name == "tiny"
    assert models.resolve("./tiny").name == str(tiny_model)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("", "cannot be the name"),
        ("..", "cannot be the name"),
        ("a/b", "cannot be the name"),
        ("a:b", "cannot be the name"),
        ("-x", "cannot be the name"),
        (".x", "cannot be the name"),
        ("x.", "cannot be the name"),
        ("two words", "cannot be the name"),
        ("a\nb", "cannot be the name"),
        ("NUL", "cannot be the name"),
        ("com1.x", "cannot be the name"),
        ("x" * 101, "cannot be the name"),
        ("\udcff", "cannot be the name"),
        ("Starter", "that clipsearch knows"),
        ("vit-b-32", "that clipsearch knows"),
        ("taken", "model 'Taken' already"),
    ],
)
def test_a_name_that_cannot_be_used_is_said(tiny_model: Path, name: str, complaint: str) -> None:
    import_model(tiny_model, name="Taken")
    with pytest.raises(ModelError, match=complaint) as caught:
        import_model(tiny_model, name=name)
    assert caught.type is ModelError
    assert left_over() == ["Taken"]


def test_a_name_in_another_script_is_one_however_it_is_composed(tiny_model: Path) -> None:
    import_model(tiny_model, name="Mode\u0301le")
    assert models.resolve("Mode\u0301le").name == models.resolve("Modéle").name == "Modéle"
    assert own_models.names() == ["Modéle"]


def test_what_is_no_model_is_said(tiny_model: Path, tmp_path: Path) -> None:
    weights = tiny_model / WEIGHTS
    (tmp_path / "notes.txt").write_text("no")
    (tmp_path / "empty").mkdir()
    mistakes: list[tuple[Path, str | None, type[ClipSearchError], str]] = [
        (tmp_path / "nowhere", None, InputError, "no model at"),
        (tmp_path / "notes.txt", "ViT-B-32", InputError, "no weights file"),
        (tmp_path / "empty", None, BrokenCheckpoint, r"open_clip_config\.json"),
        (weights, None, InputError, "--architecture"),
        (tiny_model, "ViT-B-32", InputError, "leave out --architecture"),
        (weights, "nonsense", UnknownModel, "nonsense"),
        (weights, "ViT-B-32", BrokenCheckpoint, "cannot be loaded"),
        (weights, "ViT-B-16-SigLIP", ModelError, "tokenizer"),
    ]
    for path, architecture, error, complaint in mistakes:
        with pytest.raises(error, match=complaint):
            import_model(path, name="mine", architecture=architecture)
    assert left_over() == []


class Evil:
    """A pickle that would run code."""

    def __init__(self, target: Path) -> None:
        """Would create a file."""
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """What unpickling would call."""
        return (Path.touch, (self.target,))


def test_a_model_that_does_not_load_is_not_taken(tiny_model: Path, tmp_path: Path) -> None:
    weights = tiny_model / WEIGHTS
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1000])
    with pytest.raises(BrokenCheckpoint, match=str(weights)):
        import_model(tiny_model)
    weights.unlink()
    (tiny_model / "model.pt").write_bytes(pickle.dumps(Evil(tmp_path / "ran"), protocol=2))
    with pytest.raises(BrokenCheckpoint, match="more than weights"):
        import_model(tiny_model)
    assert not (tmp_path / "ran").exists()
    assert left_over() == []


def test_a_cancelled_import_leaves_nothing(tiny_model: Path) -> None:
    def cancel(done: int, total: int | None, note: str = "") -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_model(tiny_model, progress=cancel)
    assert left_over() == []
    import_model(tiny_model)


_DIES = """
import os, sys
from pathlib import Path
from clipsearch.ml.imports import import_model

def die(done, total, note=""):
    if done:
        os._exit(9)

import_model(Path(sys.argv[1]), progress=die)
"""


def test_a_killed_import_leaves_no_half_model(tiny_model: Path) -> None:
    command = [sys.executable, "-c", _DIES, str(tiny_model)]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == 9
    (rest,) = left_over()
    assert rest.startswith(".")
    assert own_models.names() == []
    import_model(tiny_model)
    assert left_over() == ["tiny"]


def test_a_disk_without_room_is_said_first(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_models, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(DiskFull, match="make space"):
        import_model(tiny_model)
    assert left_over() == []


def test_a_models_folder_that_is_none_is_said(tiny_model: Path) -> None:
    own_models.models_folder().parent.mkdir(parents=True)
    own_models.models_folder().write_text("a file")
    with pytest.raises(ModelError, match="models"):
        import_model(tiny_model)


def test_two_imports_at_once_are_refused(tiny_model: Path) -> None:
    with own_models.changing(), pytest.raises(ModelError, match="Another clipsearch"):
        import_model(tiny_model)


def test_removing_deletes_the_model_alone(tiny_model: Path, tmp_path: Path) -> None:
    import_model(tiny_model)
    import_model(write_model(tmp_path / "other", seed=1))
    own_models.remove("tiny")
    assert left_over() == ["other"]
    assert (tiny_model / WEIGHTS).exists()
    with pytest.raises(UnknownModel, match="models list"):
        models.resolve("tiny")
    for name in ["tiny", "starter", "ViT-B-32:openai", "..", str(tiny_model)]:
        with pytest.raises(UnknownModel, match="nothing to remove"):
            own_models.remove(name)


def test_a_model_that_was_damaged_since_is_listed_and_can_be_removed(tiny_model: Path) -> None:
    import_model(tiny_model)
    config = own_models.models_folder() / "tiny" / "open_clip_config.json"
    config.write_text("{")
    entry = next(entry for entry in catalogue.catalogue() if entry.name == "tiny")
    assert not entry.available
    config.unlink()
    assert not next(e for e in catalogue.catalogue() if e.name == "tiny").available
    own_models.remove("tiny")
    assert left_over() == []


def test_a_configuration_of_the_catalogue_is_written_as_open_clip_reads_it(
    catalogue_model: str, tiny_model: Path
) -> None:
    import_model(tiny_model / WEIGHTS, name="mine", architecture="tiny-arch")
    folder = own_models.models_folder() / "mine"
    config = json.loads((folder / "open_clip_config.json").read_text())
    assert config == {"model_cfg": TINY, "preprocess_cfg": {}}
