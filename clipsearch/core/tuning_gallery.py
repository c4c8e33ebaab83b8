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
from clipsearch.ml.tuned_models import Manifest
from clipsearch.ml.tuning_types import Example, TuningPlan
from clipsearch.settings import Settings

if TYPE_CHECKING:
    from clipsearch.ml.models import LoadedModel

Embed = Callable[[Sequence[str]], Embeddings]


@dataclass(frozen=True, slots=True)
class GalleryPhoto:
    """A photo that a query finds."""

    path: Path
    score: float
    """Cosine similarity."""
    fits: bool | None
    """Whether it shows the concept that the query names; ``None`` if it names none."""


@dataclass(frozen=True)
class Gallery:
    """The held-out photos of a finished run, before and after.

    Attributes:
        names: Of the concepts.
        examples: ``H``, held out: no model has learned from them.
        before: ``(H, D)``, L2-normalised: by the parent.
        after: ``(H, D)``, L2-normalised: by the tuned model.
        embed_before: Embeds words as the parent does.
        embed_after: As the tuned model does.
    """

    names: tuple[str, ...]
    examples: tuple[Example, ...]
    before: Embeddings
    after: Embeddings
    embed_before: Embed
    embed_after: Embed

    @classmethod
    def of(cls, run: RunFolder, settings: Settings) -> "Gallery":
        """Read it; the models are loaded when words are first looked for.

        Raises:
            TrainingError: The run is not finished, or its files are damaged.
            ModelError: The parent is not there.
        """
        from clipsearch.ml.encoder import Encoder

        plan, result = run.order().plan, run.result()
        if result is None:
            raise TrainingError(f"The run {run.name} is not finished: let it go on first.")
        before, after = run.embedded()
        held_out = [row for row, one in enumerate(plan.lessons.examples) if one.is_held_out]
        load = partial(_tuned, run, plan, result)
        return cls(
            tuple(concept.name for concept in plan.lessons.concepts),
            tuple(plan.lessons.examples[row] for row in held_out),
            before.photos[held_out],
            after.photos[held_out],
            Encoder(plan.model, settings).encode_texts,
            Encoder(run.name, settings, load=load).encode_texts,
        )

    def find(self, query: str, k: int) -> tuple[list[GalleryPhoto], list[GalleryPhoto]]:
        """The best ``k`` photos for some words, before and after."""
        if not query.strip():
            raise InputError("There are no words to search for: type some.")
        before = self._best(self.before @ self.embed_before([query])[0], query, k)
        return before, self._best(self.after @ self.embed_after([query])[0], query, k)

    def _best(self, scores: Embeddings, query: str, k: int) -> list[GalleryPhoto]:
        wanted = query.strip().casefold()
        named = [number for number, name in enumerate(self.names) if name.casefold() == wanted]
        best = np.argsort(-scores, kind="stable")[:k]
        return [
            GalleryPhoto(
                self.examples[row].path,
                float(scores[row]),
                named[0] in self.examples[row].concepts if named else None,
            )
            for row in best.tolist()
        ]


def _tuned(run: RunFolder, plan: TuningPlan, result: RunResult) -> "LoadedModel":
    """What the run has learned, at the strength that it chose."""
    from clipsearch.ml import models, tuned_loading

    parent = models.load(models.resolve(plan.model))
    manifest = Manifest.of(plan, result.outcome, result.words)
    return tuned_loading.tuned(parent, run.name, manifest, run.adapter, manifest.strength)
