"""The stages that bring photos and texts together: the head, the texts, then the whole model."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from torch import nn

from align import Alignment, Look, Scales
from backbone import Trunk
from clipsearch.ml.augmentation import Augmentation
from clipsearch.ml.training import TrainingArguments, layerwise, split_decay, train
from parts import DEV, WHOLE, Parts, dev_figures, load_parts, look_at, save_parts
from photos import Views
from teacher import TEACHER_DIM
from text_tower import embed_tokens, encode_by_length, new_text_tower

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from open_clip.transformer import TextTransformer

    from classroom import Classroom
    from stages import Workshop

log = logging.getLogger("starter")


def learn_head(
    room: Classroom, shop: Workshop, folder: Path, settings: dict[str, Any]
) -> dict[str, Any]:
    """The head, and a linear map of the texts, on stored features and the distilled tower."""
    torch.manual_seed(shop.seed)
    tower = new_text_tower(TEACHER_DIM)
    tower.load_state_dict(load_file(shop.folder("text") / "tower.safetensors"))
    texts = embed_tokens(tower, room.bank.tokens())
    head, scales = room.head(settings), Scales()
    linear = nn.Linear(TEACHER_DIM, settings["embed_dim"], bias=False)
    groups = [
        *_groups(head.mlp, settings["lr"], 0.05),
        *_groups(linear, settings["text_lr"], 0.01),
        *_groups(scales, 1e-3, 0.0),
    ]
    task = Alignment(
        nn.ModuleDict({"head": head, "scales": scales, "linear": linear}),
        room.lesson(room.stored(), settings, torch.empty(0)),
        eyes=nn.Identity(),
        texts=lambda rows: linear(texts[rows]),
        groups=groups,
    )
    train(task, _arguments(settings, shop.seed), progress=log_progress)
    # From here on the text tower ends in D dimensions: its projection and the map are one matrix.
    state = tower.state_dict()
    state["text_projection"] = state["text_projection"] @ linear.weight.detach().T
    tower = new_text_tower(settings["embed_dim"])
    tower.load_state_dict(state)
    parts = Parts(head, scales, tower, Trunk(room.data))
    save_parts(folder, parts)
    return dev_figures(room, parts, room.features[DEV].float())


def train_towers(
    room: Classroom, shop: Workshop, folder: Path, settings: dict[str, Any]
) -> dict[str, Any]:
    """Everything together, from the pixels; the first layers learn slowest."""
    parts = load_parts(room, shop.folder("head"), settings)
    augment = Augmentation(area=tuple(settings["area"]))
    looks: dict[str, Look] = {
        name: Views(room.sets[name], settings["size"], augment) for name in room.training
    }
    dev = Views(room.sets[DEV], settings["test_size"], WHOLE)

    def probe(_: int) -> float:
        figures = dev_figures(room, parts, look_at(parts.trunk, dev))
        log.info("dev: %s", figures)
        best: float = figures["text_to_image"][2]
        return best

    groups = [
        *layerwise(
            parts.trunk.blocks(), settings["trunk_lr"], settings["layer_decay"], weight_decay=0.05
        ),
        *_groups(parts.head.mlp, settings["lr"], 0.05),
        *_groups(parts.text, settings["text_lr"], 0.0),
        *_groups(parts.scales, 1e-3, 0.0),
    ]
    module = nn.ModuleDict(dict(vars(parts)))
    task = _with_anchors(room, shop, module, looks, parts.trunk, groups, settings)
    train(
        task,
        _arguments(settings, shop.seed + 1),
        checkpoint=folder / "checkpoint.pt",
        probe=probe,
        progress=log_progress,
    )
    save_parts(folder, parts)
    return dev_figures(room, parts, look_at(parts.trunk, dev))


def log_progress(done: int, total: int | None, note: str = "") -> None:
    """Writes every fiftieth step into the log."""
    if done % 50 == 0:
        log.info("step %d of %s, %s", done, total, note)


def _groups(module: nn.Module, rate: float, decay: float) -> list[dict[str, Any]]:
    return split_decay(list(module.named_parameters()), lr=rate, weight_decay=decay)


def _arguments(settings: dict[str, Any], seed: int) -> TrainingArguments:
    return TrainingArguments(
        steps=settings["steps"],
        seed=seed,
        betas=(0.9, 0.999),
        average=settings.get("average"),
        checkpoint_every=50,
        probe_every=settings.get("probe_every", 0),
    )


def _with_anchors(
    room: Classroom,
    shop: Workshop,
    module: nn.ModuleDict,
    looks: dict[str, Look],
    eyes: Callable[[torch.Tensor], torch.Tensor],
    groups: list[dict[str, Any]],
    settings: dict[str, Any],
) -> Alignment:
    """The task with texts of the corpus held where they were before any photo moved them.

    Words that no photo explains must stay in place too.
    """
    tower, start = module["text"], new_text_tower(settings["embed_dim"])
    start.load_state_dict(load_file(shop.folder("head") / "text.safetensors"))
    start.requires_grad_(False)
    stored = load_file(shop.folder("teacher") / "texts.safetensors")
    tokens, corpus = room.bank.tokens(), stored["tokens"]
    return Alignment(
        module,
        room.lesson(looks, settings, stored["weights"]),
        eyes=eyes,
        texts=lambda rows: _encode(tower, tokens[rows]),
        groups=groups,
        corpus_texts=(
            lambda rows: _encode(tower, corpus[rows]),
            lambda rows: _encode(start, corpus[rows]),
        ),
    )


def _encode(tower: TextTransformer, tokens: torch.Tensor) -> torch.Tensor:
    # On a CPU bfloat16 makes matrix products faster, but small convolutions three times slower:
    # so it is for the texts alone.
    with torch.autocast("cpu", torch.bfloat16):
        return encode_by_length(tower, tokens)
