"""The backbone: MobileNetV2, trainable, and what it knew of the photos as it came."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import timm
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from photos import batches

if TYPE_CHECKING:
    from pathlib import Path

    from photos import PhotoSet

log = logging.getLogger("starter")

BACKBONE: Final = "mobilenetv2_100"
FEATURE_DIM: Final = 1280
_EPSILON: Final = 1e-5  # timm's, in batch normalisation


def load_backbone(data: Path) -> dict[str, torch.Tensor]:
    """Reads the backbone's weights as it came, float32, the classifier among them."""
    stored = load_file(data / "backbone" / f"{BACKBONE}.safetensors")
    return {key: value.float() for key, value in stored.items()}


def classifier(data: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """The classifier over 1,000 classes: `(1000, 1280)` weight and `(1000,)` bias, float32."""
    weights = load_backbone(data)
    return weights["classifier.weight"], weights["classifier.bias"]


class Trunk(nn.Module):
    """The backbone without its classifier, its batch normalisations folded into the convolutions.

    Folded, a step of training takes three quarters of the time; the normalisations of these weights
    have no statistics of their own left anyway (they came folded).
    """

    def __init__(self, data: Path, drop_path: float = 0.0) -> None:
        """Loads the weights, mirrored.

        The backbone was trained with TensorFlow's "SAME" padding, which pads the right and the
        lower edge at every stride; open_clip can only build symmetric padding, which at even
        sizes pads the left and the upper edge. A network with mirrored kernels under the second
        does to a mirrored photo exactly what the original does under the first; and photos are as
        good mirrored. That settles the horizontal half of the difference; training from the
        pixels settles the rest.

        Args:
            data: Folder of the data.
            drop_path: Share of the residual branches dropped while training.
        """
        super().__init__()
        self.net: Any = timm.create_model(BACKBONE, num_classes=0, drop_path_rate=drop_path)
        weights = {
            key: (value.flip(-1) if value.ndim == 4 else value).contiguous()
            for key, value in load_backbone(data).items()
            if not key.startswith("classifier.")
        }
        self.net.load_state_dict(weights)
        for convolution, norm in normalised(self.net):
            _fold(self.net, convolution, norm)
        self.to(memory_format=torch.channels_last)

    def blocks(self) -> list[nn.Module]:
        """Its parts from the input to the output."""
        return [self.net.conv_stem, *self.net.blocks, self.net.conv_head]

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` to `(B, 1280)` pooled features, not negative."""
        features: torch.Tensor = self.net(pixels.contiguous(memory_format=torch.channels_last))
        return features

    def unfolded(self) -> dict[str, torch.Tensor]:
        """The weights as timm's own network takes them, with batch normalisations that only add."""
        template = timm.create_model(BACKBONE, num_classes=0)
        state = template.state_dict()
        folded = self.net.state_dict()
        for convolution, norm in normalised(template):
            bias = folded[f"{convolution}.bias"]
            state[f"{convolution}.weight"] = folded[f"{convolution}.weight"]
            state[f"{norm}.weight"] = torch.full_like(bias, (1 + _EPSILON) ** 0.5)
            state[f"{norm}.bias"] = bias
        return state


def normalised(net: nn.Module) -> list[tuple[str, str]]:
    """Names of the convolutions, each with that of the batch normalisation behind it."""
    pairs, last = [], ""
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            last = name
        elif isinstance(module, nn.BatchNorm2d):
            pairs.append((last, name))
    return pairs


def _fold(net: nn.Module, convolution: str, norm: str) -> None:
    """Replaces a convolution by one with a bias, and the normalisation by its activation."""
    plain: Any = net.get_submodule(convolution)
    old: Any = net.get_submodule(norm)
    activation = old.act
    old.__class__ = nn.BatchNorm2d  # timm's class normalises and activates; torch wants the first
    fused = fuse_conv_bn_eval(plain.eval(), old.eval())
    net.set_submodule(convolution, fused.requires_grad_())
    net.set_submodule(norm, activation)


@torch.inference_mode()
def features(data: Path, photos: PhotoSet) -> dict[str, torch.Tensor]:
    """What the trunk, before any training, and the original backbone make of whole photos.

    Returns:
        `features`, `(N, 1280)` float16, not negative, of the trunk; and `logits`, `(N, 1000)`
        float16, of the original network under its own padding, for photos to be trained on.
    """
    trunk = Trunk(data).eval()
    original = timm.create_model(BACKBONE, pad_type="same").eval()
    original.load_state_dict(load_backbone(data))
    original.to(memory_format=torch.channels_last)
    found: dict[str, list[torch.Tensor]] = {"features": []}
    if photos.trained:
        found["logits"] = []
    for number, batch in enumerate(batches(photos)):
        pixels = batch.contiguous(memory_format=torch.channels_last)
        found["features"].append(trunk(pixels).half())
        if photos.trained:
            found["logits"].append(original(pixels).half())
        if number % 50 == 0:
            log.info("features of %s: %d of %d", photos.name, number * len(batch), len(photos.keys))
    return {name: torch.cat(parts) for name, parts in found.items()}
