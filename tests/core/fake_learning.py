"""Plays what `clipsearch.ml.teaching.teach` does, without torch: twenty steps with checkpoints."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image

from clipsearch.core.tuning_process import Learned
from clipsearch.core.tuning_run import RunFolder
from clipsearch.errors import DiskFull, TrainingError
from clipsearch.ml.held_out import Embedded
from clipsearch.ml.tuning_types import (
    ConceptFigures,
    Figures,
    Interval,
    Judgement,
    Outcome,
    StrengthFigures,
    TuningPlan,
)
from clipsearch.progress import Cancelled, Progress
from clipsearch.settings import Settings

STEPS = 20
_CHECKPOINT_EVERY = 3
_STEP_S = 0.03


def learn(
    plan: TuningPlan,
    photos: Sequence[Image.Image],
    *,
    settings: Settings,
    checkpoint: Path,
    stage: Callable[[str], None],
    on_recall: Callable[[int, float], None],
    progress: Progress,
) -> Learned:
    """Learn numbers that depend on every step, every photo and the seed."""
    assert len(photos) == len(plan.lessons.examples)
    sys.stdout.write("nothing of this may reach the parent's stdout\n")
    stage("embedding")
    colours = np.array([np.asarray(photo).mean(axis=(0, 1)) / 255 for photo in photos])
    stage("training")
    losses: list[float] = json.loads(checkpoint.read_text()) if checkpoint.exists() else []
    for step in range(len(losses), STEPS):
        try:
            progress(step, STEPS, f"loss {losses[-1]:.3f}" if losses else "")
        except Cancelled:
            _write(checkpoint, losses)
            raise
        time.sleep(_STEP_S)
        drawn = np.random.default_rng((plan.seed, step)).normal()
        losses.append(float(colours.mean() + 0.9 * (losses[-1] if losses else 1) + 0.01 * drawn))
        if (step + 1) % _CHECKPOINT_EVERY == 0:
            _write(checkpoint, losses)
    on_recall(STEPS, 0.75)
    stage("judging")
    embedded = _embedded(plan, colours)
    tensors = {"weights/visual.proj.delta": np.array([losses], np.float32)}
    return Learned(_outcome(plan, losses), tensors, (), embedded, embedded)


def learn_without_memory(*_: object, **__: object) -> Learned:
    """As numpy says it."""
    raise MemoryError


def learn_badly(*_: object, **__: object) -> Learned:
    """As training says it."""
    raise TrainingError("The loss became nan. Try a lower learning rate.")


def learn_on_a_full_disk(*_: object, **__: object) -> Learned:
    """As the run's folder says it, of whatever is written."""
    full = DiskFull("The disk that holds the library is full: make space.")
    patch.object(RunFolder, "append", side_effect=full).start()
    raise full


def learn_and_die(*_: object, **__: object) -> Learned:
    """As the system does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _write(checkpoint: Path, losses: list[float]) -> None:
    temporary = checkpoint.with_suffix(".tmp")
    temporary.write_text(json.dumps(losses))
    temporary.replace(checkpoint)


def _embedded(
    plan: TuningPlan, colours: "np.ndarray[tuple[int, int], np.dtype[np.floating]]"
) -> Embedded:
    photos = (colours / np.linalg.norm(colours, axis=1, keepdims=True)).astype(np.float32)
    names = np.eye(3, dtype=np.float32)[: len(plan.lessons.concepts)]
    return Embedded(photos, names, names[:0])


def _outcome(plan: TuningPlan, losses: Sequence[float]) -> Outcome:
    """Better, unless the seed is odd."""
    gain = 0.0 if plan.seed % 2 else 0.5
    before, after = _figures(plan, 0.25), _figures(plan, 0.25 + gain)
    judgement = Judgement(
        before,
        after,
        {"recall@10": Interval(gain, gain - 0.1, gain + 0.1)},
        "better" if gain else "no gain",
        ("'red' is found.",) if gain else ("Nothing was gained.", "Add photos."),
    )
    trade_off = (StrengthFigures(0.0, before), StrengthFigures(1.0, after))
    return Outcome(plan.method, judgement, 1.0, trade_off, tuple(losses), {STEPS: 0.75}, 1.0)


def _figures(plan: TuningPlan, recall: float) -> Figures:
    by_k = {1: recall, 5: recall, 10: recall}
    concepts = tuple(ConceptFigures(c.name, 2, by_k, recall) for c in plan.lessons.concepts)
    return Figures(by_k, recall, recall, 1.0, concepts)
