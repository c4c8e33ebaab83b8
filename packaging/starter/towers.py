"""The stages that bring photos and texts together: the head first, then both towers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import cosine_similarity

from align import Lesson, Scales, TrainingSet, train
from backbone import classifier
from image_tower import Head, Imagined, statistics
from labels import imagenet_classes
from photos import photo_sets
from teacher import TEACHER_DIM
from text_tower import embed_tokens, encode_tokens, new_text_tower
from textbank import Labelled, TextBank, describe

if TYPE_CHECKING:
    from pathlib import Path

    from open_clip.transformer import TextTransformer

    from stages import Workshop


@dataclass
class Classroom:
    """What both stages read.

    Attributes:
        bank: All texts.
        described: Every set's texts and labels, by name.
        features: Every set's features `(V, N, 1280)` float16, by name.
        class_rows: `(1000, S, T)` rows of ImageNet's class prompts.
        imagined: The classifier and its directions.
        mean: `(1280,)` float32, of the training photos' features.
        deviation: `(1280,)` float32.
        training: Names of the sets to train on.
    """

    bank: TextBank
    described: dict[str, Labelled]
    features: dict[str, torch.Tensor]
    class_rows: torch.Tensor
    imagined: Imagined
    mean: torch.Tensor
    deviation: torch.Tensor
    training: list[str]

    def lesson(self, settings: dict[str, Any]) -> Lesson:
        """Sets up the losses over the training sets."""
        sets = [TrainingSet(self.features[n], self.described[n]) for n in self.training]
        return Lesson(sets, self.imagined, self.class_rows, settings)

    def head(self, settings: dict[str, Any]) -> Head:
        """Builds a fresh head."""
        dropout = (settings["feature_dropout"], settings["dropout"])
        return Head(self.mean, self.deviation, settings["embed_dim"], dropout)


def classroom(data: Path, features: Path) -> Classroom:
    """Collects texts, features and the classifier; the bank's rows are always the same."""
    sets, bank = photo_sets(data), TextBank()
    described = {photos.name: describe(photos, bank) for photos in sets}
    class_rows = bank.class_prompts(imagenet_classes(data)[1:])
    found = {p.name: load_file(features / f"{p.name}.safetensors")["features"] for p in sets}
    training = [photos.name for photos in sets if photos.views]
    mean, deviation = statistics([found[name] for name in training])
    imagined = Imagined(*classifier(data), torch.cat([found[name][0] for name in training]))
    return Classroom(bank, described, found, class_rows, imagined, mean, deviation, training)


def learn_head(
    room: Classroom, shop: Workshop, folder: Path, settings: dict[str, Any]
) -> dict[str, Any]:
    """Stage 4: the head, and a linear map of the texts, on the distilled text tower."""
    torch.manual_seed(shop.seed)
    tower = new_text_tower(TEACHER_DIM)
    tower.load_state_dict(load_file(shop.folder("text") / "tower.safetensors"))
    texts = embed_tokens(tower, room.bank.tokens())
    head, scales = room.head(settings), Scales()
    linear = nn.Linear(TEACHER_DIM, settings["embed_dim"], bias=False)
    lesson = room.lesson(settings)
    groups = [
        {"params": list(head.mlp.parameters()), "lr": settings["lr"], "weight_decay": 0.05},
        {"params": list(linear.parameters()), "lr": settings["text_lr"], "weight_decay": 0.01},
        {"params": list(scales.parameters()), "lr": 1e-3, "weight_decay": 0.0},
    ]
    train(
        lambda generator: lesson.loss(head, lambda rows: linear(texts[rows]), scales, generator),
        groups,
        settings["steps"],
        shop.seed,
    )
    # From here on the text tower ends in D dimensions: its projection and the map are one matrix.
    state = tower.state_dict()
    state["text_projection"] = state["text_projection"] @ linear.weight.detach().T
    _save(folder, head, scales, state)
    return {"texts": len(texts), "logit_scale": round(float(scales.contrast.exp()), 2)}


def tune(room: Classroom, shop: Workshop, folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Stage 5: both towers together; the texts' embeddings stay near where they were."""
    torch.manual_seed(shop.seed + 1)
    head, scales, state = load_parts(room, shop.folder("head"), settings)
    tower, start = (new_text_tower(head.embed_dim) for _ in range(2))
    tower.load_state_dict(state)
    start.load_state_dict(state)
    tokens = room.bank.tokens()
    stored = load_file(shop.folder("teacher") / "texts.safetensors")
    corpus, weights = stored["tokens"], stored["weights"]
    lesson = room.lesson(settings)

    def embed(rows: torch.Tensor) -> torch.Tensor:
        return _encode_by_length(tower, tokens[rows])

    def step_loss(generator: torch.Generator) -> torch.Tensor:
        loss = lesson.loss(head, embed, scales, generator)
        # Words that no photo explains must stay in place too: hold on to texts of the corpus.
        some = torch.multinomial(weights, settings["anchors"], generator=generator)
        now = _encode_by_length(tower, corpus[some])
        with torch.no_grad():
            before = _encode_by_length(start, corpus[some])
        loss += settings["anchor"] * (1 - cosine_similarity(now, before)).mean()
        return loss

    groups = [
        {"params": list(head.mlp.parameters()), "lr": settings["lr"], "weight_decay": 0.05},
        {"params": list(tower.parameters()), "lr": settings["text_lr"], "weight_decay": 0.0},
        {"params": list(scales.parameters()), "lr": 1e-3, "weight_decay": 0.0},
    ]
    train(step_loss, groups, settings["steps"], shop.seed + 1)
    _save(folder, head, scales, tower.state_dict())
    return {"logit_scale": round(float(scales.contrast.exp()), 2)}


def _encode_by_length(tower: TextTransformer, tokens: torch.Tensor) -> torch.Tensor:
    """Encodes mixed texts in bfloat16, in chunks of like length; `(N, D)` float32."""
    order = tokens.argmax(-1).argsort(stable=True)
    with torch.autocast("cpu", torch.bfloat16):
        parts = [encode_tokens(tower, tokens[rows]) for rows in torch.split(order, 256)]
    return torch.cat(parts).float()[order.argsort()]


def _save(folder: Path, head: Head, scales: Scales, text: dict[str, torch.Tensor]) -> None:
    """Writes the three parts of a stage."""
    save_file(head.state_dict(), folder / "head.safetensors")
    save_file(scales.state_dict(), folder / "scales.safetensors")
    save_file({k: v.contiguous() for k, v in text.items()}, folder / "text.safetensors")


def load_parts(
    room: Classroom, folder: Path, settings: dict[str, Any]
) -> tuple[Head, Scales, dict[str, torch.Tensor]]:
    """Reads what a stage has written: head, scales, and the text tower's state."""
    head, scales = room.head(settings), Scales()
    head.load_state_dict(load_file(folder / "head.safetensors"))
    scales.load_state_dict(load_file(folder / "scales.safetensors"))
    return head, scales, load_file(folder / "text.safetensors")
