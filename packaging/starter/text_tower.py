"""The text tower: open_clip's TextTransformer, distilled from the teacher."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from open_clip.tokenizer import SimpleTokenizer
from open_clip.transformer import TextTransformer
from torch.nn.functional import cross_entropy, linear, normalize

from teacher import TEACHER_DIM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger("starter")

CONTEXT_LENGTH = 32
TEXT_CFG: dict[str, Any] = {
    "context_length": CONTEXT_LENGTH,
    "vocab_size": 49408,
    "width": 256,
    "heads": 4,
    "layers": 4,
}
_BATCHES_A_DRAW = 16


def new_text_tower(output_dim: int) -> TextTransformer:
    """Builds the text tower with fresh weights (from torch's global generator)."""
    return TextTransformer(**TEXT_CFG, output_dim=output_dim)


def tokenize(texts: Sequence[str]) -> torch.Tensor:
    """Tokenizes with CLIP's byte-pair encoding; `(N, 32)` int32, padded with 0."""
    tokenizer = SimpleTokenizer(context_length=CONTEXT_LENGTH)
    parts = [tokenizer(list(texts[i : i + 4096])).int() for i in range(0, len(texts), 4096)]
    return torch.cat(parts)


def encode_tokens(tower: TextTransformer, tokens: torch.Tensor) -> torch.Tensor:
    """Runs the tower on tokens cut to the longest text; same result as `tower(tokens)`.

    The causal mask keeps the end token, which is read out, from seeing the padding, so cutting
    it off changes nothing; and plain matrix products replace the fused attention kernel, which
    on a CPU takes more time than all the rest for sequences this short. Together 5 times faster.

    Args:
        tower: The text tower.
        tokens: `(B, L)` integers, padded with 0.

    Returns:
        `(B, output_dim)`, not normalised.
    """
    ends = tokens.argmax(-1)  # the end token has the highest number
    length = int(ends.max()) + 1
    tokens = tokens[:, :length].long()
    mask = tower.attn_mask[:length, :length]
    x = tower.token_embedding(tokens) + tower.positional_embedding[:length]
    for block in tower.transformer.resblocks:
        attn = block.attn
        heads, size = attn.num_heads, attn.head_dim
        qkv = linear(block.ln_1(x), attn.in_proj_weight, attn.in_proj_bias)
        qkv = qkv.view(len(x), length, 3, heads, size)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        scores = (query @ key.transpose(-1, -2)).float() * size**-0.5 + mask
        mixed = torch.softmax(scores, -1).to(value.dtype) @ value
        x = x + attn.out_proj(mixed.transpose(1, 2).reshape(len(x), length, -1))
        x = x + block.mlp(block.ln_2(x))
    pooled = tower.ln_final(x[torch.arange(len(x)), ends])
    projected: torch.Tensor = pooled @ tower.text_projection
    return projected


@torch.inference_mode()
def embed_tokens(tower: TextTransformer, tokens: torch.Tensor) -> torch.Tensor:
    """Embeds many tokenized texts; `(N, output_dim)` float32, L2-normalised."""
    tower.eval()
    order = tokens.argmax(-1).argsort(stable=True)
    parts = [encode_tokens(tower, tokens[rows]) for rows in torch.split(order, 1024)]
    return normalize(torch.cat(parts), dim=-1)[order.argsort()]


@dataclass
class Distillation:
    """Everything that the distillation reads.

    Attributes:
        tokens: `(N, 32)` int32.
        targets: `(N, 384)` float16, L2-normalised teacher embeddings.
        weights: `(N,)` float32, how often each text is drawn.
        probe_tokens: `(P, 32)` int32, texts never trained on, for the log.
        probe_targets: `(P, 384)` float16.
    """

    tokens: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    probe_tokens: torch.Tensor
    probe_targets: torch.Tensor

    def draw(self, number: int, batch_size: int, seed: int) -> list[torch.Tensor]:
        """Draws some batches, each of texts of like length, in mixed order.

        A draw depends on its number and the seed alone, so that a resumed run sees what an
        unbroken one would have seen.
        """
        generator = torch.Generator().manual_seed(seed * 1_000_003 + number)
        count = batch_size * _BATCHES_A_DRAW
        chosen = torch.multinomial(self.weights, count, generator=generator)
        chosen = chosen[self.tokens[chosen].argmax(-1).argsort(stable=True)]
        batches = list(torch.split(chosen, batch_size))
        return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]

    def probe(self, tower: TextTransformer) -> float:
        """Mean cosine to the teacher on the probe texts."""
        student = embed_tokens(tower, self.probe_tokens)
        tower.train()
        return float((student * self.probe_targets.float()).sum(-1).mean())


def one_cycle(step: int, steps: int, peak: float, warm_up: float = 0.05) -> float:
    """Learning rate: linear warm-up, then half a cosine down to nothing."""
    done = (step + 1) / steps
    if done < warm_up:
        return peak * done / warm_up
    return peak * 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def distil(
    data: Distillation, folder: Path, settings: dict[str, Any], seed: int
) -> tuple[TextTransformer, dict[str, Any]]:
    """Trains a text tower with a 384-d output to follow the teacher.

    A checkpoint is written every few hundred steps and taken up again.

    Returns:
        The tower, and figures (seconds over all runs, cosines on the probe texts by step).
    """
    torch.manual_seed(seed)
    tower = new_text_tower(TEACHER_DIM).train()
    optimizer = torch.optim.AdamW(
        tower.parameters(), lr=settings["lr"], betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    steps, batch_size = int(settings["steps"]), int(settings["batch"])
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "cpu_seconds": 0.0, "probe": {}}
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        tower.load_state_dict(saved["tower"])
        optimizer.load_state_dict(saved["optimizer"])
        state = saved["state"]
        log.info("text: resuming at step %d", state["step"])
    wall, cpu = time.monotonic(), time.process_time()
    batches: list[torch.Tensor] = []
    for step in range(state["step"], steps):
        if not batches or step % _BATCHES_A_DRAW == 0:
            drawn = data.draw(step // _BATCHES_A_DRAW, batch_size, seed)
            batches = drawn[step % _BATCHES_A_DRAW :]
        rows = batches.pop(0)
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(step, steps, settings["lr"])
        loss = _loss(tower, data.tokens[rows], data.targets[rows].float(), settings["contrast"])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimizer.step()
        done = step + 1
        if done % 250 == 0 or done == steps:
            now, now_cpu = time.monotonic(), time.process_time()
            state["seconds"] += now - wall
            state["cpu_seconds"] += now_cpu - cpu
            wall, cpu = now, now_cpu
            state["step"] = done
            state["probe"][str(done)] = round(data.probe(tower), 4)
            probe, seconds = state["probe"][str(done)], state["seconds"]
            log.info("text: step %d of %d, cosine %.4f, %.0f s", done, steps, probe, seconds)
            saved = {"tower": tower.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save({**saved, "state": state}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    figures = {key: state[key] for key in ("seconds", "cpu_seconds", "probe")}
    return tower.eval(), figures


def _loss(
    tower: TextTransformer, tokens: torch.Tensor, targets: torch.Tensor, contrast: float
) -> torch.Tensor:
    """One minus the cosine to the teacher, and a contrast against the rest of the batch."""
    with torch.autocast("cpu", torch.bfloat16):
        embedded = encode_tokens(tower, tokens)
    embedded = normalize(embedded.float(), dim=-1)
    cosine = (embedded * targets).sum(-1)
    if not contrast:
        return (1 - cosine).mean()
    others = cross_entropy(20 * embedded @ targets.T, torch.arange(len(targets)))
    return (1 - cosine).mean() + contrast * others
