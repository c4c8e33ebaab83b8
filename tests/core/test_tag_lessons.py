"""Tags that are learned from the user's answers, and what filters see of suggestions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.query_language import parse_query
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.core.tag_lessons import taught
from clipsearch.errors import InputError

WORDS = """
colour = { heading = true }
warm = { in = "colour" }
red = { in = "warm" }
blue = { in = "colour" }
"""
KINDS = {"red": (230, 20, 20), "blue": (20, 20, 230), "violet": (150, 20, 210)}


@pytest.fixture
def library(make_library: Callable[..., Library], tmp_path: Path) -> Library:
    """Twelve photos of each kind, ``red 0.png`` and so on, among others; nothing is suggested."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    rng = np.random.default_rng(0)
    wanted = [
        (f"{name} {number}", colour) for name, colour in KINDS.items() for number in range(12)
    ]
    others = [(f"other {number}", rng.integers(0, 256, 3)) for number in range(150)]
    for name, colour in [*wanted, *others]:
        pixels = np.clip(np.array(colour) + rng.normal(0, 12, (8, 8, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{name}.png")
    library = make_library()
    library.index([folder])
    library.labels.vocabulary.replace(parse_vocabulary(WORDS))
    return library


def contents(library: Library, *names: str) -> list[str]:
    (folder,) = library.folders()
    return library.labels.contents([folder / f"{name}.png" for name in names])


def found(library: Library, text: str) -> set[str]:
    hits = library.search(replace(parse_query(text), k=None))
    return {hit.photo.path.stem for hit in hits}


def names_of(library: Library, hashes: list[str]) -> list[str]:
    return [photo.path.stem for photo in library.labels.photos(hashes)]


def test_a_tag_of_the_users_own_is_found_on_photos_like_its_examples(library: Library) -> None:
    library.labels.tags.decide(
        "Rufus", contents(library, "violet 0", "violet 1", "violet 2"), "accepted"
    )
    candidates = library.tagging.candidates("Rufus")
    names = names_of(library, [one.content_hash for one in candidates])
    assert len({*names[:12]} & {f"violet {number}" for number in range(3, 12)}) >= 7
    certainties = [one.certainty for one in candidates]
    assert certainties == sorted(certainties, reverse=True)
    assert {(one.reason.text, one.reason.learned_from) for one in candidates} == {("", 3)}


def test_what_teaches_most_can_go_before_the_surest(library: Library) -> None:
    library.labels.tags.decide("Rufus", contents(library, "violet 0", "violet 1"), "accepted")
    library.labels.tags.decide("Rufus", contents(library, "red 0"), "rejected")
    to_ask = library.tagging.learn("Rufus", ask=5).to_ask
    usual = [one.content_hash for one in library.tagging.candidates("Rufus")]
    asked = [one.content_hash for one in library.tagging.candidates("Rufus", ask=5)]
    assert len(to_ask) == 5
    assert asked == [*to_ask, *(one for one in usual if one not in to_ask)]
    assert usual != asked


def test_what_was_learned_replaces_what_the_name_suggested(library: Library) -> None:
    before = library.tagging.suggest().suggestions
    library.labels.tags.decide("red", contents(library, "blue 0", "blue 1", "blue 2"), "accepted")
    lesson = library.tagging.learn("red")
    assert (lesson.positives, lesson.negatives) == (3, 0)
    after = library.tagging.current()
    assert after is not None
    of_red = after.of_tag("red")
    assert [one.certainty for one in of_red] == [one.certainty for one in lesson.suggestions()]
    assert {one.reason.learned_from for one in of_red} == {3}
    for name in ("warm", "blue"):
        assert after.of_tag(name) == before.of_tag(name)
    for content in after.contents:
        assert {one.tag for one in after.of_photo(content)} <= {*after.tags}
    assert taught(after, lesson).of_tag("red") == of_red


def test_what_is_learned_need_not_be_kept(library: Library) -> None:
    before = library.tagging.suggest().suggestions
    library.labels.tags.decide("red", contents(library, "blue 0", "blue 1"), "accepted")
    passing = library.tagging.candidates("red", keep=False)
    kept = library.tagging.current()
    assert kept is not None
    assert kept.of_tag("red") == before.of_tag("red")
    assert passing == library.tagging.candidates("red"), "what is found is the same"
    now = library.tagging.current()
    assert now is not None
    assert now.of_tag("red") != before.of_tag("red")


def test_a_look_at_all_photos_keeps_what_was_learned(library: Library) -> None:
    library.labels.tags.decide("red", contents(library, "red 0", "red 1"), "accepted")
    report = library.tagging.suggest()
    assert {one.reason.learned_from for one in report.suggestions.of_tag("red")} == {2}
    assert {one.reason.learned_from for one in report.suggestions.of_tag("blue")} == {0}


def test_without_an_accepted_photo_there_is_a_sentence(library: Library) -> None:
    with pytest.raises(InputError, match="the tag 'red' yet"):
        library.tagging.learn("red")


def test_filters_see_suggestions_until_they_are_rejected(library: Library) -> None:
    assert found(library, "tag:red") == set()
    library.labels.tags.decide("other", contents(library, "violet 0"), "accepted")
    library.tagging.suggest(slider=1.0)
    suggested = found(library, "tag:red")
    assert suggested & {f"red {number}" for number in range(12)}
    assert suggested.isdisjoint({f"blue {number}" for number in range(12)})
    gone = min(suggested)
    library.labels.tags.decide("red", contents(library, gone), "rejected")
    assert found(library, "tag:red") == suggested - {gone}
    (values,) = [one for one in library.filter_values().tags if one.value == "red"]
    assert values.photos == len(suggested) - 1


def test_a_tag_is_found_by_what_lies_above_it(library: Library) -> None:
    library.labels.tags.decide("red", contents(library, "violet 5"), "accepted")
    assert found(library, "tag:warm") == found(library, "tag:red") == {"violet 5"}
    library.labels.tags.decide("warm", contents(library, "violet 5"), "rejected")
    assert found(library, "tag:warm") == set()
