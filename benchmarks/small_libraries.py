"""How well a tag is learned where its photos are a large part of a small library.

Run it with the folder of the shared data; embedding takes a minute the first time::

    uv run python -m benchmarks.small_libraries DATA [--json]

Libraries of 60 to 1,500 photos of Caltech-101, 15 or 16 of them of one class, drawn 20 times, each
time another class. The user accepts the photos that the name ranks highest among those of the
class, and rejects the ones that it ranks highest among the others. Of the rest: how many of the
class are found (``recall``) and how many of those found are of it (``precision``), their F1, and
the average precision of the ranking, in percent.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.classes_to_learn import embedded_tar
from benchmarks.common import average_precision, print_figures
from benchmarks.labelled_library import readable
from clipsearch.ml.background import Background
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.fewshot import learn_tag
from clipsearch.ml.tag_certainty import LINE
from clipsearch.ml.tag_methods import TagExamples
from clipsearch.ml.zeroshot import Embeddings

_LIBRARIES = ((60, 15), (120, 16), (250, 16), (1_500, 16))
_ANSWERS = ((2, 0), (6, 0), (6, 3))
_DRAWS = 20
_FEWEST = 17  # Photos of a class, for one to be left over.
_NOBODYS = "BACKGROUND_Google"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder("starter")
    photos = embedded_tar(encoder, options.data / "labelled" / "caltech101.tar")
    counts = Counter(photos.folders.tolist())
    classes = sorted(c for c, n in counts.items() if n >= _FEWEST and c != _NOBODYS)
    names = encoder.encode_texts([f"a photo of a {readable(one)}" for one in classes])
    figures = {}
    for size, own in _LIBRARIES:
        for accepted, rejected in _ANSWERS:
            rows = []
            for seed in range(_DRAWS):
                number = seed % len(classes)
                rng = np.random.default_rng(seed)
                is_own = photos.folders == classes[number]
                drawn = rng.choice(np.flatnonzero(is_own), own, replace=False)
                others = rng.choice(np.flatnonzero(~is_own), size - own, replace=False)
                library = photos.embeddings[np.concatenate([drawn, others])]
                rows.append(_learned(library, own, names[number], accepted, rejected))
            means = np.nanmean(np.array(rows), axis=0)
            shown = zip(("recall", "precision", "f1", "ap"), means.tolist(), strict=True)
            figures[f"{size} photos, {accepted}+{rejected}"] = " ".join(
                f"{key} {value:.0f}" for key, value in shown
            )
    print_figures(figures, as_json=options.json)


def _learned(
    library: Embeddings, own: int, name: Embeddings, accepted: int, rejected: int
) -> tuple[float, float, float, float]:
    """Recall, precision (no number if nothing is found), F1 and average precision, in percent."""
    right = np.arange(len(library)) < own
    order = np.argsort(-library @ name, kind="stable")
    yes, no = order[right[order]][:accepted], order[~right[order]][:rejected]
    learned = learn_tag(TagExamples(library[yes], library[no]), Background.of(library), name)
    left = np.setdiff1d(np.arange(len(library)), np.concatenate([yes, no]))
    certainties, wanted = learned.certainties(library[left]), right[left]
    found = certainties >= LINE
    hits = int((found & wanted).sum())
    return (
        100 * hits / int(wanted.sum()),
        100 * hits / int(found.sum()) if found.any() else float("nan"),
        200 * hits / int(found.sum() + wanted.sum()),
        average_precision(certainties, wanted),
    )


if __name__ == "__main__":
    main()
