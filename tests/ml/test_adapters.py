"""Adapters merged into weights, held against the definition, one entry at a time."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

from clipsearch.errors import BrokenCheckpoint
from clipsearch.ml.adapters import apply


@pytest.fixture
def model() -> nn.Module:
    """A matrix, a convolution, and a normalisation with buffers."""
    torch.manual_seed(3)
    parts = {"lin": nn.Linear(5, 7), "conv": nn.Conv2d(3, 4, 2), "norm": nn.BatchNorm2d(4)}
    return nn.ModuleDict(parts)


def weights(model: nn.Module, name: str) -> Tensor:
    found: Tensor = model.state_dict()[name].clone()
    return found


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", ["lin.weight", "conv.weight"])
def test_low_rank_adds_the_product(model: nn.Module, name: str, strength: float) -> None:
    before = weights(model, name)
    rows, columns = len(before), before[0].numel()
    down, up = torch.randn(2, columns), torch.randn(rows, 2)
    apply(model, {f"weights/{name}.down": down, f"weights/{name}.up": up}, strength)
    after = weights(model, name).flatten(1)
    for i, j in product(range(rows), range(columns)):
        change = sum(float(up[i, r] * down[r, j]) for r in range(2))
        assert float(after[i, j]) == pytest.approx(
            float(before.flatten(1)[i, j]) + strength * change, abs=1e-5
        )


@pytest.mark.parametrize("name", ["lin.weight", "conv.weight"])
def test_singular_values_alone_change(model: nn.Module, name: str) -> None:
    before = weights(model, name).flatten(1)
    values = torch.linalg.svdvals(before)
    change = torch.linspace(0.5, 0.1, len(values))  # Keeps their order.
    apply(model, {f"weights/{name}.singular": change}, 0.5)
    after = weights(model, name).flatten(1)
    torch.testing.assert_close(torch.linalg.svdvals(after), values + 0.5 * change)
    # The same directions: W Wᵀ of before and after commute.
    first, second = before @ before.T, after @ after.T
    torch.testing.assert_close(first @ second, second @ first, atol=1e-4, rtol=1e-3)


def test_plain_changes_reach_buffers_and_other_tensors_are_passed_over(model: nn.Module) -> None:
    untouched = weights(model, "lin.weight")
    bias, mean = weights(model, "lin.bias"), weights(model, "norm.running_mean")
    tensors = {
        "weights/lin.bias.delta": torch.ones(7),
        "weights/norm.running_mean.delta": torch.full((4,), 2.0),
        "words/learned": torch.ones(1, 3),
    }
    apply(model, tensors, 0.25)
    torch.testing.assert_close(weights(model, "lin.bias"), bias + 0.25)
    torch.testing.assert_close(weights(model, "norm.running_mean"), mean + 0.5)
    assert torch.equal(weights(model, "lin.weight"), untouched)


@pytest.mark.parametrize(
    "tensors",
    [
        {"weights/nothing.delta": torch.ones(1)},
        {"weights/lin.weight.delta": torch.ones(5)},
        {"weights/lin.weight.up": torch.ones(7, 1)},
        {"weights/lin.weight.sideways": torch.ones(7, 5)},
        {"weights/lin.weight.down": torch.ones(2, 4), "weights/lin.weight.up": torch.ones(7, 2)},
        {"weights/lin.weight.down": torch.ones(3, 5), "weights/lin.weight.up": torch.ones(7, 2)},
        {"weights/lin.weight.singular": torch.ones(6)},
        {"weights/lin.bias.singular": torch.ones(7)},
    ],
)
def test_what_does_not_fit_is_refused(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    with pytest.raises(BrokenCheckpoint, match="does not fit"):
        apply(model, tensors, 1.0)
