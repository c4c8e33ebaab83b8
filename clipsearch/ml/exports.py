"""Writes a model as open_clip reads it, with what it has learned merged into its weights."""

import copy
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from clipsearch.errors import InputError, ModelError
from clipsearch.ml import imports, models
from clipsearch.progress import Progress, no_progress

_WEIGHTS_NAME = "open_clip_model.safetensors"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    model: str
    path: Path
    disk_bytes: int
    left_out: tuple[str, ...]
    """Learned names: a checkpoint has no place for what they mean."""


def export_model(name: str, target: Path, *, progress: Progress = no_progress) -> Exported:
    """Write a model for others, whole or not at all.

    Args:
        name: What `models.resolve` takes.
        target: A new folder, for configuration and weights, or a new ``.safetensors`` file for
            the weights alone.
        progress: Called before each step; may cancel, then nothing is left behind.

    Raises:
        InputError: There is something at the target already, or it is no place for weights.
        ModelError: The model cannot be used, or the target cannot be written.
        Cancelled: By ``progress``.
    """
    target = Path(os.path.abspath(target.expanduser()))
    _require_free(target)
    source = models.resolve(name)
    progress(0, 2, "loading it")
    loaded = models.load(source)
    progress(1, 2, "writing it")
    with _faults(target), _staging(target) as folder:
        _write_weights(loaded.model, folder / _WEIGHTS_NAME)
        if target.suffix == ".safetensors":
            (folder / _WEIGHTS_NAME).rename(target)
        else:
            _write_configuration(source, loaded.model, folder)
            folder.rename(target)
    progress(2, 2, "")
    files = [target] if target.is_file() else list(target.iterdir())
    size = sum(file.stat().st_size for file in files)
    return Exported(source.name, target, size, loaded.words.names if loaded.words else ())


def _require_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise InputError(f"There is something at {target} already: name a new folder or file.")
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent}: make it, or name another place.")
    if target.suffix in set(models.WEIGHT_SUFFIXES) - {".safetensors"}:
        raise InputError(
            f"{target.name} cannot be written: name a folder, or a file that ends in .safetensors."
        )


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A folder beside the target, which goes unless it was moved there."""
    with tempfile.TemporaryDirectory(
        prefix=".", suffix=".tmp", dir=target.parent, ignore_cleanup_errors=True
    ) as outer:
        inner = Path(outer) / target.name  # With the usual permissions, not the user's alone.
        inner.mkdir()
        yield inner


@contextmanager
def _faults(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ModelError(
            f"{target} cannot be written ({reason}): check permissions and space there, or name "
            "another place."
        ) from error


def _write_weights(model: Any, file: Path) -> None:
    from safetensors.torch import save_file

    tensors, seen = {}, set()
    for name, weights in model.state_dict().items():
        # The format has no place for tensors that share their memory.
        is_shared = weights.data_ptr() in seen
        seen.add(weights.data_ptr())
        tensors[name] = weights.clone() if is_shared else weights.contiguous()
    save_file(tensors, file, {"format": "pt"})


def _write_configuration(source: models.ModelSource, model: Any, folder: Path) -> None:
    import open_clip
    from open_clip.transformer import QuickGELU

    architecture = copy.deepcopy(open_clip.get_model_config(source.architecture))
    if any(isinstance(module, QuickGELU) for module in model.modules()):
        architecture["quick_gelu"] = True  # Which the name of the weights had told.
    config = {
        "model_cfg": architecture,
        "preprocess_cfg": open_clip.get_model_preprocess_cfg(model),
    }
    text = json.dumps(config, indent=2)
    (folder / models.CONFIG_NAME).write_text(text, encoding="utf-8")
    original = source.parent or source
    if original.pretrained is None:
        for name in imports.TOKENIZER_FILES:
            if (file := original.weights.parent / name).is_file():
                shutil.copyfile(file, folder / name)
