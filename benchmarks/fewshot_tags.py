"""How well the window's own learning of one tag (`ml/fewshot.py`) does, class by class as a tag.

`benchmarks/fewshot.py` runs it. Each class of clothing and Caltech-101 (`classes_to_learn`) is
learned as one tag, from 1 to 32 photos that bear it and as many rejected ones: drawn from the four
times as many photos of other classes that the name ranks highest, as a review offers them.

Two figures in percent, means over the classes and the seeds: the average precision of the tag's
ranking of the photos that judge, and the accuracy of choosing for each photo the tag of which it is
the most certain, though no tag was told that others exclude it. By each method alone, blended with
the name as the window blends it; by the name alone, as a learned tag (``zero-shot``) and, for the
accuracy, as a zero-shot classifier chooses (``cosine``); and by what `learn_tag` chooses
(``choice``, and how often it chose what). ``short`` is how far the choice falls behind the best of
the others.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classes_to_learn import COUNTS, Embedded, Task, embedded_library, read_tasks
from benchmarks.common import average_precision
from clipsearch.ml.background import Background
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.fewshot import LearnedTag, learn_tag
from clipsearch.ml.tag_methods import TAG_METHODS, TagExamples, TagMethod

_OF_THE_BEST = 4  # Times as many photos as are rejected, to draw these from.

Floats = NDArray[np.floating]


def tag_curves(encoder: Encoder, data: Path, seeds: int) -> dict[str, Any]:
    """The figures of all tasks and counts, ready to print."""
    background = Background.of(embedded_library(encoder, data))
    figures: dict[str, Any] = {}
    for title, task in read_tasks(encoder, data / "labelled"):
        if title.endswith("-names"):
            continue
        for count in COUNTS:
            found = [_Seed(task, background, count, seed) for seed in range(seeds)]
            chosen = sum((one.chosen for one in found), Counter[str]())
            methods = " ".join(f"{method} {times}" for method, times in chosen.most_common())
            precisions = _shown([one.precisions() for one in found])
            accuracies = _shown([one.accuracies() for one in found])
            figures[f"tags {title} {count}, average precision"] = f"{precisions} ({methods})"
            figures[f"tags {title} {count}, accuracy"] = accuracies
    return figures


class _Seed:
    """All classes of a task, each learned as a tag by every method, from one draw of examples."""

    def __init__(self, task: Task, background: Background, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        pool, judging = task.split(rng)
        self._judges = task.labelled(judging)
        self._cosines = task.names.scores(self._judges.embeddings)
        examples = [_answers(task, pool, label, count, rng) for label in range(len(task.classes))]
        names = _unit_columns(task.names.weights)

        def learned(label: int, methods: Mapping[str, TagMethod]) -> LearnedTag:
            return learn_tag(examples[label], background, names[label], methods=methods, seed=seed)

        choice = [learned(label, TAG_METHODS) for label in range(len(task.classes))]
        self._tags = {
            name: [
                one if one.method == name else learned(label, {name: method})
                for label, one in enumerate(choice)
            ]
            for name, method in TAG_METHODS.items()
        } | {"choice": choice}
        self.chosen = Counter(tag.method for tag in choice)

    def precisions(self) -> dict[str, float]:
        """Mean average precision by method."""
        scores = self._by_method(LearnedTag.scores)
        scores["zero-shot"] = self._cosines  # Also where the name was left out.
        labels = self._judges.labels
        return {
            name: float(
                np.mean([average_precision(c, labels == n) for n, c in enumerate(columns.T)])
            )
            for name, columns in scores.items()
        }

    def accuracies(self) -> dict[str, float]:
        """Share of the photos whose most certain tag is right, by method."""
        certainties = self._by_method(LearnedTag.certainties) | {"cosine": self._cosines}
        return {
            name: 100 * float(np.mean(columns.argmax(axis=1) == self._judges.labels))
            for name, columns in certainties.items()
        }

    def _by_method(self, score: Callable[[LearnedTag, Any], Floats]) -> dict[str, Floats]:
        """``(N, C)`` scores of the photos that judge."""
        photos = self._judges.embeddings
        return {
            name: np.stack([score(tag, photos) for tag in tags], axis=1)
            for name, tags in self._tags.items()
        }


def _answers(
    task: Task, pool: Embedded, label: int, count: int, rng: np.random.Generator
) -> TagExamples:
    """What a user says in a review of one tag."""
    bears = pool.folders == task.classes[label]
    accepted = pool.embeddings[bears][:count]
    others = pool.embeddings[~bears]
    ranked = np.argsort(-task.names.scores(others)[:, label], kind="stable")
    offered = ranked[: _OF_THE_BEST * len(accepted)]
    return TagExamples(accepted, others[rng.permutation(offered)[: len(accepted)]])


def _unit_columns(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(C, D)``, of the columns of a zero-shot classifier."""
    result: NDArray[np.float32] = (weights / np.linalg.norm(weights, axis=0)).T
    return result


def _shown(rows: list[dict[str, float]]) -> str:
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    best = max(value for name, value in means.items() if name != "choice")
    means["short"] = best - means["choice"]
    return " ".join(f"{name} {value:.1f}" for name, value in means.items())
