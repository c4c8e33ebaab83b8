"""`Embedder`: embeds photos and texts while a model is being fine-tuned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from clipsearch.ml.adaptation import Adaptation
from clipsearch.ml.models import LoadedModel
from clipsearch.ml.tuning_types import Lessons
from clipsearch.ml.zeroshot import Embeddings
from clipsearch.progress import Progress, no_progress

_BATCH = 32
_TEXTS = 256


def place(model: LoadedModel, device: torch.device) -> None:
    """Move a model to a device, in the layout in which convolutions are half as quick again."""
    model.model.to(device=device, memory_format=torch.channels_last)


@dataclass(frozen=True)
class Embedder:
    """Embeds with the parent, or with what was learned beside it.

    In float32 whatever the device: what is compared must not differ by rounding.

    Attributes:
        model: The parent, on the device.
        device: Where it is.
    """

    model: LoadedModel
    device: torch.device

    def pixels(self, photos: Sequence[Image.Image]) -> Tensor:
        """``(N, 3, H, W) float32`` on the CPU, by the model's own transform."""
        pixels = torch.stack([self.model.transform(photo) for photo in photos])
        return pixels.contiguous(memory_format=torch.channels_last)

    def photos(
        self,
        photos: Sequence[Image.Image],
        adaptation: Adaptation | None = None,
        strength: float = 1.0,
        progress: Progress = no_progress,
    ) -> Embeddings:
        """Embed RGB photos: ``(N, D) float32``, L2-normalised; ``progress`` may cancel."""

        def run(start: int) -> Tensor:
            progress(start, len(photos), "")
            pixels = self.pixels(photos[start : start + _BATCH]).to(self.device)
            if adaptation is None:
                return _normalised(self.model.model.encode_image(pixels))
            return _first(adaptation(pixels, None, strength))

        return self._all(len(photos), _BATCH, run)

    def texts(
        self, texts: Sequence[str], adaptation: Adaptation | None = None, strength: float = 1.0
    ) -> Embeddings:
        """Embed texts, cut at the context length: ``(N, D) float32``, L2-normalised."""

        def run(start: int) -> Tensor:
            tokens = self.model.tokenizer(list(texts[start : start + _TEXTS])).to(self.device)
            if adaptation is None:
                return _normalised(self.model.model.encode_text(tokens))
            return _first(tuple(reversed(adaptation(None, tokens, strength))))

        return self._all(len(texts), _TEXTS, run)

    def examples(
        self,
        lessons: Lessons,
        photos: Sequence[Image.Image],
        adaptation: Adaptation | None = None,
        strength: float = 1.0,
    ) -> tuple[Embeddings, Embeddings]:
        """Embed all examples ``(N, D)`` and the concepts' names ``(C, D)``.

        Args:
            lessons: Of the plan.
            photos: One for each example.
            adaptation: What was learned; the parent alone without it.
            strength: How much of it.
        """
        names = [concept.name for concept in lessons.concepts]
        images = self.photos(photos, adaptation, strength)
        return images, self.texts(names, adaptation, strength)

    def _all(self, count: int, step: int, run: Callable[[int], Tensor]) -> Embeddings:
        with torch.inference_mode():
            rows = [run(start).cpu().numpy() for start in range(0, count, step)]
        if not rows:
            return np.empty((0, 0), np.float32)
        return np.concatenate(rows)


def _first(found: tuple[Any, ...]) -> Tensor:
    embedded: Tensor = found[0]
    return embedded.float()


def _normalised(features: Tensor) -> Tensor:
    return torch.nn.functional.normalize(features.float(), dim=-1)
