"""The texts that a model learns a concept by."""

from pathlib import Path

import pytest

from clipsearch.ml.training_texts import TEMPLATES, texts_of
from clipsearch.ml.tuning_types import Concept, Example

PHOTO = Example(Path("a.jpg"), "aa", 0, (0,))


def test_names_description_and_captions_all_teach() -> None:
    concept = Concept("Lotte", "a sailing boat", ("our yacht",))
    photo = Example(Path("a.jpg"), "aa", 0, (0,), captions=("in the harbour of Hoorn",))
    texts = texts_of(concept, photo)
    assert texts[0] == "Lotte"
    said = {*texts}
    assert {"our yacht", "Lotte, a sailing boat", "in the harbour of Hoorn"} <= said
    assert "a photo of Lotte, a sailing boat" in said


def test_the_bare_name_is_drawn_as_often_as_all_its_templates() -> None:
    texts = texts_of(Concept("mushroom"), PHOTO)
    assert texts.count("mushroom") == len(texts) / 2 == len(TEMPLATES)
    assert texts_of(Concept("mushroom"), PHOTO, ()) == ("mushroom",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mushroom", "a photo of a mushroom"),
        ("glass of wine", "a photo of a glass of wine"),
        ("Lotte", "a photo of Lotte"),
        ("our dog Rufus", "a photo of our dog Rufus"),
        ("the old workshop", "a photo of the old workshop"),
        ("mushrooms I have eaten", "a photo of mushrooms I have eaten"),
        ("good portraits", "a photo of good portraits"),
        ("100 % {proof}", "a photo of a 100 % {proof}"),
    ],
)
def test_a_name_stands_in_a_template_as_one_would_say_it(name: str, expected: str) -> None:
    assert texts_of(Concept(name), PHOTO)[len(TEMPLATES)] == expected
