"""Texts that are longer than a model's context."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsearch.ml.encoder import Encoder
from clipsearch.ml.long_texts import pieces
from clipsearch.settings import Settings


def at_most(letters: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= letters


@given(st.text(max_size=300), st.integers(1, 40))
def test_nothing_but_space_is_lost(text: str, letters: int) -> None:
    found = pieces(text, at_most(letters))
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(piece) <= letters for piece in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A dog runs, fast. A cat sleeps.", ["A dog runs, fast.", "A cat sleeps."]),
        ("a red car, a blue house", ["a red car,", "a blue house"]),
        ("mountains under snow", ["mountains", "under snow"]),
        ("Donaudampfschifffahrt", ["Donaudampf", "schifffahrt"]),
    ],
)
def test_the_cut_is_made_where_the_text_has_a_seam(text: str, expected: list[str]) -> None:
    assert pieces(text, at_most(17 if "," in text else 15)) == expected


def test_a_text_that_fits_stays_whole() -> None:
    assert pieces("a dog on a beach", at_most(16)) == ["a dog on a beach"]


def test_the_end_of_a_long_text_counts(tiny_model: Path) -> None:
    encoder = Encoder(str(tiny_model), Settings(precision="float32", device="cpu"))
    beginning = "one two three four five six seven eight nine ten eleven twelve, "
    [dogs, cats] = encoder.encode_texts([beginning + "dogs", beginning + "cats"])
    assert not np.allclose(dogs, cats, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm([dogs, cats], axis=1), 1, atol=1e-5)


def test_a_long_text_is_the_mean_of_its_pieces_and_changes_no_other(tiny_model: Path) -> None:
    encoder = Encoder(str(tiny_model), Settings(precision="float32", device="cpu"))
    first = "one two three four five six seven eight nine."
    second = "ten eleven twelve thirteen fourteen fifteen."
    whole, alone, after = encoder.encode_texts([f"{first} {second}", "a dog", second])
    np.testing.assert_allclose(alone, encoder.encode_texts(["a dog"])[0], atol=1e-5)
    np.testing.assert_allclose(after, encoder.encode_texts([second])[0], atol=1e-5)
    mean = encoder.encode_texts([first, second]).sum(axis=0)
    np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), atol=1e-5)
