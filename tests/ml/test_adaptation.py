"""Changes beside a model, against the model with the changed weights in it."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from clipsearch.errors import TrainingError
from clipsearch.ml import models
from clipsearch.ml.adaptation import Adaptation, names_of
from clipsearch.ml.adapters import apply
from clipsearch.ml.tuning_types import Method

METHODS: tuple[Method, ...] = ("lora", "svd", "last", "full")


@pytest.fixture
def loaded(tiny_model: Path) -> models.LoadedModel:
    return models.load(models.resolve(str(tiny_model)))


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def shaken(adaptation: Adaptation) -> Adaptation:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in adaptation.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return adaptation


@pytest.mark.parametrize("method", METHODS)
def test_begins_as_the_model_itself(
    loaded: models.LoadedModel, pixels: torch.Tensor, method: Method
) -> None:
    tokens = loaded.tokenizer(["a cat", "two dogs on a beach"])
    images, texts = Adaptation(loaded.model, method)(pixels, tokens)
    torch.testing.assert_close(images, normalize(loaded.model.encode_image(pixels), dim=-1))
    torch.testing.assert_close(texts, normalize(loaded.model.encode_text(tokens), dim=-1))


@pytest.mark.parametrize("strength", [1.0, 0.3, 0.0])
@pytest.mark.parametrize("method", METHODS)
def test_what_is_stored_makes_the_same_model(
    loaded: models.LoadedModel, pixels: torch.Tensor, method: Method, strength: float
) -> None:
    adaptation = shaken(Adaptation(loaded.model, method))
    tokens = loaded.tokenizer(["a cat", "two dogs on a beach"])
    images, texts = adaptation(pixels, tokens, strength)
    merged = copy.deepcopy(loaded.model)
    apply(merged, adaptation.tensors(), strength)
    torch.testing.assert_close(
        images, normalize(merged.encode_image(pixels), dim=-1), rtol=1e-4, atol=1e-5
    )
    torch.testing.assert_close(
        texts, normalize(merged.encode_text(tokens), dim=-1), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("method", METHODS)
def test_changes_what_its_parameters_are_of_and_leaves_the_model_alone(
    loaded: models.LoadedModel, pixels: torch.Tensor, method: Method
) -> None:
    before = copy.deepcopy(loaded.model.state_dict())
    adaptation = shaken(Adaptation(loaded.model, method))
    images, texts = adaptation(pixels, loaded.tokenizer(["a cat"]))
    (images.sum() + texts.sum()).backward()
    assert all(parameter.grad is not None for parameter in adaptation.parameters())
    after = loaded.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_the_last_blocks_are_those_at_the_end(loaded: models.LoadedModel) -> None:
    names = names_of(loaded.model, "last")
    assert any(name.startswith("visual.transformer.resblocks.1") for name in names)
    assert any(name.startswith("transformer.resblocks.1") for name in names)
    assert not any("resblocks.0" in name or "embedding" in name for name in names)


def test_low_rank_and_singular_values_are_few(loaded: models.LoadedModel) -> None:
    sizes = {
        method: sum(p.numel() for p in Adaptation(loaded.model, method).parameters())
        for method in METHODS
    }
    assert sizes["svd"] < sizes["lora"] < sizes["last"] < sizes["full"]


def test_lookups_and_scales_are_no_matrices(loaded: models.LoadedModel) -> None:
    names = names_of(loaded.model, "lora")
    assert "transformer.resblocks.0.attn.in_proj_weight" in names
    assert not any("embedding" in name or "logit" in name for name in names)


def test_refuses_a_model_whose_blocks_are_not_known() -> None:
    with pytest.raises(TrainingError, match="choose the method lora"):
        names_of(nn.Linear(2, 2), "last")


def test_refuses_methods_that_change_no_weights(loaded: models.LoadedModel) -> None:
    with pytest.raises(TrainingError, match="coop"):
        names_of(loaded.model, "coop")
