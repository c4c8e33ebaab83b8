"""Labels written into a file, and merged with what a library says."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsearch.core.label_exchange import export_labels, import_labels
from clipsearch.core.label_types import ImportReport
from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.errors import InputError
from tests.core.test_labels import EDITS, dump

NOTHING = ImportReport(0, 0, 0)


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[[], LabelStore]]:
    made: list[LabelStore] = []

    def make() -> LabelStore:
        folder = tmp_path / f"library {len(made)}"
        folder.mkdir()
        made.append(LabelStore(folder / "labels.sqlite"))
        return made[-1]

    yield make
    for store in made:
        store.close()


def said(store: LabelStore) -> dict[str, list[Any]]:
    """Everything, by names instead of numbers."""
    found: dict[str, list[Any]] = dump(store)
    names = {table: {row[0]: row[1] for row in found[table]} for table in ("tags", "collections")}
    for table, parent in (("decisions", "tags"), ("collected", "collections")):
        found[table] = sorted((names[parent][row[0]], *row[1:]) for row in found[table])
        found[parent] = sorted(row[1:] for row in found[parent])
    found["vocabulary_tags"] = [row[1:] for row in found["vocabulary_tags"]]
    return found


def exported(store: LabelStore) -> Path:
    target = store.file.path.with_name("labels.jsonl")
    export_labels(store.file, target, {})
    return target


def lines_of(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


@given(edits=st.lists(EDITS, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_an_empty_library_says_the_same_after_an_import(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Callable[[LabelStore], object]]
) -> None:
    folder = tmp_path_factory.mktemp("exchange")
    with (
        closing(LabelStore(folder / "one.sqlite")) as one,
        closing(LabelStore(folder / "other.sqlite")) as other,
    ):
        one.save_search("rome|'\u2028", "tag:rome")
        for edit in edits:
            with suppress(InputError):
                edit(one)
        file = exported(one)
        report = import_labels(other.file, file)
        assert said(other) == said(one)
        assert report == ImportReport(len(lines_of(file)) - 1, 0, 0)
        assert import_labels(other.file, file) == NOTHING
        assert lines_of(exported(other))[1:] == lines_of(file)[1:]
        other.file.undo()
        assert not any(dump(other).values())


def test_the_newer_word_wins_whoever_said_it(new_store: Callable[[], LabelStore]) -> None:
    one, other = new_store(), new_store()
    one.tags.decide("dog", ["a", "b", "c"], "accepted")
    other.tags.decide("DOG", ["a"], "rejected")
    other.ratings.rate(["a"], 2)
    one.ratings.rate(["a"], 5)
    one.tags.decide("dog", ["b"], "rejected")
    from_one, from_other = exported(one), exported(other)
    # The tag as it is spelled here stays, and so does the rejection, which is newer.
    assert import_labels(other.file, from_one) == ImportReport(added=2, changed=1, kept=2)
    import_labels(one.file, from_other)
    verdicts = [
        {decision.content_hash: decision.verdict for decision in store.tags.of_tag("dog")}
        for store in (one, other)
    ]
    assert verdicts == [{"a": "rejected", "b": "rejected", "c": "accepted"}] * 2
    assert one.ratings.stars() == other.ratings.stars() == {"a": 5}


def test_what_has_no_date_is_filled_in_and_never_overwritten(
    new_store: Callable[[], LabelStore],
) -> None:
    one, other = new_store(), new_store()
    for store, caption in ((one, "theirs"), (other, "")):
        store.collections.create("Best", note=caption)
        store.collections.add("Best", ["a", "b"])
        store.collections.set_caption("Best", ["a"], caption)
    other.collections.set_caption("Best", ["b"], "mine")
    one.collections.set_caption("Best", ["b"], "theirs")
    import_labels(other.file, exported(one))
    captions = {photo.content_hash: photo.caption for photo in other.collections.photos("best")}
    assert captions == {"a": "theirs", "b": "mine"}
    assert other.collections.named("best").note == "theirs"


def test_photos_are_not_put_into_a_smart_collection(new_store: Callable[[], LabelStore]) -> None:
    one, other = new_store(), new_store()
    one.collections.create("Best")
    one.collections.add("Best", ["a"])
    other.collections.create("best", query="rating:5")
    assert import_labels(other.file, exported(one)) == ImportReport(0, 0, kept=2)
    assert other.collections.named("best").query == "rating:5"


BROKEN = {
    "no JSON": "{",
    "its 'kind'": '{"kind": "spell"}',
    "'content_hash' is missing": '{"kind": "favourite", "since": "2026-01-01T00:00:00+00:00"}',
    "'stars': is no number": (
        '{"kind": "rating", "content_hash": "a", "stars": 9, "source": "user", '
        '"rated_at": "2026-01-01T00:00:00+00:00"}'
    ),
    "'since': is a time without": (
        '{"kind": "favourite", "content_hash": "a", "since": "2026-01-01T00:00:00"}'
    ),
    "'name': '' is no name": '{"kind": "tag", "name": "", "created_at": "2026-01-01T00:00:00Z"}',
    "'query'": (
        '{"kind": "saved_search", "name": "a", "query": "rating:9",'
        ' "saved_at": "2026-01-01T00:00:00Z"}'
    ),
    "'description': is no object": '{"kind": "vocabulary", "name": "dog", "description": "pet"}',
    "'legs', which is none of": (
        '{"kind": "vocabulary", "name": "dog", "description": {"legs": 4}}'
    ),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_line_is_named_and_nothing_is_written(
    new_store: Callable[[], LabelStore], reason: str
) -> None:
    one, other = new_store(), new_store()
    one.tags.decide("dog", ["a"], "accepted")
    file = exported(one)
    file.write_text(f"{file.read_text()}\n{BROKEN[reason]}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_labels(other.file, file)
    assert f"{file}, line 5" in str(caught.value)
    assert reason in str(caught.value)
    assert not any(dump(other).values())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"words", "line 1: this is no file that"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b'{"format": "clipsearch labels", "version": 3}', "update clipsearch"),
    ],
)
def test_what_is_no_export_is_refused(
    new_store: Callable[[], LabelStore], tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "file.jsonl"
    file.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        import_labels(new_store().file, file)


def test_an_export_of_version_1_still_comes_in(new_store: Callable[[], LabelStore]) -> None:
    one, other = new_store(), new_store()
    one.tags.decide("dog", ["a"], "accepted")
    file = exported(one)
    header, *lines = lines_of(file)
    old = [header | {"version": 1}, *lines]
    file.write_text("\n".join(map(json.dumps, old)), encoding="utf-8")
    assert import_labels(other.file, file) == ImportReport(2, 0, 0)
    assert [tag.name for tag in other.tags.tags()] == ["dog"]


def test_an_export_overwrites_exports_alone(new_store: Callable[[], LabelStore]) -> None:
    store = new_store()
    photo = store.file.path.with_name("photo.jpg")
    photo.write_bytes(b"\xff\xd8 a photo")
    with pytest.raises(InputError, match="something else"):
        export_labels(store.file, photo, {})
    assert photo.read_bytes() == b"\xff\xd8 a photo"
    assert lines_of(exported(store)) != []
    store.tags.create("dog")
    assert len(lines_of(exported(store))) == 2
    with pytest.raises(InputError, match="cannot be written"):
        export_labels(store.file, photo.parent / "nowhere" / "file", {})


def test_paths_are_written_for_people_and_not_needed(
    make_library: Callable[..., Library], colour_photos: Path, tmp_path: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    photo = library.photos()[0]
    library.labels.tags.decide("dog", [photo.content_hash, "gone"], "accepted")
    assert library.labels.export_to(tmp_path / "labels.jsonl") == 3
    decisions = [one for one in lines_of(tmp_path / "labels.jsonl") if "verdict" in one]
    paths = {one["content_hash"]: one["paths"] for one in decisions}
    assert paths == {photo.content_hash: [str(photo.path)], "gone": []}
    other = make_library("other")
    assert other.labels.import_from(tmp_path / "labels.jsonl").added == 3
