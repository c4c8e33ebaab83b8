"""How long a search takes at a million photos, and how much of the right answer it finds.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.searching PHOTOS [--rows 1000000] [--json]

The embeddings are drawn to resemble those of the photos in a folder under the starter model: each
is a mixture of two of theirs (mostly of one) and a third of a Gaussian of their covariance, of
length one. The queries are forty of what people type, and forty more such embeddings, as a search
by picture has; ``texts_recall`` is that of the words alone.

``library_*``: `Library.search` of the hundred best for words, from the words to the photos, in an
index of so many rows on disk: without a filter, and under filters that half, a twentieth and a
thousandth of the photos pass. The rest compares the search alone, one vector, the hundred best, for
each of these filters: ``ours`` (`core/nearest.py`), ``numpy`` (all products, then the best),
``lancedb_flat``, and LanceDB's IVF_SQ and IVF_PQ indexes with a thousand partitions, a prefilter on
an indexed column, at the probes and the refinement given in the name. All times are medians in
milliseconds, with the 95th percentile; recall is against all products.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.common import print_figures
from clipsearch.core.imaging import decode
from clipsearch.core.indexing import least_edge
from clipsearch.core.labels import LabelStore, Space
from clipsearch.core.library import Library
from clipsearch.core.nearest import Nearest
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.query_language import parse_query
from clipsearch.core.scan import scan
from clipsearch.core.types import EmbeddingModel, Embeddings, FileState, Metadata, Photo
from clipsearch.errors import ImageError
from clipsearch.ml.encoder import Encoder
from clipsearch.settings import Settings

_HITS = 100
_PER_DRAW = 50_000
_SHARES = {"all": None, "half": 0.5, "twentieth": 0.05, "thousandth": 0.001}
_FILTERS = {
    "all": "",
    "half": "camera:half",
    "twentieth": "lens:twentieth",
    "thousandth": "rating:5",
}
_WORDS = (
    "dog", "cat sleeping", "a dog on a beach", "two children playing in the snow", "red car",
    "birthday cake", "sunset over the sea", "a man climbing a rock", "people at a party", "boat",
    "mountain bike", "city street at night", "flowers in a garden", "woman with a hat", "horse",
    "football match", "a bridge over a river", "child on a swing", "food on a plate", "forest",
    "black and white portrait", "airplane", "musician on stage", "old church", "skateboard",
    "wedding", "baby laughing", "bird in a tree", "waterfall", "train station", "elephant", "beach",
    "kitchen", "tennis player", "street market", "snowy mountains", "fisherman", "bicycle race",
    "a girl in a red dress", "two dogs fighting over a stick",
)  # fmt: skip
_IVF = {
    "ivf_sq_20_x3": ("IVF_SQ", 20, 3),
    "ivf_sq_60_x5": ("IVF_SQ", 60, 5),
    "ivf_sq_200_x5": ("IVF_SQ", 200, 5),
    "ivf_pq_60_x10": ("IVF_PQ", 60, 10),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder("starter")
    real = embed_folder(encoder, options.photos)
    rows = resampled(real, options.rows, np.random.default_rng(0))
    words = encoder.encode_texts(_WORDS)
    queries = np.concatenate([words, resampled(real, len(words), np.random.default_rng(1))])
    rng = np.random.default_rng(2)
    masks = {
        name: None if share is None else rng.random(options.rows) < share
        for name, share in _SHARES.items()
    }
    figures: dict[str, Any] = {"rows": options.rows, "dimension": rows.shape[1]}
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        os.environ["CLIPSEARCH_HOME"] = str(Path(name) / "home")
        truths = {key: _exact(rows, queries, mask) for key, mask in masks.items()}
        figures |= _ours(rows, queries, masks, truths)
        figures |= _numpy(rows, queries)
        figures |= _library(Path(name) / "library", encoder, rows, masks)
        figures |= _lancedb(Path(name) / "lancedb", rows, queries, masks, truths)
    print_figures(figures, as_json=options.json)


def embed_folder(encoder: Encoder, folder: Path) -> Embeddings:
    """Embed the readable photos of a folder, ``(N, D)``."""
    rows = []
    for file in scan(folder).files:
        try:
            rows.append(encoder.encode_images([decode(file.path, min_edge=least_edge(encoder))]))
        except ImageError:
            continue
    return np.concatenate(rows)


def resampled(real: Embeddings, count: int, rng: np.random.Generator) -> Embeddings:
    """Embeddings that resemble real ones, ``(count, D)``, L2-normalised; see the module."""
    centred = real - real.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    scaled = (lengths / len(real) ** 0.5)[:, None] * directions
    rows = np.empty((count, real.shape[1]), np.float32)
    for start in range(0, count, _PER_DRAW):
        some = min(_PER_DRAW, count - start)
        one, other = rng.integers(0, len(real), (2, some))
        share = rng.beta(0.5, 2.5, (some, 1))
        noise = rng.standard_normal((some, len(scaled)), np.float32) @ scaled
        drawn = (1 - share) * real[one] + share * real[other] + 0.35 * noise
        rows[start : start + some] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return rows


def _exact(rows: Embeddings, queries: Embeddings, mask: NDArray[np.bool_] | None) -> list[set[int]]:
    """The true answer to each query."""
    allowed = np.arange(len(rows)) if mask is None else np.flatnonzero(mask)
    few = rows[allowed]
    return [set(allowed[np.argsort(-(few @ query))[:_HITS]].tolist()) for query in queries]


def _ours(
    rows: Embeddings,
    queries: Embeddings,
    masks: dict[str, NDArray[np.bool_] | None],
    truths: dict[str, list[set[int]]],
) -> dict[str, float]:
    before = psutil.Process().memory_info().rss
    start = time.perf_counter()
    nearest = Nearest(rows)
    figures = {
        "ours_build_s": time.perf_counter() - start,
        "ours_memory_mb": (psutil.Process().memory_info().rss - before) / 1e6,
    }
    for key, mask in masks.items():
        found = _timed(queries, partial(_rows, nearest, mask))
        figures |= _figures(f"ours_{key}", found, truths[key])
    return figures


def _rows(nearest: Nearest, mask: NDArray[np.bool_] | None, query: Embeddings) -> NDArray[np.int64]:
    return nearest.best(query, _HITS, mask)[0]


def _numpy(rows: Embeddings, queries: Embeddings) -> dict[str, float]:
    def best(query: Embeddings) -> NDArray[np.int64]:
        scores = rows @ query
        top = np.argpartition(-scores, _HITS)[:_HITS]
        return top[np.argsort(-scores[top])]

    return _figures("numpy_all", _timed(queries, best))


def _library(
    root: Path,
    encoder: Encoder,
    rows: Embeddings,
    masks: dict[str, NDArray[np.bool_] | None],
) -> dict[str, float]:
    _fill(root, encoder, rows, masks)
    library = Library(root, Settings(), load_model=lambda _: encoder)
    start = time.perf_counter()
    library.warm_up()
    library.search(parse_query("anything rating:1"))
    figures = {"library_first_search_s": time.perf_counter() - start}
    for key, filters in _FILTERS.items():
        queries = [replace(parse_query(f'"{words}" {filters}'), k=_HITS) for words in _WORDS]
        seconds = [_seconds(library.search, query) for query in queries for _ in range(2)]
        figures |= _quantiles(f"library_{key}", seconds)
    return figures


def _fill(
    root: Path,
    encoder: EmbeddingModel,
    rows: Embeddings,
    masks: dict[str, NDArray[np.bool_] | None],
) -> None:
    """A library of photos that are not there."""
    index = PhotoIndex(root, encoder.fingerprint, rows.shape[1])
    index.create(encoder.name)
    half, twentieth, thousandth = (masks[key] for key in ("half", "twentieth", "thousandth"))
    assert half is not None
    assert twentieth is not None
    assert thousandth is not None
    for start in range(0, len(rows), _PER_DRAW):
        stretch = range(start, min(start + _PER_DRAW, len(rows)))
        photos = [
            _photo(
                number,
                Metadata(
                    taken_at=datetime(2001 + number % 20, 1 + number % 12, 1 + number % 28),
                    camera="Half" if half[number] else "Other",
                    lens="Twentieth" if twentieth[number] else "Other",
                    rating=5 if thousandth[number] else 1 + number % 4,
                ),
            )
            for number in stretch
        ]
        index.write(photos, rows[start : stretch.stop])
    index.compact()
    root.mkdir(parents=True, exist_ok=True)
    labels = LabelStore(root / "labels.sqlite")
    labels.activate(Space(encoder.name, encoder.fingerprint, rows.shape[1]))
    labels.close()


def _photo(number: int, metadata: Metadata) -> Photo:
    path = Path(f"/home/somebody/Pictures/{number // 500:05}/IMG_{number:07}.jpg")
    return Photo(path, f"{number:032x}", FileState(3_000_000, number), 4000, 3000, metadata)


def _lancedb(
    folder: Path,
    rows: Embeddings,
    queries: Embeddings,
    masks: dict[str, NDArray[np.bool_] | None],
    truths: dict[str, list[set[int]]],
) -> dict[str, float]:
    import lancedb
    import pyarrow as pa

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1])
    columns: dict[str, Any] = {"id": np.arange(len(rows)), "embedding": vectors}
    columns |= {key: mask for key, mask in masks.items() if mask is not None}
    table = lancedb.connect(folder).create_table("photos", pa.table(columns))
    for key, mask in masks.items():
        if mask is not None:
            table.create_scalar_index(key, index_type="BITMAP")

    def search(query: Embeddings, key: str, probes: int, refine: int) -> NDArray[np.int64]:
        nearest: Any = table.search(query, vector_column_name="embedding")
        nearest = nearest.distance_type("cosine")
        if probes:
            nearest = nearest.nprobes(probes).refine_factor(refine)
        if masks[key] is not None:
            nearest = nearest.where(key, prefilter=True)
        result = nearest.limit(_HITS).select(["id", "_distance"]).to_arrow()
        ids: NDArray[np.int64] = result.column("id").to_numpy()
        return ids

    flat = _timed(queries[::8], lambda query: search(query, "all", 0, 0))
    figures = _figures("lancedb_flat_all", flat, truths["all"][::8])
    built = ""
    for name, (kind, probes, refine) in _IVF.items():
        if kind != built:
            seconds = _seconds(
                partial(
                    table.create_index,
                    metric="cosine",
                    vector_column_name="embedding",
                    index_type=kind,
                    num_partitions=max(1, len(rows) // 1_000),
                    replace=True,
                )
            )
            figures[f"{kind.lower()}_build_s"] = seconds
            built = kind
        for key in masks:
            found = _timed(queries, partial(search, key=key, probes=probes, refine=refine))
            figures |= _figures(f"{name}_{key}", found, truths[key])
    return figures


def _timed(
    queries: Embeddings, search: Callable[[Embeddings], NDArray[np.int64]]
) -> list[tuple[float, set[int]]]:
    """Seconds and rows of each query, after a few to warm up."""
    for query in queries[:3]:
        search(query)
    results = []
    for query in queries:
        start = time.perf_counter()
        rows = search(query)
        results.append((time.perf_counter() - start, set(rows.tolist())))
    return results


def _figures(
    name: str, found: list[tuple[float, set[int]]], truth: list[set[int]] | None = None
) -> dict[str, float]:
    figures = _quantiles(name, [seconds for seconds, _ in found])
    if truth is not None:
        recalls = [
            len(rows & true) / len(true) for (_, rows), true in zip(found, truth, strict=True)
        ]
        figures[f"{name}_recall"] = statistics.mean(recalls)
        figures[f"{name}_texts_recall"] = statistics.mean(recalls[: max(1, len(recalls) // 2)])
    return figures


def _quantiles(name: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{name}_ms": 1000 * statistics.median(seconds),
        f"{name}_p95_ms": 1000 * float(np.quantile(seconds, 0.95)),
    }


def _seconds(call: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
