"""Going back to the model before."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.query import Query
from clipsearch.errors import LibraryError, UnknownModel
from clipsearch.progress import Cancelled
from tests.conftest import FakeModel

Models = dict[str, FakeModel]


@pytest.fixture
def models() -> Models:
    """Three models."""
    prints = {"starter": "aa", "mine": "bb", "other": "cc"}
    return {name: FakeModel(name, fingerprint) for name, fingerprint in prints.items()}


@pytest.fixture
def library(make_library: Callable[..., Library], models: Models, colour_photos: Path) -> Library:
    """Indexed with the starter; a model that is gone from ``models`` is gone."""

    def load(name: str) -> FakeModel:
        if name not in models:
            raise UnknownModel(f"There is no model '{name}'.")
        return models[name]

    library = make_library(load=load)
    library.index([colour_photos])
    return library


def test_back_and_forth_embeds_nothing(library: Library, models: Models) -> None:
    library.use_model("mine")
    for expected in ("starter", "mine", "starter"):
        library.revert_model()
        assert library.info().model == expected
        assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
    assert [model.embedded for model in models.values()] == [6, 6, 0]


def test_it_switches_before_it_brings_up_to_date(
    library: Library, models: Models, colour_photos: Path
) -> None:
    library.use_model("mine")
    Image.new("RGB", (9, 9), "purple").save(colour_photos / "new.png")
    answered: list[str] = []

    def stop(done: int, total: int | None, note: str = "") -> None:
        if total:
            answered.append(library.info().model)
            raise Cancelled

    with pytest.raises(Cancelled):
        library.revert_model(progress=stop)
    assert answered == ["starter"]
    assert library.info().model == "starter"
    assert library.index().added == 1
    assert models["mine"].embedded == 6


def test_an_index_that_was_forgotten_is_made_again_first(library: Library, models: Models) -> None:
    library.use_model("mine")
    library.forget_space("starter")
    library.revert_model()
    assert library.info().model == "starter"
    assert models["starter"].embedded == 12


def test_a_model_that_was_deleted_is_passed_over(library: Library, models: Models) -> None:
    library.use_model("mine")
    library.use_model("other")
    del models["mine"]
    library.revert_model()
    assert library.info().model == "starter"


def test_without_another_model_there_is_nothing_to_go_back_to(
    library: Library, make_library: Callable[..., Library]
) -> None:
    with pytest.raises(LibraryError, match="no other model"):
        library.revert_model()
    with pytest.raises(LibraryError, match="no other model"):
        make_library("empty").revert_model()
    assert not (library.root.parent / "empty" / "labels.sqlite").exists()
