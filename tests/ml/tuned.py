"""Tuned models, made up: adapters with random changes, manifests with figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from clipsearch.ml import models, tuned_models
from clipsearch.ml.tuned_models import Manifest
from clipsearch.ml.tuning_types import (
    Concept,
    ConceptFigures,
    Example,
    Figures,
    Interval,
    Judgement,
    Lessons,
    Outcome,
    StrengthFigures,
    TuningPlan,
)

CONCEPTS = (Concept("Lotte", "a sailing boat"), Concept("Rufus", "a dog"))


def figures(recall: float, knowledge: float = 1.0) -> Figures:
    """The same for every ``k`` and both concepts."""
    by_k = {1: recall, 5: recall, 10: recall}
    return Figures(
        recall=by_k,
        mean_average_precision=recall,
        accuracy=recall,
        knowledge=knowledge,
        concepts=tuple(ConceptFigures(c.name, 8, by_k, recall) for c in CONCEPTS),
    )


def outcome(**changes: Any) -> Outcome:
    """A run that went from 0.25 to 0.75 at full strength and knows a bit less."""
    judgement = Judgement(
        before=figures(0.25),
        after=figures(0.75, 0.98),
        gains={"recall@10": Interval(0.5, 0.4, 0.6)},
        conclusion="better",
        sentences=("'Lotte' is found in the first 10 in 75 % instead of 25 %.",),
    )
    told: dict[str, Any] = {
        "method": "lora",
        "judgement": judgement,
        "strength": 1.0,
        "trade_off": tuple(
            StrengthFigures(s, figures(0.25 + 0.5 * s, 1 - 0.02 * s)) for s in (0.0, 0.5, 1.0)
        ),
        "losses": (2.0, 1.0),
        "recalls": {0: 0.25, 2: 0.75},
        "seconds": 3.0,
    }
    return Outcome(**(told | changes))


def plan(parent: str, **changes: Any) -> TuningPlan:
    """Two photos of a concept each, and one of the background."""
    examples = tuple(
        Example(Path(f"/{n}.jpg"), f"hash {n}", group=n, concepts=(n,) if n < 2 else ())
        for n in range(3)
    )
    told: dict[str, Any] = {
        "model": parent,
        "fingerprint": models.load(models.resolve(parent)).fingerprint,
        "lessons": Lessons(CONCEPTS, examples),
        "method": "lora",
    }
    return TuningPlan(**(told | changes))


def low_rank(parent: str, *, of: str = "", seed: int = 0, size: float = 0.3) -> dict[str, Tensor]:
    """Random changes of all matrices whose names start so; of the weights' own size at 1."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, weights in models.load(models.resolve(parent)).model.state_dict().items():
        if name.startswith(of) and weights.ndim > 1:
            rows, columns = len(weights), weights[0].numel()
            scale = size * float(weights.std()) * columns**-0.5
            tensors[f"weights/{name}.down"] = torch.randn(2, columns, generator=generator)
            tensors[f"weights/{name}.up"] = scale * torch.randn(rows, 2, generator=generator)
    return tensors


def unit_rows(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Random, ``(count, dimension)``, L2-normalised."""
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    normalised: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normalised


def learned(dimension: int, names: Sequence[str] = ("lotte",)) -> dict[str, Tensor]:
    """Random meanings of some names."""
    return {
        "words/known": torch.from_numpy(unit_rows(len(names), dimension, 1)),
        "words/learned": torch.from_numpy(unit_rows(len(names), dimension, 2)),
    }


def make_tuned(
    name: str,
    parent: str,
    tensors: dict[str, Tensor],
    folder: Path,
    *,
    words: Sequence[str] = (),
    strength: float = 1.0,
    **changes: Any,
) -> str:
    """Put a tuned model into the models folder, by way of a run's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter.safetensors")
    manifest = Manifest.of(plan(parent, **changes), outcome(), words, strength=strength)
    return tuned_models.create(name, manifest, folder / "adapter.safetensors")
