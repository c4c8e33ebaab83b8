"""The parts of the model between the stages: written, read, and measured on the dev photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import normalize

from align import Scales
from backbone import Trunk
from clipsearch.ml.augmentation import Augmentation
from metrics import recall
from text_tower import embed_tokens, new_text_tower

if TYPE_CHECKING:
    from pathlib import Path

    from open_clip.transformer import TextTransformer

    from classroom import Classroom
    from image_tower import Head
    from photos import Views

DEV: Final = "flickr-dev"
WHOLE: Final = Augmentation(area=(1, 1), aspect=(1, 1), mirror=0, light=0, grey=0)


@dataclass
class Parts:
    """The model in pieces."""

    head: Head
    scales: Scales
    text: TextTransformer
    trunk: Trunk


def save_parts(folder: Path, parts: Parts) -> None:
    """Writes the parts of a stage."""
    for name, module in vars(parts).items():
        state = {key: value.contiguous() for key, value in module.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")


def load_parts(room: Classroom, folder: Path, settings: dict[str, Any]) -> Parts:
    """Reads what a stage has written."""
    parts = Parts(
        room.head(settings),
        Scales(),
        new_text_tower(settings["embed_dim"]),
        Trunk(room.data, settings.get("drop_path", 0.0)),
    )
    for name, module in vars(parts).items():
        module.load_state_dict(load_file(folder / f"{name}.safetensors"))
    return parts


@torch.inference_mode()
def look_at(trunk: Trunk, views: Views) -> torch.Tensor:
    """Features of all photos of a set; `(N, 1280)` float32."""
    trunk.eval()
    generator = torch.Generator().manual_seed(0)
    chunks = torch.split(torch.arange(len(views)), 50)
    return torch.cat([trunk(views(rows, generator)) for rows in chunks])


@torch.inference_mode()
def dev_figures(room: Classroom, parts: Parts, features: torch.Tensor) -> dict[str, Any]:
    """Recall on the dev photos from their features `(1000, 1280)`, and the logit scale."""
    parts.head.eval()
    described = room.described[DEV].texts
    rows = torch.tensor([row for some in described for row in some])
    owners = torch.tensor([photo for photo, some in enumerate(described) for _ in some])
    images = normalize(parts.head(features), dim=-1)
    texts = embed_tokens(parts.text, room.bank.tokens()[rows])
    scale = round(float(parts.scales.contrast.exp()), 2)
    return {**recall(images, texts, owners), "logit_scale": scale}
