"""Losses between the embeddings of images and texts, for training."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid

MAX_LOGIT_SCALE = 100.0
"""CLIP lets the scale grow no further, lest single pairs rule the gradient (arXiv 2103.00020)."""


def info_nce(
    images: Tensor, texts: Tensor, logit_scale: Tensor, targets: Tensor | None = None
) -> Tensor:
    """Symmetric InfoNCE: each image picks its text out of the batch, and each text its image.

    Source: CLIP, arXiv 2103.00020 §2.3; equal to open_clip's ``ClipLoss`` without targets.

    Args:
        images: ``(B, D) float32``, L2-normalised.
        texts: ``(B, D) float32``, L2-normalised.
        logit_scale: Scalar, not its logarithm; held to at most `MAX_LOGIT_SCALE`.
        targets: ``(B, B)``, how well image ``i`` and text ``j`` fit, in any unit that is not
            negative; rows and columns are brought to sum one. Without them pair ``i`` fits
            itself alone. Several positives in a batch (one text for two photos) want them.

    Returns:
        Scalar.
    """
    logits = logit_scale.clamp(max=MAX_LOGIT_SCALE) * images @ texts.T
    if targets is None:
        own = torch.arange(len(images), device=images.device)
        return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
    of_images = targets / targets.sum(1, keepdim=True)
    of_texts = targets.T / targets.T.sum(1, keepdim=True)
    return (cross_entropy(logits, of_images) + cross_entropy(logits.T, of_texts)) / 2


def fit_loss(
    images: Tensor,
    texts: Tensor,
    logit_scale: Tensor,
    fits: Tensor,
    others: Tensor,
    competes: Tensor,
) -> Tensor:
    """Images pick the texts that fit out of all texts, and texts their images out of all images.

    `info_nce` for a batch that is no list of pairs: an image may fit several texts or none, a text
    several images (supervised contrastive, arXiv 2004.11362, eq. 2, across the towers). What fits
    nothing is there to be told from the rest.

    Args:
        images: ``(N, D) float32``, L2-normalised.
        texts: ``(T, D) float32``, L2-normalised.
        logit_scale: Scalar, not its logarithm; held to at most `MAX_LOGIT_SCALE`.
        fits: ``(N, T)``, how well they fit, in any unit that is not negative.
        others: ``(W, D)``, L2-normalised: texts that only contend with those that fit.
        competes: ``(N, W)``: 1 where one contends for an image, 0 where it might fit it.

    Returns:
        Scalar; 0 where nothing fits.
    """
    scale = logit_scale.clamp(max=MAX_LOGIT_SCALE)
    logits = scale * images @ texts.T
    contending = scale * images @ others.T
    # Finite: the share of nothing times minus infinity is no number.
    contending = contending.masked_fill(competes == 0, -1e4)
    of_images, of_texts = fits.sum(1), fits.sum(0)
    fitted, fitting = of_images > 0, of_texts > 0
    if not bool(fitted.any()):
        return logits.sum() * 0
    shares = torch.cat([fits, torch.zeros_like(contending)], 1)[fitted]
    picked = cross_entropy(
        torch.cat([logits, contending], 1)[fitted], shares / of_images[fitted, None]
    )
    found = cross_entropy(logits.T[fitting], fits.T[fitting] / of_texts[fitting, None])
    return (picked + found) / 2


def sigmoid_loss(
    images: Tensor,
    texts: Tensor,
    logit_scale: Tensor,
    logit_bias: Tensor,
    positives: Tensor | None = None,
) -> Tensor:
    """Sigmoid loss: each pair of an image and a text is its own yes-or-no question.

    Its logits are those of probabilities, so scores mean the same for every query.
    Source: SigLIP, arXiv 2303.15343 §3.2; equal to open_clip's ``SigLipLoss``.

    Args:
        images: ``(N, D) float32``, L2-normalised.
        texts: ``(T, D) float32``, L2-normalised.
        logit_scale: Scalar, not its logarithm.
        logit_bias: Scalar; begins at about -10, since most pairs do not fit.
        positives: ``(N, T) bool``, which pairs fit; the diagonal without it.

    Returns:
        Scalar: the sum over all pairs, divided by ``N``.
    """
    logits = logit_scale * images @ texts.T + logit_bias
    if positives is None:
        positives = torch.eye(len(images), dtype=torch.bool, device=images.device)
    signs = torch.where(positives, 1.0, -1.0)
    return -logsigmoid(signs * logits).sum() / len(images)


def cosine_distance(embeddings: Tensor, goals: Tensor) -> Tensor:
    """One minus the mean cosine similarity; both ``(B, D)``, L2-normalised."""
    return 1 - (embeddings * goals).sum(-1).mean()


def posterior_loss(
    images: Tensor, class_embeddings: Tensor, logit_scale: Tensor, posteriors: Tensor
) -> Tensor:
    """Cross-entropy of the image-class similarities against a classifier's posteriors.

    Teaches a two-tower model the classes of a classifier through their names. Source: the soft
    targets of arXiv 1503.02531, with the text tower in the place of the last layer.

    Args:
        images: ``(B, D) float32``, L2-normalised.
        class_embeddings: ``(C, D) float32``, L2-normalised text embeddings of the class names.
        logit_scale: Scalar, not its logarithm.
        posteriors: ``(B, C)``, rows sum to one.

    Returns:
        Scalar.
    """
    logits = logit_scale.clamp(max=MAX_LOGIT_SCALE) * images @ class_embeddings.T
    return cross_entropy(logits, posteriors)
