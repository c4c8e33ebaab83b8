"""What several benchmarks do: print their figures, and draw photos."""

import json
import sys
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def print_figures(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print figures on stdout, one a line or as one JSON document."""
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for key, value in figures.items():
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        sys.stdout.write(f"{key:26} {shown}\n")


def average_precision(scores: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """Of the photos that are right among all, ranked by their scores; in percent."""
    ranked = right[np.argsort(-scores, kind="stable")]
    return 100 * float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def milliseconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def draw_jpeg(seed: int) -> bytes:
    """A picture of its own for every seed, 640 x 480, as a file's content."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8))
    stored = BytesIO()
    coarse.resize((640, 480), Image.Resampling.BICUBIC).save(stored, "JPEG", quality=85)
    return stored.getvalue()
