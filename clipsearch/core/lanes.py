"""Runs a model on batches of photos, several side by side where the model says that it pays."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.priority import give_way
from clipsearch.core.types import EmbeddingModel, Embeddings

T = TypeVar("T")


class Lanes(Generic[T]):
    """Embeds batches in threads; the results come in the order of the batches.

    Used by one thread, as a context manager. What was not taken when it ends is dropped.
    """

    def __init__(self, model: EmbeddingModel) -> None:
        """Start the model's lanes."""
        self._model = model
        self._size = model.lanes
        self._pool = ThreadPoolExecutor(
            self._size, thread_name_prefix="embed", initializer=self._enter
        )
        self._running: deque[tuple[Sequence[T], Future[Embeddings]]] = deque()

    def put(
        self, items: Sequence[T], pixels: NDArray[np.uint8]
    ) -> Iterator[tuple[Sequence[T], Embeddings]]:
        """Take a batch; yields those that are done, and waits only while too many are not.

        Args:
            items: ``N`` things that come back with their embeddings.
            pixels: ``(N, H, W, 3)``.

        Raises:
            ModelError: Not even one picture fits the device's memory.
        """
        self._running.append((items, self._pool.submit(self._model.encode_pixels, pixels)))
        # One more than there are lanes: the next batch lies ready when one is done.
        while len(self._running) > self._size + 1:
            yield self._first()

    def rest(self) -> Iterator[tuple[Sequence[T], Embeddings]]:
        """Wait for all batches, and yield them."""
        while self._running:
            yield self._first()

    def begun(self) -> Iterator[tuple[Sequence[T], Embeddings]]:
        """Drop what lies ready, wait for the batches that are at work, and yield them."""
        self._running = deque(entry for entry in self._running if not entry[1].cancel())
        yield from self.rest()

    def __enter__(self) -> Self:
        """Nothing more."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop what has not begun, and wait for what has."""
        self._pool.shutdown(cancel_futures=True)

    def _enter(self) -> None:
        give_way()  # A search that is made meanwhile goes first.
        self._model.enter_lane()

    def _first(self) -> tuple[Sequence[T], Embeddings]:
        items, result = self._running.popleft()
        return items, result.result()
