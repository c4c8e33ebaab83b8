"""The library's own vocabulary: described, undone, merged, taken over from where it lay before."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsearch.core.label_exchange import export_labels, import_labels
from clipsearch.core.label_types import ImportReport
from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.core.tag_file import (
    checked,
    format_vocabulary,
    parse_vocabulary,
    read_vocabulary,
    shipped_vocabulary,
    write_vocabulary,
)
from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
from clipsearch.core.vocabulary_rows import new_entries
from clipsearch.errors import InputError
from clipsearch.settings import Settings

WORDS = 'pet = {}\ndog = { in = "pet", also = "hound", looks = ["a snout", "ears"] }\n'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    store = LabelStore(tmp_path / "labels.sqlite")
    yield store
    store.close()


def test_a_library_without_its_own_uses_what_ships(store: LabelStore) -> None:
    assert store.vocabulary.read() is shipped_vocabulary()


def test_the_first_description_keeps_all_that_ships(store: LabelStore) -> None:
    shipped = shipped_vocabulary()
    store.vocabulary.describe(Tag("Dog", ("PET",), ("hound",), context="a dog"))
    own = store.vocabulary.read()
    described = Tag("dog", ("pet",), ("hound",), context="a dog")
    assert list(own.entries) == [described if tag.name == "dog" else tag for tag in shipped.entries]
    assert store.file.undo_title == "Describe the tag 'Dog'"
    store.file.undo()
    assert store.vocabulary.read() == shipped
    store.file.redo()
    assert store.vocabulary.read() == own


def test_a_tag_of_the_users_is_described_with_one_above_it_that_is_new(store: LabelStore) -> None:
    store.vocabulary.replace(parse_vocabulary(WORDS))
    store.vocabulary.describe(Tag("Rex", ("dog", "family"), ("our dog",)))
    own = store.vocabulary.read()
    assert [tag.name for tag in own.entries] == ["pet", "dog", "Rex", "family"]
    assert own.implied("Rex") == {"dog", "pet", "family"}


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        (Tag("pet", ("dog",)), "in a circle"),
        (Tag("cat", synonyms=("dog",)), "the name of the tag 'dog'"),
        (Tag("cat", descriptors=(" fur",)), "'looks' of 'cat'"),
        (Tag("cat", ("",)), "'in' of 'cat'"),
        (Tag("c" * 101), "'name' of"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    store: LabelStore, tag: Tag, told: str
) -> None:
    before = parse_vocabulary(WORDS)
    store.vocabulary.replace(before)
    with pytest.raises(InputError, match="vocabulary") as raised:
        store.vocabulary.describe(tag)
    assert told in str(raised.value)
    assert store.vocabulary.read() == before
    assert store.file.undo_title == "Replace the vocabulary"


def test_a_vocabulary_that_is_replaced_or_reset_is_kept_in_a_copy(store: LabelStore) -> None:
    first = parse_vocabulary(WORDS)
    store.vocabulary.replace(first)
    store.vocabulary.replace(parse_vocabulary("cat = {}"))
    (kept,) = store.file.backups.folder.glob("labels-replaced-*")
    again = store.vocabulary.reset()
    assert store.vocabulary.reset() is None
    assert store.vocabulary.read() == shipped_vocabulary()
    assert again is not None
    store.file.restore(again)
    assert store.vocabulary.read() == parse_vocabulary("cat = {}")
    store.file.restore(kept)
    assert store.vocabulary.read() == first


def test_a_description_follows_its_tag_to_another_name(store: LabelStore) -> None:
    store.vocabulary.replace(parse_vocabulary(f'{WORDS}grandma = {{ in = "pet" }}'))
    store.vocabulary.describe(Tag("Rex", ("grandma",)))
    for name in ("grandma", "dog", "Rex"):
        store.tags.decide(name, ["a"], "accepted")
    before = store.vocabulary.read()
    store.tags.rename("Grandma", "Granny")
    assert store.vocabulary.read()["Granny"].parents == ("pet",)
    assert store.vocabulary.read()["Rex"].parents == ("Granny",)
    store.file.undo()
    assert store.vocabulary.read() == before
    store.tags.rename("dog", "Hund")  # It ships, and the model knows no "Hund".
    store.tags.rename("Rex", "hound")  # A synonym of another one.
    assert store.vocabulary.read() == before
    assert {tag.name for tag in store.tags.tags()} == {"grandma", "Hund", "hound"}


# Merging


_NAMES = st.sampled_from([*"abcd", *"AB"])


@st.composite
def vocabularies(draw: st.DrawFn) -> TagVocabulary:
    """Any in which tags lie below those before them."""
    names = draw(st.lists(_NAMES, min_size=1, unique_by=str.casefold))
    taken = {name.casefold() for name in names}
    synonyms = st.sampled_from([*"abcdef"]).filter(lambda one: one not in taken)
    return TagVocabulary(
        tuple(
            Tag(
                name,
                tuple(draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=2)))
                if place
                else (),
                tuple(draw(st.lists(synonyms, unique=True, max_size=2))),
                is_heading=bool(place) and draw(st.booleans()),
            )
            for place, name in enumerate(names)
        )
    )


@given(mine=vocabularies(), theirs=vocabularies())
def test_any_two_vocabularies_fit_to_each_other_when_they_are_merged(
    mine: TagVocabulary, theirs: TagVocabulary
) -> None:
    merged = checked((*mine.entries, *new_entries(mine.entries, theirs.entries)), "both")
    assert merged.entries[: len(mine.entries)] == mine.entries
    said = {w.casefold() for tag in merged.entries for w in (tag.name, *tag.synonyms)}
    assert {tag.name.casefold() for tag in theirs.entries} <= said
    assert new_entries(merged.entries, theirs.entries) == []


def test_the_librarys_own_descriptions_win_over_imported_ones(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    file = tmp_path / "labels.jsonl"
    with (
        closing(LabelStore(tmp_path / "labels.sqlite")) as mine,
        closing(LabelStore(tmp_path / "other" / "labels.sqlite")) as theirs,
    ):
        mine.vocabulary.replace(parse_vocabulary(WORDS))
        theirs.vocabulary.replace(
            parse_vocabulary(
                'Dog = {}\nhound = {}\npet = {}\npuppy = { in = ["hound", "Dog"], also = ["pup"] }'
            )
        )
        export_labels(theirs.file, file, {})
        assert import_labels(mine.file, file) == ImportReport(added=1, changed=0, kept=2)
        own = mine.vocabulary.read()
        assert own.entries[:2] == parse_vocabulary(WORDS).entries
        assert own.entries[2:] == (Tag("puppy", ("dog",), ("pup",)),)
        mine.file.undo()
        assert mine.vocabulary.read() == parse_vocabulary(WORDS)


def test_imported_tags_that_fit_to_nothing_change_nothing(
    store: LabelStore, tmp_path: Path
) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(
        '{"format": "clipsearch labels", "version": 2}\n'
        '{"kind": "tag", "name": "dog", "created_at": "2026-01-01T00:00:00Z"}\n'
        '{"kind": "vocabulary", "name": "dog", "description": {"in": "nowhere"}}\n'
    )
    with pytest.raises(InputError, match="'nowhere', which is not there") as raised:
        import_labels(store.file, file)
    assert str(file) in str(raised.value)
    assert not store.tags.tags()
    assert store.vocabulary.read() is shipped_vocabulary()


# Files


def test_a_vocabulary_is_written_over_another_one_alone(tmp_path: Path) -> None:
    vocabulary, file = parse_vocabulary(WORDS), tmp_path / "tags.toml"
    write_vocabulary(vocabulary, file)
    assert read_vocabulary(file) == vocabulary
    with pytest.raises(InputError, match="already there"):
        write_vocabulary(vocabulary, file)
    write_vocabulary(parse_vocabulary("cat = {}"), file, may_replace=True)
    assert read_vocabulary(file) == parse_vocabulary("cat = {}")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8 a photo")
    with pytest.raises(InputError, match="something else"):
        write_vocabulary(vocabulary, photo, may_replace=True)
    assert photo.read_bytes() == b"\xff\xd8 a photo"
    with pytest.raises(InputError, match="cannot be written"):
        write_vocabulary(vocabulary, tmp_path / "nowhere" / "tags.toml")


def at_its_old_place(tmp_path: Path, text: str = WORDS) -> Path:
    """A library whose vocabulary is a file, as clipsearch kept it once."""
    LabelStore(tmp_path / "labels.sqlite").close()
    file = tmp_path / "vocabulary.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_vocabulary_at_its_old_place_is_taken_over_and_set_aside(tmp_path: Path) -> None:
    old = at_its_old_place(tmp_path)
    with closing(LabelStore(tmp_path / "labels.sqlite")) as store:
        assert store.vocabulary.read() == parse_vocabulary(WORDS)
        assert store.file.take_notices() == []
    assert not old.exists()
    (aside,) = tmp_path.glob("vocabulary.imported-*.toml")
    assert aside.read_text() == WORDS
    # Once: a later one is not overwritten.
    with closing(LabelStore(tmp_path / "labels.sqlite")) as store:
        store.vocabulary.describe(Tag("cat"))
        assert "cat" in store.vocabulary.read()
        backups = store.file.backups
    with closing(sqlite3.connect(backups.today)) as copy:
        assert copy.execute("SELECT count(*) FROM vocabulary_tags").fetchone() == (3,)


def test_a_process_killed_while_it_takes_a_vocabulary_over_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = at_its_old_place(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _killed)
        with pytest.raises(KeyboardInterrupt):
            LabelStore(tmp_path / "labels.sqlite")
    assert old.read_text() == WORDS
    with closing(LabelStore(tmp_path / "labels.sqlite")) as store:
        assert store.vocabulary.read() == parse_vocabulary(WORDS)
        assert store.file.take_notices() == []
    assert not old.exists()


def _killed(self: Path, target: Path) -> Path:
    if self.name == "vocabulary.toml":
        raise KeyboardInterrupt
    os.replace(self, target)
    return target


@pytest.mark.parametrize(
    ("text", "own", "told"),
    [("red = 3", None, "needs braces"), ("cat = {}", WORDS, "vocabulary import")],
)
def test_what_cannot_be_taken_over_stays_and_is_told(
    tmp_path: Path, text: str, own: str | None, told: str
) -> None:
    if own:
        with closing(LabelStore(tmp_path / "labels.sqlite")) as store:
            store.vocabulary.replace(parse_vocabulary(own))
    old = tmp_path / "vocabulary.toml"
    old.write_text(text, encoding="utf-8")
    LabelStore(tmp_path / "labels.sqlite").close()
    library = Library(tmp_path, Settings())
    (notice,) = library.open()
    assert str(old) in notice
    assert told in notice
    expected = parse_vocabulary(own) if own else shipped_vocabulary()
    assert library.tagging.vocabulary() == expected
    library.close()
    assert old.read_text(encoding="utf-8") == text


def test_an_exported_vocabulary_says_the_same_in_another_library(
    tmp_path: Path, store: LabelStore
) -> None:
    store.vocabulary.describe(Tag("Rex", ("dog",)))
    file = tmp_path / "tags.toml"
    write_vocabulary(store.vocabulary.read(), file)
    (tmp_path / "other").mkdir()
    with closing(LabelStore(tmp_path / "other" / "labels.sqlite")) as other:
        assert other.vocabulary.import_from(file) == len(store.vocabulary.read().tags)
        assert format_vocabulary(other.vocabulary.read()) == file.read_text(encoding="utf-8")
