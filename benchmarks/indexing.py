"""How fast a folder of photos is indexed here, against open_clip's plain loop and the machine.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.indexing PHOTOS [--model ViT-B-32] [--rounds 3] [--json]
    uv run python -m benchmarks.indexing PHOTOS --megapixels 12 [--count 60]

An architecture of open_clip's catalogue gets random weights, the same for both. The plain loop is
float32, in batches of 32, with open_clip's own calls and its own transform, on what Pillow opens.
What it cannot open (HEIC, RAW: the slowest to decode) is left out of ``to_open_clip``: both do the
same photos there; ``all_to_open_clip`` holds our rate over all photos against it all the same.
The models are loaded, warmed up and know the everyday words (``everyday_words_s``) before the
clock starts. With ``--megapixels`` some of the
photos are scaled up and stored as JPEG first.

``limit`` is what this machine could do if nothing but decoding and encoding took time: cores by
(core-seconds to read, decode and preprocess a photo, and to keep its thumbnail, plus core-seconds
to encode it), each measured by itself on one core. ``least_cosine`` holds the embeddings of photos
decoded at a reduced scale against those of the full pictures.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image, UnidentifiedImageError
from safetensors.torch import save_file

from benchmarks.common import print_figures
from clipsearch.core.imaging import decode_picture, read_file
from clipsearch.core.indexing import least_edge
from clipsearch.core.library import Library
from clipsearch.core.scan import scan
from clipsearch.core.thumbnails import ThumbnailStore
from clipsearch.core.vocabulary import Vocabulary
from clipsearch.errors import ImageError
from clipsearch.ml import models
from clipsearch.ml.encoder import Encoder
from clipsearch.settings import Settings, cache_folder

_BATCH = 32


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--model", default="ViT-B-32", help="starter, or an open_clip architecture")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megapixels", type=float, help="scale photos up to this size first")
    parser.add_argument("--count", type=int, default=60, help="how many, with --megapixels")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        # Thumbnails and the remembered plan of the model go there too.
        os.environ["CLIPSEARCH_HOME"] = str(Path(name) / "home")
        photos = options.photos
        if options.megapixels:
            photos = _scaled_up(photos, options.megapixels, options.count, Path(name) / "photos")
        figures = _measure(photos, options.model, options.rounds, Path(name))
    print_figures(figures, as_json=options.json)


def _measure(photos: Path, model: str, rounds: int, folder: Path) -> dict[str, Any]:
    name = model if model == "starter" else str(random_model(model, folder / "model"))
    encoder = Encoder(name)
    encoder.encode_images([Image.new("RGB", (64, 64))])
    words_s = _seconds_of_words(encoder)
    files = [file.path for file in scan(photos).files]
    plain, opened = _median(rounds, partial(_plain_loop, name, files))
    ours, report = _median(rounds, partial(_index, photos, encoder, folder))
    common = _copies(opened, folder / "opened")
    same, same_report = _median(rounds, partial(_index, common, encoder, folder))
    plain_rate = len(opened) / plain
    costs = _costs(encoder, files, ThumbnailStore(folder / "thumbnails"))
    per_photo = costs.decode_s + costs.encode_s
    cores = torch.get_num_threads()
    limit = cores / per_photo
    embedded = report.added
    return {
        "model": model,
        "device": encoder.device,
        "precision": encoder.precision,
        "cores": cores,
        "lanes": encoder.lanes,
        "batch_size": encoder.batch_size,
        "photos": embedded,
        "images_per_s": embedded / ours,
        "open_clip_photos": len(opened),
        "open_clip_images_per_s": plain_rate,
        "same_photos_images_per_s": same_report.added / same,
        "to_open_clip": same_report.added / same / plain_rate,
        "all_to_open_clip": embedded / ours / plain_rate,
        "decode_core_ms": 1000 * costs.decode_s,
        "encode_core_ms": 1000 * costs.encode_s,
        "limit_images_per_s": limit,
        "share_of_limit": embedded / ours / limit,
        "least_cosine": costs.least_cosine,
        "everyday_words_s": words_s,
    }


def _seconds_of_words(encoder: Encoder) -> float:
    """What learning the everyday words takes, once in a model's life on a machine."""
    start = time.perf_counter()
    _ = Vocabulary(cache_folder() / "vocabulary", encoder).background
    return time.perf_counter() - start


