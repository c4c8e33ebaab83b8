"""`Encoder`: pictures and texts to L2-normalised embeddings, on the best device there is."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipsearch.errors import ModelError
from clipsearch.ml import execution, models, planning
from clipsearch.ml.long_texts import pieces
from clipsearch.ml.memory import pass_over_what_stays, release
from clipsearch.ml.pixels import Pixels
from clipsearch.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

Embeddings = NDArray[np.float32]

_LARGEST_RATIO = 20
_TEXTS_TOGETHER = 256

logger = logging.getLogger(__name__)


class _OutOfMemory(Exception):
    """Internal: the batch was too large for the device."""


class Encoder:
    """Embeds pictures and texts with one open_clip model.

    The model is loaded on first use and may be unloaded when idle; the next use loads it again.
    Safe to call from several threads.
    """

    def __init__(
        self,
        name: str,
        settings: Settings | None = None,
        *,
        load: Callable[[], models.LoadedModel] | None = None,
    ) -> None:
        """Prepare an encoder; nothing is loaded yet.

        Args:
            name: What `models.resolve` takes.
            settings: Device, precision and batch size.
            load: Where the model comes from, instead of its name.

        Raises:
            ModelError: The model is not on this machine.
        """
        self._settings = settings or Settings()
        self.name = name
        if load is None:
            source = models.resolve(name)
            self.name = source.name
            load = partial(models.load, source)
        self._load: Callable[[], models.LoadedModel] = load
        self._lock = threading.RLock()
        self._tokenizing = threading.Lock()  # Some tokenizers bear one thread only.
        self._running: execution.RunningModel | None = None
        self._dimension: int | None = None
        self._fitting = sys.maxsize
        self._last_use = time.monotonic()

    @property
    def fingerprint(self) -> str:
        """Names the space; loads the model."""
        return self._ready().loaded.fingerprint

    @property
    def image_fingerprint(self) -> str:
        """Equal of models that embed photos alike; loads the model."""
        return self._ready().loaded.image_fingerprint

    @property
    def dimension(self) -> int:
        """Embedding dimension ``D``; loads the model."""
        if self._dimension is None:
            self._dimension = self.encode_texts([""]).shape[1]
        return self._dimension

    @property
    def input_edge(self) -> int:
        """Long edge of the model's input, pixels; loads the model."""
        return int(max(self.preprocess(Image.new("RGB", (32, 32))).shape))

    @property
    def batch_size(self) -> int:
        """How many pictures to give to `encode_pixels` at once; loads the model."""
        return min(self._ready().plan.batch_size, self._fitting)

    @property
    def lanes(self) -> int:
        """How many threads should call `encode_pixels` side by side; loads the model."""
        return execution.lanes(self._ready().device)

    def enter_lane(self) -> None:
        """Make the calling thread one of `lanes`; for good."""
        execution.enter_lane(self._ready().device)

    @property
    def device(self) -> str:
        """Where the model runs; loads the model."""
        return str(self._ready().device)

    @property
    def precision(self) -> str:
        """Number format of the weights while running; loads the model."""
        return self._ready().plan.precision

    @property
    def logit_scale(self) -> float:
        """Factor on cosine similarities before a softmax; loads the model."""
        return float(self._ready().loaded.model.logit_scale.float().exp())

    @property
    def is_loaded(self) -> bool:
        """Whether the model occupies memory now."""
        return self._running is not None

    def preprocess(self, image: Image.Image) -> Pixels:
        """Scale an upright RGB picture to the model's input size: ``(H, W, 3) uint8``."""
        return self._ready().preprocess(_without_extremes(image))

    def encode_images(self, images: Sequence[Image.Image]) -> Embeddings:
        """Embed upright RGB pictures.

        Returns:
            ``(N, D) float32``, L2-normalised.

        Raises:
            ModelError: Not even one picture fits the device's memory.
        """
        if not images:
            return np.empty((0, self.dimension), np.float32)
        size = self.batch_size  # Bounds the memory of the preprocessed pictures too.
        batches = [images[start : start + size] for start in range(0, len(images), size)]
        return np.concatenate(
            [self.encode_pixels(np.stack([self.preprocess(i) for i in batch])) for batch in batches]
        )

    def encode_pixels(self, pixels: Pixels) -> Embeddings:
        """Embed preprocessed pictures.

        Args:
            pixels: ``(N, H, W, 3) uint8`` from `preprocess`, ``N`` at least 1.

        Returns:
            ``(N, D) float32``, L2-normalised.

        Raises:
            ModelError: Not even one picture fits the device's memory.
        """
        import torch

        running = execution.RunningModel.encode_image
        return self._encode(torch.from_numpy(pixels), running, self.batch_size)

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts; of one that exceeds the context length, the mean of its pieces.

        Names that a tuned model has learned mean what it learned, see `LearnedWords`.

        Returns:
            ``(N, D) float32``, L2-normalised.

        Raises:
            ModelError: Not even one text fits the device's memory.
        """
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        words = self._ready().loaded.words
        return words.embed(texts, self._encode_texts) if words else self._encode_texts(texts)

    def _encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """As the text tower by itself does; ``texts`` is not empty."""
        with self._tokenizing:
            tokens, counts = _tokenized(self._ready().loaded.tokenizer, texts)
        # Short as they are, they would leave the weights waiting in batches as small as pictures'.
        most = max(_TEXTS_TOGETHER, self.batch_size)
        return _means(self._encode(tokens, execution.RunningModel.encode_text, most), counts)

    def unload(self) -> None:
        """Free the model's memory; the next use loads it again."""
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                device = running.device.type
                del running
                release(device)

    def unload_if_idle(self) -> bool:
        """Unload after ``unload_after_s`` without use; returns whether it did."""
        with self._lock:
            idle_s = time.monotonic() - self._last_use
            if self._running is None or idle_s < self._settings.unload_after_s:
                return False
            self.unload()
            return True

    def _encode(
        self,
        inputs: "Tensor",
        tower: "Callable[[execution.RunningModel, Tensor], Tensor]",
        most: int,
    ) -> Embeddings:
        """Run a tower in batches of ``most``; those that do not fit, and all after, are halved."""
        import torch

        rows: list[Tensor] = []
        running = self._ready()
        self._last_use = time.monotonic()
        with torch.inference_mode():
            start = 0
            while start < len(inputs):
                batch = inputs[start : start + min(most, self._fitting)]
                try:
                    with execution.out_of_memory_as(_OutOfMemory):
                        rows.append(tower(running, batch))
                    start += len(batch)
                    continue
                except _OutOfMemory as error:
                    self._refuse_if_single(batch, error)
                # Outside the except clause: the traceback would keep the batch's tensors alive.
                self._fitting = (len(batch) + 1) // 2
                logger.info("out of memory: batches of %d from now on", self._fitting)
                release(running.device.type)
        self._last_use = time.monotonic()
        return torch.cat(rows).numpy()

    def _refuse_if_single(self, batch: "Tensor", error: _OutOfMemory) -> None:
        if len(batch) == 1:
            raise ModelError(f"The model '{self.name}': {error}") from error

    def _ready(self) -> execution.RunningModel:
        """The running model; loads it under the lock when it is not there."""
        running = self._running
        if running is not None:
            return running
        with self._lock:
            if self._running is None:
                device = execution.choose_device(self._settings.device)
                wanted = self._settings.batch_size
                self._running = planning.start(
                    self._load(),
                    device,
                    self._settings.precision,
                    None if wanted == "auto" else wanted,
                )
                pass_over_what_stays()
                self._last_use = time.monotonic()
            return self._running


