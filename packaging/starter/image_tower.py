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


def statistics(features: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and scale of whole-photo features; `(1280,)` float32 each.

    The scale is the same for all of them: scaling each by its own makes much of features that
    hardly ever differ from zero (dev recall at 10 falls by half a point).
    """
    whole = torch.cat([f[0] for f in features]).float()
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
            whole: `(N, 1280)` features of training photos.
        """
        self.weight, self.bias = weight, bias
        centred = whole.float() - whole.float().mean(0)
        covariance = centred.T @ centred / len(centred)
        relative = weight - weight.mean(0)
        moved = relative @ covariance
        # One unit raises the class's logit, against the mean of all, by one.
        self.directions = moved / (moved * relative).sum(1, keepdim=True)

    def posteriors(
        self, features: torch.Tensor, classes: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The classifier's softmax over all of its classes, or over some; `(N, C)`."""
        chosen = slice(None) if classes is None else classes
        return (features @ self.weight[chosen].T + self.bias[chosen]).softmax(-1)

    def draw(self, features: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Moves each photo's features towards a class drawn at random; `(N, 1280)`."""
        classes = torch.randint(len(self.weight), (len(features),), generator=generator)
        strength = 4 + 12 * torch.rand(len(features), 1, generator=generator)
        return (features + strength * self.directions[classes]).clamp(min=0)
