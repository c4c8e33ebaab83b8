"""The models that can be used: their names, where their weights lie, and how they are loaded.

A model is named ``starter`` (ours, shipped), ``NAME`` (imported), ``NAME:TAG`` (open_clip's
catalogue), ``NAME:FILE`` (an architecture of the catalogue with weights of one's own), by the path
of a folder that holds ``open_clip_config.json`` and weights, or, if it was tuned here, ``NAME`` or
``NAME@STRENGTH`` (`clipsearch.ml.tuned_models`). Nothing here touches the network.
"""

import hashlib
import json
import logging
import os
import pickle
import struct
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from clipsearch.errors import BrokenCheckpoint, ModelError, ModelNotDownloaded, UnknownModel
from clipsearch.ml import own_models, tuned_loading, tuned_models
from clipsearch.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from clipsearch.ml.learned_words import LearnedWords

STARTER = "starter"
CONFIG_NAME = "open_clip_config.json"
WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
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
class ModelSource:
    """A model that can be loaded from this machine."""

    name: str
    architecture: str
    """What open_clip calls it: a catalogue name, or ``local-dir:PATH``."""
    pretrained: str | None
    """Tag or weights file; ``None`` for a folder, which has its own weights."""
    weights: Path
    """The weights file, or the adapter of a tuned model."""
    parent: "ModelSource | None" = None
    """What it was tuned from; its architecture is this one's too."""
    strength: float = 1.0
    """How far it is tuned."""


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
    """Hex digest of weights, configuration and preprocessing, and of what was learned."""
    image_fingerprint: str = ""
    """Equal of models that embed photos alike, whatever words mean to them; as ``fingerprint``
    unless it is given."""
    words: "LearnedWords | None" = None
    """Names whose meaning was learned."""

    def __post_init__(self) -> None:
        """Let a model that stands alone embed photos like no other."""
        if not self.image_fingerprint:
            object.__setattr__(self, "image_fingerprint", self.fingerprint)


def resolve(name: str) -> ModelSource:
    """Find a model's weights on this machine.

    Raises:
        UnknownModel: No such name, tag or path.
        ModelNotDownloaded: A catalogue model whose weights are not here.
        BrokenCheckpoint: A folder without configuration or weights.
    """
    if name == STARTER:
        return from_folder(STARTER, resource_path("starter"))
    # A name is a name wherever one stands: a folder that is called like it is "./NAME".
    own = own_models.find(name)
    if own is not None:
        return from_folder(own_models.name_of(own), own)
    at_strength = tuned_models.find_at_strength(name)
    if at_strength is not None:
        folder, strength = at_strength
        return _tuned(tuned_models.at_strength(name, strength), folder, strength)
    path = Path(name).expanduser()
    # A folder that happens to be called like an architecture does not hide it.
    if path.is_dir() and (len(path.parts) > 1 or _is_model(path)):
        return from_folder(str(path.resolve()), path.resolve())
    if path.is_file():
        raise UnknownModel(
            f"{name} is a file: name its architecture too (ARCHITECTURE:{name}), "
            f"or give the folder that holds it and {CONFIG_NAME}."
        )
    return _from_catalogue(name)


def from_folder(name: str, folder: Path) -> ModelSource:
    """Find the weights of a model in its folder.

    Raises:
        BrokenCheckpoint: It has no configuration, or no weights, or several.
        ModelError: It was tuned from a model that is not here.
    """
    if tuned_models.is_tuned(folder):
        return _tuned(name, folder)
    if not (folder / CONFIG_NAME).is_file():
        raise BrokenCheckpoint(f"The model folder {folder} has no {CONFIG_NAME}.")
    return ModelSource(name, f"local-dir:{folder}", None, _weights_in(folder))


def _is_model(folder: Path) -> bool:
    return (folder / CONFIG_NAME).is_file() or tuned_models.is_tuned(folder)


def _tuned(name: str, folder: Path, strength: float | None = None) -> ModelSource:
    """A tuned model, at its own strength unless another is given."""
    manifest = tuned_models.read(folder)
    tuned_models.require_untuned(manifest.parent)
    try:
        parent = resolve(manifest.parent)
    except ModelError as error:
        raise ModelError(
            f"The model '{name}' is a change of '{manifest.parent}', which cannot be used: {error}"
        ) from error
    adapter = folder / tuned_models.ADAPTER_NAME
    if not adapter.is_file():
        raise BrokenCheckpoint(f"The tuned model in {folder} has no {adapter.name}: train again.")
    return ModelSource(
        name,
        parent.architecture,
        parent.pretrained,
        adapter,
        parent,
        manifest.strength if strength is None else strength,
    )


