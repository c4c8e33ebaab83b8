"""Zero-shot classification: class names through prompt templates to a classifier matrix."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Embeddings = NDArray[np.float32]


class TextEncoder(Protocol):
    """The part of an encoder that a classifier is built with."""

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts to ``(N, D) float32``, L2-normalised."""


def build_classifier(
    encoder: TextEncoder, class_names: Sequence[str], templates: Sequence[str]
) -> Embeddings:
    """Ensemble prompts: embed each class in each template, take the mean, normalise again.

    See CLIP, arXiv 2103.00020, section 3.1.4.

    Args:
        encoder: Embeds the prompts.
        class_names: ``C`` names.
        templates: Each with ``{}`` where the name goes.

    Returns:
        ``(D, C) float32``, each column L2-normalised.
    """
    prompts = [[template.format(name) for template in templates] for name in class_names]
    return np.ascontiguousarray(ensemble(encoder, prompts).T)


def ensemble(encoder: TextEncoder, prompts: Sequence[Sequence[str]]) -> Embeddings:
    """Embed groups of prompts: the mean of each group, normalised again.

    Args:
        encoder: Embeds the prompts, each text once.
        prompts: ``N`` groups of at least one text; one that stands there twice counts twice.

    Returns:
        ``(N, D) float32``, L2-normalised.
    """
    texts = {
        text: row for row, text in enumerate(dict.fromkeys(t for some in prompts for t in some))
    }
    embeddings = encoder.encode_texts(list(texts))
    rows = [texts[text] for some in prompts for text in some]
    starts = np.cumsum([0, *(len(some) for some in prompts[:-1])])
    sums: Embeddings = np.add.reduceat(embeddings[rows], starts, axis=0)
    sums /= np.linalg.norm(sums, axis=1, keepdims=True)
    return sums


def probabilities(
    images: Embeddings, classifier: Embeddings, logit_scale: float
) -> NDArray[np.float32]:
    """Softmax over the classes; relative to the set of labels, so not a confidence.

    Args:
        images: ``(N, D)``, L2-normalised.
        classifier: ``(D, C)``, columns L2-normalised.
        logit_scale: Factor on the cosine similarities.

    Returns:
        ``(N, C) float32``, rows sum to 1.
    """
    logits = logit_scale * (images @ classifier)
    logits -= logits.max(axis=1, keepdims=True)
    exponentials = np.exp(logits)
    result: NDArray[np.float32] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return result
