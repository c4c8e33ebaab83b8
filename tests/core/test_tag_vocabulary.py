"""The vocabulary of tags: what ships, and what users write."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsearch.core.classification import read_templates
from clipsearch.core.tag_file import (
    format_vocabulary,
    parse_vocabulary,
    prompt_domains,
    read_vocabulary,
    shipped_vocabulary,
)
from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
from clipsearch.errors import InputError
from clipsearch.resources import resource_path

_TEXTS = st.text(min_size=1, max_size=20).filter(
    lambda text: text.isprintable() and text == text.strip()
)


def test_the_shipped_vocabulary_is_large_and_related() -> None:
    vocabulary = shipped_vocabulary()
    assert len(vocabulary.tags) >= 600
    assert {"dog", "pet", "animal"} <= {*vocabulary.implied("puppy")}
    assert "indoors" in vocabulary.implied("bedroom")
    assert "outdoors" in vocabulary.implied("beach")
    assert "objects" not in vocabulary.implied("hammer")  # A heading.
    assert vocabulary["crane (bird)"].phrase == "crane, a bird"
    assert vocabulary.domain("puppy") == "pets"
    assert vocabulary["daylight"].group == "day or night"


def test_what_ships_is_read_again_as_it_was_written() -> None:
    vocabulary = shipped_vocabulary()
    assert parse_vocabulary(format_vocabulary(vocabulary)) == vocabulary


@given(
    st.lists(
        st.tuples(
            _TEXTS,
            st.lists(_TEXTS.map("also ".__add__), max_size=3, unique=True),
            st.lists(_TEXTS, max_size=2, unique=True),
            _TEXTS | st.just(""),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0].casefold(),
    )
)
def test_any_vocabulary_is_read_again_as_it_was_written(
    rows: list[tuple[str, list[str], list[str], str]],
) -> None:
    names = [row[0] for row in rows]
    entries = tuple(
        Tag(name, tuple(names[:number]), tuple(also), tuple(looks), context)
        for number, (name, also, looks, context) in enumerate(rows)
    )
    taken = {name.casefold() for name in names}
    if any(synonym.casefold() in taken for tag in entries for synonym in tag.synonyms):
        return
    vocabulary = TagVocabulary(entries)
    assert parse_vocabulary(format_vocabulary(vocabulary)) == vocabulary


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dog = { in = ", "not TOML"),
        ("dog = 3", "'dog' needs braces"),
        ("dog = { legs = 4 }", "'legs'"),
        ('dog = { in = "animal" }', "'animal', which is not there"),
        ("dog = { in = 7 }", "'in' of 'dog'"),
        ('dog = { also = "two\\nlines" }', "'also' of 'dog'"),
        ('dog = { heading = "yes" }', "'heading' of 'dog'"),
        ('dog = {}\nDOG = { in = "dog" }', "two tags 'DOG'"),
        ('dog = {}\nhound = { also = "Dog" }', "synonym of 'hound'"),
        ('a = { in = "b" }\nb = { in = "a" }', "'a' in 'b' in 'a'"),
        ('dog = { prompts = "dogs" }', "'dogs', which is none of"),
        ("animals = { heading = true }", "holds no tags"),
        ("", "holds no tags"),
    ],
)
def test_a_vocabulary_that_makes_no_sense_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_vocabulary(text, "mine.toml")
    assert "mine.toml" in str(raised.value)
    assert told in str(raised.value)


def test_tags_that_lie_too_deep_are_refused_and_exhaust_nothing() -> None:
    text = "".join(f't{n} = {{ in = "t{n + 1}" }}\n' for n in range(2000)) + "t2000 = {}\n"
    with pytest.raises(InputError, match="tags deep"):
        parse_vocabulary(text)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml"):
        read_vocabulary(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="it is not text"):
        read_vocabulary(tmp_path / "binary.toml")


def test_every_domain_has_templates_that_can_be_filled() -> None:
    vocabulary = shipped_vocabulary()
    used = {vocabulary.domain(tag.name) for tag in vocabulary.tags}
    assert used <= set(prompt_domains())
    for domain in prompt_domains():
        assert read_templates(resource_path(f"prompts/{domain}.txt"))
