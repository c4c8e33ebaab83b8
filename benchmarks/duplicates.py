"""How well near-duplicates are told from different photos, and what it costs.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.duplicates PHOTOS TRUTH.json [--json]
    uv run python -m benchmarks.duplicates --generated 100000 [--json]

The photos are indexed with the starter, into a library that goes afterwards. ``TRUTH.json`` is a
list of lists of file names: the versions of a photo, the original first. ``precision`` and
``recall`` are of pairs of near-duplicates; groups of files that are named nowhere in it are counted
as ``groups_unnamed``, and printed for somebody to look at.

``scenes_*`` compares each photo in the originals' folders with all others there, whatever their
embeddings say: so many of those pairs are called one.

Then the originals, and the photos of scikit-image, are changed as `tests/core/changed_copies.py`
does. For each change: the share that is recognised, by the fingerprints alone, and with the
embeddings, which have to let it through.

``--generated N`` times the search for close pairs among ``N`` random embeddings in clusters of 50.
"""

import argparse
import json
import os
import sys
import time
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import print_figures
from clipsearch.core.alignment import Pictures, Placement
from clipsearch.core.duplicates import CLOSE
from clipsearch.core.fingerprints import fingerprint
from clipsearch.core.imaging import decode
from clipsearch.core.library import Library
from clipsearch.core.likeness import alike_at_a_glance, overviews, show_the_same
from clipsearch.core.neighbours import close_pairs, similarity_at
from clipsearch.core.samples import copy_samples
from clipsearch.core.stores import Stores
from clipsearch.core.thumbnails import STORED_EDGE
from clipsearch.core.types import DuplicateGroup, Embeddings
from clipsearch.ml.encoder import Encoder
from clipsearch.settings import Settings
from tests.core.changed_copies import OTHER, SAME

_DIMENSION = 256
_CLUSTER = 50
_CLOSE = 0.5
"""On the way from a random pair to equal ones: that is how close photos of a cluster are."""
_AT_ONCE = 64


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("truth", type=Path, nargs="?")
    parser.add_argument("--generated", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    if options.generated:
        figures |= _cost(options.generated)
    if options.photos and options.truth:
        with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
            os.environ["CLIPSEARCH_HOME"] = str(Path(name) / "home")
            figures |= _quality(Path(name), options.photos, json.loads(options.truth.read_text()))
    print_figures(figures, as_json=options.json)


def _cost(count: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(max(1, count // _CLUSTER), _DIMENSION)).astype(np.float32)
    embeddings = centres[rng.integers(0, len(centres), count)] * 1.2
    embeddings += rng.normal(size=embeddings.shape).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    begun = time.perf_counter()
    pairs = close_pairs(embeddings, similarity_at(_CLOSE, embeddings))
    return {
        "generated": count,
        "generated_pairs": len(pairs),
        "generated_s": time.perf_counter() - begun,
    }


def _quality(folder: Path, photos: Path, truth: list[list[str]]) -> dict[str, Any]:
    encoder = Encoder("starter")
    library = Library(folder / "library", Settings(), load_model=lambda _: encoder)
    library.index([photos])
    figures: dict[str, Any] = {"photos": len(library.photos())}
    for name in ("first_s", "again_s"):
        begun = time.perf_counter()
        groups = library.duplicates()
        figures[name] = time.perf_counter() - begun
    least = similarity_at(CLOSE, _embeddings(library))
    paths = {photo.path.name: photo.path for photo in library.photos()}
    library.close()
    figures |= _against_truth(groups, truth)
    originals = [paths[names[0]] for names in truth]
    folders = {path.parent for path in originals}
    copies = {name for names in truth for name in names[1:]}
    scenes = [p for p in paths.values() if p.parent in folders and p.name not in copies]
    figures |= _of_scenes([decode(path) for path in scenes])
    samples = copy_samples(folder / "samples")
    pictures = [decode(path) for path in (*originals, *sorted(samples.iterdir()))]
    return figures | _of_changes(pictures, encoder, least)


def _embeddings(library: Library) -> Embeddings:
    stores = Stores(library.root)
    try:
        return stores.current()[1].embeddings
    finally:
        stores.close()


def _against_truth(groups: list[DuplicateGroup], truth: list[list[str]]) -> dict[str, Any]:
    named = {name for names in truth for name in names}
    true = {pair for names in truth for pair in combinations(sorted(names), 2)}
    found, unnamed = set(), 0
    for group in groups:
        names = sorted(photo.path.name for photo in group.photos)
        if group.kind != "near" or not named & {*names}:
            unnamed += 1
            sys.stderr.write(f"unnamed: {group.kind} {names}\n")
        else:
            found |= set(combinations(names, 2))
    keepers = {group.keeper.path.name for group in groups}
    return {
        "precision": len(found & true) / max(1, len(found)),
        "recall": len(found & true) / max(1, len(true)),
        "keepers_are_originals": sum(names[0] in keepers for names in truth) / max(1, len(truth)),
        "groups_unnamed": unnamed,
    }


def _of_scenes(pictures: list[Image.Image]) -> dict[str, Any]:
    prints = _fingerprints(pictures)
    one, other = np.array(list(combinations(range(len(prints)), 2))).T
    seen = overviews(prints)
    may_be, _ = alike_at_a_glance(seen[one], seen[other])
    one, other = one[may_be], other[may_be]
    called_one = sum(
        int(_are_one(prints[some[:, 0]], prints[some[:, 1]]).sum())
        for some in np.array_split(np.stack([one, other], axis=1), len(one) // _AT_ONCE + 1)
    )
    return {
        "scenes": len(prints),
        "scenes_pairs": len(may_be),
        "scenes_compared_in_detail": len(one),
        "scenes_called_one": called_one,
    }


def _of_changes(pictures: list[Image.Image], encoder: Encoder, least: float) -> dict[str, Any]:
    prints, embeddings = _fingerprints(pictures), _encoded(encoder, pictures)
    figures: dict[str, Any] = {"changed": len(pictures), "close_from": least}
    for name, change in {**SAME, **OTHER}.items():
        changed = [change(picture) for picture in pictures]
        same = _are_one(prints, _fingerprints(changed))
        close = np.einsum("nd,nd->n", embeddings, _encoded(encoder, changed)) >= least
        figures[name] = f"{same.mean():.3f}, found {(same & close).mean():.3f}"
    return figures


def _encoded(encoder: Encoder, pictures: list[Image.Image]) -> Embeddings:
    parts = [pictures[start : start + _AT_ONCE] for start in range(0, len(pictures), _AT_ONCE)]
    return np.concatenate([encoder.encode_images(part) for part in parts])


def _fingerprints(pictures: list[Image.Image]) -> Pictures:
    small = (picture.copy() for picture in pictures)
    return np.stack([_fingerprint(picture) for picture in small]).astype(np.float32)


def _fingerprint(picture: Image.Image) -> NDArray[np.uint8]:
    picture.thumbnail((STORED_EDGE, STORED_EDGE))
    return fingerprint(picture).pixels


def _are_one(one: Pictures, other: Pictures) -> NDArray[np.bool_]:
    may_be, start = alike_at_a_glance(overviews(one), overviews(other))
    at = np.flatnonzero(may_be)
    same = np.zeros(len(one), bool)
    guess = Placement(start.scale[at], start.shift[at])
    same[at] = show_the_same(one[at], other[at], guess)
    return same


if __name__ == "__main__":
    main()
