"""Chooses by measurement how a model runs on this machine, and remembers it."""

import copy
import json
import logging
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from clipsearch.errors import ModelError
from clipsearch.ml.execution import (
    Plan,
    Precision,
    RunningModel,
    enter_lane,
    out_of_memory_as,
)
from clipsearch.ml.folding import can_fold
from clipsearch.ml.memory import give_back
from clipsearch.ml.pixels import Preprocess
from clipsearch.settings import cache_folder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from clipsearch.ml.models import LoadedModel

FAITHFUL_COSINE = 0.999
"""Least cosine similarity to the float32 embeddings that a faster plan must keep."""

_PROBE_IMAGES = 4
_PROBE_TEXTS = ["a photo of a dog", "two children playing on a beach", "red car", "snow"]
# Each is run so often, and so long, at least: the least of its times counts.
_LEAST_ROUNDS = 3
_PROBE_S = 0.1
_LONG_BATCH_S = 1.0
# Each doubling costs memory in every lane: a picture must become this much cheaper.
_NEARLY = 1.05
_LARGEST_BATCH = 256

logger = logging.getLogger(__name__)


def start(
    loaded: "LoadedModel", device: "torch.device", precision: str, batch_size: int | None = None
) -> RunningModel:
    """Put a freshly loaded model on a device.

    Args:
        loaded: Float32 weights on the CPU; used up.
        device: Where it will run.
        precision: A number format, or ``auto`` for the fastest faithful one by measurement.
        batch_size: Pictures to run together; ``None`` for the fastest by measurement.

    Raises:
        ModelError: The model does not fit into the device's memory.
    """
    running = RunningModel(loaded, device, Plan(), Preprocess(loaded.transform))
    with out_of_memory_as(ModelError):
        running.place(_choose_plan(running, precision, batch_size))
    return running


def _choose_plan(running: RunningModel, precision: str, batch_size: int | None) -> Plan:
    """Take the fastest plan that keeps the embeddings; remembered for the next start."""
    import torch

    machine = f"{_machine_name(running.device)} torch {torch.__version__}"
    key = f"{running.loaded.fingerprint} {precision} {batch_size or 'auto'} {machine}"
    remembered = _read_choices()
    if key in remembered:
        return remembered[key]
    # As it will be run: in one of several lanes.
    with ThreadPoolExecutor(1, initializer=partial(enter_lane, running.device)) as lane:
        best = lane.submit(_measure, running, precision, batch_size).result()
    logger.info("%s runs on %s as %s", running.loaded.fingerprint, running.device, best)
    _remember_choice(key, best)
    give_back()
    return best


def _measure(running: RunningModel, precision: str, batch_size: int | None) -> Plan:
    best = _fastest_faithful(running, precision)
    if batch_size is None:
        running.place(best)
        batch_size = _fastest_batch(running)
    return replace(best, batch_size=batch_size)


