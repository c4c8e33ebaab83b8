"""Which photos are close by their embeddings: the blocks give what a plain loop gives."""

import numpy as np
import pytest

from clipsearch.core import neighbours
from clipsearch.core.neighbours import MOST_NEIGHBOURS, close_pairs, similarity_at
from clipsearch.core.types import Embeddings
from clipsearch.progress import Cancelled


def clustered(count: int, spread: float) -> Embeddings:
    """Embeddings in loose clusters, as of photos."""
    rng = np.random.default_rng(count)
    centres = rng.normal(size=(max(1, count // 20), 16))
    vectors = centres[rng.integers(0, len(centres), count)] + spread * rng.normal(size=(count, 16))
    embeddings: Embeddings = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return embeddings.astype(np.float32)


def slow_pairs(embeddings: Embeddings, least: float) -> set[tuple[int, int]]:
    """Photo by photo."""
    found = set()
    for row, embedding in enumerate(embeddings):
        similar = embeddings @ embedding
        similar[row] = -1
        for other in np.argsort(-similar)[:MOST_NEIGHBOURS]:
            if similar[other] > least:
                found.add((min(row, int(other)), max(row, int(other))))
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 500])
@pytest.mark.parametrize("spread", [0.2, 1.0])
def test_all_blocks_together_give_the_nearest_of_each(
    monkeypatch: pytest.MonkeyPatch, count: int, spread: float
) -> None:
    monkeypatch.setattr(neighbours, "_BLOCK", 64)
    embeddings = clustered(count, spread)
    found = close_pairs(embeddings, 0.8)
    assert [tuple(pair) for pair in found.tolist()] == sorted(slow_pairs(embeddings, 0.8))


def test_the_threshold_lies_on_the_models_own_scale() -> None:
    wide = clustered(400, 1.0)
    # Another model, in which any two photos are alike by half.
    narrow = np.concatenate([wide, np.full((400, 1), 1, np.float32)], axis=1) / np.sqrt(2)
    for share in (0.0, 0.7, 1.0):
        pairs = [
            {tuple(p) for p in close_pairs(e, similarity_at(share, e) - 1e-6).tolist()}
            for e in (wide, narrow)
        ]
        assert len(pairs[0] ^ pairs[1]) <= 2  # Rounding at the threshold.
    slow = (wide @ wide.T)[~np.eye(400, dtype=bool)].mean()
    assert similarity_at(0.0, wide) == pytest.approx(slow, abs=1e-5)
    assert similarity_at(0.7, np.empty((0, 8), np.float32)) == 1.0


def test_it_can_be_stopped() -> None:
    def stop(done: int, total: int | None, note: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        close_pairs(clustered(50, 1.0), 0.8, progress=stop)


def test_in_a_library_of_one_scene_all_are_close() -> None:
    alike = clustered(20, 0.0)
    assert similarity_at(0.7, alike) < 0.9
