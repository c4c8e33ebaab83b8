"""Tags that the model suggests: how far they lead, what is decided, what is kept."""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.relevance import background_words
from clipsearch.core.stores import Stores
from clipsearch.core.suggestions import Suggestion, SuggestionFile
from clipsearch.core.tag_assignment import (
    LEAST_CERTAINTY,
    Relations,
    TagDecider,
    TagLevels,
    certainty_for_precision,
    certainty_for_slider,
)
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.core.tag_space import TagSpace
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.tagging import Tagging
from clipsearch.core.text_rows import TextRows
from clipsearch.core.types import Embeddings
from clipsearch.errors import InputError, LibraryError
from clipsearch.progress import Cancelled
from clipsearch.settings import Settings
from tests.conftest import COLOURS, FakeModel

WORDS = """
colour = { heading = true }
warm = { in = "colour", also = "warmth" }
red = { in = "warm", also = ["crimson"], looks = ["blood in it"] }
yellow = { in = "warm" }
blue = { in = "colour", either = "blue or green", also = "the sky blue" }
green = { in = "colour", either = "blue or green" }
light = { in = "green" }
"""


class Said:
    """Verdicts for tests."""

    def __init__(self, accepted: dict[str, set[str]], rejected: dict[str, set[str]]) -> None:
        self._accepted, self._rejected = accepted, rejected

    def tags(self) -> Collection[str]:
        return {*self._accepted, *self._rejected}

    def accepted(self, tag: str) -> Collection[str]:
        return self._accepted.get(tag, set())

    def rejected(self, tag: str) -> Collection[str]:
        return self._rejected.get(tag, set())


@pytest.fixture
def vocabulary() -> TagVocabulary:
    return parse_vocabulary(WORDS)


@pytest.fixture
def space(vocabulary: TagVocabulary, fake_model: FakeModel, tmp_path: Path) -> TagSpace:
    return TagSpace.of(vocabulary, TextRows(tmp_path / "rows", fake_model))


def photos(count: int, seed: int = 0) -> Embeddings:
    """Mixtures of colours, L2-normalised."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, 2, 2, 3), dtype=np.uint8)
    return FakeModel().encode_pixels(pixels)


def plain(*colours: str) -> Embeddings:
    """Photos of one colour each."""
    return FakeModel().encode_images([Image.new("RGB", (4, 4), COLOURS[one]) for one in colours])


def slow_advantages(space: TagSpace, vocabulary: TagVocabulary, some: Embeddings) -> Embeddings:
    """Photo by photo and tag by tag, as the module's docstring says it."""
    words = len(background_words())
    ends = [*space.starts[1:], len(space.texts)]
    found = np.zeros((len(some), len(space.names)))
    for row, photo in enumerate(some.astype(np.float64)):
        scores = space.competitors.astype(np.float64) @ photo
        main = [*range(words), *(words + space.starts)]
        worth = np.exp(3 * scores / scores[main].std())
        of_tag = [
            worth[words + a : words + b].sum() for a, b in zip(space.starts, ends, strict=True)
        ]
        for number, name in enumerate(space.names):
            own = rest = 0.0
            mine = space.competitors[words + space.starts[number]]
            for other, other_name in enumerate(space.names):
                cosine = max(0.0, float(space.competitors[words + space.starts[other]] @ mine))
                if other_name == name or name in vocabulary.implied(other_name):
                    own += of_tag[other]
                elif other_name not in vocabulary.implied(name):
                    rest += of_tag[other] * max(0.0, 1 - cosine / 0.8)
            for word in range(words):
                cosine = max(0.0, float(space.competitors[word] @ mine))
                rest += worth[word] * max(0.0, 1 - cosine / 0.8)
            found[row, number] = np.log(own) - np.log(rest)
    return found.astype(np.float32)


def test_advantages_are_those_of_the_slow_way(space: TagSpace, vocabulary: TagVocabulary) -> None:
    some = photos(7)
    expected = slow_advantages(space, vocabulary, some)
    np.testing.assert_allclose(space.advantages(some), expected, atol=2e-3)


def test_what_speaks_most_for_a_tag_may_be_a_synonym_or_a_tag_below_it(space: TagSpace) -> None:
    warm, blue = space.names.index("warm"), space.names.index("blue")
    told = space.texts[space.best_texts(plain("yellow"), warm)[0]]
    assert told == "yellow"
    assert "blue" in space.texts[space.best_texts(plain("blue"), blue)[0]]


