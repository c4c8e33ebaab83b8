"""What fine-tuning learns, beside a model that stays as it is: changes of some of its weights.

A method says which weights change and how freely: LoRA by a product of two thin matrices (arXiv
2106.09685), CLIP-SVD by the singular values alone (2509.03740), the last blocks or the whole model
without limit. Whatever it is, the model in use has ``W + strength * change``, so a strength between
0 and 1 is the interpolation of the weights before and after (WiSE-FT, 2109.01903).
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import normalize

from clipsearch.errors import TrainingError
from clipsearch.ml.short_texts import encode_text
from clipsearch.ml.tuning_types import Method

_PREFIX = "weights/"
_RANK = 8
_LAST_GROUPS = 2  # Of the image tower: in open_clip's counting the head's own is one.
_LAST_LAYERS = 2  # Of the text tower: likewise, the projection's.
# Looked up, not multiplied; or a scalar that other things hang on.
_NOT_MATRICES = ("embedding", "logit_scale", "logit_bias")


class Change(Protocol):
    """The change of one weight, in parameters that are learned."""

    def weight(self, original: Tensor) -> Tensor:
        """``original`` and what was learned."""

    def stored(self) -> dict[str, Tensor]:
        """The parameters, by what `clipsearch.ml.adapters` calls them."""


class LowRank(nn.Module):
    """``up @ down``, of rank 8 at most; begins as no change."""

    def __init__(self, original: Tensor, generator: torch.Generator) -> None:
        """For a matrix, or a convolution of 1 x 1, of ``(fan_out, fan_in, ...)``."""
        super().__init__()
        fan_out, fan_in = original.shape[0], original[0].numel()
        rank = min(_RANK, fan_out, fan_in)
        down = torch.randn(rank, fan_in, generator=generator) / fan_in**0.5
        self.down = nn.Parameter(down)
        self.up = nn.Parameter(torch.zeros(fan_out, rank))

    def weight(self, original: Tensor) -> Tensor:
        """See `Change.weight`."""
        return original + (self.up @ self.down).view_as(original)

    def stored(self) -> dict[str, Tensor]:
        """See `Change.stored`."""
        return {"down": self.down, "up": self.up}


class SingularValues(nn.Module):
    """Other singular values under the same singular vectors; begins as no change.

    Learned in units of the largest one, lest the small ones outrun it.
    """

    def __init__(self, original: Tensor) -> None:
        """For a matrix, or a convolution of 1 x 1, of ``(fan_out, fan_in, ...)``."""
        super().__init__()
        matrix = original.detach().flatten(1)
        u, values, vh = torch.linalg.svd(matrix.double().cpu(), full_matrices=False)
        self.register_buffer("_u", (u * values[0]).to(matrix), persistent=False)
        self.register_buffer("_vh", vh.to(matrix), persistent=False)
        self._largest = float(values[0])
        self.change = nn.Parameter(torch.zeros(len(values)))

    def weight(self, original: Tensor) -> Tensor:
        """See `Change.weight`."""
        u, vh = self.get_buffer("_u"), self.get_buffer("_vh")
        return original + ((u * self.change) @ vh).view_as(original)

    def stored(self) -> dict[str, Tensor]:
        """See `Change.stored`."""
        return {"singular": self.change * self._largest}


class Free(nn.Module):
    """Any change at all; begins as none."""

    def __init__(self, original: Tensor) -> None:
        """For a weight of any shape."""
        super().__init__()
        self.change = nn.Parameter(torch.zeros_like(original))

    def weight(self, original: Tensor) -> Tensor:
        """See `Change.weight`."""
        return original + self.change

    def stored(self) -> dict[str, Tensor]:
        """See `Change.stored`."""
        return {"delta": self.change}


@dataclass(frozen=True, slots=True)
class _Base:
    """The model, hidden from torch: it is neither trained nor saved with what is learned."""

    towers: "_Towers"


class _Towers(nn.Module):
    """Both towers in one forward pass, as `torch.func.functional_call` wants it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor | None, tokens: Tensor | None) -> tuple[Tensor | None, ...]:
        images = None if pixels is None else normalize(self.model.encode_image(pixels), dim=-1)
        texts = None if tokens is None else normalize(encode_text(self.model, tokens), dim=-1)
        return images, texts


