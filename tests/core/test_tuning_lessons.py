"""What collections and tags become to a model that is to learn them."""

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.stores import Stores
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.core.tuning_lessons import FindVersions, Gathered, gather
from clipsearch.errors import InputError
from clipsearch.ml.tuning_types import Example
from tests.conftest import FakeModel
from tests.core.test_duplicates import save

KINDS = {"red": (200, 55, 55), "blue": (55, 55, 200), "violet": (150, 55, 190)}
EACH, OTHERS = 12, 70
UNLIKE = 0.8
FIRST = datetime(2024, 5, 1, 12)
WORDS = """
colour = { heading = true }
blue = { in = "colour", also = ["azure"] }
crane = { means = "crane, a bird" }
"""


@pytest.fixture
def folder(tmp_path: Path, fake_model: FakeModel) -> Path:
    """Twelve photos of each kind, ``red 0.jpg`` and so on, and others; each of another day.

    No two of them are so much alike as to be taken for one picture.
    """
    rng = np.random.default_rng(0)
    wanted = [(f"{name} {n}", colour) for name, colour in KINDS.items() for n in range(EACH)]
    others = [(f"other {n}", None) for n in range(OTHERS)]
    seen = np.zeros((0, fake_model.dimension), np.float32)
    for day, (name, colour) in enumerate([*wanted, *others]):
        picture, embedding = drawn(colour, rng, fake_model)
        while (seen @ embedding > UNLIKE).any():
            picture, embedding = drawn(colour, rng, fake_model)
        seen = np.vstack([seen, embedding])
        save(picture, tmp_path / "kinds" / f"{name}.jpg", FIRST + timedelta(days=day))
    return tmp_path / "kinds"


def drawn(
    colour: tuple[int, int, int] | None, rng: np.random.Generator, model: FakeModel
) -> tuple[Image.Image, NDArray[np.float32]]:
    """Four squares of about a colour, and their embedding."""
    main = rng.integers(0, 256, 3) if colour is None else np.array(colour)
    squares = np.clip(main + rng.normal(0, 100, (2, 2, 3)), 0, 255).astype(np.uint8)
    picture = Image.fromarray(squares).resize((32, 32), Image.Resampling.NEAREST)
    return picture, model.encode_images([picture])[0]


@pytest.fixture
def library(make_library: Callable[..., Library], folder: Path) -> Library:
    """With the photos, of which nothing is said yet."""
    library = make_library()
    library.index([folder])
    library.labels.vocabulary.replace(parse_vocabulary(WORDS))
    return library


def contents(library: Library, *names: str) -> list[str]:
    (folder,) = library.folders()
    return library.labels.contents([folder / f"{name}.jpg" for name in names])


def collect(library: Library, name: str, *photos: str, note: str = "") -> None:
    library.labels.collections.create(name, note=note)
    library.labels.collections.add(name, contents(library, *photos))


def some(kind: str, *numbers: int) -> list[str]:
    return [f"{kind} {number}" for number in numbers or range(EACH)]


def gathered(
    library: Library,
    *collections: str,
    tags: tuple[str, ...] = (),
    seed: int = 0,
    versions: FindVersions | None = None,
) -> Gathered:
    stores = Stores(library.root)
    snapshot = stores.current()[1]
    try:
        return gather(
            library.labels,
            snapshot,
            library.tagging.vocabulary(),
            library.encoder().encode_texts,
            versions or partial(library._duplicates.among, snapshot, patiently=True),
            collections=collections or None,
            tags=tags,
            seed=seed,
        )
    finally:
        stores.close()


def of(found: Gathered, concept: int) -> list[Example]:
    return [one for one in found.lessons.examples if concept in one.concepts]