@pytest.mark.parametrize("count", [1, 2, 5, 64, 100])
def test_the_levels_tell_how_many_photos_have_as_much(space: TagSpace, count: int) -> None:
    advantages = space.advantages(photos(count))
    levels = TagLevels.of(advantages)
    exact = np.log((advantages[:, None] <= advantages[None]).sum(axis=1) / (count + 100))
    found = levels.log_shares(advantages)
    # Between powers of two it is interpolated.
    assert np.abs(found - exact).max() <= np.log(2)
    for rank in {1, 2, 4, count} & set(range(1, count + 1)):
        at_rank = np.log(rank / (count + 100))
        shown = levels.log_shares(-np.sort(-advantages, axis=0)[rank - 1 : rank])
        np.testing.assert_allclose(shown, at_rank, atol=1e-4)


@pytest.fixture
def decider(space: TagSpace, vocabulary: TagVocabulary) -> TagDecider:
    levels = TagLevels.of(space.advantages(photos(300)))
    return TagDecider(space, Relations.of(vocabulary, space), levels)


def decided(space: TagSpace, decider: TagDecider, some: Embeddings) -> list[dict[str, float]]:
    """Certainty by tag, of each photo."""
    found = decider.decide(some)
    result: list[dict[str, float]] = [{} for _ in some]
    for row, tag, certainty in zip(found.rows, found.tags, found.certainties, strict=True):
        result[row][space.names[tag]] = float(certainty)
    return result


def test_a_photo_has_the_tag_that_it_shows_and_what_that_implies(
    space: TagSpace, decider: TagDecider
) -> None:
    red, blue = decided(space, decider, plain("red", "blue"))
    assert red["red"] >= 0.5
    assert red["warm"] >= red["red"]
    assert "blue" not in red
    assert blue["blue"] >= 0.5
    assert "warm" not in blue


def test_tags_above_are_never_less_certain_and_groups_have_one_winner(
    space: TagSpace, decider: TagDecider, vocabulary: TagVocabulary
) -> None:
    for tags in decided(space, decider, np.concatenate([photos(400, 1), plain(*COLOURS)])):
        for name, certainty in tags.items():
            assert certainty >= LEAST_CERTAINTY
            assert all(tags[above] >= certainty for above in vocabulary.implied(name))
        assert not {"blue", "green"} <= set(tags)
        assert not {"blue", "light"} <= set(tags)


def test_a_model_that_says_the_same_of_every_photo_finds_nothing(
    space: TagSpace, vocabulary: TagVocabulary
) -> None:
    rng = np.random.default_rng(3)
    towards_light = space.competitors[space.word_count + space.starts[space.names.index("light")]]
    same = 0.55 * towards_light + 0.18 * rng.normal(size=32) + 0.002 * rng.normal(size=(200, 32))
    same = (same / np.linalg.norm(same, axis=1, keepdims=True)).astype(np.float32)
    advantages = space.advantages(same)
    # It would be believed for being so frequent, but does not win outright.
    assert -3 < advantages.max() < 2
    decider = TagDecider(space, Relations.of(vocabulary, space), TagLevels.of(advantages))
    assert not len(decider.decide(same).rows)


def test_verdicts_move_the_threshold_of_their_tag_alone(
    space: TagSpace, vocabulary: TagVocabulary
) -> None:
    levels = TagLevels.of(space.advantages(photos(300)))
    before, after = (TagDecider(space, Relations.of(vocabulary, space), levels) for _ in range(2))
    some = plain("yellow", "blue")
    yellow, blue = space.names.index("yellow"), space.names.index("blue")
    logits = before.logits(space.advantages(some))
    after.heed(yellow, logits[[0, 0, 0], yellow], np.zeros(3, bool))
    told = decided(space, after, some)
    plainly = decided(space, before, some)
    assert told[0].get("yellow", 0) < plainly[0]["yellow"]
    assert told[1]["blue"] == plainly[1]["blue"]
    after.heed(blue, logits[[1, 1, 1], blue], np.ones(3, bool))
    assert decided(space, after, some)[1]["blue"] > plainly[1]["blue"]


def test_more_precision_wants_more_certainty() -> None:
    wanted = [certainty_for_precision(p) for p in (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.97, 1)]
    assert wanted == sorted(wanted)
    assert wanted[0] == LEAST_CERTAINTY
    assert wanted[-1] == 1
    assert certainty_for_slider(0.5) == pytest.approx(0.5)
    assert certainty_for_slider(0) > certainty_for_slider(1) >= LEAST_CERTAINTY


# Of a library


@pytest.fixture
def tagged(library: Library, colour_photos: Path) -> Library:
    """A library with a photo of each colour, and the vocabulary of these tests."""
    library.index([colour_photos])
    library.labels.vocabulary.replace(parse_vocabulary(WORDS))
    return library


def put_nonsense(library: Library) -> None:
    """Let another program write what is no vocabulary."""
    with closing(sqlite3.connect(library.root / "labels.sqlite")) as connection, connection:
        connection.execute("UPDATE vocabulary_tags SET description = '{\"in\": 3}'")


