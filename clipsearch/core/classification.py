"""Zero-shot classification of picture files by labels in plain words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.imaging import decode
from clipsearch.core.scan import scan
from clipsearch.core.types import EmbeddingModel, Skipped
from clipsearch.errors import ImageError, InputError
from clipsearch.ml.metrics import top_k_accuracy
from clipsearch.ml.zeroshot import build_classifier, probabilities
from clipsearch.progress import Progress, no_progress
from clipsearch.resources import resource_path

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Classified:
    """One picture and its labels, the most probable first."""

    path: Path
    labels: tuple[tuple[str, float], ...]
    """Label and probability; relative to the set of labels, so not a confidence."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a folder's name was the right label, shares in [0, 1]."""

    n: int
    top1: float
    top5: float
    per_class: dict[str, float]
    """Top-1 by label."""


def read_lines(file: Path, what: str) -> list[str]:
    """Read a list of labels or templates: one a line, empty lines and ``#`` lines left out.

    Raises:
        InputError: The file is missing, not text, or holds none.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"The {what} file {file} cannot be read: {reason}.") from error
    found = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not found:
        raise InputError(f"The {what} file {file} holds no {what}: write one a line.")
    return found


def read_templates(file: Path | None) -> list[str]:
    """Read prompt templates, or those that ship.

    Raises:
        InputError: A template has no ``{}``.
    """
    file = file or resource_path("prompts/general.txt")
    templates = read_lines(file, "templates")
    for template in templates:
        if template.count("{}") != 1 or set(template.replace("{}", "")) & set("{}"):
            raise InputError(f"In {file}, '{template}' needs one {{}} where the label goes.")
    return templates


class Classifier:
    """Labels embedded once, then any number of pictures."""

    def __init__(
        self, model: EmbeddingModel, labels: Sequence[str], templates: Sequence[str]
    ) -> None:
        """Embed the labels.

        Args:
            model: The encoder.
            labels: ``C`` class names.
            templates: Each with ``{}`` where the name goes.
        """
        self._model = model
        self.labels = list(labels)
        self._matrix = build_classifier(model, self.labels, templates)

    def classify(
        self, paths: Sequence[Path], *, progress: Progress = no_progress
    ) -> tuple[list[Classified], list[Skipped]]:
        """Give each picture its labels by probability; unreadable ones are told apart."""
        skipped: list[Skipped] = []
        classified: list[Classified] = []
        for batch, scores in self._score(paths, skipped, progress):
            for path, row in zip(batch, scores, strict=True):
                order = np.argsort(-row, kind="stable")
                labels = tuple((self.labels[i], float(row[i])) for i in order)
                classified.append(Classified(path, labels))
        return classified, skipped

    def accuracy(
        self, pictures: Mapping[Path, int], *, progress: Progress = no_progress
    ) -> tuple[Accuracy, list[Skipped]]:
        """Compare with the right labels.

        Args:
            pictures: The index of its label by picture.
            progress: Called for each picture.

        Raises:
            InputError: None of them can be read.
        """
        skipped: list[Skipped] = []
        rows: list[NDArray[np.float32]] = []
        right: list[int] = []
        for batch, scores in self._score(list(pictures), skipped, progress):
            rows.append(scores)
            right += [pictures[path] for path in batch]
        if not rows:
            raise InputError("None of the pictures can be read.")
        return self._accuracy(np.concatenate(rows), np.array(right, np.int64)), skipped

    def _accuracy(self, scores: NDArray[np.float32], right: NDArray[np.int64]) -> Accuracy:
        top = top_k_accuracy(scores, right)
        per_class = {
            self.labels[i]: top_k_accuracy(scores[right == i], right[right == i], ks=(1,))[1]
            for i in sorted(set(right.tolist()))
        }
        return Accuracy(len(right), top[1], top[5], per_class)

    def _score(
        self, paths: Sequence[Path], skipped: list[Skipped], progress: Progress
    ) -> Iterator[tuple[list[Path], NDArray[np.float32]]]:
        """Batches of readable pictures with their probabilities ``(N, C)``."""
        for start in range(0, len(paths), _BATCH):
            batch, images = [], []
            for offset, path in enumerate(paths[start : start + _BATCH], start=1):
                try:
                    images.append(decode(path))
                    batch.append(path)
                except ImageError as error:
                    skipped.append(Skipped(path, error.reason))
                progress(start + offset, len(paths), path.name)
            if batch:
                embeddings = self._model.encode_images(images)
                yield batch, probabilities(embeddings, self._matrix, self._model.logit_scale)


def pictures(paths: Sequence[Path]) -> list[Path]:
    """Expand folders to the pictures below them.

    Raises:
        InputError: A path does not exist, or there is no picture at all.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [file.path for file in scan(path.absolute()).files]
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"There is no picture or folder {path}.")
    if not found:
        raise InputError(f"There are no pictures in {', '.join(map(str, paths))}.")
    return found


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """Pictures sorted into folders that are named like labels."""

    pictures: dict[Path, int]
    """The index of its label by picture."""
    left_out: tuple[str, ...]
    """Names of the folders without a label."""


def class_folders(folder: Path, labels: Sequence[str]) -> ClassFolders | None:
    """Match a folder's sub-folders to labels by name.

    Case, underscores and hyphens do not count: ``T-Shirt`` matches ``t shirt``.

    Returns:
        The pictures by label; ``None`` if no sub-folder matches a label.
    """
    index = {_plain(label): i for i, label in enumerate(labels)}
    children = sorted(child for child in folder.iterdir() if child.is_dir())
    matched = {
        child: index[_plain(child.name)] for child in children if _plain(child.name) in index
    }
    if not matched:
        return None
    return ClassFolders(
        pictures={file: label for child, label in matched.items() for file in pictures([child])},
        left_out=tuple(child.name for child in children if child not in matched),
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()
