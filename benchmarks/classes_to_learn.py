"""Classes of the shared data to be learned from a few examples, and the photos that judge.

- *clothing*: examples from the training photos, judged by the validation photos. The starter was
  trained on the former, so cross-validation thinks too well of the names and of all methods.
- *caltech*: of the half that the starter was not trained on, half of each class (4 to 9 photos,
  another half for every seed) judges; examples come from the rest, and only when that is used up
  from the photos that were trained on. So 8 examples and more are mixed ones, and for 32 there are
  too few: all that there are, 18 on average. No photo judges that was trained on.

Photos are embedded once, and kept in the system's temporary folder.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_library import is_held_back, pictures_in, read_photos, readable
from clipsearch.core.classification import read_templates
from clipsearch.core.types import Embeddings
from clipsearch.ml.class_methods import Examples
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.fewshot_classes import zero_shot
from clipsearch.ml.scorer import Scorer
from clipsearch.ml.zeroshot import build_classifier

COUNTS = (1, 2, 4, 8, 16, 32)
"""Of examples."""

_BATCH = 64
_NOBODYS = "BACKGROUND_Google"


@dataclass(frozen=True)
class Embedded:
    """Photos of class folders: names ``(N,)`` and embeddings ``(N, D)``."""

    names: NDArray[np.str_]
    embeddings: Embeddings

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Embedded":
        """Some of them."""
        return Embedded(self.names[rows], self.embeddings[rows])

    @property
    def folders(self) -> NDArray[np.str_]:
        """``(N,)``, the class of each."""
        return np.array([name.split("/")[0] for name in self.names])


@dataclass(frozen=True)
class Task:
    """Classes to be learned.

    Attributes:
        classes: ``C`` folders.
        names: What their names say.
        split: By seed: photos to draw examples from, the first ones first, and those that judge.
    """

    classes: list[str]
    names: Scorer
    split: Callable[[np.random.Generator], tuple[Embedded, Embedded]]

    def labelled(self, photos: Embedded, most: int | None = None) -> Examples:
        """Photos with their labels, of each class the first ``most`` at most."""
        labels = np.searchsorted(self.classes, photos.folders)
        rows = [np.flatnonzero(labels == label)[:most] for label in range(len(self.classes))]
        chosen = np.concatenate(rows)
        return Examples(photos.embeddings[chosen], labels[chosen], len(self.classes))


def kept(file: str, make: Callable[[], dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Arrays from the temporary folder, made the first time."""
    path = Path(gettempdir()) / "clipsearch-fewshot" / f"{file}.npz"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        np.savez(path, **make())
    with np.load(path) as found:
        return dict(found)


def embedded_library(encoder: Encoder, data: Path) -> Embeddings:
    """The photos of the mixed library, ``(N, D)``."""

    def make() -> dict[str, Any]:
        photos = read_photos(data)
        starts = range(0, len(photos), _BATCH)
        batches = [[one.image for one in photos[start : start + _BATCH]] for start in starts]
        return {"embeddings": np.concatenate([encoder.encode_images(b) for b in batches])}

    embeddings: Embeddings = kept(f"library-{encoder.fingerprint}", make)["embeddings"]
    return embeddings


def read_tasks(encoder: Encoder, labelled: Path) -> Iterator[tuple[str, Task]]:
    """Clothing and Caltech-101, as they are and, as ``-names``, named after other things."""
    clothes = embedded_tar(encoder, labelled / "clothing-train.tar")
    judging = embedded_tar(encoder, labelled / "clothing-validation.tar")
    caltech = embedded_tar(encoder, labelled / "caltech101.tar")
    caltech = caltech[caltech.folders != _NOBODYS]
    both = (
        ("clothing", clothes, lambda rng: (_shuffled(clothes, rng), judging)),
        ("caltech", caltech, lambda rng: _halved(caltech, rng)),
    )
    for title, photos, split in both:
        classes = sorted(set(photos.folders.tolist()))
        said = [readable(name) for name in classes]
        yield title, Task(classes, _names(encoder, said), split)
        others = list(reversed(said)) if title == "caltech" else _names_of_others(caltech, said)
        yield f"{title}-names", Task(classes, _names(encoder, others), split)


def _names_of_others(photos: Embedded, said: list[str]) -> list[str]:
    return [readable(name) for name in sorted(set(photos.folders.tolist()))][:: len(said)][
        : len(said)
    ]


def _names(encoder: Encoder, said: list[str]) -> Scorer:
    return zero_shot(build_classifier(encoder, said, read_templates(None)), encoder.logit_scale)


def _shuffled(photos: Embedded, rng: np.random.Generator) -> Embedded:
    order = rng.permutation(len(photos.names))
    return Embedded(photos.names[order], photos.embeddings[order])


def _halved(photos: Embedded, rng: np.random.Generator) -> tuple[Embedded, Embedded]:
    photos = _shuffled(photos, rng)
    unseen = np.array([is_held_back(name) for name in photos.names])
    held, trained = photos[unseen], photos[~unseen]
    judges = np.zeros(len(held.names), bool)
    for folder in sorted(set(held.folders.tolist())):
        rows = np.flatnonzero(held.folders == folder)
        judges[rows[: (len(rows) + 1) // 2]] = True
    rest = held[~judges]
    names = np.concatenate([rest.names, trained.names])
    embeddings = np.concatenate([rest.embeddings, trained.embeddings])
    return Embedded(names, embeddings), held[judges]


def embedded_tar(encoder: Encoder, tar: Path) -> Embedded:
    """The photos of a tar of class folders."""

    def make() -> dict[str, Any]:
        found = list(pictures_in(tar))
        starts = range(0, len(found), _BATCH)
        batches = [[image for _, image in found[start : start + _BATCH]] for start in starts]
        embeddings = np.concatenate([encoder.encode_images(batch) for batch in batches])
        return {"names": np.array([name for name, _ in found]), "embeddings": embeddings}

    return Embedded(**kept(f"{tar.stem}-{encoder.fingerprint}", make))
