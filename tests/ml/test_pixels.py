"""The cut preprocessing against open_clip's whole one."""

from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from clipsearch.ml.pixels import Preprocess

MEAN = torch.tensor(open_clip.OPENAI_DATASET_MEAN).view(3, 1, 1)
STD = torch.tensor(open_clip.OPENAI_DATASET_STD).view(3, 1, 1)
SIZES = [(500, 375), (375, 501), (31, 200), (64, 64), (1200, 900), (65, 64)]


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_open_clips_own_but_for_rounding(
    mode: str, interpolation: str, size: tuple[int, int]
) -> None:
    transform = image_transform(mode, interpolation)
    picture = scene(size)
    preprocess = Preprocess(transform)
    pixels = preprocess(picture)
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == "uint8"
    # From numbers back to bytes.
    theirs = ((transform(picture) * STD + MEAN) * 255).round().permute(1, 2, 0).numpy()
    off = np.abs(pixels - theirs)
    assert off.max() <= 2
    assert off.mean() < 0.25


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("size", SIZES)
def test_without_vector_instructions_it_is_open_clips_own_but_for_the_last_bits(
    mode: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    transform = image_transform(mode)
    preprocess = Preprocess(transform)
    picture = scene(size)
    ours = preprocess.normalised(torch.from_numpy(preprocess(picture))[None])[0]
    torch.testing.assert_close(ours, transform(picture), rtol=0, atol=1e-6)


def image_transform(mode: str, interpolation: str = "bicubic") -> Any:
    return open_clip.image_transform(
        64, is_train=False, resize_mode=mode, interpolation=interpolation
    )


def scene(size: tuple[int, int]) -> Image.Image:
    """Soft shapes with some grain, of other colours everywhere."""
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).resize(size)
    noise = rng.integers(0, 20, (size[1], size[0], 3))
    return Image.fromarray((np.asarray(coarse) * 0.9 + noise).astype(np.uint8))
