"""How fast a model embeds pictures and texts here, against open_clip's plain loop.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.encoder [--model starter] [--images 256] [--json]

Pictures are scaled before the clock starts, and embedded as while indexing: in as many threads, in
batches as large, as the app has found best. The plain loop is float32 in batches of 32 with
open_clip's own calls. ``load`` is what a fresh process spends beyond the import of torch and
open_clip until the first query is embedded.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.common import print_figures
from clipsearch.core.lanes import Lanes
from clipsearch.ml import models
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.pixels import Preprocess
from clipsearch.ml.planning import probe_pixels

_BATCH = 32
_QUERY = "two dogs playing in the snow"
_LOAD = """
import time, json, torch
torched = time.perf_counter()
import open_clip
begun = time.perf_counter()
from clipsearch.ml.encoder import Encoder
Encoder({name!r}).encode_texts([{query!r}])
done = time.perf_counter()
print(json.dumps({{"load_s": done - begun, "open_clip_import_s": begun - torched}}))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder(options.model)
    loaded = models.load(models.resolve(options.model))
    pixels = probe_pixels(Preprocess(loaded.transform)).repeat(-(-options.images // 4), 1, 1, 1)
    pixels = pixels[: options.images]
    batches = torch.split(Preprocess(loaded.transform).normalised(pixels), _BATCH)
    with torch.inference_mode():
        images = {
            "app": lambda: _in_lanes(encoder, pixels.numpy()),
            "open_clip": lambda: [loaded.model.encode_image(b, normalize=True) for b in batches],
        }
        texts = {
            "app": lambda: encoder.encode_texts([_QUERY]),
            "open_clip": lambda: loaded.model.encode_text(
                loaded.tokenizer([_QUERY]), normalize=True
            ),
        }
        seconds = {name: _seconds(call, options.rounds) for name, call in images.items()}
        queries = {name: _seconds(call, 10 * options.rounds) for name, call in texts.items()}
    figures = {
        "model": options.model,
        "device": encoder.device,
        "precision": encoder.precision,
        "threads": torch.get_num_threads(),
        "lanes": encoder.lanes,
        "batch_size": encoder.batch_size,
        "images_per_s": options.images / seconds["app"],
        "images_to_open_clip": seconds["open_clip"] / seconds["app"],
        "text_query_ms": 1000 * queries["app"],
        "texts_to_open_clip": queries["open_clip"] / queries["app"],
        **_load(options.model),
    }
    print_figures(figures, as_json=options.json)


def _in_lanes(encoder: Encoder, pixels: NDArray[np.uint8]) -> None:
    size = encoder.batch_size
    with Lanes[int](encoder) as lanes:
        for start in range(0, len(pixels), size):
            batch = pixels[start : start + size]
            for _ in lanes.put(range(len(batch)), batch):
                pass
        for _ in lanes.rest():
            pass


def _seconds(call: Callable[[], object], rounds: int) -> float:
    """Median over the rounds, after one to warm up."""
    call()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _load(name: str) -> dict[str, float]:
    code = _LOAD.format(name=name, query=_QUERY)
    runs = []
    for _ in range(4):  # The first warms the disk's cache.
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300
        )
        runs.append(json.loads(done.stdout))
    return {key: statistics.median(run[key] for run in runs[1:]) for key in runs[0]}


if __name__ == "__main__":
    main()
