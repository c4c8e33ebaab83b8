"""Fine-tuning: a model learns a user's concepts from photos, and keeps what else it knows.

`tune` is all of it. Methods that change weights run the training loop of `clipsearch.ml.training`
on the task of `clipsearch.ml.tuning_task`; those that change what names mean alone are in
`clipsearch.ml.word_learning`.
"""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from clipsearch.errors import ModelError
from clipsearch.ml.adaptation import Adaptation
from clipsearch.ml.execution import choose_device, out_of_memory_as
from clipsearch.ml.memory import release
from clipsearch.ml.models import LoadedModel
from clipsearch.ml.training import TrainingArguments, TrainingRecord, train
from clipsearch.ml.tuning_embeddings import Embedder, place
from clipsearch.ml.tuning_task import MEMBERS, OTHERS, TuningTask
from clipsearch.ml.tuning_types import WORD_METHODS, Method, TuningPlan
from clipsearch.ml.word_learning import learn_words
from clipsearch.ml.zeroshot import Embeddings
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings

logger = logging.getLogger(__name__)

_LEARNING_RATES: dict[Method, float] = {"lora": 1e-3, "svd": 1e-2, "last": 1e-4, "full": 3e-5}
_LEAST_STEPS = 60  # A few photos want several looks from all sides.
_MOST_STEPS = 1500
_PROBES = 6
_PATIENCE = 3
_AVERAGE = 0.95


class _OutOfMemory(Exception):
    """Internal: the batch was too large for the device."""


@dataclass(frozen=True)
class Tuned:
    """What a run has learned.

    Attributes:
        tensors: As `clipsearch.ml.adapters` stores them.
        words: Texts whose embeddings were learned, in the order of ``words/learned``.
        losses: One a step.
        recalls: By number of steps done: recall@1 of the concepts on the held-out photos.
        seconds: Of training, those of interrupted runs included.
        adaptation: The changes of the weights, ready to use; ``None`` after a word method.
    """

    tensors: dict[str, Tensor]
    words: tuple[str, ...]
    losses: tuple[float, ...]
    recalls: dict[int, float]
    seconds: float
    adaptation: Adaptation | None = None


@dataclass(frozen=True)
class Exam:
    """What is asked of the model while it learns.

    Attributes:
        rows: Of the examples that are asked for.
        mark: Of the steps done, the photos' embeddings ``(len(rows), D)`` and those of the
            concepts' names ``(C, D)``: how good they are, higher is better.
    """

    rows: tuple[int, ...]
    mark: Callable[[int, Embeddings, Embeddings], float]


def tune(
    plan: TuningPlan,
    model: LoadedModel,
    photos: Sequence[Image.Image],
    known: Embeddings,
    *,
    settings: Settings | None = None,
    checkpoint: Path | None = None,
    exam: Exam | None = None,
    progress: Progress = no_progress,
) -> Tuned:
    """Learn what a plan says.

    Args:
        plan: The photos and how to learn from them.
        model: The parent, which is left as it is.
        photos: RGB, one for each example of the plan, not much larger than the model's input.
        known: ``(N, D) float32``, L2-normalised: the parent's embeddings of all examples.
        settings: The device.
        checkpoint: To resume from and to write to.
        exam: Asked now and then; training that brings no more ends early.
        progress: Steps done; the note is the loss. May cancel, once the checkpoint is written.

    Raises:
        Cancelled: From ``progress``.
        TrainingError: The loss is not a finite number, the method cannot be used with this model,
            or the checkpoint cannot be written.
        ModelError: The device has not the memory for a single photo; a batch that does not fit is
            taken in parts, from the checkpoint on.
    """
    device = choose_device((settings or Settings()).device)
    if plan.method in WORD_METHODS:
        return _tune_words(plan, model, known, device, exam, progress)
    at_once = MEMBERS + OTHERS
    while True:
        try:
            with out_of_memory_as(_OutOfMemory):
                task = _task(plan, model, photos, known, device, at_once)
                return _tune_weights(task, plan, photos, device, checkpoint, exam, progress)
        except _OutOfMemory as error:
            if at_once == 1:
                raise ModelError(str(error)) from error
            at_once //= 2
            logger.info("out of memory: parts of %d photos from now on", at_once)
        release(device.type)


def _task(
    plan: TuningPlan,
    model: LoadedModel,
    photos: Sequence[Image.Image],
    known: Embeddings,
    device: torch.device,
    at_once: int,
) -> TuningTask:
    adaptation = Adaptation(model.model, plan.method, seed=plan.seed).to(device)
    place(model, device)
    return TuningTask(plan, photos, known, adaptation, Embedder(model, device), at_once=at_once)


def _tune_weights(
    task: TuningTask,
    plan: TuningPlan,
    photos: Sequence[Image.Image],
    device: torch.device,
    checkpoint: Path | None,
    exam: Exam | None,
    progress: Progress,
) -> Tuned:
    adaptation, embedder = task.adaptation, task.embedder
    names = [concept.name for concept in plan.lessons.concepts]

    def probe(step: int) -> float:
        assert exam is not None
        asked = [photos[row] for row in exam.rows]
        pictures = embedder.photos(asked, adaptation)
        return exam.mark(step, pictures, embedder.texts(names, adaptation))

    record = train(
        task,
        _arguments(plan, task.photos_a_step, device),
        checkpoint=checkpoint,
        probe=probe if exam else None,
        progress=progress,
    )
    return _tuned(adaptation.tensors(), (), record, adaptation)


def _tune_words(
    plan: TuningPlan,
    model: LoadedModel,
    known: Embeddings,
    device: torch.device,
    exam: Exam | None,
    progress: Progress,
) -> Tuned:
    place(model, device)
    embedder = Embedder(model, device)
    found = learn_words(plan, model, embedder, known, progress)
    if exam is not None:
        step = len(found.record.losses)
        marked = exam.mark(step, known[list(exam.rows)], found.names)
        found.record.probes[str(step)] = marked
    tensors = {"words/learned": found.learned, "words/known": found.known}
    return _tuned(tensors, found.words, found.record)


def _tuned(
    tensors: dict[str, Tensor],
    words: tuple[str, ...],
    record: TrainingRecord,
    adaptation: Adaptation | None = None,
) -> Tuned:
    recalls = {int(step): value for step, value in record.probes.items()}
    return Tuned(tensors, words, tuple(record.losses), recalls, record.seconds, adaptation)


def _arguments(plan: TuningPlan, photos_a_step: int, device: torch.device) -> TrainingArguments:
    members = sum(1 for one in plan.lessons.examples if one.concepts and not one.is_held_out)
    steps = plan.epochs * math.ceil(members / photos_a_step)
    steps = min(max(steps, _LEAST_STEPS), _MOST_STEPS)
    return TrainingArguments(
        steps=steps,
        learning_rate=_LEARNING_RATES[plan.method],
        warm_up=0.1,
        weight_decay=0.01,
        betas=(0.9, 0.999),
        average=_AVERAGE,
        precision="bfloat16" if device.type == "cuda" else "float32",
        device=str(device),
        seed=plan.seed,
        checkpoint_every=max(1, steps // 20),
        probe_every=max(1, steps // _PROBES),
        patience=_PATIENCE,
    )
