"""Bringing photos and texts together: what a step draws, and its losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

from clipsearch.ml.losses import info_nce, posterior_loss

if TYPE_CHECKING:
    from clipsearch.ml.training import Embeddings, ParameterGroup
    from image_tower import Head, Imagined
    from textbank import Labelled

# Photos of one set to what the image side takes of them: features or pixels.
Look = Callable[[torch.Tensor, torch.Generator], torch.Tensor]
# Rows of texts to embeddings, `(n,)` to `(n, D)`, not normalised.
TextSide = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class TrainingSet:
    """One set's photos beside its texts.

    Attributes:
        look: Random views of some of its photos.
        logits: `(N, 1000)` float16, the original backbone's of the whole photos.
        described: Its texts and labels.
    """

    look: Look
    logits: torch.Tensor
    described: Labelled

    def draw_photos(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Draws photos without repeats; `(count,)` int64."""
        return torch.randperm(len(self.logits), generator=generator)[:count]

    def draw_texts(
        self, photos: torch.Tensor, short: float, generator: torch.Generator
    ) -> torch.Tensor:
        """Takes a random text of each photo, -1 where it has none; `(n,)` int64.

        Args:
            photos: `(n,)` int64.
            short: How often it is a shortened caption.
            generator: To draw from.
        """
        chosen = torch.rand(len(photos), generator=generator).tolist()
        hurried = (torch.rand(len(photos), generator=generator) < short).tolist()
        rows = []
        for photo, share, hurry in zip(photos.tolist(), chosen, hurried, strict=True):
            texts = (hurry and self.described.short[photo]) or self.described.texts[photo]
            rows.append(texts[int(share * len(texts))] if texts else -1)
        return torch.tensor(rows, dtype=torch.int64)


@dataclass(frozen=True)
class Batch:
    """What one step sees.

    Attributes:
        seen: Features `(B, 1280)` or pixels `(B, 3, H, W)`, float32.
        rows: `(B,)` row of each photo's text, -1 for none.
        posteriors: `(B, C)` what the backbone saw in the whole photos, over the classes drawn.
        marks: Each set's `(b, c)` bool labels of its own photos.
        classes: `(C,)` ImageNet classes drawn.
        distinct: `(R,)` the rows of all texts that are needed, once each.
        where: Positions among them of the captions, the class names and the labels' names.
        anchors: `(A,)` texts of the corpus that are to stay in place.
        made: Photos, classes and strengths of the imagined features.
    """

    seen: torch.Tensor
    rows: torch.Tensor
    posteriors: torch.Tensor
    marks: list[torch.Tensor]
    classes: torch.Tensor
    distinct: torch.Tensor
    where: torch.Tensor
    anchors: torch.Tensor
    made: tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Scales(nn.Module):
    """Logit scales of the three losses, stored as logarithms."""

    def __init__(self) -> None:
        """Starts at CLIP's own 1 / 0.07."""
        super().__init__()
        self.contrast = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.labels = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.classes = nn.Parameter(torch.tensor(math.log(1 / 0.07)))


