"""Whether prompt templates find more than the bare words of a short query.

Run it with the folder of the shared data; it takes some minutes::

    uv run python -m benchmarks.prompts DATA [--model NAME] [--json]

**Queries.** ``classes``: the class names of the labelled sets, among all photos of the mixed
library (`benchmarks/labelled_library.py`). ``nouns`` and ``phrases``: what stands between an
article and a function word in the captions of Flickr8k's dev split, one word ("a dog is") or two
("a brown dog with"), of 5 photos at least and 300 at most, among the captioned photos alone. Nobody
read the list through, so a few are no nouns ("the other"). A photo shows it if two of its five
captions hold all the words; with one, it is left out of the query.

**Figures.** Mean average precision, and ``R@10``: of ten photos that show it, or of all if there
are fewer, the share among the best ten. ``more`` is the mean over the queries of what an ensemble
finds more than the bare words, with the 95 % interval of 10,000 bootstrap samples of the queries.
An ensemble is the mean of the embeddings of its templates (CLIP, arXiv 2103.00020, section 3.1.4).

**Decision.** With the starter, clipsearch searches by the bare words. What the better ensemble
(``search``) adds to their mean average precision:

- 107 classes, bare 0.876: +0.002 [-0.000, +0.004]
- 141 nouns, bare 0.297: -0.006 [-0.011, -0.002]; R@10 -0.009 [-0.022, +0.006]
- 72 phrases, bare 0.196: +0.004 [-0.002, +0.010]; R@10 +0.022 [+0.003, +0.040]

Only two of the 24 figures are better beyond their intervals, both R@10 of phrases and barely; those
of nouns are worse. The starter learned words both bare and in templates
(packaging/starter/README.md).
"""

import argparse
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import print_figures
from benchmarks.labelled_library import UNKNOWN, LabelledPhoto, read_photos, shows_class
from clipsearch.core.classification import read_templates
from clipsearch.core.types import Embeddings
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.zeroshot import build_classifier

_ENSEMBLES = {
    "general": read_templates(None),
    "search": ["{}", "a photo of {}", "a photo of a {}"],
    "photo of": ["a photo of {}"],
    "photo of a": ["a photo of a {}"],
}
_FOLLOWED = "is|are|in|on|at|with|and|near|by|of|while|through|over|from|to|next|that|as|who"
_TOP = 10
_FEWEST, _MOST = 5, 300
_RESAMPLES = 10_000
_BATCH = 64


@dataclass(frozen=True)
class _Queries:
    """What is asked of one set of photos."""

    words: list[str]
    truth: NDArray[np.int64]
    """``(Q, N)``: 1, 0 or `UNKNOWN`."""
    photos: Embeddings
    """``(N, D)``."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder(options.model)
    figures: dict[str, float | str] = {"model": encoder.name}
    for name, queries in _query_sets(encoder, read_photos(options.data)).items():
        figures |= {f"{name}, queries": len(queries.words)}
        figures |= {f"{name}, {what}": value for what, value in _measured(encoder, queries).items()}
    print_figures(figures, as_json=options.json)


def _query_sets(encoder: Encoder, photos: list[LabelledPhoto]) -> dict[str, _Queries]:
    starts = range(0, len(photos), _BATCH)
    batches = [[photo.image for photo in photos[start : start + _BATCH]] for start in starts]
    embeddings = np.concatenate([encoder.encode_images(batch) for batch in batches])
    classes = sorted({name for photo in photos for name in photo.labels})
    shown = np.array([shows_class(name, photos) for name in classes])
    rows = [row for row, photo in enumerate(photos) if photo.captions]
    captioned = [photos[row] for row in rows]
    return {"classes": _Queries(classes, shown, embeddings)} | {
        name: _drawn(captioned, embeddings[rows], count)
        for name, count in {"nouns": 1, "phrases": 2}.items()
    }


def _drawn(photos: list[LabelledPhoto], embeddings: Embeddings, count: int) -> _Queries:
    """The queries of so many words that the captions hold."""
    pattern = re.compile(rf"\b(?:an?|the) ((?:[a-z]+ ){{{count}}})(?={_FOLLOWED})\b")
    found = Counter(
        match.strip()
        for photo in photos
        for match in {m for one in photo.captions for m in pattern.findall(one.lower())}
    )
    words = sorted(found)
    said = np.array([[_mentions(photo, name) for photo in photos] for name in words])
    wanted = (said > 1).sum(axis=1)
    kept = np.flatnonzero((wanted >= _FEWEST) & (wanted <= _MOST))
    truth = np.select([said[kept] > 1, said[kept] == 1], [1, UNKNOWN], 0)
    return _Queries([words[at] for at in kept], truth, embeddings)


def _mentions(photo: LabelledPhoto, words: str) -> int:
    """How many captions hold all the words."""
    wanted = set(words.split())
    return sum(wanted <= set(re.findall("[a-z]+", one.lower())) for one in photo.captions)


def _measured(encoder: Encoder, queries: _Queries) -> dict[str, float | str]:
    bare = _found(build_classifier(encoder, queries.words, ["{}"]), queries)
    figures: dict[str, float | str] = {}
    for number, measure in enumerate(("mAP", f"R@{_TOP}")):
        figures |= {f"bare {measure}": float(bare[number].mean())}
    for name, templates in _ENSEMBLES.items():
        ensemble = _found(build_classifier(encoder, queries.words, templates), queries)
        for number, measure in enumerate(("mAP", f"R@{_TOP}")):
            more = ensemble[number] - bare[number]
            low, high = _interval(more)
            figures |= {f"{name} {measure}": float(ensemble[number].mean())}
            figures |= {f"{name} {measure} more": f"{more.mean():+.4f} [{low:+.4f}, {high:+.4f}]"}
    return figures


def _found(texts: Embeddings, queries: _Queries) -> NDArray[np.float64]:
    """Average precision and R@10 of each query: ``(2, Q)``.

    Args:
        texts: ``(D, Q)``.
        queries: Theirs.
    """
    scores = (queries.photos @ texts).T
    return np.array([_of_one(s, t) for s, t in zip(scores, queries.truth, strict=True)]).T


def _of_one(scores: NDArray[np.float32], truth: NDArray[np.int64]) -> tuple[float, float]:
    known = truth != UNKNOWN
    right = truth[known][np.argsort(-scores[known], kind="stable")] == 1
    ranks = np.flatnonzero(right) + 1
    precision = float((np.arange(1, len(ranks) + 1) / ranks).mean())
    return precision, float((ranks <= _TOP).sum() / min(_TOP, len(ranks)))


def _interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Where the mean of 95 % of bootstrap samples lies."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(differences), (_RESAMPLES, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
