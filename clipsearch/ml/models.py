"""The models that can be used: their names, where their weights lie, and how they are loaded.

A model is named ``starter`` (ours, shipped), ``NAME:TAG`` (open_clip's catalogue), ``NAME:FILE``
(an architecture of the catalogue with weights of one's own) or by the path of a folder that
holds ``open_clip_config.json`` and weights. Nothing here touches the network.
"""

import hashlib
import json
import logging
import os
import pickle
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from clipsearch.errors import BrokenCheckpoint, ModelNotDownloaded, UnknownModel
from clipsearch.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

STARTER = "starter"
CONFIG_NAME = "open_clip_config.json"
_WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
_PREFERRED_WEIGHTS = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "model.safetensors",
)
_HASH_CHUNK = 1 << 22  # bytes

# huggingface_hub reads this once, at its import: without it, loading a model whose weights are
# not here would start a download that nobody asked for.
os.environ["HF_HUB_OFFLINE"] = "1"


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


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model that can be loaded from this machine."""

    name: str
    architecture: str
    """What open_clip calls it: a catalogue name, or ``local-dir:PATH``."""
    pretrained: str | None
    """Tag or weights file; ``None`` for a folder, which has its own weights."""
    weights: Path
    """The weights file."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory, float32, on the CPU, in evaluation mode."""

    model: Any
    """open_clip's CLIP or CustomTextCLIP."""
    transform: "Callable[[Any], Tensor]"
    """PIL picture → ``(3, H, W) float32``, open_clip's own evaluation preprocess."""
    tokenizer: "Callable[[list[str]], Tensor]"
    """Texts → ``(N, context length) int64``."""
    fingerprint: str
    """Hex digest of weights, configuration and preprocessing."""


def resolve(name: str) -> ModelSource:
    """Find a model's weights on this machine.

    Raises:
        UnknownModel: No such name, tag or path.
        ModelNotDownloaded: A catalogue model whose weights are not here.
        BrokenCheckpoint: A folder without configuration or weights.
    """
    if name == STARTER:
        return _from_folder(STARTER, resource_path("starter"))
    path = Path(name).expanduser()
    # A folder that happens to be called like an architecture does not hide it.
    if path.is_dir() and (len(path.parts) > 1 or (path / CONFIG_NAME).is_file()):
        return _from_folder(str(path.resolve()), path.resolve())
    if path.is_file():
        raise UnknownModel(
            f"{name} is a file: name its architecture too (ARCHITECTURE:{name}), "
            f"or give the folder that holds it and {CONFIG_NAME}."
        )
    architecture, colon, pretrained = name.partition(":")
    return _from_catalogue(name, architecture, pretrained if colon else None)


def _from_folder(name: str, folder: Path) -> ModelSource:
    if not (folder / CONFIG_NAME).is_file():
        raise BrokenCheckpoint(f"The model folder {folder} has no {CONFIG_NAME}.")
    return ModelSource(name, f"local-dir:{folder}", None, _weights_in(folder))


def _weights_in(folder: Path) -> Path:
    for preferred in _PREFERRED_WEIGHTS:
        if (folder / preferred).is_file():
            return folder / preferred
    found = sorted(
        file
        for file in folder.iterdir()
        if file.suffix in _WEIGHT_SUFFIXES and not file.name.startswith(".")
    )
    if not found:
        raise BrokenCheckpoint(f"The model folder {folder} holds no weights (.safetensors or .pt).")
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise BrokenCheckpoint(
            f"The model folder {folder} holds several weights files ({names}): "
            f"call the right one {_PREFERRED_WEIGHTS[0]}."
        )
    return found[0]


def _from_catalogue(name: str, architecture: str, pretrained: str | None) -> ModelSource:
    import open_clip

    if architecture not in open_clip.list_models():
        raise UnknownModel(
            f"There is no model '{name}': 'clipsearch models list' names those that can be used."
        )
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if pretrained is None:
        if len(tags) != 1:
            choices = ", ".join(f"{architecture}:{tag}" for tag in tags) or "none in the catalogue"
            raise UnknownModel(f"'{architecture}' needs its weights named too: {choices}.")
        pretrained = tags[0]
    file = Path(pretrained).expanduser()
    if file.is_file():
        file = file.resolve()
        return ModelSource(f"{architecture}:{file}", architecture, str(file), file)
    if pretrained not in tags:
        raise UnknownModel(
            f"'{architecture}' has no weights '{pretrained}': choose one of {', '.join(tags)}, "
            "or give the path of a checkpoint."
        )
    weights = _cached_weights(architecture, pretrained)
    if weights is None:
        raise ModelNotDownloaded(
            f"The weights of '{architecture}:{pretrained}' are not on this machine, "
            "and clipsearch downloads nothing by itself: put them into open_clip's cache, or give "
            f"the path of a checkpoint ({architecture}:PATH)."
        )
    return ModelSource(f"{architecture}:{pretrained}", architecture, pretrained, weights)