def _fastest_batch(running: RunningModel) -> int:
    """The smallest batch that makes a picture nearly as cheap as any does."""
    costs: dict[int, float] = {}
    pixels = probe_pixels(running.preprocess)
    size = len(pixels)
    while size <= _LARGEST_BATCH:
        try:
            seconds = _seconds(running, pixels.repeat(size // len(pixels), 1, 1, 1))
        except RuntimeError as error:  # Out of memory, in whatever words.
            logger.info("batches of %d do not fit: %s", size, error)
            break
        costs[size] = seconds / size
        # One that is no better may be bad luck; two are not.
        if seconds > _LONG_BATCH_S or min(costs, key=lambda tried: costs[tried]) < size // 2:
            break
        size *= 2
    enough = _NEARLY * min(costs.values(), default=0.0)
    return next((size for size, cost in costs.items() if cost <= enough), len(pixels))


def _seconds(running: RunningModel, batch: "Tensor") -> float:
    """The least of some runs, of which the first warms up."""
    import torch

    taken: list[float] = []
    with torch.inference_mode():
        while len(taken) < _LEAST_ROUNDS or sum(taken) < _PROBE_S:
            start = _now(running.device)
            running.encode_image(batch)  # Ends on the CPU: synchronised.
            taken.append(_now(running.device) - start)
            if taken[-1] > _LONG_BATCH_S:
                break
    return min(taken)


def _now(device: "torch.device") -> float:
    # A CPU's busy programs must not decide, for good, how fast a plan is: only the work counts.
    return time.thread_time() if device.type == "cpu" else time.perf_counter()


def _fastest_faithful(running: RunningModel, precision: str) -> Plan:
    """Try all plans of a number format, or of all those that pay on the device."""
    probe = _Probe(running)
    best = Plan() if precision == "auto" else Plan(_named(precision))
    try:
        reference, best_seconds = probe.run(Plan(), float("inf"))
    except RuntimeError as error:  # Too little memory, in whatever words, to try anything.
        logger.info("nothing is measured on %s: %s", running.device, error)
        return best
    if best != Plan():
        best_seconds = float("inf")  # Faithful or not: it is wanted.
    for plan in _candidates(running, precision):
        try:
            embeddings, seconds = probe.run(plan, best_seconds)
        except (RuntimeError, NotImplementedError) as error:
            logger.info("%s does not run on %s: %s", plan, running.device, error)
            continue
        cosine = float((embeddings * reference).sum(-1).min())
        logger.info("%s on %s: %.4f s, cosine %.5f", plan, running.device, seconds, cosine)
        if cosine >= FAITHFUL_COSINE and seconds < best_seconds:
            best, best_seconds = plan, seconds
    return best


def _candidates(running: RunningModel, precision: str) -> list[Plan]:
    """Plans worth measuring against plain float32."""
    reduced: dict[str, tuple[Precision, ...]] = {
        "cpu": ("bfloat16",),
        "cuda": ("float16", "bfloat16"),
        "mps": ("float16",),
        "xpu": ("float16", "bfloat16"),
    }
    formats: tuple[Precision, ...] = ("float32", *reduced.get(running.device.type, ()))
    if precision != "auto":
        formats = (_named(precision),)
    folded = can_fold(running.loaded.model)
    plans = [Plan(name, layout, folded) for name in formats for layout in (False, True)]
    return [plan for plan in plans if plan != Plan()]


def _named(precision: str) -> Precision:
    for known in get_args(Precision):
        if known == precision:
            return cast("Precision", known)
    raise ModelError(f"There is no precision '{precision}': use float32, float16 or bfloat16.")


class _Probe:
    """Runs a fixed batch under a plan."""

    def __init__(self, running: RunningModel) -> None:
        self._running = running
        self._pixels = probe_pixels(running.preprocess)
        self._tokens = running.loaded.tokenizer(_PROBE_TEXTS)

    def run(self, plan: Plan, seconds_to_beat: float) -> "tuple[Tensor, float]":
        """Return all embeddings ``(N, D)``, and the least seconds the image tower took."""
        import torch

        loaded = self._running.loaded
        if plan != Plan():
            # A copy of everything, buffers that are not in the state dict included.
            loaded = replace(loaded, model=copy.deepcopy(loaded.model))
        trial = replace(self._running, loaded=loaded)
        trial.place(plan)
        with torch.inference_mode():
            texts = trial.encode_text(self._tokens)
            images, seconds = self._timed_images(trial)
            # The first round warms up; one that is hopelessly slow (a CPU that emulates
            # bfloat16) is not repeated.
            if seconds < 4 * seconds_to_beat:
                seconds = min(seconds, _seconds(trial, self._pixels))
        return torch.cat([images, texts]), seconds

    def _timed_images(self, trial: RunningModel) -> "tuple[Tensor, float]":
        start = _now(trial.device)
        images = trial.encode_image(self._pixels)
        return images, _now(trial.device) - start


def probe_pixels(preprocess: Preprocess) -> "Tensor":
    """Pictures to measure with, ``(4, H, W, 3) uint8``: smooth shapes with some noise."""
    import torch
    from PIL import Image

    height, width, channels = preprocess(Image.new("RGB", (32, 32))).shape
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(_PROBE_IMAGES, channels, 7, 7, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    noise = 0.1 * torch.randn(_PROBE_IMAGES, channels, height, width, generator=generator)
    return (128 + 60 * (smooth + noise)).clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()


def _machine_name(device: "torch.device") -> str:
    import torch

    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    return f"{device.type} {platform.processor() or platform.machine()} x{torch.get_num_threads()}"


def _choices_file() -> Path:
    return cache_folder() / "plans.json"


def _read_choices() -> dict[str, Plan]:
    try:
        choices: dict[str, Any] = json.loads(_choices_file().read_text(encoding="utf-8"))
        return {key: Plan(**value) for key, value in choices.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # A lost or foreign file costs one more measurement, no more.


def _remember_choice(key: str, plan: Plan) -> None:
    choices = {name: asdict(known) for name, known in {**_read_choices(), key: plan}.items()}
    file = _choices_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps(choices), encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        logger.info("the choice of precision is not remembered: %s", error)