def test_a_collection_becomes_examples_and_the_rest_background(library: Library) -> None:
    collect(library, "red", *some("red"))
    found = gathered(library, "red")
    names = [one.path.stem for one in of(found, 0)]
    assert sorted(names) == sorted(some("red"))
    examples = found.lessons.examples
    assert len({one.content_hash for one in examples}) == len(examples) == len(found.rows)
    background = [one for one in examples if not one.concepts]
    assert not {one.path.stem for one in background} & set(some("red"))
    held_out = sum(one.is_held_out for one in background)
    assert abs(held_out - len(background) / 2) < len(background) / 10
    (survey,) = found.surveys
    assert (survey.photos, survey.held_out) == (EACH, EACH // 3)
    assert survey.warnings == found.warnings == ()
    assert found.is_enough


def test_rows_and_names_are_those_of_the_examples(library: Library) -> None:
    collect(library, "red", *some("red"))
    collect(library, "blue", *some("blue"))
    found = gathered(library)
    stores = Stores(library.root)
    snapshot = stores.current()[1]
    assert [Path(snapshot.paths[row]) for row in found.rows] == [
        one.path for one in found.lessons.examples
    ]
    assert found.names == pytest.approx(library.encoder().encode_texts(["blue", "red"]))
    assert [one.name for one in found.lessons.concepts] == ["blue", "red"]
    stores.close()


def test_the_note_the_vocabulary_and_the_captions_say_more(library: Library) -> None:
    collect(library, "Lotte", *some("violet"), note=" a sailing boat.\nBought in 2019.")
    collect(library, "Blue", *some("blue"))
    collect(library, "Crane", *some("red"))
    (first,) = contents(library, "violet 3")
    with library.labels.collections._file.editing("Say something") as connection:
        connection.execute(
            "UPDATE collected SET caption = 'in the harbour' WHERE content_hash = ?", (first,)
        )
    found = gathered(library)
    blue, crane, lotte = found.lessons.concepts
    assert (lotte.description, lotte.synonyms) == ("a sailing boat", ())
    assert (blue.description, blue.synonyms) == ("", ("azure",))
    assert crane.description == "a bird"
    captions = {one.path.stem: one.captions for one in found.lessons.examples if one.captions}
    assert captions == {"violet 3": ("in the harbour",)}
    assert [one.captions for one in found.surveys] == [0, 0, 1]


def test_a_tag_and_a_collection_of_one_name_are_one_concept(library: Library) -> None:
    collect(library, "Rufus", *some("violet", 0, 1, 2, 3))
    library.labels.tags.decide(
        "Pets|rufus", contents(library, *some("violet", 3, 4, 5)), "accepted"
    )
    library.labels.tags.decide("Pets|rufus", contents(library, "blue 0"), "rejected")
    found = gathered(library, "Rufus", tags=("Pets|rufus",))
    assert [one.name for one in found.lessons.concepts] == ["Rufus"]
    assert {one.path.stem for one in of(found, 0)} == set(some("violet", 0, 1, 2, 3, 4, 5))
    rejected = [one.path.stem for one in found.lessons.examples if one.rejected == (0,)]
    assert rejected == ["blue 0"]


def test_a_tag_has_the_photos_of_the_tags_below_it(library: Library) -> None:
    library.labels.tags.decide("Pets", contents(library, *some("red", 0, 1)), "accepted")
    library.labels.tags.decide("Pets|Rufus", contents(library, *some("violet", 0)), "accepted")
    found = gathered(library, tags=("Pets",))
    assert {one.path.stem for one in of(found, 0)} == {"red 0", "red 1", "violet 0"}


def test_what_the_user_rejected_comes_before_look_alikes(library: Library) -> None:
    library.labels.tags.decide("dusk", contents(library, *some("violet")), "accepted")
    far = some("other", 1, 2, 3, 4)
    library.labels.tags.decide("dusk", contents(library, *far), "rejected")
    found = gathered(library, tags=("dusk",))
    after = [one for one in found.lessons.examples if not one.concepts]
    assert {one.path.stem for one in after[:4]} == set(far)
    assert all(one.rejected == (0,) for one in after[:4])
    assert not any(one.rejected for one in after[4:])


def test_copies_are_one_photo_and_versions_of_one_picture_are_never_parted(
    library: Library, folder: Path
) -> None:
    shutil.copy(folder / "red 0.jpg", folder / "copy of red 0.jpg")
    for number in range(EACH):
        with Image.open(folder / f"red {number}.jpg") as photo:
            photo.resize((24, 24)).save(folder / f"small {number}.jpg")  # Without a date.
    library.index([folder])
    collect(library, "red", *some("red"), *some("small"), "copy of red 0")
    for seed in range(5):
        found = gathered(library, "red", seed=seed)
        assert len(of(found, 0)) == 2 * EACH
        side = {one.path.stem: one.is_held_out for one in of(found, 0)}
        by_number: dict[str, set[bool]] = {}
        for name, is_held_out in side.items():
            by_number.setdefault(name.split()[-1], set()).add(is_held_out)
        assert all(len(sides) == 1 for sides in by_number.values())
        assert set(side.values()) == {True, False}


def test_what_is_found_to_be_one_picture_is_never_parted(library: Library) -> None:
    collect(library, "red", *some("red"))
    unlike = gathered(library, "red")
    assert unlike.surveys[0].groups == EACH

    def versions(rows: Sequence[int]) -> list[list[int]]:
        return [[rows[0], rows[1], rows[2]], [rows[5], rows[11]]]

    for seed in range(5):
        found = gathered(library, "red", seed=seed, versions=versions)
        assert found.surveys[0].groups == EACH - 3
        for same in ((0, 1, 2), (5, 11)):
            assert len({of(found, 0)[one].is_held_out for one in same}) == 1


def redated(folder: Path, names: list[str], dates: list[datetime]) -> None:
    for name, date in zip(names, dates, strict=True):
        with Image.open(folder / f"{name}.jpg") as photo:
            picture = photo.copy()
        save(picture, folder / f"{name}.jpg", date)


def test_what_was_taken_on_one_day_stays_together(library: Library, folder: Path) -> None:
    outings = [FIRST + timedelta(days=400 + n // 3, hours=3 * (n % 3)) for n in range(EACH)]
    redated(folder, some("red"), outings)
    library.index([folder])
    collect(library, "red", *some("red"))
    for seed in range(5):
        found = gathered(library, "red", seed=seed)
        side = {one.path.stem: one.is_held_out for one in of(found, 0)}
        for day in range(4):
            assert len({side[f"red {3 * day + shot}"] for shot in range(3)}) == 1
        assert found.surveys[0].warnings == ()


def test_photos_of_a_single_day_are_parted_by_the_hour_and_that_is_said(
    library: Library, folder: Path
) -> None:
    day = [FIRST + timedelta(days=400, hours=2 * (n // 3), minutes=n) for n in range(EACH)]
    redated(folder, some("red"), day)
    library.index([folder])
    collect(library, "red", *some("red"))
    found = gathered(library, "red")
    side = {one.path.stem: one.is_held_out for one in of(found, 0)}
    for outing in range(4):
        assert len({side[f"red {3 * outing + shot}"] for shot in range(3)}) == 1
    assert set(side.values()) == {True, False}
    assert any(
        "taken on one day" in one and "same hour" in one for one in found.surveys[0].warnings
    )


def test_a_single_burst_cannot_judge(library: Library, folder: Path) -> None:
    burst = [FIRST + timedelta(days=400, seconds=n) for n in range(EACH)]
    redated(folder, some("red"), burst)
    library.index([folder])
    collect(library, "red", *some("red"))
    found = gathered(library, "red")
    assert found.surveys[0].groups == 1
    assert found.surveys[0].held_out == 0
    assert not found.is_enough
    (warning,) = found.surveys[0].warnings
    assert "of one moment" in warning
    assert "'red'" in warning


def test_what_has_left_the_library_and_what_is_away_is_left_out_and_said(
    library: Library, folder: Path
) -> None:
    collect(library, "red", *some("red"))
    (folder / "red 0.jpg").unlink()
    library.index([folder])
    (folder / "red 1.jpg").unlink()
    (folder / "other 1.jpg").unlink()
    found = gathered(library, "red")
    assert {one.path.stem for one in of(found, 0)} == set(some("red")) - {"red 0", "red 1"}
    assert all(one.path.is_file() for one in found.lessons.examples)
    gone, away = found.surveys[0].warnings
    assert "does not hold 1 photo of 'red' any more" in gone
    assert "no file now of 1 photo of 'red'" in away


def test_a_photo_that_words_were_written_into_is_not_one_that_is_missed(library: Library) -> None:
    collect(library, "red", *some("red"))
    (content,) = contents(library, "red 0")
    store = library.labels.collections
    library.labels.succession.hand_over([("before", content)], in_use=())
    store.add("red", ["before"])
    found = gathered(library, "red")
    assert found.surveys[0].photos == EACH
    assert not any("does not hold" in one for one in found.surveys[0].warnings)


def test_a_smart_collection_teaches_what_it_finds_but_not_what_was_rejected(
    library: Library,
) -> None:
    library.labels.tags.decide(
        "mine", contents(library, *some("red", 0, 1, 2, 3, 4, 5)), "accepted"
    )
    library.labels.tags.decide("chosen", contents(library, "red 0"), "rejected")
    library.labels.collections.create("chosen", query="tag:mine")
    library.labels.collections.create("dreamt", query="red")
    found = gathered(library, "chosen", "dreamt")
    assert {one.path.stem for one in of(found, 0)} == set(some("red", 1, 2, 3, 4, 5))
    assert not any("by words" in one for one in found.surveys[0].warnings)
    assert any("by words" in one for one in found.surveys[1].warnings)


def test_too_few_photos_and_too_much_in_common_are_said(library: Library) -> None:
    collect(library, "red", *some("red"))
    collect(library, "warm", *some("red", 1, 2, 3), *some("violet", 1))
    collect(library, "empty")
    found = gathered(library)
    assert [one.name for one in found.lessons.concepts] == ["red", "warm"]
    assert any("only 4 photos: add 1 more" in one for one in found.surveys[1].warnings)
    left_out, shared = found.warnings
    assert "'empty'" in left_out
    assert "'red' and 'warm' share 3 photos" in shared


def test_a_library_with_hardly_anything_else_is_said(library: Library) -> None:
    everything = [*some("red"), *some("blue"), *some("violet")]
    collect(library, "all", *everything, *(f"other {n}" for n in range(OTHERS - 30)))
    assert any("only 30 photos beside" in one for one in gathered(library).warnings)
    library.labels.collections.add("all", contents(library, *(f"other {n}" for n in range(OTHERS))))
    assert any("no photos beside" in one for one in gathered(library).warnings)


def test_a_name_that_says_nothing_asks_for_a_description(library: Library) -> None:
    collect(library, "Zwin", *some("violet"))
    (warning,) = gathered(library, "Zwin").surveys[0].warnings
    assert "means nothing" in warning
    library.labels.collections.describe("Zwin", note="what nobody can know")
    (warning,) = gathered(library, "Zwin").surveys[0].warnings
    assert "Neither the name 'Zwin' nor its description" in warning
    collect(library, "Anna", *some("blue"), note="blue thing")
    assert gathered(library, "Anna").surveys[0].warnings == ()


def test_an_everyday_name_for_something_else_is_said(library: Library) -> None:
    collect(library, "crane", *some("red"))
    library.labels.collections.create("red", note="")
    library.labels.collections.add("red", contents(library, *some("blue")))
    library.labels.vocabulary.replace(parse_vocabulary("green = {}\nred = {}"))
    warnings = gathered(library, "red").surveys[0].warnings
    assert any("takes 'red' for something else" in one for one in warnings)


def test_the_same_seed_gathers_the_same(library: Library) -> None:
    collect(library, "red", *some("red"))
    first, again, other = (gathered(library, "red", seed=seed).lessons for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_collections_without_a_meaning_leave_a_background(library: Library) -> None:
    rng = np.random.default_rng(0)
    names = [f"other {number}" for number in rng.permutation(OTHERS)]
    for number in range(6):
        collect(library, f"random {number}", *names[8 * number : 8 * number + 8])
    found = gathered(library)
    background = [one for one in found.lessons.examples if not one.concepts]
    assert len(background) == 3 * EACH + OTHERS - 48


def test_nothing_to_learn_and_unknown_names_are_refused(library: Library) -> None:
    collect(library, "empty")
    with pytest.raises(InputError, match="no photos to learn from"):
        gathered(library)
    with pytest.raises(InputError, match="no collection 'other'"):
        gathered(library, "other")
    with pytest.raises(InputError, match="no tag 'other'"):
        gathered(library, tags=("other",))