def hash_of(library: Library, name: str) -> str:
    return next(p.content_hash for p in library.photos() if p.path.stem == name)


def names(found: list[Suggestion]) -> set[str]:
    return {one.tag for one in found}


def test_suggestions_are_kept_and_found_by_photo_and_by_tag(
    tagged: Library, make_library: Callable[..., Library]
) -> None:
    report = tagged.tagging.suggest()
    assert report.photos == 6
    again = make_library().tagging  # Another process.
    red = hash_of(tagged, "red")
    found = again.suggestions_of([red, "nothing"])
    assert {"red", "warm"} <= names(found[red])
    assert found["nothing"] == []
    best = again.candidates("red")[0]
    assert (best.content_hash, best.tag) == (red, "red")
    assert best.reason.text in {"red", "crimson", "red with blood in it"}
    assert best.reason.advantage > best.reason.threshold
    assert again.candidates("no tag of ours") == []
    assert report.tags["red"] == again.counts()["red"] == 1


def test_candidates_come_with_the_most_certain_first(tagged: Library) -> None:
    tagged.tagging.suggest()
    certain = [one.certainty for one in tagged.tagging.candidates("warm")]
    assert certain == sorted(certain, reverse=True)
    assert len(certain) >= 2


def test_fewer_are_among_more(tagged: Library) -> None:
    few, more = (tagged.tagging.suggest(slider=s, keep=False).suggestions for s in (0, 1))
    assert all(few.counts()[tag] <= more.counts()[tag] for tag in few.counts())
    assert sum(few.counts().values()) < sum(more.counts().values())
    tagged.tagging.suggest()
    assert tagged.tagging.counts(slider=0) == few.counts()  # The slider asks for no other look.
    assert tagged.tagging.counts(slider=1) == more.counts()


def test_what_was_decided_upon_is_not_suggested_again(tagged: Library) -> None:
    red, yellow = hash_of(tagged, "red"), hash_of(tagged, "yellow")
    said = Said({"red": {red}}, {"warm": {yellow}})
    tagging = Tagging(Stores(tagged.root), tagged._models, Settings(), said)
    tagging.suggest()
    found = tagging.suggestions_of([red, yellow])
    assert not {"red", "warm"} & names(found[red])  # Accepted, and so what lies above it.
    assert not {"yellow", "warm"} & names(found[yellow])  # Rejected, and so what lies below it.


def test_rejecting_one_photo_makes_its_like_less_certain(
    tagged: Library, colour_photos: Path
) -> None:
    for number in range(3):
        red = Image.new("RGB", (30 + number, 50), (210 + number, 30, 30))
        red.save(colour_photos / f"red{number}.png")
    tagged.index()
    tagged.tagging.suggest()
    like = hash_of(tagged, "red1")
    before = {one.content_hash: one.certainty for one in tagged.tagging.candidates("red")}
    said = Said({}, {"red": {hash_of(tagged, "red"), hash_of(tagged, "red0")}})
    tagging = Tagging(Stores(tagged.root), tagged._models, Settings(), said)
    tagging.suggest()
    after = {one.content_hash: one.certainty for one in tagging.candidates("red")}
    assert after.get(like, 0) < before[like]


def test_the_users_own_tags_count_like_those_of_the_vocabulary(tagged: Library) -> None:
    tagging = Tagging(
        Stores(tagged.root), tagged._models, Settings(), Said({"all white": set()}, {})
    )
    tagging.suggest()
    assert tagging.candidates("all white")[0].content_hash == hash_of(tagged, "white")