def _tokenized(tokenizer: Any, texts: Sequence[str]) -> "tuple[Tensor, list[int]]":
    """Tokens of the pieces of all texts, and how many pieces each text has."""
    # What ends in padding was not cut off.
    padding = tokenizer([""])[0, -1]
    tokens = tokenizer(list(texts))
    is_whole = (tokens[:, -1] == padding).tolist()
    if all(is_whole):
        return tokens, [1] * len(texts)

    def fits(text: str) -> bool:
        return bool(tokenizer([text])[0, -1] == padding)

    cut = [
        [text] if whole else pieces(text, fits) for text, whole in zip(texts, is_whole, strict=True)
    ]
    return tokenizer([piece for some in cut for piece in some]), [len(some) for some in cut]


def _means(rows: Embeddings, counts: Sequence[int]) -> Embeddings:
    """L2-normalised means of so many rows each."""
    if len(rows) == len(counts):
        return rows
    starts = np.cumsum([0, *counts[:-1]])
    sums = np.add.reduceat(rows, starts, axis=0)
    means: Embeddings = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return means


def _without_extremes(image: Image.Image) -> Image.Image:
    """Cut a very long picture down to its middle.

    Most models scale the short edge to their input size and keep the middle square: a line of
    60,000 x 1 pixels would be blown up to ten gigabytes first.
    """
    width, height = image.size
    longest = _LARGEST_RATIO * min(width, height)
    if max(width, height) <= longest:
        return image
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, left + min(width, longest), top + min(height, longest)))
