"""Adapters: what fine-tuning has changed of a model's weights, and how it is merged into them.

The tensors of an adapter are named ``weights/PARAM.KIND``, where ``PARAM`` is a name in the model's
state dict and ``KIND`` says how the change ΔW of its weights W is written down::

    down (r, fan_in), up (fan_out, r)   low rank: ΔW = up · down      (LoRA, arXiv 2106.09685)
    singular (k,)                       of W = U · S · Vᵀ: ΔW = U · diag(singular) · Vᵀ
                                        (CLIP-SVD, arXiv 2509.03740)
    delta, of W's shape                 ΔW itself

As a matrix, W has its first axis against all others. Used are W + strength · ΔW (WiSE-FT, arXiv
2109.01903). Other tensors, the ``words/…`` of `clipsearch.ml.learned_words`, are passed over.
"""

from typing import TYPE_CHECKING

from clipsearch.errors import BrokenCheckpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

_WEIGHTS = "weights/"
_PARTS = (("delta",), ("singular",), ("down", "up"))


def apply(model: "nn.Module", tensors: "Mapping[str, Tensor]", strength: float) -> None:
    """Merge an adapter into a model's weights, in place.

    Args:
        model: The one that the adapter was made for, on any device and in any float format.
        tensors: The adapter's, float32.
        strength: How much of the change, 0 for none and 1 for all of it.

    Raises:
        BrokenCheckpoint: A tensor has a name or a shape that does not fit the model.
    """
    import torch

    weights = model.state_dict()  # Shares its memory with the model; buffers are in it too.
    with torch.no_grad():
        for name, parts in _by_parameter(tensors).items():
            if name not in weights:
                raise _misfit(f"the model has no weights '{name}'")
            change = _change(name, weights[name], parts)
            weights[name].add_(change.to(weights[name]), alpha=strength)


def _by_parameter(tensors: "Mapping[str, Tensor]") -> "dict[str, dict[str, Tensor]]":
    """The parts of each parameter's change, by the last word of their names."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(_WEIGHTS):
            parameter, _, part = name.removeprefix(_WEIGHTS).rpartition(".")
            found.setdefault(parameter, {})[part] = tensor
    return found


def _change(name: str, weights: "Tensor", parts: "Mapping[str, Tensor]") -> "Tensor":
    """ΔW of one parameter, float32 and of its shape."""
    import torch

    if tuple(sorted(parts)) not in _PARTS:
        raise _misfit(f"the change of '{name}' is written as {', '.join(sorted(parts))}")
    here = {part: tensor.to(weights.device, torch.float32) for part, tensor in parts.items()}
    try:
        if "delta" in here:
            change = here["delta"]
        elif "singular" in here:
            change = _of_singular_values(weights, here["singular"])
        else:
            change = (here["up"] @ here["down"]).reshape(weights.shape)
    except (RuntimeError, IndexError) as error:  # Shapes that cannot be multiplied.
        raise _misfit(f"the change of '{name}' has another shape") from error
    if change.shape != weights.shape:
        raise _misfit(f"the change of '{name}' has another shape")
    return change


def _of_singular_values(weights: "Tensor", singular: "Tensor") -> "Tensor":
    import torch

    # Signs that the decomposition chooses freely cancel in the product.
    left, _, right = torch.linalg.svd(weights.float().flatten(1), full_matrices=False)
    change: Tensor = ((left * singular) @ right).reshape(weights.shape)
    return change


def _misfit(reason: str) -> BrokenCheckpoint:
    return BrokenCheckpoint(
        f"The adapter does not fit the model ({reason}): train it again, or import the model that "
        "it was made for."
    )
