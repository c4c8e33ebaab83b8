"""What an index costs that nobody tidies up, and what tidying it up costs.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.maintenance [--rows 100000] [--thumbnails 100000]
                                            [--photos FOLDER] [--dimension 256] [--json]

``writes_N``: after ``N`` writes of twenty photos each to a compact index of ``--rows`` photos with
random embeddings: a write, reading all rows (what a search does after a write), a look at one
folder, at the index's condition, the disk, compaction, the disk until the old versions are dropped,
dropping them, and the disk then. ``deleted_S``: the same after a share of the rows was deleted.
``thumbnails``: seconds of estimating the size of so many, of
looking at all, and of deleting a tenth; ``thumbnail_bytes``: of the photos in a folder.

The thresholds in `core/compaction.py` and `core/pruning.py` come from here.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.common import print_figures
from clipsearch.core.files import disk_bytes
from clipsearch.core.imaging import read_photo
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.pruning import prune_thumbnails
from clipsearch.core.thumbnails import ENOUGH_EDGE, ThumbnailStore
from clipsearch.core.types import Embeddings, FileState, Metadata, Photo
from clipsearch.errors import ImageError

_WRITES = (0, 10, 20, 50, 100, 200, 400, 1000)
_PER_WRITE = 20
_PER_FIRST_WRITE = 20_000
_DELETED = (0.1, 0.2, 0.5)
_FOLDER = Path("/home/somebody/Pictures")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--thumbnails", type=int, default=100_000)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: dict[str, Any] = {"rows": options.rows, "dimension": options.dimension}
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        if options.rows:
            figures |= _index_figures(Path(name), options.rows, options.dimension)
        if options.thumbnails:
            figures |= _thumbnail_figures(Path(name) / "thumbnails", options.thumbnails)
        if options.photos:
            figures["thumbnail_bytes"] = _thumbnail_bytes(Path(name) / "kept", options.photos)
    print_figures(figures, as_json=options.json)


def _index_figures(folder: Path, rows: int, dimension: int) -> dict[str, Any]:
    index = PhotoIndex(folder / "library", "ab", dimension)
    index.create()
    for first in range(0, rows, _PER_FIRST_WRITE):
        photos = _photos(first, min(_PER_FIRST_WRITE, rows - first))
        index.write(photos, _embeddings(len(photos), dimension, first))
    index.compact()
    index.drop_versions(time.time())
    figures: dict[str, Any] = {"disk_bytes_a_photo": disk_bytes(index.files) / rows}
    for share in _DELETED:
        other = _copy(index, folder / "deleted", dimension)
        other.remove([photo.path for photo in _photos(0, round(share * rows))])
        figures |= {f"deleted_{share}_{k}": v for k, v in _costs(other, dimension).items()}
    seconds: list[float] = []
    for writes in _WRITES:
        while len(seconds) < writes:
            first = rows + len(seconds) * _PER_WRITE
            photos, embeddings = _photos(first, _PER_WRITE), _embeddings(20, dimension, first)
            seconds.append(_seconds(1, index.write, photos, embeddings))
        if seconds:
            figures[f"writes_{writes}_write_ms"] = 1e3 * statistics.median(seconds[-10:])
        other = _copy(index, folder / "copy", dimension)
        figures |= {f"writes_{writes}_{k}": v for k, v in _costs(other, dimension).items()}
    return figures


def _costs(index: PhotoIndex, dimension: int) -> dict[str, float]:
    """Measured, and then compacted."""

    def fresh() -> PhotoIndex:
        return PhotoIndex(index.folder.parent, "ab", dimension)

    figures = {
        "read_ms": 1e3 * _seconds(5, lambda: fresh().snapshot()),
        "folder_ms": 1e3 * _seconds(5, lambda: fresh().states(_FOLDER / "00007")),
        "look_ms": 1e3 * _seconds(5, lambda: fresh().condition()),
        "disk_mb": disk_bytes(index.files) / 1e6,
        "compact_s": _seconds(1, index.compact),
        "peak_mb": disk_bytes(index.files) / 1e6,
    }
    figures["drop_s"] = _seconds(1, index.drop_versions, time.time())
    return figures | {"compact_mb": disk_bytes(index.files) / 1e6}


def _thumbnail_figures(folder: Path, count: int) -> dict[str, Any]:
    for number in range(count):
        digest = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
        path = folder / digest[:2] / digest[2:4] / f"{digest}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100))
    whole = 100 * count
    return {
        "thumbnails": count,
        "thumbnails_estimate_s": _seconds(1, prune_thumbnails, folder, 2 * whole),
        "thumbnails_look_s": _seconds(1, prune_thumbnails, folder, whole),
        "thumbnails_prune_s": _seconds(1, prune_thumbnails, folder, whole - 1),
        "thumbnails_left": sum(1 for _ in folder.glob("*/*/*.jpg")),
    }


def _thumbnail_bytes(folder: Path, photos: Path) -> float:
    """Mean size of those that indexing keeps: small photos have none."""
    store = ThumbnailStore(folder)
    for path in (path for path in photos.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"}):
        with suppress(ImageError):
            read = read_photo(path, min_edge=ENOUGH_EDGE)
            store.keep(read.image, read.content_hash)
    return statistics.mean(path.stat().st_size for path in folder.rglob("*.jpg"))


def _photos(first: int, count: int) -> list[Photo]:
    return [
        Photo(
            _FOLDER / f"{number // 100:05}" / f"IMG_{number:07}.jpg",
            hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest(),
            FileState(3_000_000 + number, 1_600_000_000_000_000_000 + number),
            4000,
            3000,
            Metadata(camera="Nikon D100"),
        )
        for number in range(first, first + count)
    ]


def _embeddings(count: int, dimension: int, seed: int) -> Embeddings:
    return _normalised(np.random.default_rng(seed).normal(size=(count, dimension)))


def _normalised(rows: "np.ndarray[Any, Any]") -> Embeddings:
    result: Embeddings = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return result


def _copy(index: PhotoIndex, target: Path, dimension: int) -> PhotoIndex:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(index.folder.parent, target)
    os.sync()  # Not to measure the writing of it.
    return PhotoIndex(target, "ab", dimension)


def _seconds(rounds: int, call: Callable[..., object], *arguments: object) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call(*arguments)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
