"""Which photos a model takes for something else than they are."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clipsearch.core.types import Embeddings
from clipsearch.ml.tuning_types import Lessons


@dataclass(frozen=True, slots=True)
class Confusion:
    """A photo that is nearer to the name of a concept that it does not show."""

    path: Path
    concept: int
    """Of those that it shows, the one whose name is nearest."""
    taken_for: int
    margin: float
    """By how much that name's cosine is larger; above 0."""


def confusions(
    lessons: Lessons, embeddings: Embeddings, names: Embeddings
) -> tuple[Confusion, ...]:
    """Find the photos, of all that show a concept, that a model takes for another concept.

    Args:
        lessons: Of ``N`` examples and ``C`` concepts.
        embeddings: ``(N, D)``, L2-normalised: of the examples.
        names: ``(C, D)``, L2-normalised: of the concepts' names.

    Returns:
        The clearest first.
    """
    found: list[Confusion] = []
    for example, scores in zip(lessons.examples, embeddings @ names.T, strict=True):
        own = list(example.concepts)
        others = np.delete(np.arange(len(names)), own)
        if not own or not len(others):
            continue
        concept, taken_for = (
            int(some[np.argmax(scores[some])]) for some in (np.array(own), others)
        )
        margin = float(scores[taken_for] - scores[concept])
        if margin > 0:
            found.append(Confusion(example.path, concept, taken_for, margin))
    return tuple(sorted(found, key=lambda one: -one.margin))
