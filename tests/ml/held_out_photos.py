"""Lessons that are drawn, and models that know more or less of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipsearch.ml.judgement import Embedded
from clipsearch.ml.tuning_types import Concept, Example, Lessons

_DIMENSION = 64
_WORDS = 60


def normalised(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Of length 1."""
    result: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result.astype(np.float32)


def example(group: int, *concepts: int, held_out: bool = True) -> Example:
    """A photo of a group."""
    return Example(Path(f"{group}.jpg"), f"{group}", group, concepts, is_held_out=held_out)


def lessons_of(examples: Sequence[Example], concepts: int) -> Lessons:
    """Of concepts named "thing 0" and so on."""
    return Lessons(tuple(Concept(f"thing {c}") for c in range(concepts)), tuple(examples))


def lessons(concepts: int, photos: int, background: int) -> Lessons:
    """Every photo, all held out, is a group of its own.

    Args:
        concepts: How many.
        photos: Of each.
        background: Photos of none.
    """
    shown = [(c,) for c in range(concepts) for _ in range(photos)] + [()] * background
    return lessons_of([example(group, *one) for group, one in enumerate(shown)], concepts)


class World:
    """Photos around what they show, and words that find their own background photos."""

    def __init__(self, lessons: Lessons, seed: int = 0, spread: float = 1.2) -> None:
        """Draw it; the wider the spread the harder the photos are to find."""
        self.random = np.random.default_rng(seed)
        self.centres = self.directions(len(lessons.concepts))
        photos = self.directions(len(lessons.examples))
        for row, one in enumerate(lessons.examples):
            for concept in one.concepts:
                photos[row] = self.centres[concept] + spread * photos[row]
        self.photos = normalised(photos)
        background = [row for row, one in enumerate(lessons.examples) if not one.concepts]
        near = self.photos[background[:_WORDS]]
        self.words = normalised(near + 0.5 * self.directions(len(near)))

    def directions(self, count: int) -> NDArray[np.float32]:
        """Random ones, ``(count, D)``."""
        return normalised(self.random.normal(size=(count, _DIMENSION)))

    def model(self, known: Sequence[float] | float, forgotten: float = 0.0) -> Embedded:
        """A model that knows the concepts.

        Args:
            known: How well, each or all of them; 0 is not at all.
            forgotten: How far all photos have gone elsewhere.
        """
        share = np.broadcast_to(np.asarray(known, np.float32), len(self.centres))[:, None]
        names = normalised(share * self.centres + self.directions(len(self.centres)))
        moved = self.photos + forgotten * self.directions(len(self.photos))
        return Embedded(normalised(moved), names, self.words)
