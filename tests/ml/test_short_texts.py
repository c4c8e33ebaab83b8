"""Texts without their padding, against open_clip's own way through all positions."""

from typing import Any

import open_clip
import pytest
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
from torch import Tensor

from clipsearch.ml.short_texts import encode_text

VISION = CLIPVisionCfg(layers=1, width=16, head_width=8, patch_size=16, image_size=16)
TEXTS = ["dog", "a red car in front of the old town hall", ""]


def model(kind: type, **options: Any) -> Any:
    torch.manual_seed(0)
    text = CLIPTextCfg(context_length=20, width=16, heads=2, layers=2, **options)
    return kind(8, VISION, text).eval()


def tokens(*texts: str) -> Tensor:
    found: Tensor = open_clip.get_tokenizer("ViT-B-32", context_length=20)(list(texts))
    return found


@pytest.mark.parametrize("kind", [CLIP, CustomTextCLIP])
@pytest.mark.parametrize(
    "options", [{}, {"pool_type": "eos", "eos_id": 49407}, {"proj_bias": True}]
)
def test_padding_is_left_out_and_nothing_changes(
    kind: type, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = model(kind, **options)
    seen: list[int] = []
    tower = network if kind is CLIP else network.text
    tower.transformer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[1]))
    with torch.inference_mode():
        expected = network.encode_text(tokens(*TEXTS))
        found = encode_text(network, tokens(*TEXTS))
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert seen == [20, 12]


def test_a_text_that_fills_the_context_is_whole() -> None:
    network = model(CLIP)
    long = tokens("dog " * 40, "dog")
    with torch.inference_mode():
        torch.testing.assert_close(encode_text(network, long), network.encode_text(long))


@pytest.mark.parametrize("options", [{"no_causal_mask": True}, {"pool_type": "last"}])
def test_where_padding_counts_it_stays(options: dict[str, Any]) -> None:
    network = model(CustomTextCLIP, **options)
    with torch.inference_mode():
        found, expected = encode_text(network, tokens(*TEXTS)), network.encode_text(tokens(*TEXTS))
    assert torch.equal(found, expected)
