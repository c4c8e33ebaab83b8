"""What words beside a picture find that neither finds alone, and what exclusions leave out.

Run it with a captions file (a tar of KEY.jpg and KEY.txt, see ``clipsearch evaluate``), and with a
tar of class folders (Caltech-101)::

    uv run python -m benchmarks.combining CAPTIONS CLASSES [--json]

**Together.** For every captioned photo, half of its first caption's words (the first half, the
second half) and a related picture: of all other photos, the one whose captions are most like the
other four captions of the photo that is looked for. The related picture itself is left out of the
hits. ``recall`` is the share of photos found among the first 1, 5 and 10, by the words, by the
picture, by both as the app ranks them, and by the mean of the two embeddings (``vector``), which is
what most programs do. With the whole caption (``whole``), which leaves little for a picture to say,
both should not be much worse than words alone.

**Excluded.** A query for a kind of thing ("animal") without one of its classes ("llama"), for all
classes that hold two of the twenty best hits of the kind at least. ``reduction``: by how much the
exclusion lowers the excluded class's photos among the twenty best; ``asked_for``: the photos of the
kind's other classes there, against without the exclusion; by the app, and by subtracting the
embeddings (``vector``). Photos that the starter was trained on are left out: those whose name's
SHA-256 begins with an even byte.
"""

import argparse
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import print_figures
from benchmarks.labelled_library import is_held_back
from clipsearch.core.captions import read_captions
from clipsearch.core.imaging import decode
from clipsearch.core.nearest import Nearest
from clipsearch.core.query import Part, Picture
from clipsearch.core.ranking import Ranker
from clipsearch.core.types import Embeddings
from clipsearch.errors import ImageError
from clipsearch.ml.encoder import Encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_RANKS = (1, 5, 10)
_TOP = 20
_LEAST_HITS = 2
_SOMEWHERE = Path("picture.jpg")
_KINDS = {
    "animal": "beaver cougar_body crocodile dalmatian dolphin elephant emu flamingo gerenuk "
    "hawksbill hedgehog ibis kangaroo Leopards llama okapi panda pigeon platypus rhino rooster "
    "wild_cat",
    "musical instrument": "accordion electric_guitar euphonium grand_piano mandolin saxophone",
    "vehicle": "airplanes car_side ferry helicopter ketch Motorbikes schooner",
    "flower": "lotus sunflower water_lilly",
    "bird": "emu flamingo ibis pigeon rooster",
    "insect": "ant butterfly dragonfly mayfly tick",
    "sea animal": "crab crayfish dolphin hawksbill lobster nautilus octopus sea_horse starfish",
    "boat": "ferry ketch schooner",
    "furniture": "chair chandelier lamp windsor_chair",
}
_NAMES = {
    "airplanes": "airplane",
    "car_side": "car",
    "cougar_body": "cougar",
    "hawksbill": "turtle",
    "Leopards": "leopard",
    "Motorbikes": "motorbike",
    "tick": "tick insect",
    "water_lilly": "water lily",
    "wild_cat": "wildcat",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("captions", type=Path)
    parser.add_argument("classes", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder("starter")
    figures = _together(encoder, options.captions) | _excluded(encoder, options.classes)
    print_figures(figures, as_json=options.json)


def _together(encoder: Encoder, file: Path) -> dict[str, Any]:
    captioned = list(read_captions(file))
    photos = encoder.encode_images([one.image for one in captioned])
    others = np.stack([encoder.encode_texts(one.captions[1:]).mean(axis=0) for one in captioned])
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    likeness = others @ others.T
    np.fill_diagonal(likeness, -1)
    related = likeness.argmax(axis=1)
    figures: dict[str, Any] = {"photos": len(photos)}
    for name, cut in {"first_half": 0, "second_half": 1, "whole": None}.items():
        words = encoder.encode_texts([_half(one.captions[0], cut) for one in captioned])
        pictures = photos[related]
        mean = words + pictures
        ways = {
            "words": words @ photos.T,
            "picture": pictures @ photos.T,
            "both": _as_the_app(photos, words, pictures),
            "vector": mean @ photos.T,
        }
        for way, scores in ways.items():
            figures[f"{name}_{way}_recall"] = _recall(scores, related)
    return figures


def _half(caption: str, part: int | None) -> str:
    words = caption.rstrip(" .").split()
    middle = len(words) // 2
    return " ".join({0: words[:middle], 1: words[middle:], None: words}[part])


def _as_the_app(photos: Embeddings, words: Embeddings, pictures: Embeddings) -> NDArray[np.float32]:
    """Scores of all photos for each pair of words and a picture, ``(N, N)``."""
    nearest = Nearest(photos)
    parts = (Part("words"), Part(Picture(_SOMEWHERE)))
    scores = np.empty((len(words), len(photos)), np.float32)
    for row, pair in enumerate(zip(words, pictures, strict=True)):
        ranking = Ranker(nearest, parts, np.stack(pair)).best(len(photos))
        scores[row, ranking.rows] = ranking.scores
    return scores


def _recall(scores: NDArray[np.float32], related: NDArray[np.int64]) -> str:
    places = np.arange(len(scores))
    scores = scores.copy()
    scores[places, related] = -np.inf
    better = (scores > scores[places, places][:, None]).sum(axis=1)
    return " / ".join(f"{float((better < rank).mean()):.3f}" for rank in _RANKS)


def _excluded(encoder: Encoder, file: Path) -> dict[str, Any]:
    photos, classes = _held_back(encoder, file)
    pairs = [
        (kind, name, set(names.split()))
        for kind, names in _KINDS.items()
        for name in names.split()
        if (classes[_top(photos, encoder.encode_texts([kind])[0])] == name).sum() >= _LEAST_HITS
    ]
    figures: dict[str, Any] = {"exclusions": len(pairs)}
    ways: dict[str, Callable[[Embeddings], NDArray[np.int64]]] = {
        "app": lambda pair: _without(photos, pair),
        "vector": lambda pair: _top(photos, pair[0] - pair[1]),
    }
    for way, best in ways.items():
        counts = np.zeros((2, 2))
        for kind, name, names in pairs:
            pair = encoder.encode_texts([kind, _NAMES.get(name, name.replace("_", " "))])
            before, after = classes[_top(photos, pair[0])], classes[best(pair)]
            for column, hits in enumerate((before, after)):
                counts[0, column] += (hits == name).sum()
                counts[1, column] += np.isin(hits, sorted(names - {name})).sum()
        figures[f"{way}_reduction"] = 1 - counts[0, 1] / counts[0, 0]
        figures[f"{way}_asked_for"] = counts[1, 1] / counts[1, 0]
    return figures


def _held_back(encoder: Encoder, file: Path) -> tuple[Embeddings, NDArray[np.str_]]:
    images, classes = [], []
    with tarfile.open(file) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is None or not is_held_back(member.name):
                continue
            try:
                images.append(decode(content.read()))
            except ImageError:
                continue
            classes.append(member.name.split("/")[0])
    return encoder.encode_images(images), np.array(classes)


def _top(photos: Embeddings, direction: Embeddings) -> NDArray[np.int64]:
    rows: NDArray[np.int64] = np.argsort(-(photos @ direction), kind="stable")[:_TOP]
    return rows


def _without(photos: Embeddings, pair: Embeddings) -> NDArray[np.int64]:
    parts: Sequence[Part] = (Part("kind"), Part("class", excluded=True))
    return Ranker(Nearest(photos), parts, pair).best(_TOP).rows


if __name__ == "__main__":
    main()
