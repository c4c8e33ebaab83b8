"""Names, paths and broken files of models."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from clipsearch.errors import BrokenCheckpoint, ModelNotDownloaded, UnknownModel
from clipsearch.ml import catalogue, models
from tests.ml.conftest import write_model


@pytest.mark.parametrize("name", ["nonsense", "nonsense:tag", "/no/such/folder"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(UnknownModel, match="models list"):
        models.resolve(name)


def test_an_unknown_tag_names_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="laion2b_s34b_b79k"):
        models.resolve("ViT-B-32:nonsense")
    with pytest.raises(UnknownModel, match="ViT-B-32:openai"):
        models.resolve("ViT-B-32")


def test_weights_that_are_not_here_are_not_downloaded() -> None:
    with pytest.raises(ModelNotDownloaded, match="downloads nothing by itself"):
        models.resolve("ViT-B-32:laion2b_s34b_b79k")


def test_a_folder_without_configuration_or_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenCheckpoint, match=r"open_clip_config\.json"):
        models.resolve(str(tmp_path))
    (tmp_path / "open_clip_config.json").write_text("{}")
    with pytest.raises(BrokenCheckpoint, match="no weights"):
        models.resolve(str(tmp_path))


def test_a_bare_weights_file_asks_for_its_architecture(tiny_model: Path) -> None:
    with pytest.raises(UnknownModel, match="ARCHITECTURE"):
        models.resolve(str(tiny_model / "open_clip_model.safetensors"))


@pytest.mark.parametrize(
    "damage", ["truncated", "garbage", "other model", "not a number", "config"]
)
def test_a_broken_checkpoint_is_named(tiny_model: Path, damage: str) -> None:
    weights = tiny_model / "open_clip_model.safetensors"
    config = tiny_model / "open_clip_config.json"
    if damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "garbage":
        weights.write_bytes(b"garbage" * 1000)
    elif damage == "other model":
        wider = json.loads(config.read_text())
        wider["model_cfg"]["embed_dim"] = 48
        config.write_text(json.dumps(wider))
    elif damage == "not a number":
        from safetensors.torch import load_file, save_file

        state = load_file(weights)
        state["ln_final.weight"][0] = float("nan")
        save_file(state, weights)
    else:
        config.write_text("{")
    with pytest.raises(BrokenCheckpoint, match="tiny"):
        models.load(models.resolve(str(tiny_model)))


class Evil:
    """A pickle that would run code."""

    def __init__(self, target: Path) -> None:
        """Would create a file."""
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """What unpickling would call."""
        return (Path.touch, (self.target,))


def test_a_pickle_runs_no_code(tiny_model: Path, tmp_path: Path) -> None:
    (tiny_model / "open_clip_model.safetensors").unlink()
    (tiny_model / "model.pt").write_bytes(pickle.dumps(Evil(tmp_path / "ran"), protocol=2))
    with pytest.raises(BrokenCheckpoint):
        models.load(models.resolve(str(tiny_model)))
    assert not (tmp_path / "ran").exists()


def test_a_pt_checkpoint_loads(tiny_model: Path) -> None:
    from safetensors.torch import load_file

    weights = tiny_model / "open_clip_model.safetensors"
    expected = load_file(weights)
    torch.save({"state_dict": expected}, tiny_model / "model.pt")
    weights.unlink()
    model = models.load(models.resolve(str(tiny_model))).model
    assert torch.equal(model.state_dict()["text_projection"], expected["text_projection"])


def test_a_fingerprint_names_weights_and_preprocessing(tmp_path: Path) -> None:
    def fingerprint(folder: Path) -> str:
        return models.load(models.resolve(str(folder))).fingerprint

    first = fingerprint(write_model(tmp_path / "a"))
    assert fingerprint(write_model(tmp_path / "copy")) == first
    assert fingerprint(write_model(tmp_path / "b", seed=1)) != first
    other = write_model(tmp_path / "c")
    config = json.loads((other / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["resize_mode"] = "shortest"
    (other / "open_clip_config.json").write_text(json.dumps(config))
    assert fingerprint(other) != first


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x02", b"PK\x03\x04", b"<html>404</html>", b"version https://git-lfs"]
)
def test_what_is_no_checkpoint_is_said_in_our_words(tiny_model: Path, content: bytes) -> None:
    (tiny_model / "open_clip_model.safetensors").unlink()
    (tiny_model / "model.pt").write_bytes(content)
    with pytest.raises(BrokenCheckpoint, match=r"model\.pt") as caught:
        models.load(models.resolve(str(tiny_model)))
    assert "weights_only" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_checkpoint_and_a_bad_preprocessing_are_broken(tiny_model: Path) -> None:
    config = tiny_model / "open_clip_config.json"
    good = config.read_text()
    bad = json.loads(good)
    bad["preprocess_cfg"]["mean"] = "x"
    config.write_text(json.dumps(bad))
    with pytest.raises(BrokenCheckpoint):
        models.load(models.resolve(str(tiny_model)))
    config.write_text(good)
    (tiny_model / "open_clip_model.safetensors").unlink()
    torch.save({}, tiny_model / "model.pt")
    with pytest.raises(BrokenCheckpoint, match="not a checkpoint"):
        models.load(models.resolve(str(tiny_model)))


def test_several_weights_files_are_not_guessed_between(tiny_model: Path) -> None:
    (tiny_model / "optimizer.pt").write_bytes(b"x")
    assert models.resolve(str(tiny_model)).weights.name == "open_clip_model.safetensors"
    (tiny_model / "open_clip_model.safetensors").rename(tiny_model / "epoch_1.safetensors")
    with pytest.raises(BrokenCheckpoint, match=r"epoch_1\.safetensors, optimizer\.pt"):
        models.resolve(str(tiny_model))


def test_a_relative_path_is_remembered_as_an_absolute_one(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_model.parent)
    assert models.resolve("./tiny").name == str(tiny_model)
    weights = tiny_model / "open_clip_model.safetensors"
    source = models.resolve("ViT-B-32:tiny/open_clip_model.safetensors")
    assert source.name == f"ViT-B-32:{weights}"
    assert catalogue.describe(source.name).source == "local"


def test_a_folder_named_like_an_architecture_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ViT-B-32").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownModel, match="ViT-B-32:openai"):
        models.resolve("ViT-B-32")


def test_weights_are_the_files_and_none_is_left_as_the_memory_was(tiny_model: Path) -> None:
    stored = load_file(tiny_model / "open_clip_model.safetensors")
    loaded = models.load(models.resolve(str(tiny_model))).model.state_dict()
    for name, value in stored.items():
        torch.testing.assert_close(loaded[name], value)
    del stored[next(name for name in stored if "weight" in name)]
    save_file(stored, tiny_model / "open_clip_model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BrokenCheckpoint):
        models.load(models.resolve(str(tiny_model)))
