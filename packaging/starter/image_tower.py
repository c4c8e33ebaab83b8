"""The image tower's head: backbone features into the space of the texts.

The head is open_clip's own (timm's `Mlp` behind the pooled features), fed with standardised
features while it is trained; the standardisation is folded into its first layer afterwards.
"""

from __future__ import annotations

from typing import Final

import torch
from timm.layers.mlp import Mlp
from torch import nn

from backbone import FEATURE_DIM

EMBED_DIM: Final = 256


class Head(nn.Module):
    """Standardises pooled features and projects them, `(N, 1280)` to `(N, D)`."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(
        self,
        mean: torch.Tensor,
        deviation: torch.Tensor,
        embed_dim: int,
        dropout: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Builds a fresh head.

        Args:
            mean: `(1280,)` float32, of the features of the training photos.
            deviation: `(1280,)` float32, their standard deviation.
            embed_dim: `D`.
            dropout: Shares of the features and of the hidden units dropped while training.
        """
        super().__init__()
        self.embed_dim = embed_dim
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.drop = nn.Dropout(dropout[0])
        # The shape that open_clip builds for `timm_proj: "mlp"`.
        hidden, drop = 2 * embed_dim, (dropout[1], 0.0)
        self.mlp = Mlp(FEATURE_DIM, hidden, embed_dim, bias=(True, False), drop=drop)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Projects features; not normalised."""
        projected: torch.Tensor = self.mlp(self.drop((features - self.mean) / self.deviation))
        return projected

    def folded(self) -> dict[str, torch.Tensor]:
        """The MLP's weights for raw features: `fc1.weight`, `fc1.bias`, `fc2.weight`."""
        stored = {key: value.detach() for key, value in self.mlp.state_dict().items()}
        # The weights will be stored in float16. Rounding them first lets the bias make good
        # what the rounding does to the mean photo.
        weight = (stored["fc1.weight"] / self.deviation).half().float()
        bias = stored["fc1.bias"] - weight @ self.mean
        return {"fc1.weight": weight, "fc1.bias": bias, "fc2.weight": stored["fc2.weight"]}


def statistics(whole: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and scale of whole-photo features `(N, 1280)`; `(1280,)` float32 each.

    The scale is the same for all of them: scaling each by its own makes much of features that
    hardly ever differ from zero (dev recall at 10 falls by half a point).
    """
    return whole.mean(0), whole.std(0).mean().expand(whole.shape[1]).contiguous()


class Imagined:
    """Features of photos of any ImageNet class, made from features of photos of something else.

    The classifier knows 1,000 classes and the training photos show few of them. Under a Gaussian
    model with a shared covariance S, a classifier's weight w of a class and that class's mean m
    are tied by w = S^-1 (m - mean): so moving a real photo's features along S (w - mean w) moves
    it towards the class in the way that real photos of it would differ. The classifier's own
    posteriors on the result are the target, so nothing depends on how well the model holds.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, whole: torch.Tensor) -> None:
        """Prepares the directions.

        Args:
            weight: `(1000, 1280)` of the classifier.
            bias: `(1000,)`.
            whole: `(N, 1280)` float32, features of training photos.
        """
        self.weight, self.bias = weight, bias
        centred = whole - whole.mean(0)
        covariance = centred.T @ centred / len(centred)
        relative = weight - weight.mean(0)
        moved = relative @ covariance
        # One unit raises the class's logit, against the mean of all, by one.
        self.directions = moved / (moved * relative).sum(1, keepdim=True)

    def logits(self, features: torch.Tensor, classes: torch.Tensor | None = None) -> torch.Tensor:
        """The classifier's logits of all of its classes, or of some; `(N, C)`."""
        chosen = slice(None) if classes is None else classes
        return features @ self.weight[chosen].T + self.bias[chosen]

    def posteriors(
        self, features: torch.Tensor, classes: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The classifier's softmax over all of its classes, or over some; `(N, C)`."""
        return self.logits(features, classes).softmax(-1)

    def draw(
        self, photos: int, count: int, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Draws which of the photos move towards which classes, and how far; `(count,)` each."""
        source = torch.randint(photos, (count,), generator=generator)
        classes = torch.randint(len(self.weight), (count,), generator=generator)
        return source, classes, 4 + 12 * torch.rand(count, generator=generator)

    def make(
        self,
        features: torch.Tensor,
        source: torch.Tensor,
        classes: torch.Tensor,
        strength: torch.Tensor,
    ) -> torch.Tensor:
        """Moves photos' features `(N, 1280)` as drawn; `(count, 1280)`."""
        moved = features[source] + strength.unsqueeze(1) * self.directions[classes]
        return moved.clamp(min=0)
