"""How well the line between certain hits and the rest is drawn, against any fixed threshold.

Run it with the folder of the shared data; it takes some minutes::

    uv run python -m benchmarks.relevance DATA [--verbose] [--json]

The library is mixed (`benchmarks/labelled_library.py`). Class names are the queries; the photos of
15 of them, drawn once and for all, are left out of the library, with whatever else may show them;
classes that nobody can tell from those are absent too then.
``f1`` is the mean over the queries with photos, ``f1_all`` over all, where an absent one counts 1
if nothing lies above the line and 0 otherwise. The fixed threshold is the one cosine that would
have been best for the same queries, each figure's own: no constant can do better. ``everyday`` are
words of which captions tell that up to a third of the photos show it; ``captions`` whole sentences
with one photo each that is known to be right. The sizes are of random parts of the library: F1 of
the queries that have photos there, and the share of the others with nothing above the line.

The model with random weights (the same architecture as ViT-B-32) shows that nothing is made of
nothing: its f1 falls to about 0, because hardly anything lies above the line.

A third of Caltech-101's classes, other everyday words and half of the captioned photos are kept
apart: the constants of `clipsearch/core/relevance.py` were fitted on those. ``--fit`` does that
again and prints the best settings.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import print_figures
from benchmarks.indexing import random_model
from benchmarks.labelled_library import (
    PEOPLE,
    UNKNOWN,
    LabelledPhoto,
    draw,
    read_photos,
    shows_class,
    shows_words,
)
from clipsearch.core.relevance import LINE, Background, Part, background_words, relevance
from clipsearch.core.types import Embeddings
from clipsearch.ml.encoder import Encoder

_ABSENT = 15
_CANDIDATES = 1000
_BATCH = 64
_BINS = ((0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))
_SIZES = (1, 5, 30, 300, 3000)
_EVERYDAY = {
    "dog": "dog puppy", "person": PEOPLE, "beach": "beach", "child": "child children boy girl kid",
    "grass": "grass grassy field", "skateboard": "skateboard skateboarder skateboarding",
    "swimming pool": "pool", "horse": "horse", "football player": "football",
    "street": "street road",
}  # fmt: skip


@dataclass(frozen=True)
class Query:
    """What somebody types, and the truth about each photo of the library."""

    words: str
    embedding: NDArray[np.float32]
    truth: NDArray[np.int64]

    @property
    def is_absent(self) -> bool:
        """Whether no photo is known to show it."""
        return not (self.truth == 1).any()


@dataclass(frozen=True)
class Mixed:
    """A library, and the background in its space."""

    photos: list[LabelledPhoto]
    embeddings: Embeddings
    background: Background

    def of(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Mixed":
        """A part of it."""
        chosen = np.arange(len(self.photos))[rows]
        return Mixed([self.photos[i] for i in chosen], self.embeddings[chosen], self.background)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--verbose", action="store_true", help="a line for each query")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    photos = read_photos(options.data)
    starter = Encoder("starter")
    library = embedded(starter, photos)
    figures = _measure(starter, library, verbose=options.verbose)
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as folder:
        os.environ["CLIPSEARCH_HOME"] = str(Path(folder) / "home")
        random = Encoder(str(random_model("ViT-B-32", Path(folder) / "model")))
        of_random = _measure(random, embedded(random, photos), verbose=False)
    figures |= {f"random {name}": value for name, value in of_random.items()}
    print_figures(figures, as_json=options.json)


def embedded(encoder: Encoder, photos: list[LabelledPhoto]) -> Mixed:
    """Embed photos and the background words with one model."""
    starts = range(0, len(photos), _BATCH)
    batches = [[photo.image for photo in photos[start : start + _BATCH]] for start in starts]
    embeddings = np.concatenate([encoder.encode_images(batch) for batch in batches])
    return Mixed(photos, embeddings, Background.of(encoder.encode_texts(background_words())))


def _measure(encoder: Encoder, everything: Mixed, *, verbose: bool) -> dict[str, Any]:
    library = everything.of(np.array([not is_for_fitting(p) for p in everything.photos]))
    library, classes = without_some(encoder, library, class_names(library.photos), _ABSENT)
    everyday = worded(encoder, library, _EVERYDAY)
    if verbose:
        _print_queries(library, [*classes, *everyday])
    figures: dict[str, Any] = {"photos": len(library.photos), "queries": len(classes)}
    figures |= {"absent": sum(query.is_absent for query in classes)}
    figures |= _judged(library, classes) | _alarms(library, classes)
    figures |= {f"everyday {k}": v for k, v in _judged(library, everyday).items() if "all" not in k}
    figures |= _calibration(library, [*classes, *everyday])
    figures |= _captions(encoder, library) | _pictures(library)
    return figures | _by_size(library, classes)


def is_for_fitting(photo: LabelledPhoto) -> bool:
    """Whether a photo is kept apart for the choice of the constants."""
    if photo.source == "caltech":
        return draw(min(photo.labels), "class", 3) == 0
    return photo.source != "clothing" and draw(photo.key, "photo", 2) == 0


def class_names(photos: list[LabelledPhoto]) -> list[str]:
    """The labels that some photo bears."""
    return sorted({name for photo in photos for name in photo.labels})


def without_some(
    encoder: Encoder, library: Mixed, names: list[str], absent: int
) -> tuple[Mixed, list[Query]]:
    """The library without whatever may show some of the classes, and the queries for all."""
    left_out = sorted(names, key=lambda name: draw(name, "absent", 256))
    # Without what most photos may show: it would take the whole library along.
    rare = [name for name in left_out if np.mean(shows_class(name, library.photos) != 0) < 0.05]
    shown = np.array([shows_class(name, library.photos) != 0 for name in rare[:absent]])
    rest = library.of(np.flatnonzero(~shown.any(axis=0)))
    embeddings = encoder.encode_texts(names)
    return rest, [
        Query(name, embedding, shows_class(name, rest.photos))
        for name, embedding in zip(names, embeddings, strict=True)
    ]


def worded(encoder: Encoder, library: Mixed, words: dict[str, str]) -> list[Query]:
    """Queries for what captions name: what is typed, and the words that tell of it."""
    embeddings = encoder.encode_texts(list(words))
    return [
        Query(name, embedding, shows_words(said, library.photos))
        for (name, said), embedding in zip(words.items(), embeddings, strict=True)
    ]


def above_line(
    library: Mixed, embedding: NDArray[np.float32], background: Background
) -> NDArray[np.bool_]:
    """Which photos lie above the line: ``(N,) bool``."""
    return _relevances(library, embedding, background) >= LINE


def _relevances(
    library: Mixed, embedding: NDArray[np.float32], background: Background
) -> NDArray[np.float32]:
    """Of all photos; 0 beyond the candidates."""
    scores = library.embeddings @ embedding
    best = np.argsort(-scores)[:_CANDIDATES]
    sample = library.embeddings[np.random.default_rng(0).permutation(len(scores))]
    part = Part(embedding, background)
    found = relevance([part], library.embeddings[best], sample, len(scores))
    found_by_row = np.zeros(len(scores), np.float32)
    found_by_row[best] = found
    return found_by_row


def f1_of(above: NDArray[np.bool_], truth: NDArray[np.int64]) -> float:
    """Where nothing is to be found: 1 if nothing is shown, else 0."""
    right = int((above & (truth == 1)).sum())
    wrong = int((above & (truth == 0)).sum())
    wanted = int((truth == 1).sum())
    return 2 * right / (right + wrong + wanted) if wanted else float(not wrong)


def _judged(library: Mixed, queries: list[Query]) -> dict[str, float]:
    ours = np.array(
        [f1_of(above_line(library, q.embedding, library.background), q.truth) for q in queries]
    )
    present = np.array([not query.is_absent for query in queries])
    fixed = _fixed_thresholds(library, queries)
    return {
        "f1": float(ours[present].mean()),
        "f1 best fixed": float(fixed[:, present].mean(axis=1).max()),
        "f1_all": float(ours.mean()),
        "f1_all best fixed": float(fixed.mean(axis=1).max()),
    }


def _fixed_thresholds(library: Mixed, queries: list[Query]) -> NDArray[np.float64]:
    """F1 of each query at each of many cosines: ``(thresholds, queries)``."""
    scores = [library.embeddings @ query.embedding for query in queries]
    grid = np.quantile(np.concatenate(scores), 1 - np.geomspace(1e-5, 0.5, 300))
    return np.array(
        [[f1_of(s >= at, q.truth) for s, q in zip(scores, queries, strict=True)] for at in grid]
    )


def _alarms(library: Mixed, queries: list[Query]) -> dict[str, float]:
    absent = [query for query in queries if query.is_absent]
    counts = [above_line(library, q.embedding, library.background).sum() for q in absent]
    return {
        "false alarms, mean photos": float(np.mean(counts)),
        "false alarms, share": float(np.mean(np.array(counts) > 0)),
    }


def _calibration(library: Mixed, queries: list[Query]) -> dict[str, float]:
    """Of the photos with a relevance near some value: how many show what was asked for."""
    found = [_relevances(library, q.embedding, library.background) for q in queries]
    values, truths = np.concatenate(found), np.concatenate([q.truth for q in queries])
    return {
        f"right at relevance {low}-{high}": float(
            truths[(values >= low) & (values < high) & (truths != UNKNOWN)].mean()
        )
        for low, high in _BINS
        if ((values >= low) & (values < high) & (truths != UNKNOWN)).any()
    }


def _captions(encoder: Encoder, library: Mixed) -> dict[str, float]:
    """Of captions: how often the right photo lies above the line, and how many photos do."""
    rows = [row for row, photo in enumerate(library.photos) if photo.captions][:300]
    texts = encoder.encode_texts([library.photos[row].captions[0] for row in rows])
    above = np.array([above_line(library, text, library.background) for text in texts])
    return {
        "captions, right above": float(above[np.arange(len(rows)), rows].mean()),
        "captions, median above": float(np.median(above.sum(axis=1))),
    }


def _pictures(library: Mixed) -> dict[str, float]:
    """A Caltech-101 or clothes photo as the query; its class is what is to be found."""
    labelled = [row for row, photo in enumerate(library.photos) if photo.labels][::9]
    rest = library.of(np.setdiff1d(np.arange(len(library.photos)), labelled))
    competitors = Background.of_photos(rest.embeddings)
    queries = [
        Query(name, library.embeddings[row], shows_class(name, rest.photos))
        for row in labelled
        for name in library.photos[row].labels
    ]
    found = _judged(Mixed(rest.photos, rest.embeddings, competitors), queries)
    return {"pictures f1": found["f1"], "pictures f1 best fixed": found["f1 best fixed"]}


def _by_size(library: Mixed, queries: list[Query]) -> dict[str, str]:
    """In smaller libraries: F1 where there is something, and how often nothing stays nothing."""
    figures = {}
    for size in _SIZES:
        found: list[float] = []
        quiet: list[float] = []
        for seed in range(max(1, min(5, 300 // size))):
            rng = np.random.default_rng(seed)
            rows = rng.permutation(len(library.photos))[:size]
            part = library.of(rows)
            for query in queries:
                truth = query.truth[rows]
                f1 = f1_of(above_line(part, query.embedding, part.background), truth)
                (found if (truth == 1).any() else quiet).append(f1)
        figures[f"{size} photos, f1 and quiet"] = f"{mean(found):.3f} {mean(quiet):.3f}"
    return figures


def mean(values: list[float]) -> float:
    """Not a number where there are none."""
    return float(np.mean(values)) if values else float("nan")


def _print_queries(library: Mixed, queries: list[Query]) -> None:
    for query in queries:
        above = above_line(library, query.embedding, library.background)
        wanted, wrong = int((query.truth == 1).sum()), int((above & (query.truth == 0)).sum())
        f1 = f1_of(above, query.truth)
        sys.stdout.write(
            f"{query.words:26} {wanted:4} photos, {int(above.sum()):4} above the line, "
            f"{wrong:4} of them wrong, f1 {f1:.3f}\n"
        )


if __name__ == "__main__":
    main()
