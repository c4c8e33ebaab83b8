"""What can be filtered by, held against the filters themselves."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsearch.core import filters as kinds
from clipsearch.core.facets import Facets
from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.filter_values import filter_values
from clipsearch.core.filtering import NoLabels, passing
from clipsearch.core.snapshot import to_arrow
from clipsearch.core.types import FileState, Metadata, Photo

ROOT = Path.cwd().root
PHOTOS = Path(ROOT) / "photos"


def facets_of(photos: list[Photo]) -> Facets:
    keys = [str(number) for number in range(len(photos))]
    return Facets(to_arrow(photos, keys, np.zeros((len(photos), 2), np.float32)))


def photo(path: Path, **said: object) -> Photo:
    return Photo(path, "hash", FileState(1, 0), 3, 2, Metadata(**said))  # type: ignore[arg-type]


_NAMES = st.sampled_from(["2012", "Rome", "rome", "a b", "~x"])
_GEAR = st.sampled_from([None, "", "NIKON D100", "Nikon D100", "NIKON D1000", "Canon R5 II", "R5"])
_KEYWORDS = st.sampled_from(["Rome", "rome", "Places|Italy|Rome", "Italy", "a|a", "|", "b "])
_PHOTOS = st.builds(
    lambda folders, number, suffix, camera, lens, keywords: photo(
        PHOTOS.joinpath(*folders, f"{number}{suffix}"),
        camera=camera,
        lens=lens,
        keywords=tuple(keywords),
    ),
    st.lists(_NAMES, max_size=4),
    st.integers(0, 99),
    st.sampled_from([".jpg", ".JPEG", ".nef", ".dng", ".png", ".apng", ".tif", ""]),
    _GEAR,
    _GEAR,
    st.lists(_KEYWORDS, max_size=3),
)


@given(st.lists(_PHOTOS, max_size=12))
def test_every_value_finds_as_many_photos_as_it_says(photos: list[Photo]) -> None:
    facets = facets_of(photos)
    values = filter_values(facets, [PHOTOS], NoLabels())
    made: list[tuple[tuple[ValueCount, ...], type]] = [
        (values.folders, kinds.InFolder),
        (values.cameras, kinds.Camera),
        (values.lenses, kinds.Lens),
        (values.tags, kinds.Tag),
        (values.types, kinds.FileType),
    ]
    for found, make in made:
        assert len({one.value for one in found}) == len(found)
        for one in found:
            mask = passing((make(one.value),), facets, labels=NoLabels())
            assert (one.value, one.photos) == (one.value, int(mask.sum()))
            assert one.photos


@given(st.lists(_PHOTOS, max_size=12))
def test_every_folder_of_the_library_that_holds_photos_is_listed(photos: list[Photo]) -> None:
    spelled = {str(folder).casefold() for one in photos for folder in one.path.parents}
    listed = filter_values(facets_of(photos), [PHOTOS], NoLabels()).folders
    above = len(PHOTOS.parents)
    assert len(listed) == max(0, len(spelled) - above)


def test_a_folder_is_named_by_the_end_of_its_path_that_is_its_own() -> None:
    photos = [
        photo(PHOTOS / name / "a.jpg") for name in ("rome/2012", "paris/2012", "paris/summer")
    ]
    values = filter_values(facets_of(photos), [PHOTOS], NoLabels())
    assert [(one.value, one.photos) for one in values.folders] == [
        (str(PHOTOS), 3),
        ("paris", 2),
        ("paris/2012", 1),
        ("summer", 1),
        ("rome", 1),
        ("rome/2012", 1),
    ]


def test_spellings_are_one_value_and_the_most_used_is_shown() -> None:
    photos = [photo(PHOTOS / "a.jpg", keywords=(word,)) for word in ("rome", "Rome", "Rome")]
    assert filter_values(facets_of(photos), [PHOTOS], NoLabels()).tags == (ValueCount("Rome", 3),)


def test_a_library_without_photos_has_no_values() -> None:
    assert filter_values(facets_of([]), [PHOTOS], NoLabels()) == FilterValues()


@pytest.mark.parametrize("suffix", [".nef", ".dng"])
def test_a_raw_photo_is_listed_by_both_its_names(suffix: str) -> None:
    values = filter_values(facets_of([photo(PHOTOS / f"a{suffix}")]), [PHOTOS], NoLabels())
    assert {one.value for one in values.types} == {"raw", suffix[1:]}
