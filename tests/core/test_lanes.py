"""Batches side by side: in order, bounded, and with nothing left behind."""

import threading
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.core.lanes import Lanes
from clipsearch.core.types import Embeddings
from clipsearch.errors import ModelError
from tests.conftest import FakeModel


class Parallel(FakeModel):
    """Takes its time, the first batches longest, and watches who comes."""

    lanes = 3

    def __init__(self) -> None:
        """Nobody has come yet."""
        super().__init__()
        self.entered: set[int] = set()
        self.inside = 0
        self.most_inside = 0
        self._lock = threading.Lock()

    def enter_lane(self) -> None:
        """Note the thread."""
        self.entered.add(threading.get_ident())

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
        """The first pixel says for how long."""
        assert threading.get_ident() in self.entered
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        time.sleep(pixels.flat[0] / 1000)
        with self._lock:
            self.inside -= 1
        return super().encode_pixels(pixels)


def batch(value: int) -> NDArray[np.uint8]:
    return np.full((2, 2, 2, 3), value, np.uint8)


def test_results_come_in_order_from_several_threads() -> None:
    model = Parallel()
    done: list[int] = []
    with Lanes[int](model) as lanes:
        for number in range(12):
            pixels = batch(120 - 10 * number)
            done += [items[0] for items, _ in lanes.put([number], pixels)]
            assert number - len(done) < 4  # Three at work, and one that lies ready.
        done += [items[0] for items, _ in lanes.rest()]
    assert done == list(range(12))
    assert 1 < model.most_inside <= 3


def test_what_the_model_cannot_do_is_raised_where_it_is_taken() -> None:
    class Broken(FakeModel):
        def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
            raise ModelError("It does not fit.")

    with Lanes[int](Broken()) as lanes:
        assert list(lanes.put([1], batch(0))) == []
        with pytest.raises(ModelError, match="does not fit"):
            list(lanes.rest())


def test_leaving_drops_what_has_not_begun() -> None:
    model = Parallel()
    with Lanes[int](model) as lanes:
        for number in range(4):
            list(lanes.put([number], batch(200)))
    assert model.inside == 0
    assert model.embedded <= 3 * 2


def test_what_is_at_work_can_be_waited_for_and_the_rest_dropped() -> None:
    model = Parallel()
    with Lanes[int](model) as lanes:
        for number in range(4):
            assert list(lanes.put([number], batch(200))) == []
        while model.inside < 3:
            time.sleep(0.01)
        assert [items[0] for items, _ in lanes.begun()] == [0, 1, 2]
        assert list(lanes.rest()) == []
    assert model.embedded == 3 * 2
