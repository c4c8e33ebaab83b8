"""Checkpoints of a training run: written whole or not at all, read without running code."""

import logging
import os
import pickle
from pathlib import Path
from typing import Any

import torch

from clipsearch.errors import TrainingError

logger = logging.getLogger(__name__)


def save_checkpoint(state: dict[str, Any], file: Path) -> None:
    """Write tensors and plain values; the file holds the old state or the new one, never half.

    Raises:
        TrainingError: The file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    try:
        with fresh.open("wb") as stream:
            torch.save(state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    except (OSError, RuntimeError) as error:  # torch's writer turns a full disk into the latter
        fresh.unlink(missing_ok=True)
        raise TrainingError(
            f"The checkpoint {file} cannot be written ({error}): make room or allow writing there."
        ) from error


def load_checkpoint(file: Path) -> dict[str, Any] | None:
    """Read a checkpoint onto the CPU; nothing when there is none or it is damaged."""
    if not file.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        logger.warning("%s is damaged (%s): training begins anew", file, error)
        return None
    return state
