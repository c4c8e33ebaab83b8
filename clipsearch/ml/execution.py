"""A model at work: on its device, in its number format and memory layout."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from clipsearch.errors import ModelError
from clipsearch.ml.folding import fold

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from clipsearch.ml.models import LoadedModel
    from clipsearch.ml.pixels import Preprocess

_SMALL_BATCH = 4
# Each holds a batch's activations: more would cost memory.
_MOST_LANES = 8
_entering = threading.Lock()

Precision = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the weights lie in memory while the model runs."""

    precision: Precision = "float32"
    channels_last: bool = False
    """Convolutions on CPUs and recent GPUs are up to twice as fast in this layout."""
    folded: bool = False
    """Whether what is needed only while learning is folded in or left out."""
    batch_size: int = _SMALL_BATCH
    """Pictures run together."""


@dataclass(slots=True)
class RunningModel:
    """A model on its device under a plan; once it is placed, several threads may run it."""

    loaded: "LoadedModel"
    device: "torch.device"
    plan: Plan
    preprocess: "Preprocess"

    def place(self, plan: Plan) -> None:
        """Move the weights to the device, in the plan's number format and layout.

        Not to be undone: rounded weights stay rounded, folded ones folded.
        """
        import torch

        model = self.loaded.model
        if plan.folded and not self.plan.folded:
            fold(model)
        layout = torch.channels_last if plan.channels_last else torch.contiguous_format
        model.to(device=self.device, dtype=getattr(torch, plan.precision))
        model.to(memory_format=layout)
        self.plan = plan

    def encode_image(self, pixels: "Tensor") -> "Tensor":
        """``(N, H, W, 3) uint8`` on the CPU → ``(N, D) float32`` on the CPU, L2-normalised."""
        import torch

        layout = torch.channels_last if self.plan.channels_last else torch.contiguous_format
        dtype: torch.dtype = getattr(torch, self.plan.precision)
        if self.device.type == "cuda":
            # Copied while the batch before it is still computed.
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        numbers = self.preprocess.normalised(pixels.to(self.device))
        numbers = numbers.to(dtype=dtype, memory_format=layout)
        return normalised(self.loaded.model.encode_image(numbers))

    def encode_text(self, tokens: "Tensor") -> "Tensor":
        """``(N, context length) int64`` → ``(N, D) float32`` on the CPU, L2-normalised."""
        from clipsearch.ml.short_texts import encode_text

        return normalised(encode_text(self.loaded.model, tokens.to(self.device)))


def normalised(features: "Tensor") -> "Tensor":
    """L2-normalise ``(N, D)``, as float32 on the CPU."""
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


def lanes(device: "torch.device") -> int:
    """How many threads should run the model on batches of pictures side by side.

    On a CPU each with its share of the cores: nothing waits for the slowest core after every
    operation, which makes a picture up to a third cheaper. On a GPU two, so that one batch is
    copied while the other is computed.
    """
    import torch

    return min(_MOST_LANES, torch.get_num_threads()) if device.type == "cpu" else 2


def enter_lane(device: "torch.device") -> None:
    """Let the calling thread's operations use one lane's share of the cores; for good."""
    import torch

    if device.type != "cpu":
        return
    with _entering:
        threads = torch.get_num_threads()
        torch.set_num_threads(max(1, threads // lanes(device)))
        # That holds for this thread, but is also what threads not born yet would begin with.
        restoring = threading.Thread(target=torch.set_num_threads, args=(threads,))
        restoring.start()
        restoring.join()


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
