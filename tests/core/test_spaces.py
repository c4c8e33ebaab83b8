"""Changing the model: the old space answers until the new one is complete, then may go."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.core.query import Query
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.core.types import SpaceState
from clipsearch.errors import LibraryBusy, LibraryError, ModelError
from clipsearch.progress import Cancelled
from tests.conftest import COLOURS, FakeModel

Models = dict[str, FakeModel]


@pytest.fixture
def models() -> Models:
    """Two models of different dimensions."""
    return {"starter": FakeModel("starter", "aa", 32), "big": FakeModel("big", "bb", 48)}


@pytest.fixture
def library(make_library: Callable[..., Library], models: Models, colour_photos: Path) -> Library:
    """Indexed with the starter."""
    library = make_library(load=models.__getitem__)
    library.index([colour_photos])
    return library


def cancel_after(count: int) -> Callable[..., None]:
    def progress(done: int, total: int | None, note: str = "") -> None:
        if total and done >= count:
            raise Cancelled

    return progress


def facts(state: SpaceState) -> tuple[str, str, int | None, bool]:
    return state.model, state.fingerprint, state.photos, state.active


def test_changing_the_model_indexes_everything_and_switches(library: Library) -> None:
    report = library.use_model("big")
    assert report.added == len(COLOURS)
    assert library.info().model == "big"
    assert [facts(state) for state in library.spaces()] == [
        ("big", "bb", 6, True),
        ("starter", "aa", 6, False),
    ]
    assert all(state.disk_bytes > 1000 for state in library.spaces())


def test_a_cancelled_change_keeps_what_it_embedded_and_goes_on(
    library: Library, models: Models
) -> None:
    with pytest.raises(Cancelled):
        library.use_model("big", progress=cancel_after(5))
    done = models["big"].embedded
    assert 0 < done < len(COLOURS)
    active, unfinished = library.spaces()
    assert facts(active) == ("starter", "aa", 6, True)
    assert facts(unfinished) == ("big", "bb", done, False)
    hit = library.search(Query.of("red", k=1))[0]
    assert hit.photo.path.stem == "red"
    assert library.info().index_state == "ready"
    report = library.use_model("big")
    assert (report.added, report.unchanged) == (6 - done, done)
    assert models["big"].embedded == len(COLOURS)  # None of them twice.
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
    assert library.info().dimension == 48


def test_the_old_space_answers_while_the_new_one_is_filled(library: Library) -> None:
    answers: list[str] = []

    def ask(done: int, total: int | None, note: str = "") -> None:
        answers.append(library.search(Query.of("blue", k=1))[0].photo.path.stem)
        assert library.spaces()[0].model == "starter"

    library.use_model("big", progress=ask)
    assert set(answers) == {"blue"}
    assert library.spaces()[0].model == "big"


def test_going_back_embeds_nothing_again_and_sees_what_changed_meanwhile(
    library: Library, models: Models, colour_photos: Path
) -> None:
    library.use_model("big")
    (colour_photos / "cold" / "red.png").unlink()
    (colour_photos / "warm").rename(colour_photos / "moved")
    library.index()
    embedded = models["starter"].embedded
    report = library.use_model("starter")
    assert (report.added, report.moved, report.removed) == (0, 3, 1)
    assert models["starter"].embedded == embedded
    assert {p.path for p in library.photos()} == set(colour_photos.rglob("*.png"))


def test_a_folder_that_is_away_is_not_said_to_stay_in_a_new_space(
    library: Library, colour_photos: Path
) -> None:
    colour_photos.rename(colour_photos.parent / "unplugged")
    (notice,) = library.use_model("big").notices
    assert "come back" in notice
    (notice,) = library.use_model("starter").notices
    assert "stay in the library" in notice
    assert len(library.photos()) == len(COLOURS)


def test_the_choice_is_remembered_for_the_first_folder(
    make_library: Callable[..., Library], models: Models, colour_photos: Path
) -> None:
    library = make_library("empty", load=models.__getitem__)
    report = library.use_model("big")
    assert report.added == 0
    assert "the first one that is added is indexed with big" in report.notices[0]
    assert library.info().index_state == "empty"
    assert facts(library.spaces()[0]) == ("big", "bb", 0, True)
    with pytest.raises(LibraryError, match="no photos yet"):
        library.search(Query.of("red"))
    library.index([colour_photos])
    assert (models["starter"].embedded, models["big"].embedded) == (0, len(COLOURS))
    assert library.info().model == "big"


def test_an_unknown_model_changes_nothing(
    make_library: Callable[..., Library], colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    stranger = Library(library.root, library._settings)
    with pytest.raises(ModelError, match="nonsense"):
        stranger.use_model("nonsense")
    stranger.close()
    assert library.info().model == "fake"


@pytest.mark.parametrize("name", ["starter", "aa"])
def test_an_old_space_can_be_forgotten_by_name_or_fingerprint(library: Library, name: str) -> None:
    library.use_model("big")
    before = library.info().disk_bytes
    forgotten = library.forget_space(name)
    assert facts(forgotten) == ("starter", "aa", 6, False)
    assert library.info().disk_bytes <= before - forgotten.disk_bytes
    assert [path.name for path in (library.root / "index").iterdir()] == ["space_bb.lance"]
    assert [facts(state) for state in library.spaces()] == [("big", "bb", 6, True)]
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"


def test_a_change_that_was_given_up_can_be_forgotten(library: Library) -> None:
    with pytest.raises(Cancelled):
        library.use_model("big", progress=cancel_after(5))
    assert library.forget_space("big").fingerprint == "bb"
    assert len(library.spaces()) == 1


@pytest.mark.parametrize("name", ["starter", "aa"])
def test_the_active_space_is_never_forgotten(library: Library, name: str) -> None:
    with pytest.raises(LibraryError, match="models use"):
        library.forget_space(name)
    assert len(library.photos()) == len(COLOURS)


def test_what_there_is_no_space_of_is_said(
    library: Library, make_library: Callable[..., Library]
) -> None:
    for name in ["", "..", "big", "space_aa"]:
        with pytest.raises(LibraryError, match="no index of"):
            library.forget_space(name)
    nowhere = make_library("nowhere")
    assert nowhere.spaces() == []
    with pytest.raises(LibraryError, match="no index of"):
        nowhere.forget_space("starter")
    assert not nowhere.root.exists()


def test_the_name_of_several_spaces_is_not_guessed_about(library: Library, models: Models) -> None:
    models["starter"] = FakeModel("starter", "cc", 32)  # Its weights have changed.
    library.use_model("big")
    library.use_model("starter")
    library.use_model("big")
    with pytest.raises(LibraryError, match="aa, cc"):
        library.forget_space("starter")
    library.forget_space("aa")
    assert {state.fingerprint for state in library.spaces()} == {"bb", "cc"}


def test_a_stranger_of_the_same_name_is_forgotten_and_the_active_one_left(
    library: Library, models: Models, make_library: Callable[..., Library]
) -> None:
    models["starter"] = FakeModel("starter", "cc", 32)
    again = make_library(load=models.__getitem__)
    again.index()
    assert again.forget_space("starter").fingerprint == "aa"
    assert again.spaces()[0].fingerprint == "cc"


def test_a_space_is_not_forgotten_while_another_process_writes(library: Library) -> None:
    library.use_model("big")
    with write_lock(library.root), pytest.raises(LibraryBusy):
        library.forget_space("starter")
    assert len(library.spaces()) == 2


def test_a_damaged_space_is_listed_and_can_be_forgotten(library: Library) -> None:
    library.use_model("big")
    for file in (library.root / "index" / "space_aa.lance").rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    assert facts(library.spaces()[1]) == ("starter", "aa", None, False)
    library.forget_space("starter")
    assert len(library.spaces()) == 1


def test_what_a_killed_process_left_is_swept_up(library: Library) -> None:
    library.use_model("big")
    folder = library.root / "index"
    shutil.copytree(folder / "space_aa.lance", folder / "space_dd.dropped")
    assert len(library.spaces()) == 2
    library.forget_space("starter")
    assert [path.name for path in folder.iterdir()] == ["space_bb.lance"]


def test_an_active_space_that_was_lost_is_listed(library: Library) -> None:
    shutil.rmtree(library.root / "index")
    assert [facts(state) for state in library.spaces()] == [("starter", "aa", 0, True)]
    assert library.spaces()[0].disk_bytes == 0


def test_the_latest_name_of_a_space_counts(library: Library, models: Models) -> None:
    models["mine"] = FakeModel("mine", "aa", 32)  # The same weights, imported.
    library.use_model("mine")
    assert [facts(state) for state in library.spaces()] == [("mine", "aa", 6, True)]
    labels = LabelStore(library.root / "labels.sqlite")
    assert labels.model_names() == {"aa": "mine"}
    labels.close()


def test_each_space_has_suggestions_of_its_own_which_go_with_it(library: Library) -> None:
    library.labels.vocabulary.replace(parse_vocabulary("red = {}\nblue = {}"))
    library.tagging.suggest()
    assert library.tagging.candidates("red")
    library.use_model("big")
    assert not library.tagging.candidates("red")
    library.tagging.suggest()
    assert library.tagging.candidates("red")
    kept = library.root / "suggestions"
    assert {file.stem for file in kept.iterdir()} == {"aa", "bb"}
    library.forget_space("starter")
    assert {file.stem for file in kept.iterdir()} == {"bb"}
