"""Distillation: a small tower learns to embed as a large one does, or as a classifier sees.

The teacher's answers are computed once, before; the student never meets the teacher. Sources:
knowledge distillation (arXiv 1503.02531); towers apart from each other as in TinyCLIP (2309.12314)
and MobileCLIP (2311.17049); a classifier's posteriors as a point in the space of its class names,
ConSE (1312.5650).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from clipsearch.ml.losses import cosine_distance, posterior_loss
from clipsearch.ml.training import Embeddings, ParameterGroup, split_decay

_SLICES = 8
_CONTRAST_SCALE = 20.0


@dataclass
class TextDistillation:
    """Task: a text tower follows a teacher's embeddings of many texts.

    The loss is one minus the cosine to the teacher, plus a contrast within the batch, which keeps
    texts apart that the cosine alone would let fall together. Batches hold texts of like length,
    so that a tower that cuts off the padding has little to do.
    """

    module: nn.Module
    """The student: ``(B, L)`` tokens to ``(B, D)``, not normalised."""
    tokens: Tensor
    """``(N, L)`` integers, padded with 0."""
    goals: Tensor
    """``(N, D)``, the teacher's embeddings, L2-normalised."""
    weights: Tensor
    """``(N,) float32``, how often each text is drawn."""
    batch_size: int = 512
    contrast: float = 0.1
    """Weight of the contrast."""
    device: str = "cpu"

    def parameter_groups(self) -> list[ParameterGroup]:
        """Everything, embeddings of tokens too."""
        return split_decay(list(self.module.named_parameters()))

    def draw(self, generator: torch.Generator) -> list[Tensor]:
        """Rows of one batch: a slice, by length, of a larger draw."""
        count = self.batch_size * _SLICES
        drawn = torch.multinomial(self.weights, count, replacement=True, generator=generator)
        lengths = (self.tokens[drawn] != 0).sum(1)
        slices = torch.split(drawn[lengths.argsort(stable=True)], self.batch_size)
        return [slices[int(torch.randint(_SLICES, (), generator=generator))]]

    def embed(self, part: Tensor) -> Embeddings:
        """``(B, D)``, not normalised."""
        return (self.module(self.tokens[part].to(self.device)),)

    def loss(self, embeddings: Embeddings, parts: Sequence[Tensor]) -> Tensor:
        """Cosine distance and contrast."""
        embedded = normalize(embeddings[0], dim=-1)
        goals = self.goals[torch.cat(list(parts))].to(embedded)
        loss = cosine_distance(embedded, goals)
        if self.contrast:
            own = torch.arange(len(goals), device=goals.device)
            loss = loss + self.contrast * cross_entropy(_CONTRAST_SCALE * embedded @ goals.T, own)
        return loss


ReadImages = Callable[[Tensor, torch.Generator], Tensor]
"""Rows and a source of chance to pixels ``(B, 3, H, W) float32``; called in a thread."""


@dataclass
class ImageDistillation:
    """Task: an image tower follows a teacher's embeddings, a classifier's posteriors, or both.

    Posteriors want ``class_embeddings``: the text embeddings of the class names, in the student's
    space. Then a photo is drawn to the names of what the classifier sees in it, and the classes
    become searchable in words.
    """

    module: nn.Module
    """The student: ``(B, 3, H, W)`` pixels to ``(B, D)``, not normalised."""
    read: ReadImages
    count: int
    """Number of photos."""
    goals: Tensor | None = None
    """``(N, D)``, the teacher's embeddings, L2-normalised."""
    posteriors: Tensor | None = None
    """``(N, C)``, rows sum to one."""
    class_embeddings: Tensor | None = None
    """``(C, D) float32``, L2-normalised."""
    logit_scale: Tensor = field(default_factory=lambda: torch.tensor(20.0))
    batch_size: int = 128
    part_size: int = 32
    device: str = "cpu"

    def parameter_groups(self) -> list[ParameterGroup]:
        """Everything that requires a gradient."""
        return split_decay(list(self.module.named_parameters()))

    def draw(self, generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
        """Rows and pixels, in parts."""
        size = min(self.batch_size, self.count)
        rows = torch.randperm(self.count, generator=generator)[:size]
        return [(part, self.read(part, generator)) for part in torch.split(rows, self.part_size)]

    def embed(self, part: tuple[Tensor, Tensor]) -> Embeddings:
        """``(B, D)``, not normalised."""
        return (self.module(part[1].to(self.device)),)

    def loss(self, embeddings: Embeddings, parts: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """The sum of what is there to follow."""
        images = normalize(embeddings[0], dim=-1)
        rows = torch.cat([part[0] for part in parts])
        loss = images.new_zeros(())
        if self.goals is not None:
            loss = loss + cosine_distance(images, self.goals[rows].to(images))
        if self.posteriors is not None and self.class_embeddings is not None:
            classes = self.class_embeddings.to(images)
            posteriors = self.posteriors[rows].to(images)
            loss = loss + posterior_loss(images, classes, self.logit_scale.to(images), posteriors)
        return loss
