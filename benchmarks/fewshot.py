"""How well, and how fast, classes and tags are learned from a few examples.

Run it with the folder of the shared data; embedding the photos takes some minutes the first time,
then they are kept in the system's temporary folder::

    uv run python -m benchmarks.fewshot DATA [--seeds 5] [--tags-only] [--json]
    uv run python -m benchmarks.fewshot --speed [--json]

**Classes.** Top-1 accuracy in percent, mean over the seeds, after 1 to 32 examples a class: by the
names alone (``zero-shot``); by discriminant analysis and by the cache, blended with the names as
their papers have it, the best setting by cross-validation; by the linear probe without names; and
by what `ml/fewshot_classes.py` chooses (``choice``, ``method``). ``short`` is how far the choice
falls behind the best of the others. ``-names`` stands for classes whose names say nothing: each
class is given the name of something else. `benchmarks/classes_to_learn.py` tells where examples and
judges come from.

The covariance is that of the mixed library of `benchmarks/labelled_library.py`, which holds the
photos that judge, but not their labels; so would the user's.

**Tags.** The same classes learned one by one, as the window does: `benchmarks/fewshot_tags.py`.

**Speed.** A tag learned from 15 positives and 15 negatives, cross-validation included, and 50,000
photos of random embeddings scored anew; median of 9, in milliseconds, wall clock and processor.
``background`` is what happens once per library, beforehand.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.classes_to_learn import COUNTS, Task, embedded_library, read_tasks
from benchmarks.common import print_figures
from benchmarks.fewshot_tags import tag_curves
from clipsearch.ml.background import Background
from clipsearch.ml.class_judging import accuracy, candidates, draw_folds
from clipsearch.ml.class_methods import METHODS, Examples
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.fewshot import learn_tag
from clipsearch.ml.fewshot_classes import learn_classes
from clipsearch.ml.scorer import Scorer
from clipsearch.ml.space_statistics import SpaceStatistics
from clipsearch.ml.tag_methods import TagExamples

_PHOTOS = 50_000
_REPEATS = 9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--speed", action="store_true", help="measure times instead")
    parser.add_argument("--tags-only", action="store_true", help="leave out the first table")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.speed:
        figures = _speed(256) | _speed(512)
    elif options.data is not None:
        encoder = Encoder("starter")
        classes = {} if options.tags_only else _curves(encoder, options.data, options.seeds)
        figures = classes | tag_curves(encoder, options.data, options.seeds)
    else:
        parser.error("name the folder of the shared data, or ask for --speed")
    print_figures(figures, as_json=options.json)


def _curves(encoder: Encoder, data: Path, seeds: int) -> dict[str, Any]:
    space = SpaceStatistics.of(embedded_library(encoder, data))
    figures: dict[str, Any] = {}
    for title, task in read_tasks(encoder, data / "labelled"):
        for count in COUNTS:
            rows = [_compared(task, space, count, seed) for seed in range(seeds)]
            means = {key: float(np.mean([row[key] for row, _ in rows])) for key in rows[0][0]}
            means["short"] = max(v for k, v in means.items() if k != "choice") - means["choice"]
            methods = " ".join(method for _, method in rows)
            line = " ".join(f"{key} {value:.1f}" for key, value in means.items())
            figures[f"{title} {count}"] = f"{line} ({methods})"
    return figures


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
    photos = rng.normal(size=(_PHOTOS, dimension)) * np.exp(-np.arange(dimension) / 40)
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
