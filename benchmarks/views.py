"""What a convolutional model gains from several views of each picture: sizes, and mirrored.

Run it with captioned pictures (a tar or CSV, as `clipsearch evaluate` takes)::

    uv run python -m benchmarks.views CAPTIONS [--model starter] [--sizes 160,192,224,256] [--json]

For each size: the recall of captions for pictures and of pictures for captions, at 1, 5 and 10,
from the picture alone, and from the mean of its embedding and its mirror image's; at the end from
the mean of all views. The mean costs as much as its views together; it says what a student of it
could learn.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import ImageOps

from benchmarks.common import print_figures
from clipsearch.core.captions import read_captions
from clipsearch.core.types import Embeddings
from clipsearch.ml import models
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.metrics import recall_at_k
from clipsearch.settings import Settings


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--sizes", default="160,192,224,256")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    print_figures(_measure(options.captions, options.model, sizes), as_json=options.json)


def _measure(captions: Path, model: str, sizes: list[int]) -> dict[str, Any]:
    items = list(read_captions(captions))
    pictures = [item.image for item in items]
    mirrored = [ImageOps.mirror(picture) for picture in pictures]
    texts = [caption for item in items for caption in item.captions]
    owners = np.array([row for row, item in enumerate(items) for _ in item.captions])
    words = Encoder(model).encode_texts(texts)
    views: list[Embeddings] = []
    figures: dict[str, Any] = {}
    for size in sizes:
        encoder = _at_size(model, size)
        views += [encoder.encode_images(pictures), encoder.encode_images(mirrored)]
        figures[f"{size} px"] = _recall(views[-2], words, owners)
        figures[f"{size} px and mirrored"] = _recall(_mean(views[-2:]), words, owners)
        sys.stderr.write(f"{size} px done\n")
    figures["all sizes"] = _recall(_mean(views[::2]), words, owners)
    figures["all sizes and mirrored"] = _recall(_mean(views), words, owners)
    return {name: str(value) for name, value in figures.items()}


def _at_size(model: str, size: int) -> Encoder:
    """The model with larger or smaller pictures than its own."""
    loaded = models.load(models.resolve(model))
    own = {**loaded.model.visual.preprocess_cfg, "size": size}
    transform = image_transform_v2(PreprocessCfg(**own), is_train=False)
    resized = replace(
        loaded, transform=transform, fingerprint=f"{loaded.fingerprint} at {size} pixels"
    )
    return Encoder(model, Settings(precision="float32"), load=lambda: resized)


def _mean(views: list[Embeddings]) -> Embeddings:
    total = np.sum(views, axis=0)
    mean: Embeddings = total / np.linalg.norm(total, axis=1, keepdims=True)
    return mean


@dataclass(frozen=True)
class _Recall:
    """At 1, 5 and 10, in both directions."""

    text_to_image: dict[int, float]
    image_to_text: dict[int, float]

    def __str__(self) -> str:
        found, back = (
            " / ".join(f"{value:.3f}" for value in recall.values())
            for recall in (self.text_to_image, self.image_to_text)
        )
        return f"{found}  back {back}"


def _recall(images: Embeddings, words: Embeddings, owners: NDArray[np.int64]) -> _Recall:
    return _Recall(
        recall_at_k(words, images, [np.array([owner]) for owner in owners]),
        recall_at_k(images, words, [np.flatnonzero(owners == i) for i in range(len(images))]),
    )


if __name__ == "__main__":
    main()
