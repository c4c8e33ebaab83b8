"""Spaces in which photos have the same embeddings: rows are copied, nothing is embedded again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core import taking_over
from clipsearch.core.library import Library
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.query import Query
from clipsearch.progress import Cancelled
from tests.conftest import COLOURS, FakeModel

Models = dict[str, FakeModel]


@pytest.fixture
def models() -> Models:
    """A model, two that were taught other words, and one that sees otherwise."""
    found = {
        name: FakeModel(name, fingerprint, 48 if name == "big" else 32)
        for name, fingerprint in (("starter", "aa"), ("lotte", "bb"), ("rufus", "cc"), ("big", "d"))
    }
    for name in ("lotte", "rufus"):
        found[name].image_fingerprint = "aa"
    return found


@pytest.fixture
def library(make_library: Callable[..., Library], models: Models, colour_photos: Path) -> Library:
    """Indexed with the starter."""
    library = make_library(load=models.__getitem__)
    library.index([colour_photos])
    return library


def rows(library: Library, fingerprint: str) -> dict[str, dict[str, object]]:
    table = PhotoIndex(library.root, fingerprint, 32)
    return {row["path"]: row for part in table.rows(3) for row in part.to_pylist()}


def test_rows_are_copied_whole_and_nothing_is_embedded(library: Library, models: Models) -> None:
    report = library.use_model("lotte")
    assert (report.added, report.unchanged, report.images_per_second) == (6, 0, 0)
    assert models["lotte"].embedded == 0
    assert len(rows(library, "bb")) == len(COLOURS)
    assert rows(library, "bb") == rows(library, "aa")
    assert library.info().model == "lotte"
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"


def test_the_way_back_and_on_costs_nothing_either(library: Library, models: Models) -> None:
    library.use_model("lotte")
    library.forget_space("starter")
    library.use_model("rufus")
    library.use_model("starter")
    assert [models[name].embedded for name in models] == [6, 0, 0, 0]
    assert rows(library, "cc") == rows(library, "bb") == rows(library, "aa")


def test_only_what_has_changed_since_is_embedded(
    library: Library, models: Models, colour_photos: Path
) -> None:
    red = next(colour_photos.rglob("red.png"))
    Image.new("RGB", (9, 9), "purple").save(red)
    Image.new("RGB", (9, 9), "orange").save(colour_photos / "orange.png")
    next(colour_photos.rglob("blue.png")).unlink()
    report = library.use_model("lotte")
    assert (report.added, models["lotte"].embedded) == (6, 2)
    embedded = {row["path"]: row["embedding"] for row in rows(library, "bb").values()}
    assert len(embedded) == 6
    with Image.open(red) as picture:
        expected = models["lotte"].encode_images([picture.convert("RGB")])[0]
    np.testing.assert_allclose(np.array(embedded[str(red)]), expected, atol=1e-6)


def test_a_row_that_is_out_of_date_is_replaced_by_a_fresh_one(
    library: Library, models: Models, colour_photos: Path
) -> None:
    library.use_model("lotte")
    library.use_model("starter")
    red = next(colour_photos.rglob("red.png"))
    Image.new("RGB", (9, 9), "purple").save(red)
    os.utime(red, ns=(1, 1))
    library.index()
    embedded = models["starter"].embedded
    report = library.use_model("lotte")
    assert (report.added, report.changed, report.unchanged) == (0, 1, 5)
    assert (models["lotte"].embedded, models["starter"].embedded) == (0, embedded)
    assert rows(library, "bb") == rows(library, "aa")


def test_a_cancelled_copy_goes_on(
    library: Library, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "_ROWS_TOGETHER", 2)

    def stop(done: int, total: int | None, note: str = "") -> None:
        if note == "taking embeddings over" and done:
            raise Cancelled

    with pytest.raises(Cancelled):
        library.use_model("lotte", progress=stop)
    assert library.info().model == "starter"
    assert len(rows(library, "bb")) == 2
    report = library.use_model("lotte")
    assert (report.added, report.unchanged) == (4, 2)
    assert models["lotte"].embedded == 0
    assert rows(library, "bb") == rows(library, "aa")


def test_spaces_that_see_otherwise_or_are_damaged_are_left_alone(
    library: Library, models: Models
) -> None:
    library.use_model("big")
    assert models["big"].embedded == 6
    for file in (library.root / "index" / "space_aa.lance").rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    library.use_model("lotte")
    assert models["lotte"].embedded == 6
    shutil.rmtree(library.root / "index" / "space_aa.lance")
    assert library.search(Query.of("red", k=1))[0].photo.path.stem == "red"
