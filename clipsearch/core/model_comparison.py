"""Models side by side: what training brought each, and how well each finds by captions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clipsearch.core.evaluation import Evaluation, evaluate
from clipsearch.core.types import EmbeddingModel
from clipsearch.errors import InputError
from clipsearch.ml import models, tuned_models
from clipsearch.ml.tuned_models import Manifest
from clipsearch.ml.tuning_types import Figures, Method
from clipsearch.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """One of the models that are compared."""

    name: str
    parent: str | None
    """What it was tuned from; what follows is ``None`` too of one that was not."""
    method: Method | None
    made_at: str | None
    strength: float | None
    """At which it is compared."""
    measured_at: float | None
    """The strength that was measured and is nearest: ``figures`` belong to it."""
    figures: Figures | None
    """On the photos that its training held out; of a parent, those before its child's."""
    evaluation: Evaluation | None
    """By captions, if these were given."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models side by side."""

    models: tuple[ComparedModel, ...]
    same_photos: bool
    """Whether all figures of trainings are of the same photos, so can be compared."""


def compare(
    names: Sequence[str],
    captions: Path | None,
    encoder: Callable[[str], EmbeddingModel],
    *,
    progress: Progress = no_progress,
) -> Comparison:
    """Put the figures of models side by side.

    Args:
        names: At least two, tuned or not.
        captions: What `evaluate` takes, to measure each of them now.
        encoder: Makes an encoder of a model's name.
        progress: Called for each picture; may cancel.

    Raises:
        InputError: There is nothing to compare, or the captions cannot be used.
        ModelError: A model cannot be used.
        Cancelled: By ``progress``.
    """
    sources = [models.resolve(name) for name in names]
    manifests = [_manifest(source) for source in sources]
    known = [manifest for manifest in manifests if manifest is not None]
    if not known and captions is None:
        raise InputError(
            f"None of {', '.join(names)} was tuned, so no figures are known: name a file of "
            "captions to measure them by."
        )
    return Comparison(
        models=tuple(
            _compared(
                source,
                manifest,
                known,
                evaluate(captions, encoder(source.name), progress=progress) if captions else None,
            )
            for source, manifest in zip(sources, manifests, strict=True)
        ),
        same_photos=len({manifest.snapshot for manifest in known}) == 1,
    )


def _manifest(source: models.ModelSource) -> Manifest | None:
    return tuned_models.read(source.weights.parent) if source.parent is not None else None


def _compared(
    source: models.ModelSource,
    manifest: Manifest | None,
    known: Sequence[Manifest],
    evaluation: Evaluation | None,
) -> ComparedModel:
    if manifest is not None:
        point = manifest.figures_at(source.strength)
        return ComparedModel(
            source.name,
            manifest.parent,
            manifest.method,
            manifest.made_at,
            source.strength,
            point.strength,
            point.figures,
            evaluation,
        )
    child = next((other for other in known if other.parent == source.name), None)
    before = child.judgement.before if child else None
    return ComparedModel(source.name, None, None, None, None, None, before, evaluation)
