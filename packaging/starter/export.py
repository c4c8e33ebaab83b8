"""Puts the trained parts together as a directory that open_clip loads by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from open_clip import create_model_and_transforms
from open_clip.model import CLIP
from safetensors.torch import save_file

from backbone import BACKBONE
from photos import PREPROCESS_CFG
from text_tower import TEXT_CFG

if TYPE_CHECKING:
    from pathlib import Path

    from parts import Parts

SHIPPED_SIZE: Final = 192
"""Edge of the shipped model's input, pixels: as good as 224 on the dev photos, and faster."""
CONFIG_FILE: Final = "open_clip_config.json"
WEIGHTS_FILE: Final = "open_clip_model.safetensors"


def model_cfg(embed_dim: int) -> dict[str, Any]:
    """The `model_cfg` of open_clip for the starter model."""
    return {
        "embed_dim": embed_dim,
        "vision_cfg": {
            "timm_model_name": BACKBONE,
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "mlp",
            "image_size": SHIPPED_SIZE,
        },
        "text_cfg": TEXT_CFG,
    }


def assemble(parts: Parts) -> CLIP:
    """Builds the float32 model.

    Raises:
        RuntimeError: When a key is missing or left over.
    """
    model = CLIP(**model_cfg(parts.head.embed_dim))
    state = dict(parts.text.state_dict())
    for key, value in parts.trunk.unfolded().items():
        state[f"visual.trunk.{key}"] = value
    for key, value in parts.head.folded().items():
        state[f"visual.head.mlp.{key}"] = value
    state["logit_scale"] = parts.scales.contrast.detach()
    model.load_state_dict(state, strict=True)
    return model.eval()


def write(model: CLIP, out: Path, embed_dim: int) -> float:
    """Writes configuration and float16 weights.

    Returns:
        Size of the weights in megabytes (10^6 bytes).
    """
    out.mkdir(parents=True, exist_ok=True)
    preprocess = {key: value for key, value in PREPROCESS_CFG.items() if key != "size"}
    config = {"model_cfg": model_cfg(embed_dim), "preprocess_cfg": preprocess}
    (out / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    stored = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in model.state_dict().items()
    }
    save_file(stored, out / WEIGHTS_FILE, metadata={"format": "pt"})
    (out / WEIGHTS_FILE).chmod(0o644)  # safetensors writes for the owner alone
    return round((out / WEIGHTS_FILE).stat().st_size / 1e6, 1)


def load(out: Path) -> tuple[CLIP, Any]:
    """Loads the model the way that everybody else will; model and its preprocess."""
    model, _, preprocess = create_model_and_transforms(f"local-dir:{out.resolve()}")
    return model.eval(), preprocess