def test_new_photos_are_looked_at_and_old_ones_are_not(
    tagged: Library, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        Image.new("RGB", (20 + number, 20), (number, 9, 9)).save(colour_photos / f"d{number}.png")
    tagged.index()
    tagged.tagging.suggest()
    assert tagged.tagging.keep_up() is None
    Image.new("RGB", (33, 21), COLOURS["red"]).save(colour_photos / "another.png")
    (colour_photos / "cold" / "white.png").unlink(missing_ok=True)
    (colour_photos / "warm" / "white.png").unlink(missing_ok=True)
    white = {p.content_hash for p in tagged.photos() if p.path.stem == "white"}
    tagged.index()
    looked: list[int] = []
    decide = TagDecider.decide

    def counting(self: TagDecider, photos: Embeddings) -> object:
        looked.append(len(photos))
        return decide(self, photos)

    monkeypatch.setattr(TagDecider, "decide", counting)
    report = tagged.tagging.keep_up()
    assert report is not None
    assert looked == [1]
    assert "red" in names(
        tagged.tagging.suggestions_of([hash_of(tagged, "another")])[hash_of(tagged, "another")]
    )
    assert {one.content_hash for one in tagged.tagging.candidates("red")} >= {
        hash_of(tagged, "red"),
        hash_of(tagged, "another"),
    }
    assert not white & set(report.suggestions.contents)


def test_new_photos_are_tagged_after_indexing_if_that_is_wanted(
    tmp_path: Path, fake_model: FakeModel, colour_photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library(tmp_path / "auto", Settings(auto_tag=True), load_model=lambda _: fake_model)
    library.labels.vocabulary.replace(parse_vocabulary(WORDS))
    library.index([colour_photos])
    red = hash_of(library, "red")
    assert "red" in names(library.tagging.suggestions_of([red])[red])
    Image.new("RGB", (35, 25), COLOURS["blue"]).save(colour_photos / "new.png")
    library.update([colour_photos / "new.png"])
    new = hash_of(library, "new")
    assert "blue" in names(library.tagging.suggestions_of([new])[new])
    put_nonsense(library)
    Image.new("RGB", (36, 25), COLOURS["blue"]).save(colour_photos / "newer.png")
    assert library.update([colour_photos / "newer.png"]).added == 1
    assert "the library's vocabulary" in caplog.text
    library.close()


def test_another_vocabulary_makes_all_photos_be_looked_at_again(tagged: Library) -> None:
    tagged.tagging.suggest()
    tagged.labels.vocabulary.replace(parse_vocabulary("blue = {}"))
    report = tagged.tagging.keep_up()
    assert report is not None
    assert report.photos == 6
    assert tagged.tagging.candidates("red") == []
    assert tagged.tagging.candidates("blue")


def test_a_damaged_or_missing_file_is_made_again(tagged: Library) -> None:
    found = tagged.tagging.suggest().suggestions
    (file,) = (tagged.root / "suggestions").iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    assert SuggestionFile(tagged.root, file.stem).read() is None
    assert tagged.tagging.keep_up() is not None
    again = SuggestionFile(tagged.root, file.stem).read()
    assert again is not None
    assert list(again.contents) == list(found.contents)
    np.testing.assert_array_equal(again.certainty, found.certainty)


def test_no_suggestion_at_all_is_kept_too(tmp_path: Path, tagged: Library) -> None:
    found = tagged.tagging.suggest(keep=False).suggestions
    nothing = replace(found.only(set()), contents=found.contents)
    assert len(nothing) == 0
    file = SuggestionFile(tmp_path / "other", "abc")
    file.write(nothing)
    read = file.read()
    assert read is not None
    assert list(read.contents) == list(found.contents)
    np.testing.assert_array_equal(read.levels.values, found.levels.values)


def test_a_dry_run_keeps_nothing(tagged: Library) -> None:
    assert tagged.tagging.suggest(keep=False).suggestions.counts()
    assert not (tagged.root / "suggestions").exists()


def test_a_cancelled_look_changes_nothing(tagged: Library) -> None:
    tagged.tagging.suggest()
    before = (tagged.root / "suggestions" / "fa4e.arrow").read_bytes()
    tagged.labels.vocabulary.replace(parse_vocabulary("blue = {}"))

    def progress(done: int, total: int | None, note: str = "") -> None:
        if note == "looking for tags":
            raise Cancelled

    with pytest.raises(Cancelled):
        tagged.tagging.suggest(progress=progress)
    assert (tagged.root / "suggestions" / "fa4e.arrow").read_bytes() == before
    assert tagged.tagging.candidates("red")


def test_what_cannot_be_done_is_said(tagged: Library, make_library: Callable[..., Library]) -> None:
    with pytest.raises(InputError, match="slider"):
        tagged.tagging.suggest(slider=2)
    with pytest.raises(LibraryError, match="index a folder first"):
        make_library("empty").tagging.suggest()
    put_nonsense(tagged)
    with pytest.raises(InputError, match=r"the library's vocabulary.*vocabulary reset"):
        tagged.tagging.suggest()
    tagged.labels.vocabulary.reset()
    tagged.tagging.suggest()


def test_words_are_embedded_once(fake_model: FakeModel, tmp_path: Path) -> None:
    asked: list[str] = []
    encode = fake_model.encode_texts
    fake_model.encode_texts = lambda texts: asked.extend(texts) or encode(texts)  # type: ignore[method-assign,func-returns-value]
    rows = TextRows(tmp_path / "rows", fake_model)
    first = rows.embed([("a", "b"), ("c",)])
    asked.clear()
    second = TextRows(tmp_path / "rows", fake_model).embed([("c",), ("d",), ("a", "b")])
    assert asked == ["d"]
    np.testing.assert_array_equal(second[[2, 0]], first)
    (file,) = (tmp_path / "rows").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    np.testing.assert_array_equal(rows.embed([("a", "b"), ("c",)]), first)
