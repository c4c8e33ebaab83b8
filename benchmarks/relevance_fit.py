"""Finds the constants of `clipsearch/core/relevance.py`, on photos kept apart for that.

Run it with the folder of the shared data; it takes some minutes::

    uv run python -m benchmarks.relevance_fit DATA [--json]

A third of Caltech-101's classes (ten of them absent), ten everyday words and half of the captioned
photos; `benchmarks/relevance.py` judges by the others. Quality: half of it the mean F1 of the
classes with photos, a quarter the share of absent ones with nothing above the line, a quarter the
mean F1 of the everyday words; the mean over a library of all these photos and one of 300.
"""

import argparse
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import print_figures
from benchmarks.labelled_library import read_photos
from benchmarks.relevance import (
    Mixed,
    Query,
    above_line,
    class_names,
    embedded,
    f1_of,
    is_for_fitting,
    mean,
    without_some,
    worded,
)
from clipsearch.core import relevance
from clipsearch.ml.encoder import Encoder

_EVERYDAY = {
    "snow": "snow snowy", "bicycle": "bicycle bike", "ball": "ball football soccer basketball",
    "water": "water ocean lake river sea pool wave surf", "mountain": "mountain hill cliff",
    "rock climbing": "climbing climber climb rock", "surfing": "surf surfer surfing surfboard wave",
    "playground slide": "slide", "woman": "woman lady women", "sand": "sand beach",
}  # fmt: skip
_ABSENT = 10
_GRID = {
    "_ABUNDANCE": (1.3, 1.6, 1.9),
    "_ABUNDANCE_OFFSET": (8.0, 9.0, 10.0, 11.0),
    "_LEAD": (3.0, 3.5, 4.0),
    "_CAUTION": (50, 100),
}


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder("starter")
    photos = [photo for photo in read_photos(options.data) if is_for_fitting(photo)]
    library, classes = without_some(
        encoder, embedded(encoder, photos), class_names(photos), _ABSENT
    )
    everyday = worded(encoder, library, _EVERYDAY)
    print_figures(_best(library, classes, everyday), as_json=options.json)


def _best(library: Mixed, classes: list[Query], everyday: list[Query]) -> dict[str, Any]:
    rows = np.random.default_rng(0).permutation(len(library.photos))
    libraries = [(library.of(some), some) for some in (np.sort(rows), rows[:300])]
    found = {}
    for values in product(*_GRID.values()):
        constants = dict(zip(_GRID, values, strict=True))
        with mock.patch.dict(vars(relevance), constants):
            quality = [_quality(part, some, classes, everyday) for part, some in libraries]
        found[values] = float(np.mean(quality))
    best = max(found, key=lambda values: found[values])
    chosen = tuple(getattr(relevance, name) for name in _GRID)
    return {
        **dict(zip(_GRID, best, strict=True)),
        "quality": found[best],
        "quality as committed": found[chosen],
    }


def _quality(
    library: Mixed, rows: NDArray[np.int64], classes: list[Query], everyday: list[Query]
) -> float:
    present: list[float] = []
    absent: list[float] = []
    common: list[float] = []
    for query in [*classes, *everyday]:
        truth = query.truth[rows]
        value = f1_of(above_line(library, query.embedding, library.background), truth)
        if query.is_absent:
            absent.append(value)
        elif (truth == 1).any():
            (common if query.words in _EVERYDAY else present).append(value)
    return 0.5 * mean(present) + 0.25 * mean(absent) + 0.25 * mean(common)


if __name__ == "__main__":
    main()
