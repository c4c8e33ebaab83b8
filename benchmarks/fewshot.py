"""How well, and how fast, classes and tags are learned from a few examples.

Run it with the folder of the shared data; embedding the photos takes some minutes the first time,
then they are kept in the system's temporary folder::

    uv run python -m benchmarks.fewshot DATA [--seeds 5] [--json]
    uv run python -m benchmarks.fewshot --speed [--json]

**Classes.** Top-1 accuracy in percent, mean over the seeds, after 1 to 32 examples a class: by the
names alone (``zero-shot``); by discriminant analysis and by the cache, blended with the names as
their papers have it, the best setting by cross-validation; by the linear probe without names; and
by what `ml/fewshot_classes.py` chooses (``choice``, ``method``). ``short`` is how far the choice
falls behind the best of the others. ``-names`` stands for classes whose names say nothing: each
class is given the name of something else.

- *clothing*: examples from the training photos, judged by the validation photos. The starter was
  trained on the former, so cross-validation thinks too well of the names and of all methods.
- *caltech*: of the half that the starter was not trained on, half of each class (4 to 9 photos,
  another half for every seed) judges; examples come from the rest, and only when that is used up
  from the photos that were trained on. So 8 examples and more are mixed ones, and for 32 there are
  too few: all that there are, 18 on average. No photo judges that was trained on.

The covariance is that of the mixed library of `benchmarks/labelled_library.py`, which holds the
photos that judge, but not their labels; so would the user's.

**Speed.** A tag learned from 15 positives and 15 negatives, cross-validation included, and 50,000
photos of random embeddings scored anew; median of 9, in milliseconds, wall clock and processor.
``background`` is what happens once per library, beforehand.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import print_figures
from benchmarks.labelled_library import is_held_back, pictures_in, read_photos, readable
from clipsearch.core.classification import read_templates
from clipsearch.core.types import Embeddings
from clipsearch.ml.background import Background
from clipsearch.ml.class_judging import accuracy, candidates, draw_folds
from clipsearch.ml.class_methods import METHODS, Examples
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.fewshot import learn_tag
from clipsearch.ml.fewshot_classes import learn_classes, zero_shot
from clipsearch.ml.scorer import Scorer
from clipsearch.ml.space_statistics import SpaceStatistics
from clipsearch.ml.tag_methods import TagExamples
from clipsearch.ml.zeroshot import build_classifier

_COUNTS = (1, 2, 4, 8, 16, 32)
_BATCH = 64
_PHOTOS = 50_000
_REPEATS = 9
_NOBODYS = "BACKGROUND_Google"

Labels = NDArray[np.int64]


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--speed", action="store_true", help="measure times instead")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.speed:
        figures = _speed(256) | _speed(512)
    elif options.data is not None:
        figures = _curves(options.data, options.seeds)
    else:
        parser.error("name the folder of the shared data, or ask for --speed")
    print_figures(figures, as_json=options.json)


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


def _embedded_tar(encoder: Encoder, tar: Path) -> Embedded:
    def make() -> dict[str, Any]:
        found = list(pictures_in(tar))
        starts = range(0, len(found), _BATCH)
        batches = [[image for _, image in found[start : start + _BATCH]] for start in starts]
        embeddings = np.concatenate([encoder.encode_images(batch) for batch in batches])
        return {"names": np.array([name for name, _ in found]), "embeddings": embeddings}

    return Embedded(**kept(f"{tar.stem}-{encoder.fingerprint}", make))


def _curves(data: Path, seeds: int) -> dict[str, Any]:
    encoder = Encoder("starter")
    space = SpaceStatistics.of(embedded_library(encoder, data))
    figures: dict[str, Any] = {}
    for title, task in _tasks(encoder, data / "labelled"):
        for count in _COUNTS:
            rows = [_compared(task, space, count, seed) for seed in range(seeds)]
            means = {key: float(np.mean([row[key] for row, _ in rows])) for key in rows[0][0]}
            means["short"] = max(v for k, v in means.items() if k != "choice") - means["choice"]
            methods = " ".join(method for _, method in rows)
            line = " ".join(f"{key} {value:.1f}" for key, value in means.items())
            figures[f"{title} {count}"] = f"{line} ({methods})"
    return figures


def _tasks(encoder: Encoder, labelled: Path) -> Iterator[tuple[str, Task]]:
    clothes = _embedded_tar(encoder, labelled / "clothing-train.tar")
    judging = _embedded_tar(encoder, labelled / "clothing-validation.tar")
    caltech = _embedded_tar(encoder, labelled / "caltech101.tar")
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


def _compared(
    task: Task, space: SpaceStatistics, count: int, seed: int
) -> tuple[dict[str, float], str]:
    """Accuracy in percent by method, and the method that was chosen."""
    pool, judging = task.split(np.random.default_rng(seed))
    examples, judges = task.labelled(pool, count), task.labelled(judging)
    learned = learn_classes(examples, space, task.names, seed=seed)
    scorers = {"zero-shot": task.names, **_alone(task, space, examples, seed)}
    scorers["choice"] = learned.scorer
    figures = {
        name: 100 * accuracy(scorer.scores(judges.embeddings), judges.labels)
        for name, scorer in scorers.items()
    }
    return figures, learned.method


def _alone(task: Task, space: SpaceStatistics, examples: Examples, seed: int) -> dict[str, Scorer]:
    """Each method as its paper has it."""
    probe = METHODS["probe"][0].fit(examples, space)
    folds = draw_folds(examples, np.random.default_rng(seed))
    if not (folds >= 0).any():
        first = {name: METHODS[name][-1].fit(examples, space) for name in ("gda", "cache")}
        return {**first, "probe": probe}
    found = sorted(
        candidates(examples, space, task.names, folds), key=lambda one: -float(one.losses.mean())
    )
    best = {one.name: one for one in found}
    blended = {name: best[name].learn(examples, space, task.names) for name in ("gda", "cache")}
    return {**blended, "probe": probe}


def _speed(dimension: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    photos: NDArray[Any] = rng.normal(size=(_PHOTOS, dimension)) * np.exp(
        -np.arange(dimension) / 40
    )
    photos += 0.5 * rng.normal(size=dimension)
    photos = (photos / np.linalg.norm(photos, axis=1, keepdims=True)).astype(np.float32)
    name = photos[0]
    nearest = np.argsort(-photos @ name)[1:]
    examples = TagExamples(photos[nearest[:150:10]], photos[nearest[150:450:20]])
    figures = {}
    made, figures[f"background {dimension}"], _ = _timed(lambda: Background.of(photos))
    learn = [_timed(lambda: learn_tag(examples, made, name)) for _ in range(_REPEATS)]
    score = [_timed(lambda: learn[0][0].certainties(photos)) for _ in range(_REPEATS)]
    figures[f"learning {dimension}"] = float(np.median([wall for _, wall, _ in learn]))
    figures[f"learning, processor {dimension}"] = float(np.median([cpu for _, _, cpu in learn]))
    figures[f"scoring {dimension}"] = float(np.median([wall for _, wall, _ in score]))
    figures[f"scoring, processor {dimension}"] = float(np.median([cpu for _, _, cpu in score]))
    return figures


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What came out, and how many milliseconds it took: wall clock and processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


if __name__ == "__main__":
    main()
