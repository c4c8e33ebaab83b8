"""Small models with random weights, made on the spot."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from clipsearch.ml import downloads
from tests.ml.loopback_hub import REPOSITORY, Hub, serving

TINY: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8},
    "text_cfg": {
        "context_length": 16,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 2,
    },
}
PREPROCESS = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "resize_mode": "squash"}


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A model folder as open_clip writes it: configuration and weights."""
    return write_model(tmp_path / "tiny")


def write_model(folder: Path, seed: int = 0) -> Path:
    """Write a tiny model with random weights."""
    folder.mkdir(parents=True)
    torch.manual_seed(seed)
    model = open_clip.CLIP(**TINY)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    config = {"model_cfg": TINY, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


TAG = {"hf_hub": f"{REPOSITORY}/"} | PREPROCESS


@pytest.fixture
def catalogue_model(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a tiny model in open_clip's catalogue, whose weights are on the hub."""
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny-arch", TINY)
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny-arch", {"test": TAG})
    return "tiny-arch:test"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the tiny model's weights, and is asked by whoever asks one."""
    weights = write_model(tmp_path / "uploaded") / "open_clip_model.safetensors"
    for name in ("HF_TOKEN", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloads, "_TICK_S", 0.001)
    monkeypatch.setattr(downloads, "_PAUSES_S", (0.001, 0.001))
    with serving(Hub({weights.name: weights.read_bytes()})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub
