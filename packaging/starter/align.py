"""Training the head, and later both towers, on photos and their texts."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from text_tower import one_cycle

if TYPE_CHECKING:
    from image_tower import Head, Imagined
    from textbank import Labelled

log = logging.getLogger("starter")

# Rows of the bank to embeddings, `(n,)` to `(n, D)`, not normalised.
TextSide = Callable[[torch.Tensor], torch.Tensor]


@dataclass
class TrainingSet:
    """One set's features beside its texts.

    Attributes:
        features: `(V, N, 1280)` float16.
        described: Its texts and labels.
    """

    features: torch.Tensor
    described: Labelled

    def draw_photos(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Draws photos without repeats; `(count,)` int64."""
        return torch.randperm(self.features.shape[1], generator=generator)[:count]

    def draw_views(self, photos: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Takes a random view of each photo; `(n, 1280)` float32."""
        views = torch.randint(self.features.shape[0], (len(photos),), generator=generator)
        return self.features[views, photos].float()

    def draw_texts(self, photos: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Takes a random text of each photo, -1 where it has none; `(n,)` int64."""
        chosen = torch.rand(len(photos), generator=generator).tolist()
        rows = []
        for photo, share in zip(photos.tolist(), chosen, strict=True):
            texts = self.described.texts[photo]
            rows.append(texts[int(share * len(texts))] if texts else -1)
        return torch.tensor(rows, dtype=torch.int64)


class Scales(nn.Module):
    """Logit scales of the three losses, stored as logarithms."""

    def __init__(self) -> None:
        """Starts at CLIP's own 1 / 0.07."""
        super().__init__()
        self.contrast = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.labels = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.classes = nn.Parameter(torch.tensor(math.log(1 / 0.07)))


@dataclass
class Lesson:
    """Draws batches and computes the losses.

    Attributes:
        sets: The training sets; the first has captions, the others labels too.
        imagined: Source of features for classes that no photo shows.
        class_rows: `(1000, S, T)` rows of the prompts of ImageNet's classes.
        settings: Batch sizes and the weights of the losses.
    """

    sets: list[TrainingSet]
    imagined: Imagined
    class_rows: torch.Tensor
    settings: dict[str, Any]

    def loss(
        self, head: Head, texts: TextSide, scales: Scales, generator: torch.Generator
    ) -> torch.Tensor:
        """Draws one batch and gives its loss."""
        features, rows, marks = self._draw(generator)
        classes_drawn = torch.randperm(len(self.class_rows), generator=generator)
        classes_drawn = classes_drawn[: self.settings["class_count"]]
        class_names = self._draw_classes(classes_drawn, generator)
        label_names = [self._draw_labels(s, generator) for s in self.sets]
        made = self.settings["imagined"]
        source = features[torch.randint(len(features), (made,), generator=generator)]
        seen = torch.cat([features, self.imagined.draw(source, generator)])
        # One pass of the text side over every distinct row that this step needs.
        wanted = torch.cat([rows[rows >= 0], class_names, *label_names])
        distinct, where = torch.unique(wanted, return_inverse=True)
        embedded = normalize(texts(distinct), dim=-1)[where]
        captioned = int((rows >= 0).sum())
        captions = embedded[:captioned]
        classes, names = torch.tensor_split(embedded[captioned:], [len(class_names)])
        images = normalize(head(seen), dim=-1)
        photos = images[: len(features)]
        total: torch.Tensor = self._contrast(photos[rows >= 0], captions, rows[rows >= 0], scales)
        if self.settings["labels"]:
            total += self.settings["labels"] * self._label_loss(photos, names, marks, scales)
        posteriors = self.imagined.posteriors(seen, classes_drawn)
        logits = scales.classes.exp() * images @ classes.T
        total += self.settings["classes"] * cross_entropy(logits, posteriors)
        return total

    def _draw(
        self, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        """Features `(B, 1280)`, text rows `(B,)`, and every set's marks of its own photos."""
        features, rows, marks = [], [], []
        for one, count in zip(self.sets, self.settings["batch"], strict=True):
            photos = one.draw_photos(count, generator)
            features.append(one.draw_views(photos, generator))
            rows.append(one.draw_texts(photos, generator))
            marks.append(one.described.marks[photos])
        return torch.cat(features), torch.cat(rows), marks

    def _draw_classes(self, classes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """One prompt of each of the classes, as rows; mostly the class's first name."""
        _, synonyms, templates = self.class_rows.shape
        name = torch.randint(2 * synonyms, classes.shape, generator=generator)
        name = torch.where(name >= synonyms, 0, name)
        template = torch.randint(templates, classes.shape, generator=generator)
        return self.class_rows[classes, name, template]

    def _draw_labels(self, one: TrainingSet, generator: torch.Generator) -> torch.Tensor:
        """One prompt of each label of a set, `(C,)` rows."""
        names = one.described.names
        if not (len(names) and self.settings["labels"]):
            return torch.empty(0, dtype=torch.int64)
        chosen = torch.randint(names.shape[1], (len(names),), generator=generator)
        return names[torch.arange(len(names)), chosen]

    def _contrast(
        self, images: torch.Tensor, texts: torch.Tensor, rows: torch.Tensor, scales: Scales
    ) -> torch.Tensor:
        """Symmetric InfoNCE; photos that share a text are positives of each other."""
        logits = scales.contrast.exp().clamp(max=100) * images @ texts.T
        same = (rows.unsqueeze(0) == rows.unsqueeze(1)).float()
        targets = same / same.sum(1, keepdim=True)
        return (cross_entropy(logits, targets) + cross_entropy(logits.T, targets)) / 2

    def _label_loss(
        self, photos: torch.Tensor, names: torch.Tensor, marks: list[torch.Tensor], scales: Scales
    ) -> torch.Tensor:
        """Cross-entropy over the labels of a photo's own set, averaged over labelled photos."""
        total, count, photo, column = photos.new_zeros(()), 0, 0, 0
        for mark in marks:
            own = photos[photo : photo + len(mark)]
            theirs = names[column : column + mark.shape[1]]
            photo, column = photo + len(mark), column + mark.shape[1]
            has = mark.any(1)
            if mark.shape[1] and has.any():
                targets = mark[has].float()
                targets = targets / targets.sum(1, keepdim=True)
                logits = scales.labels.exp() * own[has] @ theirs.T
                total = total + cross_entropy(logits, targets, reduction="sum")
                count += int(has.sum())
        return total / max(count, 1)


def train(
    step_loss: Callable[[torch.Generator], torch.Tensor],
    groups: list[dict[str, Any]],
    steps: int,
    seed: int,
) -> None:
    """Runs AdamW under a one-cycle schedule.

    Args:
        step_loss: Draws a batch and gives its loss.
        groups: Parameter groups with `lr` (the peak) and `weight_decay`.
        steps: Number of steps.
        seed: Of the batches.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(groups)
    peaks = [group["lr"] for group in optimizer.param_groups]
    for step in range(steps):
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = one_cycle(step, steps, peak)
        loss = step_loss(generator)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if (step + 1) % 100 == 0:
            log.info("align: step %d of %d, loss %.3f", step + 1, steps, loss.item())
