"""Tuned models in the models folder: made, named, loaded, refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from clipsearch.errors import BrokenCheckpoint, InputError, ModelError, UnknownModel
from clipsearch.ml import imports, models, own_models, tuned_models
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.models import LoadedModel
from clipsearch.ml.tuned_models import Manifest, at_strength
from clipsearch.settings import Settings
from tests.ml.conftest import TINY, tiny_model, write_model
from tests.ml.tuned import CONCEPTS, learned, low_rank, make_tuned, outcome, plan, unit_rows

__all__ = ["tiny_model"]

D = TINY["embed_dim"]
FLOAT32 = Settings(device="cpu", precision="float32", batch_size=4)


@pytest.fixture
def parent(tiny_model: Path) -> str:
    """A model with random weights in the models folder."""
    return imports.import_model(tiny_model, name="parent")


def loaded(name: str) -> LoadedModel:
    return models.load(models.resolve(name))


def embedded(name: str) -> np.ndarray:
    """Of a picture and two texts."""
    encoder = Encoder(name, FLOAT32)
    picture = Image.effect_noise((32, 32), 90).convert("RGB")
    picture.putdata([(7 * i % 256, 5 * i % 256, 3 * i % 256) for i in range(1024)])
    return np.concatenate([encoder.encode_images([picture]), encoder.encode_texts(["a", "b c"])])


def test_a_manifest_comes_back_as_it_was_written(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run", strength=0.5)
    manifest = tuned_models.read(own_models.folder_of("mine"))
    expected = Manifest.of(plan(parent), outcome(), (), strength=0.5)
    assert replace(manifest, made_at="") == replace(expected, made_at="")
    assert (manifest.parent, manifest.concepts, manifest.photos) == (parent, CONCEPTS, 2)
    assert manifest.figures_at(0.4).strength == 0.5
    assert manifest.figures_at(1.0).figures == outcome().judgement.after


def test_the_snapshot_tells_data_apart_but_not_where_they_lie(parent: str) -> None:
    lessons = plan(parent).lessons
    first, *others = lessons.examples
    moved = replace(lessons, examples=(*others, replace(first, path=Path("/elsewhere.jpg"))))
    assert tuned_models.snapshot_of(moved) == tuned_models.snapshot_of(lessons)
    said = replace(lessons, examples=(replace(first, captions=("in the harbour",)), *others))
    assert tuned_models.snapshot_of(said) != tuned_models.snapshot_of(lessons)


def test_weights_are_between_the_parents_and_the_learned_ones(parent: str, tmp_path: Path) -> None:
    tensors = low_rank(parent)
    make_tuned("mine", parent, tensors, tmp_path / "run")
    before = loaded(parent).model.state_dict()
    for name, strength in (("mine", 1.0), ("mine@0.25", 0.25), ("mine@0", 0.0)):
        after = loaded(name).model.state_dict()
        assert after.keys() == before.keys()
        for key, weights in before.items():
            change = torch.zeros_like(weights)
            if f"weights/{key}.up" in tensors:
                up, down = tensors[f"weights/{key}.up"], tensors[f"weights/{key}.down"]
                change = (up @ down).reshape(weights.shape)
            torch.testing.assert_close(after[key], weights + strength * change)


def test_at_strength_0_it_is_the_parent_bit_for_bit(parent: str, tmp_path: Path) -> None:
    tensors = low_rank(parent) | learned(D, ["a"])
    make_tuned("mine", parent, tensors, tmp_path / "run", words=["a"])
    assert np.array_equal(embedded("mine@0"), embedded(parent))
    assert not np.allclose(embedded("mine"), embedded(parent), atol=1e-3)


def test_each_strength_has_a_fingerprint_and_photos_share_one_if_they_can(
    parent: str, tmp_path: Path
) -> None:
    make_tuned("both", parent, low_rank(parent), tmp_path / "a")
    make_tuned("texts", parent, low_rank(parent, of="transformer"), tmp_path / "b")
    make_tuned("words", parent, learned(D), tmp_path / "c", words=["lotte"])
    names = ["both", "both@0.5", "both@0", "texts", "texts@0.5", "words", "words@0.5"]
    found = {name: loaded(name) for name in [parent, *names]}
    assert len({one.fingerprint for one in found.values()}) == len(found)
    original = found[parent].fingerprint
    alike = {name for name, one in found.items() if one.image_fingerprint == original}
    assert alike == set(found) - {"both", "both@0.5"}
    assert found["both"].image_fingerprint == found["both"].fingerprint
    assert loaded("both").fingerprint == found["both"].fingerprint


def test_a_learned_name_is_embedded_as_it_was_learned(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, learned(D), tmp_path / "run", words=["lotte"], strength=0.6)
    before, after = Encoder(parent, FLOAT32), Encoder("mine", FLOAT32)
    known, meant = unit_rows(1, D, 1)[0], unit_rows(1, D, 2)[0]
    in_use = 0.4 * known + 0.6 * meant
    in_use /= np.linalg.norm(in_use)
    np.testing.assert_allclose(after.encode_texts(["a photo of Lotte", "Lotte"])[1], in_use, 1e-5)
    moved = before.encode_texts(["Lotte at sea"])[0] + in_use - known
    found = after.encode_texts(["Lotte at sea"])[0]
    np.testing.assert_allclose(found, moved / np.linalg.norm(moved), atol=1e-5)
    others = ["a boat at sea", "lottery"]
    assert np.array_equal(after.encode_texts(others), before.encode_texts(others))


def test_a_strength_is_part_of_the_name(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, learned(D), tmp_path / "run", words=["lotte"], strength=0.7)
    assert at_strength("mine", 0.7) == at_strength("mine@0.2", 0.7) == "mine"
    assert at_strength("mine", 0.25) == "mine@0.25"
    assert models.resolve("mine@0.250").name == "mine@0.25"
    assert models.resolve("mine@0.70").name == "mine"
    assert models.resolve("mine").strength == 0.7
    with pytest.raises(UnknownModel, match="between 0 and 1"):
        models.resolve("mine@1.5")
    with pytest.raises(InputError, match="between 0 and 1"):
        at_strength("mine", -0.1)
    with pytest.raises(InputError, match="has no strength"):
        at_strength(parent, 0.5)
    with pytest.raises(UnknownModel):
        models.resolve(f"{parent}@0.5")


def test_a_parent_that_is_gone_or_was_replaced_is_named(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run")
    own_models.remove(parent)
    with pytest.raises(ModelError, match=r"'mine' is a change of 'parent', which cannot be used"):
        models.resolve("mine")
    imports.import_model(write_model(tmp_path / "other", seed=1), name="parent")
    with pytest.raises(ModelError, match=r"'mine' is a change of 'parent', whose weights"):
        loaded("mine")


def test_a_tuned_model_is_not_tuned_again_but_its_parent_is(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run")
    assert tuned_models.children(parent) == ["mine"]
    assert tuned_models.children("mine") == []
    assert tuned_models.trainable("mine@0.5") == tuned_models.trainable("mine") == parent
    assert tuned_models.trainable(parent) == parent
    for name in ("mine", "mine@0.5"):
        with pytest.raises(ModelError, match=f"train '{parent}' with the collections of both"):
            make_tuned("again", name, low_rank(parent), tmp_path / "again")
    assert own_models.names() == ["mine", "parent"]


def test_a_manifest_that_names_itself_is_refused(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run")
    manifest = own_models.folder_of("mine") / "fine_tuning.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"parent": "mine"}))
    with pytest.raises(ModelError, match="itself tuned"):
        models.resolve("mine")


@pytest.mark.parametrize(
    "changed",
    [
        "",
        "{",
        "[]",
        json.dumps({"version": 1}),
        {"strength": 7},
        {"method": "magic"},
        {"version": 2},
    ],
)
def test_a_damaged_manifest_is_one_sentence(
    parent: str, tmp_path: Path, changed: str | dict[str, object]
) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run")
    manifest = own_models.folder_of("mine") / "fine_tuning.json"
    if isinstance(changed, dict):
        changed = json.dumps(json.loads(manifest.read_text()) | changed)
    manifest.write_text(changed)
    with pytest.raises(BrokenCheckpoint, match=r"fine_tuning\.json|update clipsearch"):
        models.resolve("mine")


@pytest.mark.parametrize("damage", ["gone", "cut", "not a number", "misfit", "words"])
def test_a_damaged_adapter_is_one_sentence(parent: str, tmp_path: Path, damage: str) -> None:
    make_tuned("mine", parent, low_rank(parent) | learned(D), tmp_path / "run", words=["lotte"])
    adapter = own_models.folder_of("mine") / "adapter.safetensors"
    tensors = load_file(adapter)
    if damage == "gone":
        adapter.unlink()
    elif damage == "cut":
        adapter.write_bytes(adapter.read_bytes()[:2000])
    elif damage == "not a number":
        tensors["weights/visual.proj.up"][0] = float("nan")
        save_file(tensors, adapter)
    elif damage == "misfit":
        save_file(tensors | {"weights/nothing.delta": torch.ones(2)}, adapter)
    else:
        save_file(tensors | {"words/known": torch.ones(2, D)}, adapter)
    with pytest.raises(BrokenCheckpoint, match=r"mine|adapter"):
        loaded("mine")


def test_a_name_that_is_taken_leaves_nothing_behind(parent: str, tmp_path: Path) -> None:
    make_tuned("mine", parent, low_rank(parent), tmp_path / "run")
    for name in ("mine", "starter", "mine@0.5", "../mine"):
        with pytest.raises(ModelError, match="name"):
            make_tuned(name, parent, low_rank(parent, seed=1), tmp_path / "again")
    assert own_models.names() == ["mine", "parent"]
