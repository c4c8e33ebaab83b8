"""How well a model finds captioned pictures by their captions, and captions by their picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clipsearch.core.captions import read_captions
from clipsearch.core.types import EmbeddingModel, Embeddings
from clipsearch.errors import InputError
from clipsearch.ml.metrics import recall_at_k
from clipsearch.progress import Progress, no_progress

if TYPE_CHECKING:
    from PIL import Image

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Retrieval figures, each recall in [0, 1] by cut-off."""

    images: int
    captions: int
    text_to_image: dict[int, float]
    image_to_text: dict[int, float]


def evaluate(file: Path, model: EmbeddingModel, *, progress: Progress = no_progress) -> Evaluation:
    """Measure recall@1/5/10 in both directions.

    Text→image: the share of captions whose picture is among the best k pictures. Image→text: the
    share of pictures of which at least one caption is among the best k captions.

    Args:
        file: What `read_captions` takes.
        model: The encoder to measure.
        progress: Called for each picture.

    Raises:
        InputError: The file cannot be used.
        Cancelled: By ``progress``.
    """
    texts: list[str] = []
    owner: list[int] = []
    rows: list[Embeddings] = []
    waiting: list[Image.Image] = []
    count = 0
    for count, item in enumerate(read_captions(file), start=1):
        waiting.append(item.image)
        texts += item.captions
        owner += [count - 1] * len(item.captions)
        if len(waiting) == _BATCH:
            rows.append(model.encode_images(waiting))
            waiting.clear()
        progress(count, None, item.name)
    if not count:
        raise InputError(f"The captions file {file} holds no pictures.")
    rows.append(model.encode_images(waiting))
    images = np.concatenate(rows)
    captions = model.encode_texts(texts)
    owners = np.array(owner, np.int64)
    return Evaluation(
        images=len(images),
        captions=len(captions),
        text_to_image=recall_at_k(captions, images, [np.array([i]) for i in owner]),
        image_to_text=recall_at_k(
            images, captions, [np.flatnonzero(owners == i) for i in range(len(images))]
        ),
    )
