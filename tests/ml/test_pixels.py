"""The cut preprocessing against open_clip's whole one."""

import open_clip
import pytest
import torch
from PIL import Image

from clipsearch.ml.pixels import Preprocess


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("size", [(500, 375), (31, 200), (64, 64)])
def test_it_is_open_clips_own_to_the_last_bit(mode: str, size: tuple[int, int]) -> None:
    transform = open_clip.image_transform(64, is_train=False, resize_mode=mode)
    picture = Image.effect_noise(size, 80).convert("RGB")
    preprocess = Preprocess(transform)
    pixels = preprocess(picture)
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == "uint8"
    ours = preprocess.normalised(torch.from_numpy(pixels)[None])[0]
    assert torch.equal(ours, transform(picture))