def _cached_weights(architecture: str, tag: str) -> Path | None:
    """Where open_clip would find the weights of a tag without the network."""
    import open_clip
    from huggingface_hub import try_to_load_from_cache

    config: dict[str, Any] = open_clip.get_pretrained_cfg(architecture, tag)
    repository, _, file = config.get("hf_hub", "").rpartition("/")
    if repository:
        stem = Path(file).stem if file else "open_clip_pytorch_model"
        names = ["open_clip_model.safetensors"] if not file else []
        for candidate in (*names, f"{stem}.safetensors", file or f"{stem}.bin"):
            cached = try_to_load_from_cache(repository, candidate)
            if isinstance(cached, str):
                return Path(cached)
        return None
    cached_file = Path("~/.cache/clip").expanduser() / Path(config.get("url", "")).name
    return cached_file if cached_file.is_file() else None


def load(source: ModelSource) -> LoadedModel:
    """Load a model's weights into memory, with safetensors or ``weights_only``.

    Raises:
        BrokenCheckpoint: The weights cannot be read or do not fit the configuration.
    """
    import open_clip
    import torch
    from PIL import Image

    logging.getLogger().addFilter(_not_from_open_clip)
    try:
        model, _, transform = open_clip.create_model_and_transforms(
            source.architecture,
            pretrained=source.pretrained,
            device="cpu",
            load_weights=source.pretrained is not None,
            pretrained_text=False,  # A text tower is part of the checkpoint, never fetched.
        )
        if source.pretrained is None:
            # By name: open_clip overlooks .pt files in a folder, and goes on with random weights.
            open_clip.load_checkpoint(model, str(source.weights), weights_only=True)
        tokenizer = open_clip.get_tokenizer(source.architecture)
        transform(Image.new("RGB", (32, 32)))  # A preprocessing that cannot work is found here.
    except _LOAD_FAILURES as error:
        raise BrokenCheckpoint(
            f"The model '{source.name}' cannot be loaded, since {source.weights} or the "
            f"configuration beside it is damaged or does not fit ({_reason(error)}): "
            "get it again, or name another model."
        ) from error
    model.eval().requires_grad_(False)
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()):
        raise BrokenCheckpoint(f"The weights in {source.weights} hold values that are not numbers.")
    return LoadedModel(model, transform, tokenizer, fingerprint(source, model))


# What torch, safetensors, json and open_clip raise for files that are cut short or do not fit.
_LOAD_FAILURES = (
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    StopIteration,
    EOFError,
    OSError,
    struct.error,
    pickle.UnpicklingError,
    SafetensorError,
)


def _reason(error: Exception) -> str:
    """Why a checkpoint cannot be loaded, in a few words."""
    if isinstance(error, pickle.UnpicklingError):
        # torch's own text advises to load it unsafely.
        return "it is no checkpoint, or holds more than weights"
    lines = [line for line in str(error).splitlines() if line.strip()]
    if isinstance(error, StopIteration | LookupError | struct.error) or not lines:
        return "it is not a checkpoint"
    return lines[0].strip().rstrip(".")[:200]


def fingerprint(source: ModelSource, model: "nn.Module") -> str:
    """Name the space of a model: digest of its weights, its layout and its preprocessing."""
    from open_clip import get_model_config, get_model_preprocess_cfg

    configuration = {
        "model": get_model_config(source.architecture),
        "preprocess": get_model_preprocess_cfg(model),
    }
    digest = hashlib.blake2b(_file_digest(source.weights), digest_size=8)
    digest.update(json.dumps(configuration, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _file_digest(path: Path) -> bytes:
    digest = hashlib.blake2b()
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
    return digest.digest()


def catalogue() -> list[ModelEntry]:
    """List the starter and all models of open_clip's catalogue, those on this machine first."""
    import open_clip

    entries = [describe(STARTER)]
    for architecture, tag in open_clip.list_pretrained():
        config = open_clip.get_model_config(architecture) or {}
        pretrained = open_clip.get_pretrained_cfg(architecture, tag)
        weights = _cached_weights(architecture, tag)
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
    return sorted(entries, key=lambda entry: (entry.source != "shipped", not entry.available))


def describe(name: str) -> ModelEntry:
    """Describe one model by the name, tag or path that `resolve` takes, downloaded or not.

    Raises:
        UnknownModel: No such name, tag or path.
        BrokenCheckpoint: A folder without configuration or weights.
    """
    try:
        source = resolve(name)
    except ModelNotDownloaded:
        return next(entry for entry in catalogue() if entry.name.startswith(name))
    config = _configuration(source)
    is_local = source.pretrained is None or Path(source.pretrained).is_absolute()
    kind = "shipped" if name == STARTER else "local" if is_local else "open_clip"
    return ModelEntry(
        name=source.name,
        source=kind,
        available=True,
        dimension=config.get("embed_dim"),
        image_size=_image_size(config),
        location=str(source.weights),
    )


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


def entry_as_dict(entry: ModelEntry) -> dict[str, Any]:
    """Turn an entry into what ``--json`` prints."""
    return asdict(entry)


def _not_from_open_clip(record: logging.LogRecord) -> bool:
    # open_clip logs to the root logger what our own sentences say.
    return "open_clip" not in record.pathname