def _scaled_up(photos: Path, megapixels: float, count: int, folder: Path) -> Path:
    """A folder of JPEGs of one size, made of the first photos of another."""
    folder.mkdir()
    for file in scan(photos).files[:count]:
        try:
            image = decode_picture(read_file(file.path).data).image
        except ImageError:
            continue
        factor = math.sqrt(megapixels * 1e6 / (image.width * image.height))
        size = round(factor * image.width), round(factor * image.height)
        image.resize(size, Image.Resampling.BICUBIC).save(
            folder / f"{file.path.stem}.jpg", quality=90
        )
    return folder


def random_model(architecture: str, folder: Path) -> Path:
    """Write a model with random weights as a folder that open_clip and the app load."""
    folder.mkdir()
    torch.manual_seed(0)
    model = open_clip.create_model(architecture, pretrained=None)
    state = {key: value.contiguous() for key, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
    config = {
        "model_cfg": open_clip.get_model_config(architecture),
        "preprocess_cfg": {k: v for k, v in model.visual.preprocess_cfg.items() if k != "size"},
    }
    (folder / models.CONFIG_NAME).write_text(json.dumps(config), encoding="utf-8")
    return folder


def _median(rounds: int, call: Callable[[], tuple[float, Any]]) -> tuple[float, Any]:
    """Median seconds, and the last result."""
    results = [call() for _ in range(rounds)]
    return statistics.median(seconds for seconds, _ in results), results[-1][1]


@torch.inference_mode()
def _plain_loop(name: str, files: list[Path]) -> tuple[float, list[Path]]:
    """Seconds, and which photos were embedded."""
    loaded = models.load(models.resolve(name))
    loaded.model.encode_image(torch.zeros(1, *_shape(loaded)))
    waiting: list[torch.Tensor] = []
    opened: list[Path] = []
    start = time.perf_counter()
    for path in files:
        try:
            with Image.open(path) as image:
                waiting.append(loaded.transform(image.convert("RGB")))
        except (UnidentifiedImageError, OSError):
            continue
        opened.append(path)
        if len(waiting) == _BATCH:
            loaded.model.encode_image(torch.stack(waiting), normalize=True)
            waiting = []
    if waiting:
        loaded.model.encode_image(torch.stack(waiting), normalize=True)
    return time.perf_counter() - start, opened


def _copies(files: list[Path], folder: Path) -> Path:
    """A folder of these photos, each as often as it was given."""
    folder.mkdir()
    for number, file in enumerate(files):
        shutil.copyfile(file, folder / f"{number:06}{file.suffix}")
    return folder


def _shape(loaded: models.LoadedModel) -> tuple[int, ...]:
    return tuple(loaded.transform(Image.new("RGB", (32, 32))).shape)


def _index(photos: Path, encoder: Encoder, folder: Path) -> tuple[float, Any]:
    """Seconds, and the report, of indexing into a new library with an empty cache."""
    # What is kept of a model, its plan and its everyday words, was there before.
    shutil.rmtree(cache_folder() / "thumbnails", ignore_errors=True)
    with TemporaryDirectory(dir=folder) as name:
        library = Library(Path(name) / "library", Settings(), load_model=lambda _: encoder)
        start = time.perf_counter()
        report = library.index([photos])
        seconds = time.perf_counter() - start
        library.close()
    return seconds, report


@dataclass(frozen=True)
class _Costs:
    """What a photo costs on one core."""

    decode_s: float
    encode_s: float
    least_cosine: float


def _costs(encoder: Encoder, files: list[Path], thumbnails: ThumbnailStore) -> _Costs:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    reduced, full, seconds = [], [], 0.0
    try:
        for path in files:
            try:
                start = time.process_time()
                content = read_file(path)
                picture = decode_picture(content.data, min_edge=least_edge(encoder))
                reduced.append(encoder.preprocess(picture.image))
                thumbnails.keep(picture.image, content.content_hash)
                seconds += time.process_time() - start
                full.append(encoder.preprocess(decode_picture(content.data).image))
            except ImageError:
                continue
        start = time.process_time()
        ours = encoder.encode_pixels(np.stack(reduced))
        encode_s = (time.process_time() - start) / len(reduced)
        cosines = (ours * encoder.encode_pixels(np.stack(full))).sum(-1)
    finally:
        torch.set_num_threads(threads)
    return _Costs(seconds / len(reduced), encode_s, float(cosines.min()))


if __name__ == "__main__":
    main()
