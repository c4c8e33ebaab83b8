"""Hits of a query: filters, pages, order, weights, exclusions, regions."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.query import Part, Picture, Query, Region
from clipsearch.core.query_language import parse_query
from clipsearch.errors import InputError, UnreadableImage
from tests.conftest import COLOURS

MakeLibrary = Callable[..., Library]


@pytest.fixture
def indexed(library: Library, colour_photos: Path) -> Library:
    """A library of one photo of each colour; the files are of six days, red's the oldest."""
    for day, name in enumerate(COLOURS, start=1):
        moment = datetime(2012, 5, day, 12).timestamp()
        (path,) = colour_photos.rglob(f"{name}.png")
        os.utime(path, (moment, moment))
    library.index([colour_photos])
    return library


def names(library: Library, text: str, **options: object) -> list[str]:
    query = replace(parse_query(text), **options)  # type: ignore[arg-type]
    return [hit.photo.path.stem for hit in library.search(query)]


def test_only_photos_that_pass_are_compared(indexed: Library) -> None:
    assert names(indexed, "red")[0] == "red"
    assert set(names(indexed, "red in:warm")) == {"green", "yellow", "black"}
    assert names(indexed, "red in:warm")[0] == names(indexed, "red -in:cold")[0] != "red"
    assert names(indexed, "red in:nowhere") == []


def test_scores_do_not_depend_on_the_filters(indexed: Library) -> None:
    for text in ("red", "red:2 blue", "red -blue"):
        scores = {hit.photo.path: hit.score for hit in indexed.search(parse_query(text))}
        hits = indexed.search(parse_query(f"{text} in:warm"))
        assert [hit.score for hit in hits] == [
            pytest.approx(scores[hit.photo.path], abs=1e-6) for hit in hits
        ]


def test_filters_alone_bring_the_newest_first_without_scores(indexed: Library) -> None:
    newest_first = ["black", "white", "yellow", "blue", "green", "red"]
    assert names(indexed, "on:2012-05") == newest_first
    assert names(indexed, "after:2012-05-04") == newest_first[:2]
    assert names(indexed, "on:2012", sort="date") == newest_first
    assert names(indexed, "on:2012", sort="name") == sorted(COLOURS)
    assert {hit.score for hit in indexed.search(parse_query("on:2012"))} == {None}


def test_filters_alone_need_no_model(make_library: MakeLibrary, indexed: Library) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} was loaded")

    assert len(names(make_library(load=refuse), "on:2012")) == len(COLOURS)


@pytest.mark.parametrize("text", ["red", "red:2 blue -green", "on:2012", "red on:2012 -in:nowhere"])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_pages_follow_one_another_without_gaps_or_repeats(
    indexed: Library, text: str, k: int
) -> None:
    whole = names(indexed, text, k=None)
    pages = [names(indexed, text, k=k, offset=offset) for offset in range(0, 8, k)]
    assert [name for page in pages for name in page] == whole
    assert sorted(whole) == sorted(COLOURS)


def test_photos_with_the_same_score_keep_their_order_over_the_pages(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    for number in range(9):
        Image.new("RGB", (20, 20 + number), COLOURS["red"]).save(folder / f"{number}.png")
    library.index([folder])
    pages = [names(library, "red", k=2, offset=offset) for offset in range(0, 10, 2)]
    assert sorted(name for page in pages for name in page) == list("012345678")


def test_the_certain_hits_can_stand_in_another_order(indexed: Library) -> None:
    hits = indexed.search(replace(parse_query("red"), k=None))
    certain = [hit.photo.path.stem for hit in hits if hit.above_cutoff]
    less = [hit.photo.path.stem for hit in hits if not hit.above_cutoff]
    assert names(indexed, "red", k=None, sort="name") == [*sorted(certain), *less]
    newest_first = sorted(certain, key=list(reversed(COLOURS)).index)
    assert names(indexed, "red", k=None, sort="date") == [*newest_first, *less]
    pages = [names(indexed, "red", k=1, offset=at, sort="date") for at in range(len(hits))]
    assert [name for page in pages for name in page] == [*newest_first, *less]
    (first, *_) = indexed.search(replace(parse_query("red"), k=3, sort="name"))
    (same,) = (hit for hit in indexed.search(parse_query("red")) if hit.photo == first.photo)
    assert first.score == same.score


def test_a_heavier_part_counts_more(indexed: Library) -> None:
    assert names(indexed, "red:9 blue")[0] == "red"
    assert names(indexed, "red blue:9")[0] == "blue"


def test_what_is_excluded_comes_last(indexed: Library) -> None:
    assert names(indexed, "-red")[-1] == "red"
    assert names(indexed, "white -red")[-1] == "red"
    assert names(indexed, "white not red in:cold")[-1] == "red"


def test_a_region_of_a_picture_is_searched_by_alone(indexed: Library, tmp_path: Path) -> None:
    both = Image.new("RGB", (60, 40), COLOURS["blue"])
    both.paste(COLOURS["red"], (0, 0, 20, 40))
    both.save(tmp_path / "both.png")
    assert names(indexed, f'like:"{tmp_path / "both.png"}"@0,0,0.3,1')[0] == "red"
    assert names(indexed, f'like:"{tmp_path / "both.png"}"@0.5,0,0.5,1')[0] == "blue"


def test_a_region_of_a_photo_of_the_library_is_not_the_whole_photo(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    both = Image.new("RGB", (60, 40), COLOURS["blue"])
    both.paste(COLOURS["red"], (0, 0, 30, 40))
    both.save(folder / "both.png")
    Image.new("RGB", (60, 40), COLOURS["red"]).save(folder / "red.png")
    library.index([folder])
    part = Part(Picture(folder / "both.png", Region(0, 0, 0.5, 1)))
    assert library.search(Query((part,)))[0].photo.path.stem == "red"
    assert library.search(Query.of(folder / "both.png"))[0].photo.path.stem == "both"


@given(st.floats(0, 0.999), st.floats(0, 0.999), st.floats(1e-9, 1), st.integers(1, 5000))
def test_a_region_has_pixels_and_lies_inside(x: float, y: float, share: float, edge: int) -> None:
    region = Region(x, y, (1 - x) * share, (1 - y) * share)
    left, top, right, bottom = region.box(edge, 2 * edge)
    assert 0 <= left < right <= edge
    assert 0 <= top < bottom <= 2 * edge
    assert abs(left - x * edge) <= 1
    assert abs(right - (x + region.width) * edge) <= 1


def test_all_of_a_picture_is_all_its_pixels() -> None:
    assert Region(0, 0, 1, 1).box(37, 53) == (0, 0, 37, 53)


def test_what_cannot_be_answered_is_said(indexed: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--offset"):
        names(indexed, "red", offset=-1)
    with pytest.raises(InputError, match="no collection 'Best'"):
        names(indexed, "red collection:Best")
    with pytest.raises(UnreadableImage, match=r"gone\.jpg"):
        names(indexed, f'like:"{tmp_path / "gone.jpg"}"')
