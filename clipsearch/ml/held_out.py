"""The photos that were held out, and how good a model is on them, also in many draws of them."""

from dataclasses import dataclass

import numpy as np

from clipsearch.ml.bootstrap import Draw, Groups
from clipsearch.ml.knowledge import Knowledge
from clipsearch.ml.ranked import Bools, Counts, Ranked
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.tuning_types import RECALL_AT, ConceptFigures, Figures, Lessons
from clipsearch.ml.zeroshot import Embeddings

_SEEN_AT_ONCE = 5


@dataclass(frozen=True)
class Embedded:
    """What a model makes of the lessons.

    Attributes:
        photos: ``(N, D) float32``, L2-normalised: of all examples, in their order.
        names: ``(C, D) float32``, L2-normalised: of the concepts' names.
        words: ``(W, D) float32``, L2-normalised: everyday words that have nothing to do with the
            concepts.
    """

    photos: Embeddings
    names: Embeddings
    words: Embeddings


@dataclass(frozen=True)
class Measured:
    """Figures of a model in each of ``R`` draws: ``(R, C)`` by concept, the others ``(R,)``."""

    weights: Counts
    recall: dict[int, Floats]
    average_precision: Floats
    accuracy: Floats | None
    knowledge: Floats

    @property
    def found_by_concept(self) -> Floats:
        """The figure that decides, ``(R, C)``."""
        return (self.average_precision + self.recall[_SEEN_AT_ONCE]) / 2

    @property
    def found(self) -> Floats:
        """Its mean over the concepts, ``(R,)``."""
        return self.mean(self.found_by_concept)

    def mean(self, by_concept: Floats) -> Floats:
        """Mean over the concepts that are in the draw, ``(R,)``."""
        total = np.maximum(self.weights.sum(axis=1), 1)
        result: Floats = (self.weights * by_concept).sum(axis=1) / total
        return result

    def by_name(self) -> dict[str, Floats]:
        """The figures that a judgement has intervals of."""
        named = {f"recall@{k}": self.mean(recall) for k, recall in self.recall.items()}
        named["map"] = self.mean(self.average_precision)
        if self.accuracy is not None:
            named["accuracy"] = self.accuracy
        return {**named, "knowledge": self.knowledge}


@dataclass(frozen=True)
class HeldOutPhotos:
    """The photos to judge by.

    Attributes:
        names: Of the concepts.
        rows: ``(H,)``, which of the examples are held out.
        shows: ``(H, C)``, which concepts each of them shows.
        background: ``(B,)``, which of them have nothing to do with any concept.
        groups: Of the ``H``.
    """

    names: tuple[str, ...]
    rows: Counts
    shows: Bools
    background: Counts
    groups: Groups

    @classmethod
    def of(cls, lessons: Lessons) -> "HeldOutPhotos":
        """Gather them."""
        rows = [row for row, example in enumerate(lessons.examples) if example.is_held_out]
        photos = [lessons.examples[row] for row in rows]
        shows = np.zeros((len(rows), len(lessons.concepts)), np.bool_)
        for shown, photo in zip(shows, photos, strict=True):
            shown[list(photo.concepts)] = True
        return cls(
            tuple(concept.name for concept in lessons.concepts),
            np.array(rows, np.int64),
            shows,
            # What the user has rejected resembles a concept: it is no background.
            np.flatnonzero([not (photo.concepts or photo.rejected) for photo in photos]),
            Groups.of(photos, len(lessons.concepts)),
        )

    @property
    def background_freedom(self) -> int:
        """Degrees of freedom of a mean over the background."""
        return max(0, len(np.unique(self.groups.of_photo[self.background])) - 1)

    def measure(self, parent: Embedded, model: Embedded, draw: Draw) -> Measured:
        """Measure a model in each draw."""
        scores = model.photos[self.rows] @ model.names.T
        ranked = [Ranked.of(scores[:, c], self.shows[:, c]) for c in range(scores.shape[1])]
        recalls = [one.recall(draw.photos, RECALL_AT) for one in ranked]
        precisions = [one.average_precision(draw.photos) for one in ranked]
        empty = np.zeros((len(draw.photos), 0))
        return Measured(
            draw.concepts,
            {k: np.column_stack([empty, *(one[k] for one in recalls)]) for k in RECALL_AT},
            np.column_stack([empty, *precisions]),
            self._accuracy(scores, draw.photos) if len(self.names) > 1 else None,
            self._knowledge(parent, model, draw.photos),
        )

    def figures(self, measured: Measured) -> Figures:
        """Figures of the photos as they are.

        Args:
            measured: In the one draw that has each of them once.
        """
        photos = self.shows.sum(axis=0).tolist()
        concepts = [
            ConceptFigures(
                name,
                photos[c],
                {k: float(recall[0, c]) for k, recall in measured.recall.items()},
                float(measured.average_precision[0, c]),
            )
            for c, name in enumerate(self.names)
        ]
        return Figures(
            {k: float(measured.mean(recall)[0]) for k, recall in measured.recall.items()},
            float(measured.mean(measured.average_precision)[0]),
            None if measured.accuracy is None else float(measured.accuracy[0]),
            float(measured.knowledge[0]),
            tuple(concepts),
        )

    def _accuracy(self, scores: Embeddings, counts: Counts) -> Floats:
        """Share of the photos of concepts whose nearest name is one of theirs; ties count against.

        Args:
            scores: ``(H, C)``.
            counts: ``(R, H)``.
        """
        known = np.nan_to_num(scores, nan=-np.inf, neginf=-np.inf)
        own = np.where(self.shows, known, -np.inf).max(axis=1)
        right = own > np.where(self.shows, -np.inf, known).max(axis=1)
        labelled = self.shows.any(axis=1)
        total = counts @ labelled
        result: Floats = counts @ (right & labelled) / np.maximum(total, 1)
        return result

    def _knowledge(self, parent: Embedded, model: Embedded, counts: Counts) -> Floats:
        if not (len(parent.words) and len(self.background)):
            return np.ones(len(counts))
        rows = self.rows[self.background]
        kept = Knowledge.kept(
            (parent.words, parent.photos[rows]),
            (model.words, model.photos[rows]),
            self.groups.of_photo[self.background],
        )
        return kept.share(counts[:, self.background])
