"""What a few answers do for a tag: by whether the photos were asked about or drawn at random.

Run it with the folder of the shared data; the photos are embedded once, as by
`benchmarks/fewshot.py`::

    uv run python -m benchmarks.asking DATA [--json]

The library is the mixed one (`benchmarks/labelled_library.py`). ``things`` are class names of
Caltech-101 and of the clothes that twelve photos bear at least, one in three of them; ``words``
everyday words of the captions. Half of the photos can be asked about, the other half judges. The
user begins with two photos that bear the tag, and answers four times five questions. Mean average
precision and mean F1 at the line, in percent: by the name alone (``name``), after the first two
photos (``two``), after the 20 answers about photos drawn at random (``random``) and about those
that `ml/asking.py` picked (``asked``); ``found`` is how many of the 20 bore the tag.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classes_to_learn import embedded_library
from benchmarks.common import average_precision, print_figures
from benchmarks.labelled_library import (
    PEOPLE,
    UNKNOWN,
    LabelledPhoto,
    read_photos,
    shows_class,
    shows_words,
)
from clipsearch.core.classification import read_templates
from clipsearch.core.types import Embeddings
from clipsearch.ml.asking import worth_asking
from clipsearch.ml.background import Background
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.fewshot import LearnedTag, learn_tag
from clipsearch.ml.tag_certainty import LINE
from clipsearch.ml.tag_methods import TagExamples
from clipsearch.ml.zeroshot import build_classifier

_FIRST, _ROUNDS, _QUESTIONS = 2, 4, 5
_LEAST_PHOTOS = 12
_ONE_IN = 3
_EVERYDAY = {
    "dog": "dog puppy", "person": PEOPLE, "beach": "beach", "child": "child children boy girl kid",
    "grass": "grass grassy field", "street": "street road", "woman": "woman women lady",
    "ball": "ball", "bicycle": "bike bicycle", "snow": "snow snowy", "water": "water",
    "mountain": "mountain",
}  # fmt: skip

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Tag:
    """A tag in a library: its name, and the truth of each photo (1, 0 or `UNKNOWN`)."""

    name: NDArray[np.float32]
    truth: NDArray[np.int64]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder("starter")
    library = embedded_library(encoder, options.data)
    background = Background.of(library)
    figures: dict[str, Any] = {}
    for group, tags in _tags(encoder, read_photos(options.data)).items():
        rows = [_followed(tag, library, background, seed) for seed, tag in enumerate(tags)]
        figures[f"{group}, tags"] = len(rows)
        for key in rows[0]:
            figures[f"{group}, {key}"] = float(np.mean([row[key] for row in rows]))
    print_figures(figures, as_json=options.json)


def _tags(encoder: Encoder, photos: list[LabelledPhoto]) -> dict[str, list[Tag]]:
    classes = sorted({label for photo in photos for label in photo.labels})
    things = {name: shows_class(name, photos) for name in classes}
    often = [name for name in classes if (things[name] == 1).sum() >= _LEAST_PHOTOS][::_ONE_IN]
    words = {name: shows_words(said, photos) for name, said in _EVERYDAY.items()}
    groups = {"things": {name: things[name] for name in often}, "words": words}
    found = {}
    for group, truths in groups.items():
        names = build_classifier(encoder, list(truths), read_templates(None)).T
        found[group] = [
            Tag(name, truth) for name, truth in zip(names, truths.values(), strict=True)
        ]
    return found


def _followed(tag: Tag, library: Embeddings, background: Background, seed: int) -> dict[str, float]:
    """The figures of one tag."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(np.flatnonzero(tag.truth != UNKNOWN))
    first = rows[tag.truth[rows] == 1][:_FIRST]
    rest = rows[~np.isin(rows, first)]
    pool, judges = rest[::2], rest[1::2]
    truth = tag.truth[judges] == 1
    figures = {"name, precision": average_precision(library[judges] @ tag.name, truth)}
    ways = {"two": first}
    for way in ("random", "asked"):
        ways[way] = _answered(tag, library, background, (first, pool), ask=way == "asked")
        figures[f"{way}, found"] = float((tag.truth[ways[way]] == 1).sum() - _FIRST)
    for way, known in ways.items():
        learned = _learn(tag, library, background, known)
        figures[f"{way}, precision"] = average_precision(learned.scores(library[judges]), truth)
        figures[f"{way}, F1"] = _f1(learned.certainties(library[judges]) >= LINE, truth)
    return figures


def _answered(
    tag: Tag, library: Embeddings, background: Background, rows: tuple[Rows, Rows], *, ask: bool
) -> Rows:
    """The photos that have an answer in the end."""
    known, pool = rows
    for _ in range(_ROUNDS):
        left = pool[~np.isin(pool, known)]
        chosen = np.arange(_QUESTIONS)  # The pool lies in random order.
        if ask:
            learned = _learn(tag, library, background, known)
            certainties = learned.certainties(library[left])
            chosen = worth_asking(certainties, library[left], background.space, _QUESTIONS)
        known = np.concatenate([known, left[chosen]])
    return known


def _learn(tag: Tag, library: Embeddings, background: Background, known: Rows) -> LearnedTag:
    answers = tag.truth[known] == 1
    examples = TagExamples(library[known[answers]], library[known[~answers]])
    return learn_tag(examples, background, tag.name)


def _f1(above: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return 200 * float((above & truth).sum()) / max(1, int(above.sum() + truth.sum()))


if __name__ == "__main__":
    main()
