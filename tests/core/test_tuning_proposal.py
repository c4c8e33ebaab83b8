"""What a model confuses today, and the method that is proposed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clipsearch.core.tuning_confusions import Confusion, confusions
from clipsearch.core.tuning_proposal import proposal
from clipsearch.ml.tuning_types import Concept, Example, Lessons


def lessons(*counts: int) -> Lessons:
    """So many photos of each concept, of which a third is held out, and one of background."""
    examples = [
        Example(Path(f"{concept} {n}.jpg"), f"{concept}{n}", n, (concept,), is_held_out=n % 3 == 2)
        for concept, count in enumerate(counts)
        for n in range(count)
    ]
    concepts = tuple(Concept(f"concept {number}") for number in range(len(counts)))
    return Lessons(concepts, (*examples, Example(Path("other.jpg"), "other", 0)))


def test_photos_nearer_to_another_name_are_confused_the_clearest_first() -> None:
    found = lessons(2, 1)
    names = np.eye(2, dtype=np.float32)
    embeddings = np.array([[0.6, 0.8], [0.8, 0.6], [1, 0], [0, 1]], np.float32)
    assert confusions(found, embeddings, names) == (
        Confusion(Path("1 0.jpg"), 1, 0, 1.0),
        Confusion(Path("0 0.jpg"), 0, 1, float(np.float32(0.8) - np.float32(0.6))),
    )
    both = replace(found, examples=tuple(replace(one, concepts=(0, 1)) for one in found.examples))
    assert confusions(both, embeddings, names) == ()


def test_a_single_concept_is_confused_with_none() -> None:
    found = lessons(2)
    assert confusions(found, np.eye(3, 2, dtype=np.float32), np.eye(1, 2, dtype=np.float32)) == ()


@pytest.mark.parametrize(
    ("counts", "device", "method"),
    [
        ((3, 4), "cuda:0", "gda"),
        ((8, 10), "cpu", "lora"),
        ((60,) * 10, "cpu", "lora"),
        ((600,) * 10, "cpu", "linear"),
        ((600,) * 10, "mps", "lora"),
    ],
)
def test_the_method_follows_from_photos_and_device(
    counts: tuple[int, ...], device: str, method: str
) -> None:
    proposed, reason = proposal(lessons(*counts), device)
    assert proposed == method
    assert reason.endswith(".")
    assert "{" not in reason
