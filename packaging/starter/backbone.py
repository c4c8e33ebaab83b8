"""The frozen backbone: MobileNetV2, its pooled features, and its ImageNet classifier."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import timm
import torch
from safetensors.torch import load_file

from photos import PhotoSet, batches

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("starter")

BACKBONE: Final = "mobilenetv2_100"
FEATURE_DIM: Final = 1280


def load_backbone(data: Path) -> dict[str, torch.Tensor]:
    """Reads the backbone's weights, float32, mirrored, the classifier among them.

    The backbone was trained with TensorFlow's "SAME" padding, which pads the right and the lower
    edge at every stride; open_clip can only build symmetric padding, which at even sizes pads
    the left and the upper edge. A network with mirrored kernels under the second does to a
    mirrored photo exactly what the original does under the first; and photos are as good
    mirrored. That settles the horizontal half of the difference, without training. The vertical
    half stays: upside down, photos are not as good.
    """
    stored = load_file(data / "backbone" / f"{BACKBONE}.safetensors")
    return {
        key: (value.flip(-1) if value.ndim == 4 else value).float().contiguous()
        for key, value in stored.items()
    }


def classifier(data: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """The classifier over 1,000 classes: `(1000, 1280)` weight and `(1000,)` bias, float32."""
    weights = load_backbone(data)
    return weights["classifier.weight"], weights["classifier.bias"]


@torch.inference_mode()
def features(data: Path, photos: PhotoSet, seed: int) -> torch.Tensor:
    """Pooled features of all views of all photos.

    Returns:
        `(V, N, 1280)` float16, not negative.
    """
    model = timm.create_model(BACKBONE, num_classes=0)
    weights = load_backbone(data)
    model.load_state_dict({k: v for k, v in weights.items() if not k.startswith("classifier.")})
    model = model.eval().to(memory_format=torch.channels_last)
    found = []
    for number, batch in enumerate(batches(photos, seed)):
        size, views = batch.shape[:2]
        # Training stands the noise of bfloat16, which is twice as fast; figures stay exact.
        with torch.autocast("cpu", torch.bfloat16, enabled=photos.views):
            flat = batch.flatten(0, 1).contiguous(memory_format=torch.channels_last)
            pooled = model(flat)
        found.append(pooled.view(size, views, FEATURE_DIM).transpose(0, 1).half())
        if number % 50 == 0:
            log.info("features of %s: %d of %d", photos.name, number * size, len(photos.keys))
    return torch.cat(found, dim=1)