class Adaptation(nn.Module):
    """Changes of a model's weights, and the model under them.

    Its own parameters are those of the changes alone.
    """

    def __init__(self, model: Any, method: Method, *, seed: int = 0) -> None:
        """Begin with no change.

        Args:
            model: One of open_clip's, which is left as it is, in evaluation mode: what batch
                normalisation has seen of the world says more than a few photos.
            method: ``lora``, ``svd``, ``last`` or ``full``.
            seed: Of LoRA's random halves.

        Raises:
            TrainingError: The method cannot be used with this model.
        """
        super().__init__()
        model.eval().requires_grad_(False)
        self._base = _Base(_Towers(model))
        self._names = names_of(model, method)
        generator = torch.Generator().manual_seed(seed)
        weights = dict(model.named_parameters())
        self._changes = nn.ModuleList(
            _change(method, weights[name].detach(), generator) for name in self._names
        )

    def forward(
        self, pixels: Tensor | None = None, tokens: Tensor | None = None, strength: float = 1.0
    ) -> tuple[Tensor | None, Tensor | None]:
        """Embed pictures, texts or both.

        Args:
            pixels: ``(N, 3, H, W) float32``, as the model's own transform makes them.
            tokens: ``(M, context length) int64``.
            strength: How much of the changes, from 0 to 1.

        Returns:
            ``(N, D)`` and ``(M, D)``, L2-normalised; ``None`` of what was not given.
        """
        found: tuple[Tensor | None, Tensor | None] = functional_call(
            self._base.towers, self._weights(strength), (pixels, tokens)
        )
        return found

    def tensors(self) -> dict[str, Tensor]:
        """What was learned, as it is stored: see `clipsearch.ml.adapters`."""
        return {
            f"{_PREFIX}{name}.{kind}": value.detach().cpu().contiguous()
            for name, change in self._pairs()
            for kind, value in change.stored().items()
        }

    def _weights(self, strength: float) -> dict[str, Tensor]:
        weights = dict(self._base.towers.model.named_parameters())
        changed = ((name, weights[name], change) for name, change in self._pairs())
        if strength == 1.0:
            return {f"model.{name}": change.weight(one) for name, one, change in changed}
        return {
            f"model.{name}": torch.lerp(one, change.weight(one), strength)
            for name, one, change in changed
        }

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        return zip(self._names, self._changes, strict=True)


def names_of(model: Any, method: Method) -> list[str]:
    """The parameters of a model that a method changes.

    Raises:
        TrainingError: The model's last blocks are not known, or the method changes no weights.
    """
    parameters: Mapping[str, Tensor] = dict(model.named_parameters())
    if method in ("lora", "svd"):
        return [name for name, value in parameters.items() if _is_matrix(name, value)]
    if method == "full":
        return [name for name in parameters if not name.startswith(("logit_scale", "logit_bias"))]
    if method == "last":
        return _last_names(model)
    raise TrainingError(f"The method '{method}' does not change a model's weights.")


def _is_matrix(name: str, value: Tensor) -> bool:
    is_flat = value.ndim == 2 or (value.ndim == 4 and value.shape[2:] == (1, 1))
    return is_flat and min(value.shape[:2]) > 1 and not any(word in name for word in _NOT_MATRICES)


def _last_names(model: Any) -> list[str]:
    model.requires_grad_(True)
    try:
        with warnings.catch_warnings():  # open_clip imports a module of timm's that has moved.
            warnings.simplefilter("ignore", FutureWarning)
            model.lock_image_tower(unlocked_groups=_LAST_GROUPS)
            model.lock_text_tower(unlocked_layers=_LAST_LAYERS)
        return [
            name
            for name, value in model.named_parameters()
            if value.requires_grad and not any(word in name for word in _NOT_MATRICES)
        ]
    except (AssertionError, AttributeError, NotImplementedError) as error:
        raise TrainingError(
            "The last blocks of this model are not known, so they cannot be trained alone: "
            "choose the method lora."
        ) from error
    finally:
        model.requires_grad_(False)


def _change(method: Method, original: Tensor, generator: torch.Generator) -> nn.Module:
    if method == "lora":
        return LowRank(original, generator)
    return SingularValues(original) if method == "svd" else Free(original)
