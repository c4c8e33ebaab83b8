"""Loads a tuned model: its parent, changed by its adapter as far as the strength says."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from clipsearch.errors import BrokenCheckpoint, ModelError
from clipsearch.ml import adapters
from clipsearch.ml.learned_words import LearnedWords
from clipsearch.ml.tuned_models import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from clipsearch.ml.models import LoadedModel


def tuned(
    parent: "LoadedModel", name: str, manifest: Manifest, adapter: Path, strength: float
) -> "LoadedModel":
    """Turn a parent into a model that was tuned from it.

    Args:
        parent: Freshly loaded; used up.
        name: Of the tuned model.
        manifest: Its manifest.
        adapter: The file of its tensors.
        strength: How much of the change, in [0, 1]; at 0 everything is as in the parent.

    Raises:
        ModelError: The parent is not the one that was trained.
        BrokenCheckpoint: The adapter cannot be read, or does not fit.
    """
    if parent.fingerprint != manifest.parent_fingerprint:
        raise ModelError(
            f"The model '{name}' is a change of '{manifest.parent}', whose weights have been "
            f"replaced since: bring the old ones back, or train '{manifest.parent}' again."
        )
    tensors = _read(name, adapter)
    try:
        words = _words(tensors, manifest.words, strength, _dimension(parent))
        if strength > 0:
            adapters.apply(parent.model, tensors, strength)
    except BrokenCheckpoint as error:
        raise BrokenCheckpoint(f"The model '{name}' cannot be loaded: {error}") from error
    changes_photos = strength > 0 and any(key.startswith("weights/visual.") for key in tensors)
    fingerprint = _fingerprint(manifest, adapter, strength)
    return replace(
        parent,
        fingerprint=fingerprint,
        image_fingerprint=fingerprint if changes_photos else parent.image_fingerprint,
        words=words,
    )


def _read(name: str, adapter: Path) -> "dict[str, Tensor]":
    import torch
    from safetensors.torch import load_file

    try:
        tensors = load_file(adapter)
    except (OSError, SafetensorError) as error:
        raise BrokenCheckpoint(
            f"The model '{name}' cannot be loaded, since {adapter} is damaged ({error}): train or "
            "import it again."
        ) from error
    if not all(bool(torch.isfinite(tensor.float().sum())) for tensor in tensors.values()):
        raise BrokenCheckpoint(f"The adapter {adapter} holds values that are not numbers.")
    return tensors


def _dimension(parent: "LoadedModel") -> int:
    import torch

    with torch.inference_mode():
        return int(parent.model.encode_text(parent.tokenizer([""])).shape[-1])


def _words(
    tensors: "Mapping[str, Tensor]", names: tuple[str, ...], strength: float, dimension: int
) -> LearnedWords | None:
    known, learned = tensors.get("words/known"), tensors.get("words/learned")
    shapes = {tensor.shape for tensor in (known, learned) if tensor is not None}
    if shapes != ({(len(names), dimension)} if names else set()):
        raise BrokenCheckpoint(
            f"its words ({len(names)} in the manifest, {dimension} dimensions) do not fit those of "
            "its adapter: train or import it again."
        )
    if known is None or learned is None or not strength:
        return None
    return LearnedWords(names, known.float().numpy(), learned.float().numpy(), strength)


def _fingerprint(manifest: Manifest, adapter: Path, strength: float) -> str:
    with adapter.open("rb") as file:
        digest = hashlib.file_digest(file, "blake2b").digest()
    told = [manifest.parent_fingerprint, strength, manifest.words]
    return hashlib.blake2b(digest + json.dumps(told).encode(), digest_size=8).hexdigest()