@dataclass(frozen=True)
class Lesson:
    """Draws batches.

    Attributes:
        sets: The training sets; the first has captions, the others labels too.
        imagined: The classifier, and a source of features for classes that no photo shows.
        class_rows: `(1000, S, T)` rows of the prompts of ImageNet's classes.
        corpus_weights: `(N,)` how often each text of the corpus is drawn to stay in place.
        settings: Batch sizes and the weights of the losses.
    """

    sets: list[TrainingSet]
    imagined: Imagined
    class_rows: torch.Tensor
    corpus_weights: torch.Tensor
    settings: dict[str, Any]

    def draw(self, generator: torch.Generator) -> Batch:
        """Draws one batch."""
        settings = self.settings
        seen, rows, logits, marks, names = [], [], [], [], []
        for one, count in zip(self.sets, settings["batch"], strict=True):
            photos = one.draw_photos(count, generator)
            seen.append(one.look(photos, generator))
            rows.append(one.draw_texts(photos, settings["short"], generator))
            logits.append(one.logits[photos].float())
            columns = self._draw_columns(one.described.marks[photos], generator)
            marks.append(one.described.marks[photos][:, columns])
            names.append(self._draw_labels(one, columns, generator))
        classes = torch.randperm(len(self.class_rows), generator=generator)
        classes = classes[: settings["class_count"]]
        own = torch.cat(rows)
        wanted = torch.cat([own[own >= 0], self._draw_classes(classes, generator), *names])
        distinct, where = torch.unique(wanted, return_inverse=True)
        weights, anchors = self.corpus_weights, torch.empty(0, dtype=torch.int64)
        if settings.get("anchors"):
            anchors = torch.multinomial(weights, settings["anchors"], True, generator=generator)
        return Batch(
            seen=torch.cat(seen),
            rows=own,
            posteriors=torch.cat(logits)[:, classes].softmax(-1),
            marks=marks,
            classes=classes,
            distinct=distinct,
            where=where,
            anchors=anchors,
            made=self.imagined.draw(len(own), settings["imagined"], generator),
        )

    def _draw_classes(self, classes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """One prompt of each of the classes, as rows; mostly the class's first name."""
        _, synonyms, templates = self.class_rows.shape
        name = torch.randint(2 * synonyms, classes.shape, generator=generator)
        name = torch.where(name >= synonyms, 0, name)
        template = torch.randint(templates, classes.shape, generator=generator)
        return self.class_rows[classes, name, template]

    def _draw_columns(self, marks: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """The labels of some photos and some others of their set, as columns of `marks`."""
        wanted = marks.any(0)
        others = torch.randperm(len(wanted), generator=generator)
        wanted[others[: self.settings["label_count"]]] = True
        return torch.nonzero(wanted)[:, 0] if self.settings["labels"] else others[:0]

    def _draw_labels(
        self, one: TrainingSet, columns: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """One prompt of each of some labels of a set, `(C,)` rows."""
        if not len(columns):
            return torch.empty(0, dtype=torch.int64)
        names = one.described.names[columns]
        chosen = torch.randint(names.shape[1], (len(names),), generator=generator)
        return names[torch.arange(len(names)), chosen]


@dataclass
class Alignment:
    """Task of the training engine: the image side and the text side learn to agree.

    Attributes:
        module: Holds `head`, `scales` and whatever else is trained or saved.
        lesson: Draws the batches.
        eyes: What the batch has seen, to features `(B, 1280)`.
        texts: Rows of the bank to embeddings.
        corpus_texts: Rows of the corpus to embeddings, now and at the start; without it no text
            is held in place.
        groups: Parameter groups.
    """

    module: nn.ModuleDict
    lesson: Lesson
    eyes: Callable[[torch.Tensor], torch.Tensor]
    texts: TextSide
    groups: list[ParameterGroup]
    corpus_texts: tuple[TextSide, TextSide] | None = None

    def parameter_groups(self) -> list[ParameterGroup]:
        """As given."""
        return self.groups

    def draw(self, generator: torch.Generator) -> list[Batch]:
        """One part."""
        return [self.lesson.draw(generator)]

    def embed(self, part: Batch) -> Embeddings:
        """Features of the photos, embeddings of the texts, and of the anchors now and before."""
        found = (self.eyes(part.seen), self.texts(part.distinct))
        if self.corpus_texts is None or not len(part.anchors):
            return found
        now, before = self.corpus_texts
        with torch.no_grad():
            start = before(part.anchors)
        return (*found, now(part.anchors), start)

    def loss(self, embeddings: Embeddings, parts: Sequence[Batch]) -> torch.Tensor:
        """The weighted sum of all losses."""
        (batch,) = parts
        settings, lesson = self.lesson.settings, self.lesson
        head: Head = self.module["head"]  # type: ignore[assignment]
        scales: Scales = self.module["scales"]  # type: ignore[assignment]
        features = embeddings[0]
        embedded = normalize(embeddings[1], dim=-1)[batch.where]
        has = batch.rows >= 0
        captioned = int(has.sum())
        captions = embedded[:captioned]
        classes, names = torch.tensor_split(embedded[captioned:], [len(batch.classes)])
        made = lesson.imagined.make(features.detach(), *batch.made)
        images = normalize(head(torch.cat([features, made])), dim=-1)
        photos = images[: len(features)]
        same = (batch.rows[has].unsqueeze(0) == batch.rows[has].unsqueeze(1)).float()
        losses = [info_nce(photos[has], captions, scales.contrast.exp(), same)]
        if settings["labels"]:
            losses.append(settings["labels"] * _label_loss(photos, names, batch.marks, scales))
        posteriors = torch.cat([batch.posteriors, lesson.imagined.posteriors(made, batch.classes)])
        scale = scales.classes.exp()
        losses.append(settings["classes"] * posterior_loss(images, classes, scale, posteriors))
        if settings.get("keep"):
            # The backbone must still be the one that the classifier, and so the imagined
            # features, belong to.
            logits = lesson.imagined.logits(features, batch.classes)
            losses.append(settings["keep"] * cross_entropy(logits, batch.posteriors))
        if len(embeddings) > 2:
            now, start = embeddings[2:]
            losses.append(settings["anchor"] * (1 - cosine_similarity(now, start)).mean())
        return torch.stack(losses).sum()


def _label_loss(
    photos: torch.Tensor, names: torch.Tensor, marks: list[torch.Tensor], scales: Scales
) -> torch.Tensor:
    """Cross-entropy over the labels of a photo's own set, averaged over labelled photos."""
    total: torch.Tensor = photos.new_zeros(())
    count, photo, column = 0, 0, 0
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
    mean: torch.Tensor = total / max(count, 1)
    return mean
