"""What is told of models: on this machine, in the catalogue, and in a library."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clipsearch.core.library import Library
from clipsearch.core.models import Models
from clipsearch.core.query import Query
from clipsearch.core.types import ModelState
from clipsearch.errors import InputError, UnknownModel
from clipsearch.ml import own_models
from clipsearch.ml.figures import Pace
from clipsearch.progress import Cancelled
from clipsearch.settings import Settings
from tests.conftest import FakeModel
from tests.ml.conftest import catalogue_model, hub, tiny_model, write_model
from tests.ml.loopback_hub import Hub

__all__ = ["catalogue_model", "hub", "tiny_model"]


@pytest.fixture
def library(make_library: Callable[..., Library], colour_photos: Path) -> Library:
    """Six photos, indexed with the starter; the models are named as they are asked for."""
    library = make_library(load=lambda name: FakeModel(name, f"fa{len(name)}"))
    library.index([colour_photos])
    return library


def state(library: Library, name: str) -> ModelState:
    (found,) = [state for state in Models(library).states() if state.name == name]
    return found


def test_the_starter_is_here_and_answers(library: Library) -> None:
    first = Models(library).states()[0]
    assert (first.name, first.source) == ("starter", "shipped")
    assert first.licence is not None
    assert "research use" in first.licence
    assert (first.is_here, first.is_active, first.is_removable) == (True, True, False)
    assert 30e6 < first.disk_bytes < 60e6
    assert [space.photos for space in first.spaces] == [6]


def test_what_can_be_downloaded_comes_after_what_is_here_the_quick_and_good_first(
    library: Library, tiny_model: Path
) -> None:
    Models(library).take(tiny_model, name="mine")
    states = Models(library).states()
    assert [s.name for s in states[:2]] == ["starter", "mine"]
    offered = [s for s in states if not s.is_here]
    ranks = [
        (list(Pace).index(s.figures.pace), -s.figures.recall)
        for s in offered
        if s.figures.pace and s.figures.recall and s.figures.recall >= 0.5
    ]
    assert len(ranks) > 50
    assert ranks == sorted(ranks)
    usual = next(s for s in offered if s.name == "ViT-B-32:laion2b_s34b_b79k")
    assert usual.figures.about_bytes == 605_120_000
    assert usual.figures.effort == 1
    assert usual.figures.recall == 0.6678
    names = [s.name for s in offered]
    assert "ViT-B-16-SigLIP:webli" not in names, "its tokenizer cannot be fetched"
    assert names.index("ViT-B-32:commonpool_s_s13m_b4k") > names.index(usual.name)


def test_a_download_that_was_stopped_is_told_and_then_the_licence(
    library: Library, hub: Hub, catalogue_model: str
) -> None:
    models = Models(library)
    assert not state(library, catalogue_model).is_here
    assert hub.asked == [], "looking asks nobody"

    def stop(done: int, total: int | None, note: str = "") -> None:
        if done >= 1_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        models.download(models.offer(catalogue_model), progress=stop)
    stopped = state(library, catalogue_model)
    assert (stopped.is_here, stopped.is_removable) == (False, True)
    assert stopped.disk_bytes >= 1_000_000
    assert models.download(models.offer(catalogue_model)) == catalogue_model
    fetched = state(library, catalogue_model)
    assert (fetched.is_here, fetched.licence) == (True, "mit")
    assert fetched.disk_bytes >= len(next(iter(hub.files.values())))
    assert models.remove(catalogue_model) == fetched.disk_bytes
    assert not state(library, catalogue_model).is_removable


def test_the_model_in_use_and_the_starter_are_not_removed(
    library: Library, tiny_model: Path
) -> None:
    models = Models(library)
    models.take(tiny_model, name="mine")
    library.use_model("mine")
    with pytest.raises(InputError, match="searches with 'mine'"):
        models.remove("mine")
    with pytest.raises(InputError, match="comes with clipsearch"):
        models.remove("starter")
    with pytest.raises(UnknownModel):
        models.remove("never")
    library.use_model("starter")
    models.remove("mine")
    gone = state(library, "mine")
    assert (gone.is_here, gone.is_removable) == (False, False)
    assert [space.photos for space in gone.spaces] == [6], "its index is told all the same"


def test_a_model_that_is_used_by_its_path_is_told(library: Library, tiny_model: Path) -> None:
    library.use_model(str(tiny_model))
    used = state(library, str(tiny_model))
    assert (used.is_here, used.is_active, used.source) == (True, True, "local")
    shutil.rmtree(tiny_model)
    assert not state(library, str(tiny_model)).is_here


def test_two_models_stay_in_memory_while_one_is_changed_for_the_other(
    make_library: Callable[..., Library], colour_photos: Path
) -> None:
    loaded: list[str] = []

    def load(name: str) -> FakeModel:
        loaded.append(name)
        return FakeModel(name, f"fa{len(name)}")

    library = make_library(load=load)
    library.index([colour_photos])

    def ask(done: int, total: int | None, note: str = "") -> None:
        library.search(Query.of("red", k=1))

    library.use_model("big", progress=ask)
    library.search(Query.of("red"))
    assert loaded == ["starter", "big"]
    library.use_model("third")
    library.search(Query.of("red"))
    assert loaded == ["starter", "big", "third"]


def test_weights_that_were_replaced_are_not_taken_for_the_old_ones(
    tiny_model: Path, tmp_path: Path, colour_photos: Path
) -> None:
    library = Library(tmp_path / "real", Settings(device="cpu", precision="float32"))
    models = Models(library)
    library.index([colour_photos])
    models.take(tiny_model, name="mine")
    library.use_model("mine")
    (first,) = state(library, "mine").spaces
    library.use_model("starter")
    models.remove("mine")
    models.take(write_model(tmp_path / "other", seed=5), name="mine")
    library.use_model("mine")
    assert len(state(library, "mine").spaces) == 2
    assert library.spaces()[0].fingerprint != first.fingerprint
    assert own_models.names() == ["mine"]
    library.close()
