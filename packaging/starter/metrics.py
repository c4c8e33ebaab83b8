"""Figures: recall at k for captions, zero-shot accuracy for labels."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize


def recall(
    images: torch.Tensor, texts: torch.Tensor, owners: torch.Tensor
) -> dict[str, list[float]]:
    """Recall at 1, 5 and 10 in both directions.

    Args:
        images: `(N, D)` float32, L2-normalised.
        texts: `(M, D)` float32, L2-normalised.
        owners: `(M,)` int64, the photo that each text belongs to.

    Returns:
        `text_to_image` and `image_to_text`, three shares each.
    """
    scores = texts @ images.T
    own = scores.gather(1, owners.unsqueeze(1))
    rank = (scores > own).sum(1)
    # Of a photo's captions the best placed one counts.
    theirs = torch.full((len(images),), len(texts))
    others = scores.T
    best = torch.full((len(images),), -2.0).scatter_reduce(0, owners, own[:, 0], "amax")
    theirs = (others > best.unsqueeze(1)).sum(1)
    return {
        "text_to_image": [round(float((rank < k).float().mean()), 4) for k in (1, 5, 10)],
        "image_to_text": [round(float((theirs < k).float().mean()), 4) for k in (1, 5, 10)],
    }


def zero_shot(images: torch.Tensor, classes: torch.Tensor, marks: torch.Tensor) -> list[float]:
    """Top-1 and top-5 accuracy over the photos that have a label.

    Args:
        images: `(N, D)` float32, L2-normalised.
        classes: `(C, D)` float32, L2-normalised.
        marks: `(N, C)` bool, which labels a photo has.
    """
    has = marks.any(1)
    top = (images[has] @ classes.T).topk(min(5, len(classes)), dim=1).indices
    hits = marks[has].gather(1, top)
    return [round(float(hits[:, :k].any(1).float().mean()), 4) for k in (1, 5)]


def class_embeddings(texts: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Averages the embeddings of each class's prompts; `(C, D)` float32, L2-normalised.

    Args:
        texts: `(R, D)` float32, L2-normalised embeddings of the bank.
        rows: `(C, ...)` rows of each class's prompts.
    """
    return normalize(texts[rows.flatten(1)].mean(1), dim=-1)