def _weights_in(folder: Path) -> Path:
    for preferred in _PREFERRED_WEIGHTS:
        if (folder / preferred).is_file():
            return folder / preferred
    found = sorted(
        file
        for file in folder.iterdir()
        if file.suffix in WEIGHT_SUFFIXES and not file.name.startswith(".")
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


def _from_catalogue(name: str) -> ModelSource:
    architecture, pretrained = catalogue_name(name)
    full_name = f"{architecture}:{pretrained}"
    file = Path(pretrained)
    if file.is_absolute():
        return ModelSource(full_name, architecture, pretrained, file)
    own = own_models.find(full_name)
    if own is not None:
        return from_folder(full_name, own)
    weights = cached_weights(architecture, pretrained)
    if weights is None:
        raise ModelNotDownloaded(
            f"The weights of '{full_name}' are not on this machine, and clipsearch downloads "
            f"nothing by itself: 'clipsearch models download {full_name}' fetches them."
        )
    return ModelSource(full_name, architecture, pretrained, weights)


def catalogue_name(name: str) -> tuple[str, str]:
    """Take the name of a catalogue model apart.

    Args:
        name: ``ARCHITECTURE:TAG``, ``ARCHITECTURE:FILE``, or ``ARCHITECTURE`` if it has one tag.

    Returns:
        Architecture, and tag or absolute path of a weights file.

    Raises:
        UnknownModel: No such architecture or tag.
    """
    import open_clip

    architecture, colon, pretrained = name.partition(":")
    if architecture not in open_clip.list_models():
        raise UnknownModel(
            f"There is no model '{name}': 'clipsearch models list' names those that can be used."
        )
    tags: list[str] = open_clip.list_pretrained_tags_by_model(architecture)
    if not colon:
        if len(tags) != 1:
            choices = ", ".join(f"{architecture}:{tag}" for tag in tags) or "none in the catalogue"
            raise UnknownModel(f"'{architecture}' needs its weights named too: {choices}.")
        return architecture, tags[0]
    file = Path(pretrained).expanduser()
    if file.is_file():
        return architecture, str(file.resolve())
    if pretrained not in tags:
        raise UnknownModel(
            f"'{architecture}' has no weights '{pretrained}': choose one of {', '.join(tags)}, "
            "or give the path of a checkpoint."
        )
    return architecture, pretrained


def hub_files(architecture: str, tag: str) -> tuple[str, list[str]]:
    """Where open_clip looks for the weights of a tag on the Hugging Face hub.

    Returns:
        Repository (empty if they are elsewhere), and names of files, the preferred first.
    """
    import open_clip

    config: dict[str, Any] = open_clip.get_pretrained_cfg(architecture, tag)
    repository, _, file = config.get("hf_hub", "").rpartition("/")
    stem = Path(file).stem if file else "open_clip_pytorch_model"
    names = ["open_clip_model.safetensors"] if not file else []
    return repository, [*names, f"{stem}.safetensors", file or f"{stem}.bin"]


def cached_weights(architecture: str, tag: str) -> Path | None:
    """Where open_clip would find the weights of a tag without the network."""
    import open_clip
    from huggingface_hub import try_to_load_from_cache

    repository, files = hub_files(architecture, tag)
    if repository:
        for candidate in files:
            cached = try_to_load_from_cache(repository, candidate)
            if isinstance(cached, str):
                return Path(cached)
        return None
    url = open_clip.get_pretrained_cfg(architecture, tag).get("url", "")
    cached_file = Path("~/.cache/clip").expanduser() / Path(url).name
    return cached_file if cached_file.is_file() else None


def load(source: ModelSource) -> LoadedModel:
    """Load a model's weights into memory, with safetensors or ``weights_only``.

    Raises:
        ModelError: It needs a package that is not installed.
        BrokenCheckpoint: The weights cannot be read or do not fit the configuration.
    """
    if source.parent is not None:
        manifest = tuned_models.read(source.weights.parent)
        parent = load(source.parent)
        return tuned_loading.tuned(parent, source.name, manifest, source.weights, source.strength)
    import open_clip
    import torch
    from PIL import Image

    from clipsearch.ml.uninitialised import Uninitialised

    logging.getLogger().addFilter(_not_from_open_clip)
    try:
        own = source.pretrained is None
        with Uninitialised() if own else nullcontext():
            model, _, transform = open_clip.create_model_and_transforms(
                source.architecture,
                pretrained=source.pretrained,
                device="cpu",
                load_weights=not own,
                pretrained_text=False,  # A text tower is part of the checkpoint, never fetched.
            )
        if own:
            # By name: open_clip overlooks .pt files in a folder, and goes on with random weights.
            # Strict: no weight stays as it was.
            open_clip.load_checkpoint(model, str(source.weights), strict=True, weights_only=True)
        tokenizer = open_clip.get_tokenizer(source.architecture)
        transform(Image.new("RGB", (32, 32)))  # A preprocessing that cannot work is found here.
    except ImportError as error:
        raise ModelError(
            f"The model '{source.name}' needs the package '{error.name}', which is not installed: "
            "name another model."
        ) from error
    except _LOAD_FAILURES as error:
        raise BrokenCheckpoint(
            f"The model '{source.name}' cannot be loaded, since {source.weights} or the "
            f"configuration beside it is damaged or does not fit ({_reason(error)}): "
            "get it again, or name another model."
        ) from error
    model.eval().requires_grad_(False)
    # What is no number makes the sum none.
    if not all(bool(torch.isfinite(p.float().sum())) for p in model.parameters()):
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


def _not_from_open_clip(record: logging.LogRecord) -> bool:
    # open_clip logs to the root logger what our own sentences say.
    return "open_clip" not in record.pathname
