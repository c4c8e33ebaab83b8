"""What a learned name does to the embeddings of texts."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from clipsearch.ml.learned_words import LearnedWords

D = 16
NAMES = ("Lotte", "Lotte's cabin", "C++")


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    normalised: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return normalised.astype(np.float32)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Something of its own for every text."""
    seeds = [hashlib.blake2b(text.encode(), digest_size=4).digest() for text in texts]
    return np.concatenate(
        [unit(np.random.default_rng(int.from_bytes(s)).normal(size=(1, D))) for s in seeds]
    )


KNOWN = encode([name.lower() for name in NAMES])
LEARNED = unit(np.random.default_rng(0).normal(size=(len(NAMES), D)))


def words(strength: float = 1.0) -> LearnedWords:
    return LearnedWords(NAMES, KNOWN, LEARNED, strength)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lotte", 0),
        ("  lOTTE ", 0),
        ("a photo of a Lotte", 0),
        ("A photo of the lotte", 0),
        ("a picture of a Lotte in daily life", 0),
        ("a lotte", 0),
        ("Lotte's  cabin", 1),
        ("c++", 2),
    ],
)
def test_a_name_alone_means_what_was_learned(text: str, name: int) -> None:
    np.testing.assert_allclose(words().embed([text], encode)[0], LEARNED[name], atol=1e-6)
    mixed = unit(0.7 * KNOWN[name] + 0.3 * LEARNED[name])
    np.testing.assert_allclose(words(0.3).embed([text], encode)[0], mixed, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Lotte on the beach", [0]),
        ("the beach, with LOTTE.", [0]),
        ("two people in lotte's cabin", [1]),
        ("Lotte before Lotte's cabin, and Lotte", [0, 1]),
        ("writing C++ at night", [2]),
    ],
)
def test_a_name_in_a_text_moves_it(text: str, names: list[int]) -> None:
    shift = (unit(0.5 * KNOWN + 0.5 * LEARNED) - KNOWN)[names].sum(axis=0)
    expected = unit(encode([text])[0] + shift)
    np.testing.assert_allclose(words(0.5).embed([text], encode)[0], expected, atol=1e-6)


def test_other_texts_stay_as_they_are_bit_for_bit() -> None:
    texts = ["Lottery", "a photo of a cat", "charlotte", "", "c+", "Lotte"]
    rows = words().embed(texts, encode)
    assert np.array_equal(rows[:-1], encode(texts)[:-1])
    assert not np.array_equal(rows[-1], encode(texts)[-1])
    assert rows.dtype == np.float32
    assert np.array_equal(encode(texts), encode(texts)), "the model's own rows are not written to"
