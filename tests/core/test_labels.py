"""What the user says of photos: kept, undone, and laid over what their files say."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsearch.core.contents import rows_of
from clipsearch.core.facets import Facets, comparable
from clipsearch.core.label_schema import EDITED
from clipsearch.core.label_types import Decision, DecisionColumns
from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.core.library_labels import merged_keywords
from clipsearch.core.query_language import parse_query
from clipsearch.core.snapshot import to_arrow
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.core.tag_vocabulary import Tag
from clipsearch.core.types import FileState, Metadata, Photo
from clipsearch.errors import InputError, LibraryError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    store = LabelStore(tmp_path / "labels.sqlite")
    yield store
    store.close()


def dump(store: LabelStore) -> dict[str, list[tuple[object, ...]]]:
    """Everything that can be undone."""
    with store.file.reading() as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall())
            for table in EDITED
        }


# Decisions


def test_a_tag_is_the_same_in_capitals_and_with_blanks(store: LabelStore) -> None:
    store.tags.decide("Café  table ", ["a"], "accepted")
    store.tags.decide("CAFE\u0301 TABLE", ["b"], "rejected")
    (tag,) = store.tags.tags()
    assert (tag.name, tag.accepted, tag.rejected) == ("Café table", 1, 1)


@pytest.mark.parametrize("name", ["", "  ", "a||b", "|", "x" * 201])
def test_what_is_no_name_is_refused_and_nothing_is_written(store: LabelStore, name: str) -> None:
    with pytest.raises(InputError):
        store.tags.decide(name, ["a"], "accepted")
    assert not store.tags.tags()
    assert store.file.undo_title is None


def test_the_last_word_counts_and_can_be_taken_back(store: LabelStore) -> None:
    store.tags.decide("dog", ["a", "b"], "accepted")
    store.tags.decide("dog", ["a"], "rejected")
    store.tags.decide("dog", ["b"], None)
    assert [(one.content_hash, one.verdict) for one in store.tags.of_tag("DOG")] == [
        ("a", "rejected")
    ]
    assert [one.tag for one in store.tags.of_photos(["a", "b", "c"])["a"]] == ["dog"]


def test_merging_keeps_what_was_accepted_anywhere(store: LabelStore) -> None:
    store.tags.decide("puppy", ["a", "b"], "accepted")
    store.tags.decide("puppy", ["c"], "rejected")
    store.tags.decide("dog", ["a", "c"], "rejected")
    store.tags.merge(["puppy"], "dog")
    verdicts = {one.content_hash: one.verdict for one in store.tags.of_tag("dog")}
    assert verdicts == {"a": "accepted", "b": "accepted", "c": "rejected"}
    assert [tag.name for tag in store.tags.tags()] == ["dog"]


def test_a_tag_is_not_renamed_over_another(store: LabelStore) -> None:
    store.tags.decide("puppy", ["a"], "accepted")
    store.tags.decide("dog", ["b"], "accepted")
    before = dump(store)
    with pytest.raises(InputError, match="merge"):
        store.tags.rename("puppy", "Dog")
    assert dump(store) == before
    store.tags.rename("dog", "Dog")
    assert [tag.name for tag in store.tags.tags()] == ["Dog", "puppy"]


# Undo


_HASHES = st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True)
_TAGS = st.sampled_from(["dog", "Dog", "cat", "it's", "{x}|y"])
_WORDS = st.sampled_from(["cat = {}", 'dog = {}\ncat = { in = "dog" }', '"it\'s" = { also = "x" }'])
EDITS: st.SearchStrategy[Callable[[LabelStore], object]] = st.one_of(
    st.builds(
        lambda t, h, v: lambda s: s.tags.decide(t, h, v),
        _TAGS,
        _HASHES,
        st.sampled_from(["accepted", "rejected", None]),
    ),
    st.builds(lambda t, n: lambda s: s.tags.rename(t, n), _TAGS, _TAGS),
    st.builds(lambda t, n: lambda s: s.tags.merge([t], n), _TAGS, _TAGS),
    st.builds(lambda t: lambda s: s.tags.delete(t), _TAGS),
    st.builds(lambda h, n: lambda s: s.ratings.rate(h, n), _HASHES, st.none() | st.integers(-1, 5)),
    st.builds(lambda h, on: lambda s: s.ratings.set_favourite(h, on), _HASHES, st.booleans()),
    st.builds(lambda t: lambda s: s.collections.create(t, note="'"), _TAGS),
    st.builds(lambda t, h: lambda s: s.collections.add(t, h), _TAGS, _HASHES),
    st.builds(lambda t, h: lambda s: s.collections.set_caption(t, h, "it's"), _TAGS, _HASHES),
    st.builds(lambda t, h: lambda s: s.collections.remove(t, h), _TAGS, _HASHES),
    st.builds(lambda t: lambda s: s.collections.delete(t), _TAGS),
    st.builds(lambda w: lambda s: s.vocabulary.replace(parse_vocabulary(w)), _WORDS),
    st.builds(lambda t, w: lambda s: s.vocabulary.describe(Tag(t, synonyms=(w,))), _TAGS, _TAGS),
)


@given(edits=st.lists(EDITS, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_undo_leads_back_through_every_state_and_redo_forward_again(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Callable[[LabelStore], object]]
) -> None:
    store = LabelStore(tmp_path_factory.mktemp("undo") / "labels.sqlite")
    try:
        states = [dump(store)]
        for edit in edits:
            try:
                edit(store)
            except InputError:
                assert dump(store) == states[-1]
            if dump(store) != states[-1]:
                states.append(dump(store))
        for state in states[-2::-1]:
            store.file.undo()
            assert dump(store) == state
        assert store.file.undo_title is None
        for state in states[1:]:
            store.file.redo()
            assert dump(store) == state
        assert store.file.redo_title is None
    finally:
        store.close()


def test_what_another_program_changed_since_is_not_undone(store: LabelStore) -> None:
    store.tags.decide("dog", ["a"], "accepted")
    other = LabelStore(store.file.path)
    other.tags.delete("dog")
    other.close()
    with pytest.raises(LibraryError, match="another program"):
        store.file.undo()
    assert not store.tags.tags()
    assert store.file.undo_title is None


def break_off(store: LabelStore) -> None:
    with store.file.editing("break") as connection:
        connection.execute("DELETE FROM decisions")
        connection.execute("INSERT INTO ratings VALUES ('a', 9, 'user', '')")


def test_an_edit_that_fails_leaves_nothing_to_undo(store: LabelStore) -> None:
    store.tags.decide("dog", ["a"], "accepted")
    with pytest.raises(sqlite3.IntegrityError):
        break_off(store)
    assert store.file.undo_title == "Tag 1 photo 'dog'"
    assert len(store.tags.of_tag("dog")) == 1


# Captions


def test_photos_get_one_caption_together_in_one_step(store: LabelStore) -> None:
    store.collections.create("Best")
    store.collections.create("Rome")
    store.collections.add("Best", ["a", "b", "c"])
    store.collections.add("Rome", ["a"])
    store.collections.set_caption("best", ["a", "b"], "  a red\ndog ")
    text = "a red\ndog"
    said = {"a": {"Best": text, "Rome": ""}, "b": {"Best": text}, "c": {"Best": ""}}
    assert store.collections.of_photos("abcx") == said
    assert store.file.undo() == "Change 2 captions in 'best'"
    assert store.collections.of_photos("ab") == {"a": {"Best": "", "Rome": ""}, "b": {"Best": ""}}


def test_no_caption_is_written_if_one_of_the_photos_is_not_in_the_collection(
    store: LabelStore,
) -> None:
    store.collections.create("Best")
    store.collections.add("Best", ["a"])
    with pytest.raises(InputError, match="not in the collection 'Best'"):
        store.collections.set_caption("Best", ["a", "x"], "lost")
    assert store.collections.of_photos("ax") == {"a": {"Best": ""}}


# Laid over the photos' files

_WORDS = st.sampled_from(["dog", "Dog", "cat", "Places|Rome", "new"])
_DECISIONS = st.lists(
    st.builds(
        lambda tag, content, verdict: Decision(tag, content, verdict, "user", NOW),
        _WORDS,
        st.sampled_from("abcdx"),
        st.sampled_from(["accepted", "rejected"]),
    ),
    max_size=8,
    unique_by=lambda one: (comparable(one.tag), one.content_hash),
)


def facets_of(photos: list[Photo]) -> Facets:
    keys = [str(number) for number in range(len(photos))]
    return Facets(to_arrow(photos, keys, np.zeros((len(photos), 2), np.float32)))


def columns_of(decisions: list[Decision]) -> DecisionColumns:
    names = list(dict.fromkeys(comparable(one.tag) for one in decisions))
    return DecisionColumns(
        names,
        np.array([names.index(comparable(one.tag)) for one in decisions], np.int64),
        pa.array([one.content_hash for one in decisions], pa.string()),
        np.array([one.verdict == "accepted" for one in decisions], np.bool_),
    )


def test_all_decisions_are_read_in_columns(store: LabelStore) -> None:
    assert not len(store.tags.columns().tags)
    store.tags.create("empty")
    store.tags.decide("dog", ["b", "a"], "accepted")
    store.tags.decide("Cat", ["a"], "rejected")
    store.tags.decide("dog", ["c"], "rejected")
    read = store.tags.columns()
    names = [read.names[tag] for tag in read.tags]
    rows = zip(names, read.content_hashes.to_pylist(), read.are_accepted.tolist(), strict=True)
    assert sorted(rows) == [
        ("Cat", "a", False),
        ("dog", "a", True),
        ("dog", "b", True),
        ("dog", "c", False),
    ]


@given(
    files=st.lists(
        st.tuples(st.sampled_from("abcd"), st.lists(_WORDS, max_size=3, unique=True)), max_size=6
    ),
    decisions=_DECISIONS,
)
def test_tags_are_the_files_and_the_accepted_ones_without_the_rejected(
    files: list[tuple[str, list[str]]], decisions: list[Decision]
) -> None:
    photos = [
        Photo(Path(f"/{n}.jpg"), content, FileState(1, 0), 3, 2, Metadata(keywords=tuple(words)))
        for n, (content, words) in enumerate(files)
    ]
    tags, rows = merged_keywords(facets_of(photos), columns_of(decisions))
    pairs = list(zip(rows.tolist(), tags.codes.tolist(), strict=True))
    assert len(pairs) == len(set(pairs)), "each once"
    found: list[set[str]] = [set() for _ in photos]
    for row, code in zip(rows, tags.codes, strict=True):
        found[row].add(tags.values[code])
    for photo, has in zip(photos, found, strict=True):
        assert photo.metadata is not None
        said = {
            comparable(one.tag): one for one in decisions if one.content_hash == photo.content_hash
        }
        accepted = {tag for tag, one in said.items() if one.verdict == "accepted"}
        expected = {comparable(word) for word in photo.metadata.keywords} | accepted
        assert has == expected - (set(said) - accepted)


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=6))
def test_rows_are_found_by_content(column: list[str], contents: list[str]) -> None:
    rows, at = rows_of(pa.array(column, pa.string()), pa.array(contents, pa.string()))
    pairs = [
        (row, place) for place, c in enumerate(contents) for row, d in enumerate(column) if c == d
    ]
    assert list(zip(rows.tolist(), at.tolist(), strict=True)) == pairs


# In a library

MakeLibrary = Callable[..., Library]


def found(library: Library, text: str) -> set[str]:
    return {hit.photo.path.stem for hit in library.search(parse_query(text))}


def test_tags_ratings_and_collections_are_searched_by(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    paths = sorted(photo.path for photo in library.photos())
    first, second, *others = library.labels.contents(paths)
    names = [path.stem for path in paths]
    labels = library.labels
    labels.tags.decide("Trips|Rome", [first], "accepted")
    labels.ratings.rate([second], 4)
    labels.ratings.set_favourite([first], True)
    labels.collections.create("Best")
    labels.collections.add("Best", [second, *others])
    assert found(library, "tag:rome") == found(library, "is:favourite") == {names[0]}
    assert found(library, "is:untagged") == set(names[1:])
    assert found(library, "rating:>=4") == {names[1]}
    assert found(library, "collection:best") == set(names[1:])
    labels.undo()
    labels.collections.create("Smart", query="tag:rome")
    assert found(library, "collection:smart") == {names[0]}
    assert list(labels.contents_of_collection("smart")) == [first]
    values = library.filter_values()
    assert [(one.value, one.photos) for one in values.tags] == [("Rome", 1), ("Trips", 1)]
    assert [(one.value, one.photos) for one in values.collections] == [("Best", 0), ("Smart", None)]


def test_stars_are_the_users_and_else_the_files(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    first, second, third, *_ = sorted(colour_photos.rglob("*.png"))
    for path in (first, second):
        path.with_suffix(".xmp").write_text(
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
            'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'
        )
    library = make_library()
    library.index([colour_photos])
    labels = library.labels
    one, two, three = labels.contents([first, second, third])
    labels.ratings.rate([two], 0)
    labels.ratings.rate([three], -1)
    assert labels.stars() == {one: 3, three: -1}


def test_a_collection_that_asks_for_itself_is_refused(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    library.labels.collections.create("a", query="collection:b")
    library.labels.collections.create("b", query="collection:A")
    with pytest.raises(InputError, match="asks for itself"):
        library.search(parse_query("collection:a"))


def test_labels_follow_a_photo_that_is_moved(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    photo = library.photos()[0].path
    library.labels.tags.decide("dog", library.labels.contents([photo]), "accepted")
    moved = photo.rename(photo.with_name("elsewhere.png"))
    library.index()
    assert found(library, "tag:dog") == {moved.stem}


def test_a_photo_that_is_not_in_the_library_is_named(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    with pytest.raises(LibraryError, match="index a folder first"):
        library.labels.tags.tags()
    library.index([colour_photos])
    with pytest.raises(InputError, match=r"nowhere\.png"):
        library.labels.contents([library.photos()[0].path, Path("nowhere.png")])
