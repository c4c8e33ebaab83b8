"""Tuned models: what fine-tuning has made of another model, kept as a change of that one.

Such a model is a folder of the models folder (`clipsearch.ml.own_models`) with two files:
``fine_tuning.json``, the `Manifest`, and ``adapter.safetensors``, the tensors that
`clipsearch.ml.adapters` and `clipsearch.ml.learned_words` read. The parent's weights lie where
they did.

A tuned model is used at the strength of its manifest, or as ``NAME@STRENGTH`` at another. So each
strength has a name and a space of its own: the old one answers until the new one is complete.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from clipsearch.errors import BrokenCheckpoint, InputError, ModelError, UnknownModel
from clipsearch.ml import own_models
from clipsearch.ml.tuning_types import (
    Concept,
    Judgement,
    Lessons,
    Loss,
    Method,
    Outcome,
    StrengthFigures,
    TunedEntry,
    TuningPlan,
)

MANIFEST_NAME = "fine_tuning.json"
ADAPTER_NAME = "adapter.safetensors"
VERSION = 1
_AT_STRENGTH = re.compile(r"(\w[\w.-]*)@(\d(?:\.\d+)?)")
_DIGITS = 3
"""Of a strength: nobody tells finer ones apart."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a tuned model comes from, what it learned and what that brought."""

    parent: str
    """The name of the model whose change it is."""
    parent_fingerprint: str
    method: Method
    loss: Loss
    strength: Annotated[float, Field(ge=0, le=1)]
    """At which it is used, unless it is named with another."""
    judged_at: Annotated[float, Field(ge=0, le=1)]
    """The strength to which ``judgement`` belongs."""
    concepts: tuple[Concept, ...]
    photos: int
    """That show a concept."""
    snapshot: str
    """Digest of what it learned from: equal data give equal digests."""
    words: tuple[str, ...]
    """The names whose meaning was learned, lower-case, as the rows of ``words/…``."""
    judgement: Judgement
    trade_off: tuple[StrengthFigures, ...]
    made_at: str
    """ISO 8601, UTC."""
    version: int = VERSION

    @classmethod
    def of(
        cls,
        plan: TuningPlan,
        outcome: Outcome,
        words: Sequence[str],
        *,
        strength: float | None = None,
    ) -> "Manifest":
        """Describe what a run has made.

        Args:
            plan: What it was given.
            outcome: What it came to.
            words: As `Manifest.words`.
            strength: The one to use; that of the outcome if not given.
        """
        return cls(
            parent=plan.model,
            parent_fingerprint=plan.fingerprint,
            method=plan.method,
            loss=plan.loss,
            strength=checked_strength(outcome.strength if strength is None else strength),
            judged_at=outcome.strength,
            concepts=plan.lessons.concepts,
            photos=sum(bool(example.concepts) for example in plan.lessons.examples),
            snapshot=snapshot_of(plan.lessons),
            words=tuple(words),
            judgement=outcome.judgement,
            trade_off=outcome.trade_off,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def figures_at(self, strength: float) -> StrengthFigures:
        """The figures of the nearest strength that was measured."""
        measured = [*self.trade_off, StrengthFigures(self.judged_at, self.judgement.after)]
        return min(measured, key=lambda point: abs(point.strength - strength))


def is_tuned(folder: Path) -> bool:
    """Whether a folder holds a tuned model."""
    return (folder / MANIFEST_NAME).is_file()


def read(folder: Path) -> Manifest:
    """Read the manifest of a tuned model.

    Raises:
        BrokenCheckpoint: It is damaged, or a newer clipsearch wrote it.
    """
    file = folder / MANIFEST_NAME
    try:
        content = file.read_bytes()
        version = json.loads(content)["version"]
        if version == VERSION:
            return _json_of_manifests().validate_json(content)
    except (OSError, ValueError, LookupError, TypeError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise BrokenCheckpoint(
            f"The tuned model in {folder} cannot be read, since {file.name} is damaged ({first}): "
            "train or import it again."
        ) from error
    raise BrokenCheckpoint(
        f"The tuned model in {folder} was written by another clipsearch (version {version}, this "
        f"one knows {VERSION}): update clipsearch."
    )


def entry(folder: Path, strength: float) -> TunedEntry:
    """Describe a tuned model for a list.

    Raises:
        BrokenCheckpoint: Its manifest is damaged.
    """
    manifest = read(folder)
    return TunedEntry(
        parent=manifest.parent,
        method=manifest.method,
        strength=strength,
        concepts=tuple(concept.name for concept in manifest.concepts),
        photos=manifest.photos,
        made_at=manifest.made_at,
        disk_bytes=sum(file.stat().st_size for file in folder.iterdir() if file.is_file()),
        conclusion=manifest.judgement.conclusion,
        before=manifest.judgement.before,
        after=manifest.figures_at(strength).figures,
    )


def create(name: str, manifest: Manifest, adapter: Path) -> str:
    """Make a tuned model of what a run has left; whole or not at all.

    Args:
        name: What it will be called.
        manifest: Describes it.
        adapter: The file of its tensors, which is copied.

    Returns:
        The name in the one spelling under which it is kept.

    Raises:
        ModelError: The name cannot be used, the parent is itself tuned, or the folder cannot be
            written.
        DiskFull: No space left.
    """
    name = own_models.checked_name(name)
    require_untuned(manifest.parent)
    with own_models.disk_faults():
        own_models.require_space(adapter.stat().st_size)
    with own_models.changing(), own_models.new_model(name) as folder, own_models.disk_faults():
        with adapter.open("rb") as source, (folder / ADAPTER_NAME).open("wb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        text = _json_of_manifests().dump_json(manifest, indent=2)
        (folder / MANIFEST_NAME).write_bytes(text)
    return name


def require_untuned(parent: str) -> None:
    """Refuse to tune a model that is itself tuned.

    Raises:
        ModelError: It is. Its weights are another model's, and would change with that one's
            strength.
    """
    folder = own_models.find(base_name(parent)) or Path(parent).expanduser()
    if is_tuned(folder):
        raise ModelError(
            f"The model '{parent}' is itself tuned, and what was learned on top of it would be "
            f"lost with it: train '{read(folder).parent}' with the collections of both instead."
        )


def trainable(name: str) -> str:
    """The model to train where ``name`` is used: itself, or the parent of a tuned one.

    Raises:
        BrokenCheckpoint: Its manifest is damaged.
    """
    folder = own_models.find(base_name(name)) or Path(name).expanduser()
    return read(folder).parent if is_tuned(folder) else name


def children(name: str) -> list[str]:
    """The tuned models whose parent a model of the models folder is."""
    spellings = {name, str(own_models.folder_of(name))}
    found = []
    for other in own_models.names():
        folder = own_models.folder_of(other)
        try:
            if is_tuned(folder) and read(folder).parent in spellings:
                found.append(other)
        except BrokenCheckpoint:  # Of no use any more, with its parent or without.
            continue
    return found


def base_name(name: str) -> str:
    """``NAME`` of ``NAME@STRENGTH``; any other name as it is."""
    found = _AT_STRENGTH.fullmatch(own_models.normalised(name))
    return found[1] if found else name


def at_strength(name: str, strength: float) -> str:
    """The name of a tuned model at a strength, which `clipsearch.ml.models.resolve` takes.

    Args:
        name: A tuned model of the models folder, with a strength or without.
        strength: 0 for its parent's weights, 1 for all that was learned.

    Raises:
        InputError: The strength is not between 0 and 1, or the model is not tuned.
        BrokenCheckpoint: Its manifest is damaged.
    """
    strength = checked_strength(strength)
    base = own_models.normalised(base_name(name))
    folder = own_models.find(base)
    if folder is None or not is_tuned(folder):
        raise InputError(
            f"'{name}' has no strength, since it is no model that was trained here or imported: "
            "'clipsearch models list' names those."
        )
    return base if strength == read(folder).strength else f"{base}@{strength:g}"


def find_at_strength(name: str) -> tuple[Path, float] | None:
    """Folder and strength of ``NAME@STRENGTH``; ``None`` if there is no tuned model ``NAME``.

    Raises:
        UnknownModel: The strength is above 1.
    """
    found = _AT_STRENGTH.fullmatch(own_models.normalised(name))
    folder = own_models.find(found[1]) if found else None
    if found is None or folder is None or not is_tuned(folder):
        return None
    try:
        return folder, checked_strength(float(found[2]))
    except InputError as error:
        raise UnknownModel(f"There is no model '{name}': {error}") from error


def checked_strength(strength: float) -> float:
    """A strength as it is kept.

    Raises:
        InputError: It is not between 0 and 1.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"The strength {strength:g} is not between 0 and 1: choose another.")
    return round(float(strength), _DIGITS)


def snapshot_of(lessons: Lessons) -> str:
    """Digest of what a model learns from: contents and words, wherever the photos lie."""
    concepts = [(c.name, c.description, c.synonyms) for c in lessons.concepts]
    examples = sorted(
        (e.content_hash, e.concepts, e.rejected, e.captions, e.is_held_out)
        for e in lessons.examples
    )
    text = json.dumps([concepts, examples])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@cache
def _json_of_manifests() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)
