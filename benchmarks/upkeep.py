"""What keeping a large library up to date costs: a look at unchanged files, and a few new ones.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.upkeep [--files 100000] [--new 100] [--json]

Small JPEGs, all different, are written into folders of a hundred; their rows get random
embeddings, since nothing here depends on what they show. Then, with the starter model loaded:
``rescan_s`` for a quarter, half and all of the files, with nothing changed; and the seconds that
adding some real photos takes, by `index FOLDER` and by what the watcher calls, to the full library
and to an empty one.
"""

import argparse
import hashlib
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.common import draw_jpeg, print_figures
from clipsearch.core.imaging import file_state
from clipsearch.core.labels import Space
from clipsearch.core.library import Library
from clipsearch.core.stores import Stores
from clipsearch.core.types import Metadata, Photo
from clipsearch.ml.encoder import Encoder
from clipsearch.settings import Settings

_PER_FOLDER = 100
_PER_WRITE = 20_000
_ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        os.environ["CLIPSEARCH_HOME"] = str(Path(name) / "home")
        figures = _measure(Path(name), options.files, options.new)
    print_figures(figures, as_json=options.json)


def _measure(folder: Path, files: int, new: int) -> dict[str, Any]:
    encoder = Encoder("starter")
    encoder.encode_images([Image.new("RGB", (64, 64))])
    full = Library(folder / "full", Settings(), load_model=lambda _: encoder)
    figures: dict[str, Any] = {"files": files, "new": new}
    paths: list[Path] = []
    for part in (files // 4, files // 2, files):
        more = _write_files(folder / "photos", len(paths), part)
        _fill(full.root, folder / "photos", encoder, more)
        paths += more
        figures[f"rescan_{part}_s"] = _seconds(_ROUNDS, full.index)
    figures["index_bytes"] = full.info().disk_bytes
    added: dict[str, list[float]] = {}
    for round_ in range(_ROUNDS):
        empty = Library(folder / f"empty{round_}", Settings(), load_model=lambda _: encoder)
        seeds = range(10**7 + 1000 * round_, 10**7 + 1000 * round_ + new)
        start = _photos(folder / f"start{round_}", range(10**8 + round_, 10**8 + round_ + 1))
        empty.index([start])  # So that both have a table.
        for name, library in (("empty", empty), ("full", full)):
            batch = _photos(folder / f"{name}-new{round_}", seeds)
            report = library.index([batch])
            if report.added != new:
                raise RuntimeError(f"{report.added} of {new} photos were added")
            added.setdefault(f"index_into_{name}_s", []).append(report.seconds)
            later = _photos(batch / "later", [seed + 500 for seed in seeds])
            begun = time.perf_counter()
            library.update([later])
            added.setdefault(f"update_{name}_s", []).append(time.perf_counter() - begun)
        empty.close()
    figures |= {name: statistics.median(seconds) for name, seconds in added.items()}
    for how in ("index_into", "update"):
        figures[f"{how}_ratio"] = figures[f"{how}_full_s"] / figures[f"{how}_empty_s"]
    full.close()
    return figures


def _seconds(rounds: int, call: Callable[[], object]) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _write_files(folder: Path, first: int, end: int) -> list[Path]:
    """Small files: only their names, sizes and times matter."""
    paths = []
    for number in range(first, end):
        path = folder / f"{number // _PER_FOLDER:05}" / f"{number:07}.jpg"
        if number % _PER_FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff" + number.to_bytes(8, "big"))
        paths.append(path)
    return paths


def _photos(folder: Path, seeds: "range | list[int]") -> Path:
    folder.mkdir(parents=True)
    for seed in seeds:
        (folder / f"{seed}.jpg").write_bytes(draw_jpeg(seed))
    return folder


def _fill(root: Path, photos: Path, encoder: Encoder, paths: list[Path]) -> None:
    """Gives the files rows, as if they had been indexed."""
    stores = Stores(root)
    labels = stores.labels()
    labels.set_folders([*labels.folders(), photos])
    space = Space("starter", encoder.fingerprint, encoder.dimension)
    if labels.active_space() != space:
        labels.activate(space)
    index = stores.index(space)
    index.create()
    rng = np.random.default_rng(len(paths))
    for start in range(0, len(paths), _PER_WRITE):
        some = paths[start : start + _PER_WRITE]
        embeddings = rng.normal(size=(len(some), space.dimension)).astype(np.float32)
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        index.write([_row(path) for path in some], embeddings)
    stores.close()


def _row(path: Path) -> Photo:
    digest = hashlib.blake2b(str(path).encode(), digest_size=16).hexdigest()
    return Photo(path, digest, file_state(path.stat()), 640, 480, Metadata())


if __name__ == "__main__":
    main()
