"""Takes a model of the user's own into the models folder, so that it goes by a name."""

import json
import os
from pathlib import Path
from typing import Any

from clipsearch.errors import InputError, ModelError
from clipsearch.ml import models, own_models, tuned_models
from clipsearch.progress import Progress, no_progress

_CHUNK = 4 << 20  # bytes
TOKENIZER_FILES = (
    "added_tokens.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)


def import_model(
    path: Path,
    *,
    name: str | None = None,
    architecture: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Copy a model into the models folder, once it has proved to load.

    Args:
        path: A folder with ``open_clip_config.json`` and weights, that of a tuned model, whose
            parent must be here, or a weights file.
        name: What it will be called; as the folder or file if not given.
        architecture: Of a weights file, a name of open_clip's catalogue.
        progress: In bytes; may cancel, then nothing is left behind.

    Returns:
        Its name.

    Raises:
        InputError: There is nothing at the path, or the architecture is missing or superfluous.
        ModelError: It cannot be loaded, or its name cannot be used.
        DiskFull: No space left.
        Cancelled: By ``progress``.
    """
    path = Path(os.path.abspath(path.expanduser()))
    source = _source(path, architecture)
    name = own_models.checked_name(_default_name(path) if name is None else name)
    files = _files(path, source)
    with own_models.disk_faults():
        size = sum(file.stat().st_size for file in files)
    own_models.require_space(size)
    progress(0, size, "loading it")
    models.load(source)
    with own_models.changing(), own_models.new_model(name) as folder:
        _copy(files, folder, size, progress)
        if path.is_file():
            write_config(folder, source.architecture)
    return name


def write_config(folder: Path, architecture: str, preprocess: dict[str, Any] | None = None) -> None:
    """Write the configuration of a catalogue's architecture beside weights.

    Args:
        folder: The model's.
        architecture: A name of open_clip's catalogue.
        preprocess: What differs from open_clip's defaults.

    Raises:
        ModelError: It cannot be written.
        DiskFull: No space left.
    """
    import open_clip

    config = {
        "model_cfg": open_clip.get_model_config(architecture),
        "preprocess_cfg": preprocess or {},
    }
    with own_models.disk_faults():
        text = json.dumps(config, indent=2)
        (folder / models.CONFIG_NAME).write_text(text, encoding="utf-8")


def _source(path: Path, architecture: str | None) -> models.ModelSource:
    if path.is_dir():
        if architecture is not None:
            raise InputError(
                f"{path} is a folder, which names its architecture itself: leave out "
                "--architecture, or give the weights file."
            )
        return models.from_folder(str(path), path)
    if not path.is_file():
        raise InputError(f"There is no model at {path}: name a folder or a weights file.")
    if path.suffix not in models.WEIGHT_SUFFIXES:
        raise InputError(
            f"{path} is no weights file: name one that ends in "
            f"{', '.join(models.WEIGHT_SUFFIXES)}, or a folder."
        )
    if architecture is None:
        raise InputError(
            f"{path} does not say what architecture it is of: name it with --architecture, "
            "for example --architecture ViT-B-32."
        )
    require_plain_tokenizer(architecture)
    return models.resolve(f"{architecture}:{path}")


def require_plain_tokenizer(architecture: str) -> None:
    """Refuse an architecture whose text tower wants files that its weights do not hold.

    Raises:
        ModelError: Its tokenizer or its layout lies in a repository of its own.
    """
    import open_clip

    text = (open_clip.get_model_config(architecture) or {}).get("text_cfg", {})
    needed = text.get("hf_tokenizer_name") or text.get("hf_model_name")
    if needed:
        raise ModelError(
            f"'{architecture}' needs more than weights, the tokenizer of '{needed}', which "
            "clipsearch cannot take along yet: choose another model, for example one of ViT-B-32."
        )


def _default_name(path: Path) -> str:
    return path.stem if path.is_file() else path.name


def _files(path: Path, source: models.ModelSource) -> list[Path]:
    """What makes the model: neither optimizers nor logs, which may lie beside it."""
    if path.is_file():
        return [path]
    if source.parent is not None:
        return [source.weights, path / tuned_models.MANIFEST_NAME]
    beside = (path / name for name in (models.CONFIG_NAME, *TOKENIZER_FILES))
    return [source.weights, *(file for file in beside if file.is_file())]


def _copy(files: list[Path], folder: Path, size: int, progress: Progress) -> None:
    done = 0
    for file in files:
        # A weights file may be hidden, or called like something else: the folder tells it by this.
        is_weights = file.suffix in models.WEIGHT_SUFFIXES
        is_renamed = is_weights and file.name != tuned_models.ADAPTER_NAME
        target = folder / (f"open_clip_model{file.suffix}" if is_renamed else file.name)
        with own_models.disk_faults(), file.open("rb") as read, target.open("wb") as write:
            while chunk := read.read(_CHUNK):
                progress(done, size, file.name)
                write.write(chunk)
                done += len(chunk)
            write.flush()
            os.fsync(write.fileno())
    progress(done, size, "")
