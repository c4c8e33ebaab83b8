"""What models there are: the starter, open_clip's catalogue, and those of the user's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsearch.errors import BrokenCheckpoint, ModelError, ModelNotDownloaded
from clipsearch.ml import own_models, tuned_models
from clipsearch.ml.models import STARTER, ModelSource, cached_weights, resolve
from clipsearch.ml.tuning_types import TunedEntry


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One line of the catalogue."""

    name: str
    """What `resolve` takes."""
    source: str
    """``shipped``, ``open_clip`` or ``local``."""
    available: bool
    """Whether the weights are on this machine."""
    dimension: int | None
    """Embedding dimension, where the configuration tells."""
    image_size: int | None
    """Edge of the model's input, pixels."""
    location: str
    """Path of the weights, or where they would be downloaded from."""
    tuned: TunedEntry | None = None
    """Of a model that is a change of another."""


def catalogue() -> list[ModelEntry]:
    """List the starter and all models of open_clip's catalogue, those on this machine first."""
    import open_clip

    entries = [describe(STARTER), *_imported()]
    for architecture, tag in open_clip.list_pretrained():
        config = open_clip.get_model_config(architecture) or {}
        pretrained = open_clip.get_pretrained_cfg(architecture, tag)
        weights = _weights(architecture, tag)
        hub = pretrained.get("hf_hub", "").rstrip("/")
        entries.append(
            ModelEntry(
                name=f"{architecture}:{tag}",
                source="open_clip",
                available=weights is not None,
                dimension=config.get("embed_dim"),
                image_size=_image_size(config),
                location=str(weights or hub or pretrained.get("url", "")),
            )
        )
    order = {"shipped": 0, "local": 1}
    return sorted(entries, key=lambda entry: (order.get(entry.source, 2), not entry.available))


def _imported() -> list[ModelEntry]:
    """The models of the user's own, those that were damaged since as not available."""
    entries = []
    for name in own_models.names():
        if ":" in name:  # Downloaded: the catalogue has it.
            continue
        try:
            entries.append(describe(name))
        except ModelError:
            folder = str(own_models.folder_of(name))
            entries.append(ModelEntry(name, "local", False, None, None, folder))
    return entries


def _weights(architecture: str, tag: str) -> Path | None:
    if own_models.find(f"{architecture}:{tag}"):
        try:
            return resolve(f"{architecture}:{tag}").weights
        except ModelError:  # Damaged since: as good as not there.
            return None
    return cached_weights(architecture, tag)


def describe(name: str) -> ModelEntry:
    """Describe one model by the name, tag or path that `resolve` takes, downloaded or not.

    Raises:
        UnknownModel: No such name, tag or path.
        BrokenCheckpoint: A folder without configuration or weights.
    """
    try:
        source = resolve(name)
    except ModelNotDownloaded:
        # An architecture with a single tag goes by its own name too.
        return next(e for e in catalogue() if name in {e.name, e.name.partition(":")[0]})
    config = _configuration(source)
    return ModelEntry(
        name=source.name,
        source=_kind(source),
        available=True,
        dimension=config.get("embed_dim"),
        image_size=_image_size(config),
        location=str(source.weights),
        tuned=_tuned(source),
    )


def _tuned(source: ModelSource) -> TunedEntry | None:
    if source.parent is None:
        return None
    return tuned_models.entry(source.weights.parent, source.strength)


def _kind(source: ModelSource) -> str:
    if source.name == STARTER:
        return "shipped"
    if source.parent is not None:
        return "local"
    is_tag = source.pretrained is not None and not Path(source.pretrained).is_absolute()
    is_downloaded = ":" in source.name and own_models.find(source.name) is not None
    return "open_clip" if is_tag or is_downloaded else "local"


def _configuration(source: ModelSource) -> dict[str, Any]:
    import open_clip

    try:
        config = open_clip.get_model_config(source.architecture)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise BrokenCheckpoint(
            f"The configuration of '{source.name}' cannot be read: {error}."
        ) from error
    return config if isinstance(config, dict) else {}


def _image_size(config: dict[str, Any]) -> int | None:
    size = config.get("vision_cfg", {}).get("image_size")
    if isinstance(size, list):
        size = max(size)
    return size if isinstance(size, int) else None
