"""Folded networks against what they were before."""

import copy
from typing import Any

import pytest
import timm
import torch
from open_clip.transformer import VisionTransformer
from torch import nn

from clipsearch.ml import folding


def experienced(network: nn.Module) -> nn.Module:
    """Give every normalisation statistics and weights that matter, as training does."""
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            for tensor in (module.running_mean, module.weight.data, module.bias.data):
                tensor.add_(0.3 * torch.randn(tensor.shape, generator=generator))
            module.running_var.uniform_(0.5, 2, generator=generator)
    return network.eval()


@pytest.mark.parametrize(
    "name", ["mobilenetv2_035", "resnet18", "resnetv2_18", "efficientnet_lite0", "fastvit_t8"]
)
def test_a_folded_network_gives_the_same(name: str) -> None:
    torch.manual_seed(0)
    network = experienced(timm.create_model(name, pretrained=False, num_classes=24))
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        before = network(pictures)
        folded = copy.deepcopy(network)
        assert folding.can_fold(folded)
        folding.fold(folded)
        torch.testing.assert_close(folded(pictures), before, rtol=1e-3, atol=1e-3)
    assert _normalisations(folded) < _normalisations(network)
    assert not folding.can_fold(folded)


def test_the_branches_of_mobileclips_tower_are_merged() -> None:
    network = timm.create_model("fastvit_t8", pretrained=False).eval()
    convolutions = sum(isinstance(module, nn.Conv2d) for module in network.modules())
    folding.fold(network)
    assert sum(isinstance(module, nn.Conv2d) for module in network.modules()) < convolutions
    assert _normalisations(network) == 0


@pytest.mark.parametrize(
    "options",
    [{}, {"ls_init_value": 0.3}, {"final_ln_after_pool": True}, {"no_ln_pre": True}],
    ids=lambda options: next(iter(options), "plain"),
)
def test_a_shortened_transformer_gives_the_same(options: dict[str, Any]) -> None:
    model = transformer(**options)
    pictures = torch.randn(3, 3, 32, 32)
    blocks = list(model.visual.transformer.resblocks)
    with torch.inference_mode():
        before = model.visual(pictures)
        assert folding.can_fold(model)
        folding.fold(model)
        torch.testing.assert_close(model.visual(pictures), before, rtol=1e-5, atol=1e-5)
    assert list(model.visual.transformer.resblocks[:-1]) == blocks[:-1]
    assert model.visual.transformer.resblocks[-1] is not blocks[-1]
    assert not folding.can_fold(model)


@pytest.mark.parametrize(
    "options",
    [{"pool_type": "avg"}, {"attentional_pool": True}, {"output_tokens": True}, {"qk_norm": True}],
    ids=lambda options: next(iter(options)),
)
def test_a_transformer_of_which_more_is_read_stays_whole(options: dict[str, Any]) -> None:
    assert not folding.can_fold(transformer(**options))


def test_other_networks_have_nothing_to_fold() -> None:
    assert not folding.can_fold(nn.TransformerEncoderLayer(8, 2))


def transformer(**options: Any) -> Any:
    """A small image tower of open_clip's, where a model has it."""
    torch.manual_seed(0)
    tower = VisionTransformer(
        image_size=32, patch_size=8, width=24, layers=3, heads=2, mlp_ratio=4.0, **options
    )
    return nn.ModuleDict({"visual": tower}).eval()


def _normalisations(network: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())
