"""`Gallery`: what a search finds among the held-out photos of a run, before and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clipsearch.core.tuning_run import RunFolder, RunResult
from clipsearch.core.types import Embeddings
from clipsearch.errors import InputError, TrainingError
from clipsearch.ml.held_out import Embedded
from clipsearch.ml.tuned_models import Manifest
from clipsearch.ml.tuning_types import Example, TuningPlan
from clipsearch.settings import Settings

if TYPE_CHECKING:
    from clipsearch.ml.encoder import Encoder
    from clipsearch.ml.models import LoadedModel


@dataclass(frozen=True, slots=True)
class GalleryPhoto:
    """A photo that a query finds."""

    path: Path
    score: float
    """Cosine similarity."""
    fits: bool | None
    """Whether it shows the concept that the query names; ``None`` if it names none."""


@dataclass(frozen=True)
class _View:
    """The held-out photos as one model sees them."""

    names: Embeddings
    """``(C, D)``, L2-normalised: of the concepts."""
    photos: Embeddings
    """``(H, D)``, L2-normalised."""
    embed: Callable[[Sequence[str]], Embeddings]
    """Embeds words in the same space; loads the model."""

    @classmethod
    def of(cls, embedded: Embedded, rows: Sequence[int], encoder: "Encoder") -> "_View":
        return cls(embedded.names, embedded.photos[list(rows)], encoder.encode_texts)

    def scores(self, query: str, name: int | None) -> Embeddings:
        """``(H,)``: cosine similarities to some words, which may be the name of a concept."""
        words = self.embed([query])[0] if name is None else self.names[name]
        found: Embeddings = self.photos @ words
        return found


@dataclass(frozen=True)
class Gallery:
    """The held-out photos of a finished run, before and after.

    Attributes:
        names: Of the concepts.
        examples: ``H``, held out: no model has learned from them.
        before: As the parent sees them.
        after: As the tuned model does, at the strength that the run chose.
    """

    names: tuple[str, ...]
    examples: tuple[Example, ...]
    before: _View
    after: _View

    @classmethod
    def of(cls, run: RunFolder, settings: Settings) -> "Gallery":
        """Read it; a model is loaded when words that are no concept's name are looked for.

        Raises:
            TrainingError: The run is not finished, or its files are damaged.
        """
        from clipsearch.ml.encoder import Encoder

        plan, result = run.order().plan, run.result()
        if result is None:
            raise TrainingError(f"The run {run.name} is not finished: let it go on first.")
        parent, model = run.embedded()
        rows = [row for row, one in enumerate(plan.lessons.examples) if one.is_held_out]
        known = Encoder(run.name, settings, load=partial(_parent, plan))
        tuned = Encoder(run.name, settings, load=partial(_tuned, run, plan, result))
        before, after = _View.of(parent, rows, known), _View.of(model, rows, tuned)
        names = tuple(concept.name for concept in plan.lessons.concepts)
        return cls(names, tuple(plan.lessons.examples[row] for row in rows), before, after)

    def find(self, query: str, k: int) -> tuple[list[GalleryPhoto], list[GalleryPhoto]]:
        """The best ``k`` photos for some words, before and after.

        Raises:
            InputError: There are no words.
            ModelError: A model cannot be loaded.
        """
        wanted = query.strip().casefold()
        if not wanted:
            raise InputError("There are no words to search for: type some.")
        folded = [name.casefold() for name in self.names]
        name = folded.index(wanted) if wanted in folded else None
        before = self._best(self.before.scores(query, name), name, k)
        return before, self._best(self.after.scores(query, name), name, k)

    def _best(self, scores: Embeddings, name: int | None, k: int) -> list[GalleryPhoto]:
        best = np.argsort(-scores, kind="stable")[:k]
        return [
            GalleryPhoto(
                self.examples[row].path,
                float(scores[row]),
                None if name is None else name in self.examples[row].concepts,
            )
            for row in best.tolist()
        ]


def _parent(plan: TuningPlan) -> "LoadedModel":
    from clipsearch.ml import models

    return models.load(models.resolve(plan.model))


def _tuned(run: RunFolder, plan: TuningPlan, result: RunResult) -> "LoadedModel":
    """What the run has learned, at the strength that it chose."""
    from clipsearch.ml import tuned_loading

    manifest = Manifest.of(plan, result.outcome, result.words)
    return tuned_loading.tuned(_parent(plan), run.name, manifest, run.adapter, manifest.strength)
