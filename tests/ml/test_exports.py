"""Exported models, read by open_clip alone and taken in again."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file

from clipsearch.core.imaging import decode
from clipsearch.errors import InputError, ModelError
from clipsearch.ml import exports, imports, models, own_models
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.exports import export_model
from clipsearch.progress import Cancelled
from clipsearch.settings import Settings
from tests.ml.conftest import TINY, tiny_model
from tests.ml.tuned import learned, low_rank, make_tuned

__all__ = ["tiny_model"]

FLOAT32 = Settings(device="cpu", precision="float32", batch_size=4)
TEXTS = ["two dogs playing in the snow", "a photo of a sailing boat", "coffee"]
Rows = NDArray[np.float32]


@pytest.fixture
def parent(tiny_model: Path) -> str:
    return imports.import_model(tiny_model, name="parent")


def by_open_clip(folder: Path, pictures: list[Image.Image]) -> tuple[Rows, Rows]:
    """What open_clip's own loader and preprocessing make of a folder."""
    architecture = f"local-dir:{folder}"
    model, _, transform = open_clip.create_model_and_transforms(architecture)
    tokenizer = open_clip.get_tokenizer(architecture)
    model.eval()
    with torch.inference_mode():
        photos = model.encode_image(torch.stack([transform(p) for p in pictures]), normalize=True)
        texts = model.encode_text(tokenizer(TEXTS), normalize=True)
    return photos.numpy(), texts.numpy()


def test_the_tuned_starter_is_the_same_to_open_clip_alone(
    tmp_path: Path, sample_photos: Path
) -> None:
    tensors = low_rank("starter", of="visual") | low_rank("starter", of="transformer", size=2)
    make_tuned("mine", "starter", tensors, tmp_path / "run", strength=0.8)
    target = tmp_path / "exported"
    exported = export_model("mine", target)
    assert exported.disk_bytes == sum(file.stat().st_size for file in target.iterdir())
    pictures = [decode(path) for path in sorted(sample_photos.iterdir())[:4]]
    photos, texts = by_open_clip(target, pictures)
    ours, parents = Encoder("mine", FLOAT32), Encoder("starter", FLOAT32)
    assert np.sum(ours.encode_images(pictures) * photos, axis=1).min() >= 0.9999
    assert np.sum(ours.encode_texts(TEXTS) * texts, axis=1).min() >= 0.9999
    # Else the parent alone would do.
    assert np.sum(parents.encode_images(pictures) * photos, axis=1).max() < 0.999
    assert np.sum(parents.encode_texts(TEXTS) * texts, axis=1).max() < 0.999


def test_what_was_exported_is_imported_as_a_model_of_its_own(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run")
    export_model("mine", tmp_path / "there")
    assert imports.import_model(tmp_path / "there", name="back") == "back"
    own_models.remove("mine")
    own_models.remove(parent)
    before = load_file(tmp_path / "there" / "open_clip_model.safetensors")
    after = models.load(models.resolve("back")).model.state_dict()
    assert all(torch.equal(after[name], weights) for name, weights in before.items())


def test_a_tuned_folder_is_imported_as_it_is(parent: str, tmp_path: Path) -> None:
    tensors = low_rank(parent) | learned(TINY["embed_dim"])
    make_tuned("mine", parent, tensors, tmp_path / "run", words=["lotte"])
    taken = own_models.folder_of("mine").rename(tmp_path / "taken")
    assert imports.import_model(taken, name="again") == "again"
    first, second = (models.load(models.resolve(n)) for n in (str(taken), "again"))
    assert first.fingerprint == second.fingerprint
    assert second.words is not None
    files = {file.name for file in own_models.folder_of("again").iterdir()}
    assert files == {"fine_tuning.json", "adapter.safetensors"}
    own_models.remove(parent)
    with pytest.raises(ModelError, match="a change of 'parent'"):
        imports.import_model(taken, name="once more")


def test_a_file_gets_the_weights_alone_and_learned_names_are_told(
    parent: str, tmp_path: Path
) -> None:
    tensors = low_rank(parent) | learned(TINY["embed_dim"])
    make_tuned("mine", parent, tensors, tmp_path / "run", words=["lotte"])
    target = tmp_path / "mine.safetensors"
    exported = export_model("mine", target)
    assert (exported.path, exported.left_out) == (target, ("lotte",))
    expected = models.load(models.resolve("mine")).model.state_dict()
    assert load_file(target).keys() == expected.keys()
    assert export_model("mine@0", tmp_path / "parent").left_out == ()


def test_an_activation_that_the_tag_had_told_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    weights = tmp_path / "weights.pt"
    torch.save(open_clip.CLIP(**TINY, quick_gelu=True).state_dict(), weights)
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "quick", TINY | {"quick_gelu": True})
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "plain", TINY)
    folder = tmp_path / "folder"
    folder.mkdir()
    loaded = models.load(models.resolve(f"quick:{weights}"))
    plain = models.ModelSource("x", "plain", str(weights), weights)
    exports._write_configuration(plain, loaded.model, folder)
    config = json.loads((folder / "open_clip_config.json").read_text())
    assert config["model_cfg"] == TINY | {"quick_gelu": True}


@pytest.mark.parametrize("name", ["there", "there.safetensors", "x.pt", "no/where"])
def test_nothing_is_overwritten(parent: str, tmp_path: Path, name: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there.safetensors").write_text("mine")
    with pytest.raises(InputError, match="name"):
        export_model(parent, tmp_path / name)
    assert (tmp_path / "there.safetensors").read_text() == "mine"
    assert list((tmp_path / "there").iterdir()) == []


@pytest.fixture
def cancelling() -> Callable[..., None]:
    def progress(done: int, total: int | None, note: str = "") -> None:
        if done:
            raise Cancelled

    return progress


def test_a_stop_or_a_full_disk_leaves_nothing(
    parent: str, tmp_path: Path, cancelling: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(Cancelled):
        export_model(parent, place / "out", progress=cancelling)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "_write_configuration", full)
    with pytest.raises(ModelError, match="No space left"):
        export_model(parent, place / "out")
    assert list(place.iterdir()) == []
