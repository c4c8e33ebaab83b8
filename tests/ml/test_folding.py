"""Folded networks against what they were before."""

import copy

import pytest
import timm
import torch
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


def test_a_transformer_has_nothing_to_fold() -> None:
    assert not folding.can_fold(nn.TransformerEncoderLayer(8, 2))


def _normalisations(network: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())
