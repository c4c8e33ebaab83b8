"""What an index costs that nobody tidies up, what tidying it up costs, and when ANN would pay.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.maintenance [--rows 100000] [--search 100000 300000 1000000]
                                            [--thumbnails 100000] [--photos FOLDER]
                                            [--dimension 256] [--json]

``writes_N``: after ``N`` writes of twenty photos each to a compact index of ``--rows`` photos with
random embeddings: a write, reading all rows (what a search does after a write), a look at one
folder, at the index's condition, the disk, compaction, the disk until the old versions are dropped,
dropping them, and the disk then. ``deleted_S``: the same after a share of the rows was deleted.
``search``: exact search by one and by two parts, the two hundred best of so many rows, against
LanceDB's IVF_SQ index (20 probes, refined threefold): building it, a query, and the share of the
exact hundred best that it finds. ``thumbnails``: seconds of estimating the size of so many, of
looking at all, and of deleting a tenth; ``thumbnail_bytes``: of the photos in a folder.

The thresholds in `core/compaction.py` and `core/pruning.py` come from here. So does this: **search
needs no ANN index below a million photos.** Two cores, D = 256, milliseconds:

========= ============= ============== ======================== ========
photos    exact, words  and a picture  IVF_SQ, each part        built in
========= ============= ============== ======================== ========
100,000   3             17             14 (recall@100 0.70)     5 s
300,000   10            52             15 (0.94)                8 s
1,000,000 75 to 93      270 to 380     12 (0.98)                53 s
========= ============= ============== ======================== ========

Both grow with N x D: at 512 dimensions half as many photos take as long. Exact search stays below
0.1 s up to about a million photos by one part, and up to half of that by two. Before that, reading
all rows after a write is what is felt (0.14 s at 100,000, 1.8 s at a million), and their memory
(1 GB at a million): an index has to save these, or it is not worth its disk and its upkeep. A
library of less than 250 million numbers should go on being searched exactly.
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
from clipsearch.core import search
from clipsearch.core.files import disk_bytes
from clipsearch.core.imaging import read_photo
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.pruning import prune_thumbnails
from clipsearch.core.query import Part
from clipsearch.core.thumbnails import ENOUGH_EDGE, ThumbnailStore
from clipsearch.core.types import Embeddings, FileState, Metadata, Photo
from clipsearch.errors import ImageError

_WRITES = (0, 10, 20, 50, 100, 200, 400, 1000)
_PER_WRITE = 20
_PER_FIRST_WRITE = 20_000
_DELETED = (0.1, 0.2, 0.5)
_CLUSTERS = 2_000
_QUERIES = 30
_HITS = 200
_TOP = 100
_FOLDER = Path("/home/somebody/Pictures")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--search", type=int, nargs="*", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--thumbnails", type=int, default=100_000)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: dict[str, Any] = {"rows": options.rows, "dimension": options.dimension}
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        if options.rows:
            figures |= _index_figures(Path(name), options.rows, options.dimension)
        for rows in options.search:
            figures |= _search_figures(Path(name) / str(rows), rows, options.dimension)
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


def _search_figures(folder: Path, rows: int, dimension: int) -> dict[str, Any]:
    photos = _clustered(rows, dimension)
    queries = _clustered(_QUERIES, dimension, seed=1)
    figures: dict[str, Any] = {}
    for parts in (1, 2):
        figures[f"search_{rows}_exact_{parts}_ms"] = 1e3 * statistics.median(
            _seconds(1, _exact, photos, queries[i : i + parts]) for i in range(_QUERIES - 1)
        )
    for name, value in _ann(folder, photos, queries).items():
        figures[f"search_{rows}_{name}"] = value
    return figures


def _exact(photos: Embeddings, parts: Embeddings) -> list[int]:
    words = [Part("whatever")] * len(parts)
    scores = search.score_parts(photos, np.arange(len(photos)), words, parts)
    return list(search.best(scores, _HITS))


def _ann(folder: Path, photos: Embeddings, queries: Embeddings) -> dict[str, float]:
    import lancedb
    import pyarrow as pa

    rows, dimension = photos.shape
    embeddings = pa.FixedSizeListArray.from_arrays(pa.array(photos.reshape(-1)), dimension)
    columns = pa.table({"id": np.arange(rows), "embedding": embeddings})
    table = lancedb.connect(folder).create_table("photos", columns)
    build_s = _seconds(
        1,
        lambda: table.create_index(
            metric="cosine",
            vector_column_name="embedding",
            index_type="IVF_SQ",
            num_partitions=max(1, rows // 1_000),
        ),
    )

    def find(query: Embeddings) -> list[int]:
        nearest: Any = table.search(query, vector_column_name="embedding")
        limited = nearest.nprobes(20).refine_factor(3).limit(_HITS).select(["id", "_distance"])
        ids: list[int] = limited.to_arrow().column("id").to_pylist()
        return ids

    find(queries[0])
    query_ms = 1e3 * statistics.median(_seconds(1, find, query) for query in queries)
    found = [
        len(set(find(query)[:_TOP]) & set(_exact(photos, query[None])[:_TOP])) for query in queries
    ]
    return {
        "ann_build_s": build_s,
        "ann_query_ms": query_ms,
        "ann_recall": statistics.mean(found) / _TOP,
    }


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


def _clustered(count: int, dimension: int, seed: int = 0) -> Embeddings:
    """As photos are: many alike."""
    centres = np.random.default_rng(99).normal(size=(_CLUSTERS, dimension)).astype(np.float32)
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(count, dimension)).astype(np.float32)
    return _normalised(centres[rng.integers(0, _CLUSTERS, count)] + noise)


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
