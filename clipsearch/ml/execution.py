"""How a model runs on this machine: device, number format and memory layout, by measurement."""

import copy
import json
import logging
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipsearch.errors import ModelError
from clipsearch.settings import cache_folder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from clipsearch.ml.models import LoadedModel

FAITHFUL_COSINE = 0.999
"""Least cosine similarity to the float32 embeddings that a faster plan must keep."""

_PROBE_IMAGES = 4
_PROBE_TEXTS = ["a photo of a dog", "two children playing on a beach", "red car", "snow"]
_PROBE_ROUNDS = 2

logger = logging.getLogger(__name__)

Precision = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the weights lie in memory while the model runs."""

    precision: Precision = "float32"
    channels_last: bool = False
    """Convolutions on CPUs and recent GPUs are up to twice as fast in this layout."""


@dataclass(slots=True)
class RunningModel:
    """A model on its device under a plan. Not thread-safe."""

    loaded: "LoadedModel"
    device: "torch.device"
    plan: Plan

    def place(self, plan: Plan) -> None:
        """Move the weights to the device, in the plan's number format and layout.

        Not to be undone: rounded weights stay rounded.
        """
        import torch

        model = self.loaded.model
        layout = torch.channels_last if plan.channels_last else torch.contiguous_format
        model.to(device=self.device, dtype=getattr(torch, plan.precision))
        model.to(memory_format=layout)
        self.plan = plan

    def encode_image(self, pixels: "Tensor") -> "Tensor":
        """``(N, 3, H, W) float32`` on the CPU → ``(N, D) float32`` on the CPU, L2-normalised."""
        import torch

        layout = torch.channels_last if self.plan.channels_last else torch.contiguous_format
        dtype: torch.dtype = getattr(torch, self.plan.precision)
        pixels = pixels.to(device=self.device, dtype=dtype, memory_format=layout)
        return _normalised(self.loaded.model.encode_image(pixels))

    def encode_text(self, tokens: "Tensor") -> "Tensor":
        """``(N, context length) int64`` → ``(N, D) float32`` on the CPU, L2-normalised."""
        return _normalised(self.loaded.model.encode_text(tokens.to(self.device)))


def _normalised(features: "Tensor") -> "Tensor":
    import torch

    return torch.nn.functional.normalize(features.float(), dim=-1).cpu()


def choose_device(wanted: str) -> "torch.device":
    """Turn ``auto`` into the best device there is: CUDA (ROCm too), MPS, XPU, CPU.

    Raises:
        ModelError: The device that was asked for is not there.
    """
    import torch

    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "xpu": torch.xpu.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return torch.device(next(kind for kind, there in present.items() if there))
    device = torch.device(wanted)
    count = {"cuda": torch.cuda.device_count, "xpu": torch.xpu.device_count}.get(device.type)
    if not present.get(device.type) or (count is not None and (device.index or 0) >= count()):
        usable = ", ".join(kind for kind, there in present.items() if there)
        raise ModelError(
            f"The device '{wanted}' is not usable here: set 'device' in settings.toml to auto, or "
            f"to one of {usable}."
        )
    return device


def start(loaded: "LoadedModel", device: "torch.device", precision: str) -> RunningModel:
    """Put a freshly loaded model on a device.

    Args:
        loaded: Float32 weights on the CPU; used up.
        device: Where it will run.
        precision: A number format, or ``auto`` for the fastest faithful one by measurement.

    Raises:
        ModelError: The model does not fit into the device's memory.
    """
    running = RunningModel(loaded, device, Plan())
    with out_of_memory_as(ModelError):
        running.place(_choose_plan(running) if precision == "auto" else _named_plan(precision))
    return running


def _named_plan(precision: str) -> Plan:
    if precision not in {"float32", "float16", "bfloat16"}:
        raise ModelError(f"There is no precision '{precision}': use float32, float16 or bfloat16.")
    return Plan(precision)  # type: ignore[arg-type]


def _choose_plan(running: RunningModel) -> Plan:
    """Take the fastest plan that keeps the embeddings; remembered for the next start."""
    import torch

    key = f"{running.loaded.fingerprint} {_machine_name(running.device)} torch {torch.__version__}"
    remembered = _read_choices()
    if key in remembered:
        return remembered[key]
    best = _fastest_faithful(running)
    _remember_choice(key, best)
    return best


def _fastest_faithful(running: RunningModel) -> Plan:
    probe = _Probe(running)
    best = Plan()
    reference, best_seconds = probe.run(best, float("inf"))
    for plan in _candidates(running.device):
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


def _candidates(device: "torch.device") -> list[Plan]:
    """Plans worth measuring against plain float32."""
    reduced: dict[str, tuple[Precision, ...]] = {
        "cpu": ("bfloat16",),
        "cuda": ("float16", "bfloat16"),
        "mps": ("float16",),
        "xpu": ("float16", "bfloat16"),
    }
    formats: tuple[Precision, ...] = ("float32", *reduced.get(device.type, ()))
    plans = [Plan(name, layout) for name in formats for layout in (False, True)]
    return plans[1:]


class _Probe:
    """Runs a fixed batch under a plan."""

    def __init__(self, running: RunningModel) -> None:
        self._running = running
        self._pixels = probe_pixels(input_shape(running.loaded))
        self._tokens = running.loaded.tokenizer(_PROBE_TEXTS)

    def run(self, plan: Plan, seconds_to_beat: float) -> "tuple[Tensor, float]":
        """Return all embeddings ``(N, D)``, and the least seconds the image tower took."""
        import torch

        loaded = self._running.loaded
        if plan != Plan():
            # A copy of everything, buffers that are not in the state dict included.
            loaded = replace(loaded, model=copy.deepcopy(loaded.model))
        trial = RunningModel(loaded, self._running.device, plan)
        trial.place(plan)
        with torch.inference_mode():
            texts = trial.encode_text(self._tokens)
            images, seconds = self._timed_images(trial)
            # The first round warms up; one that is hopelessly slow (a CPU that emulates
            # bfloat16) is not repeated.
            rounds = _PROBE_ROUNDS if seconds < 4 * seconds_to_beat else 0
            for _ in range(rounds):
                seconds = min(seconds, self._timed_images(trial)[1])
        return torch.cat([images, texts]), seconds

    def _timed_images(self, trial: RunningModel) -> "tuple[Tensor, float]":
        start = time.perf_counter()
        images = trial.encode_image(self._pixels)  # Ends on the CPU: synchronised.
        return images, time.perf_counter() - start


def probe_pixels(shape: tuple[int, int, int]) -> "Tensor":
    """Pictures to measure with, ``(4, 3, H, W) float32``: smooth shapes with some noise."""
    import torch

    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(_PROBE_IMAGES, 3, 7, 7, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=shape[1:], mode="bilinear")
    return smooth + 0.1 * torch.randn(_PROBE_IMAGES, *shape, generator=generator)


def input_shape(loaded: "LoadedModel") -> tuple[int, int, int]:
    """Shape of one preprocessed picture: ``(3, H, W)``."""
    from PIL import Image

    channels, height, width = loaded.transform(Image.new("RGB", (32, 32))).shape
    return channels, height, width


def _machine_name(device: "torch.device") -> str:
    import torch

    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    return f"{device.type} {platform.processor() or platform.machine()} x{torch.get_num_threads()}"


def _choices_file() -> Path:
    return cache_folder() / "execution-plans.json"


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


@contextmanager
def out_of_memory_as(error_type: type[Exception]) -> Iterator[None]:
    """Turn the many ways in which torch says "out of memory" into one exception type."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise error_type(_does_not_fit(error)) from error
    except RuntimeError as error:
        # The CPU's and Apple's allocators raise a plain RuntimeError.
        text = str(error).lower()
        if "out of memory" not in text and "not enough memory" not in text:
            raise
        raise error_type(_does_not_fit(error)) from error


def _does_not_fit(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else "out of memory"
    return f"The model does not fit into memory ({first}): choose a smaller one, or the CPU."
