"""Filters over columns, held against a look at one photo after another."""

import math
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsearch.core import filters as kinds
from clipsearch.core.facets import Facets
from clipsearch.core.filtering import NoLabels, passing
from clipsearch.core.formats import FILE_TYPES
from clipsearch.core.query_language import parse_query
from clipsearch.core.snapshot import to_arrow
from clipsearch.core.types import FileState, Metadata, Photo
from clipsearch.errors import InputError

ROOT = Path(os.path.abspath(os.sep))
PLAIN = Photo(ROOT / "photos" / "a.jpg", "hash", FileState(1, 0), 300, 200, Metadata())


class OneCollection(NoLabels):
    """Knows the collection of the photos whose content is ``a``."""

    def hashes_of_collection(self, name: str) -> Collection[str]:
        """See `Labels`."""
        return {"a"}


def facets_of(photos: Sequence[Photo]) -> Facets:
    keys = [str(number) for number in range(len(photos))]
    return Facets(to_arrow(photos, keys, np.zeros((len(photos), 2), np.float32)))


def passed(
    photos: Sequence[Photo],
    filters: Sequence[kinds.Filter],
    duplicates: Collection[str] | None = None,
) -> list[bool]:
    mask = passing(filters, facets_of(photos), labels=OneCollection(), duplicates=duplicates)
    assert mask.dtype == np.bool_
    return [bool(passes) for passes in mask]


def about(photo: Photo, **said: object) -> Photo:
    metadata = photo.metadata or Metadata()
    return replace(photo, metadata=replace(metadata, **said))  # type: ignore[arg-type]


# One photo after another


def photo_passes(photo: Photo, filters: Sequence[kinds.Filter], photos: Sequence[Photo]) -> bool:
    """What `passing` promises, by plain comparisons."""
    alternatives: dict[str, list[bool]] = {}
    for number, one in enumerate(filters):
        passes = one_passes(photo, one, photos) != one.negated
        kind = type(one).__name__
        is_alternative = not one.negated and (
            kind in {"InFolder", "Camera", "Lens", "FileType", "Near"}
            or (isinstance(one, kinds.Taken) and one.when == "on")
            or (isinstance(one, kinds.Rating) and one.comparison == "=")
            or (isinstance(one, kinds.Is) and one.trait in {"portrait", "landscape", "square"})
        )
        alternatives.setdefault(kind if is_alternative else str(number), []).append(passes)
    return all(map(any, alternatives.values()))


def one_passes(photo: Photo, one: kinds.Filter, photos: Sequence[Photo]) -> bool:
    said = photo.metadata or Metadata()
    match one:
        case kinds.InFolder():
            return lies_in(photo.path, one.folder)
        case kinds.Taken():
            taken = said.taken_at or datetime.fromtimestamp(photo.state.modified_ns // 10**9)
            last = (one.until or one.period).last
            return {
                "before": taken.date() < one.period.first,
                "on": one.period.first <= taken.date() <= last,
                "after": taken.date() > last,
            }[one.when]
        case kinds.Camera():
            return has_words(said.camera, one.name)
        case kinds.Lens():
            return has_words(said.lens, one.name)
        case kinds.Tag():
            return any(is_below(keyword, one.name) for keyword in said.keywords)
        case kinds.Collection():
            return photo.content_hash == "a"
        case kinds.Rating():
            return compare(said.rating or 0, one.comparison, one.stars)
        case kinds.FileType():
            return photo.path.suffix.lower() in FILE_TYPES[one.name]
        case kinds.Is():
            return has_trait(photo, one.trait, photos)
        case kinds.Megapixels():
            return compare(photo.width * photo.height / 1e6, one.comparison, one.value)
        case kinds.Near():
            return said.latitude is not None and km(said, one) <= one.km


def lies_in(path: Path, folder: str) -> bool:
    names = [name.lower() for name in path.parent.parts]
    wanted = [name.lower() for name in Path(folder).parts]
    if Path(folder).is_absolute():
        return names[: len(wanted)] == wanted
    starts = range(1, len(names))
    return any(names[start : start + len(wanted)] == wanted for start in starts)


def has_words(text: str | None, name: str) -> bool:
    return text is not None and all(word in text.lower() for word in name.lower().split())


def is_below(keyword: str, name: str) -> bool:
    nodes, wanted = keyword.lower().split("|"), name.lower().split("|")
    return any(nodes[at : at + len(wanted)] == wanted for at in range(len(nodes)))


def compare(value: float, comparison: str, other: float) -> bool:
    return {
        "<": value < other,
        "<=": value <= other,
        "=": value == other,
        ">=": value >= other,
        ">": value > other,
    }[comparison]


def has_trait(photo: Photo, trait: kinds.Trait, photos: Sequence[Photo]) -> bool:
    said = photo.metadata or Metadata()
    short, long = sorted((photo.width, photo.height))
    same = sum(other.content_hash == photo.content_hash for other in photos)
    return {
        "square": long / short <= 1.05,
        "portrait": photo.height / photo.width > 1.05,
        "landscape": photo.width / photo.height > 1.05,
        "panorama": long / short >= 2,
        "duplicate": same > 1,
        "untagged": not said.keywords,
        "located": said.latitude is not None,
    }[trait]


def km(said: Metadata, place: kinds.Near) -> float:
    """The way along the great circle; the haversine formula."""
    assert said.latitude is not None
    assert said.longitude is not None
    phi, other_phi = math.radians(said.latitude), math.radians(place.latitude)
    turn = math.radians(said.longitude - place.longitude)
    half = math.sin((phi - other_phi) / 2) ** 2
    half += math.cos(phi) * math.cos(other_phi) * math.sin(turn / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1, math.sqrt(half)))


NAMES = st.sampled_from(["2012", "Rome", "holidays", "Hólidays", "2012-05", "a b", "x.y"])
PATHS = st.builds(
    lambda folders, name: ROOT.joinpath(*folders, name),
    st.lists(NAMES, max_size=4),
    st.sampled_from(["a.jpg", "b.JPEG", "c.heic", "d.x.tif", "e.NEF", "none", ".png", "f."]),
)
TIMES = st.datetimes(datetime(2010, 12, 30), datetime(2013, 1, 2))
PLACES = st.sampled_from([(48.1, 11.6), (0.0, 179.9), (0.0, -179.9), (89.9, 0.0), (90.0, 5.0)])


def metadata(place: tuple[float, float] | None, **said: object) -> Metadata:
    latitude, longitude = place or (None, None)
    return Metadata(latitude=latitude, longitude=longitude, **said)  # type: ignore[arg-type]


METADATA = st.builds(
    metadata,
    st.none() | PLACES,
    taken_at=st.none() | TIMES,
    camera=st.sampled_from([None, "Nikon D100", "Canon EOS 5D"]),
    lens=st.sampled_from([None, "EF50mm f/1.8"]),
    rating=st.none() | st.integers(-1, 5),
    keywords=st.lists(st.sampled_from(["Rome", "Places|Italy|Rome", "a b"]), max_size=2).map(tuple),
)
PHOTOS = st.lists(
    st.builds(
        Photo,
        PATHS,
        st.sampled_from("abc"),
        st.builds(FileState, st.just(1), TIMES.map(lambda at: int(at.timestamp()) * 10**9)),
        st.sampled_from([100, 105, 106, 200, 2000, 3000]),
        st.sampled_from([100, 200, 3000]),
        METADATA,
    ),
    max_size=6,
)
FILTERS = st.sampled_from(
    """in:2012 in:rome in:2012/ROME in:201 in:x.y in:hólidays in:"a b" in:/2012 in:/2012/rome/ in:/
    on:2012 on:2011-05 on:2012-05-17 on:2011..2012-05 before:2012 after:2011 after:2012-05-17
    camera:nikon camera:D100 camera:"canon 5d" lens:50MM tag:rome tag:Italy tag:italy|rome tag:ital
    tag:"A b" collection:x rating:0 rating:4 rating:5 rating:>=4 rating:<3 rating:-1
    type:jpeg type:heif type:tiff type:raw type:png is:portrait is:landscape is:square is:panorama
    is:duplicate is:untagged is:located size:>0.02mp size:<=0.02mp size:>=9mp size:<9mp
    near:48,11.5,50 near:0,180,12 near:0,180,30 near:90,-77,12 near:0,0,30000
    """.replace("\n", " ").replace('"a b"', '"a_b"').replace('"A b"', '"A_b"')
    .replace('"canon 5d"', '"canon_5d"').split()
).map(lambda text: parse_query(text.replace("_", " ")).filters[0])  # fmt: skip
NEGATABLE = st.builds(lambda one, negated: replace(one, negated=negated), FILTERS, st.booleans())


@given(PHOTOS, st.lists(NEGATABLE, max_size=4))
def test_filters_over_columns_do_what_a_look_at_each_photo_does(
    photos: list[Photo], filters: list[kinds.Filter]
) -> None:
    assert passed(photos, filters) == [photo_passes(one, filters, photos) for one in photos]


@given(PHOTOS, FILTERS)
def test_a_negated_filter_passes_exactly_the_others(photos: list[Photo], one: kinds.Filter) -> None:
    negated = passed(photos, [replace(one, negated=True)])
    assert negated == [not passes for passes in passed(photos, [one])]


# What the rules mean to people


def found(photos: Sequence[Photo], text: str) -> list[str]:
    mask = passed(photos, parse_query(text).filters)
    return [photo.path.stem for photo, passes in zip(photos, mask, strict=True) if passes]


def at(*names: str) -> Photo:
    return replace(PLAIN, path=ROOT.joinpath(*names))


def test_a_folder_is_named_by_its_path_or_the_end_of_it_but_not_by_a_piece_of_a_name() -> None:
    photos = [
        at("me", "2012", "a.jpg"),
        at("me", "2012", "Rome", "b.jpg"),
        at("me", "2012-05", "c.jpg"),
        at("2012", "d.jpg"),
    ]
    assert found(photos, "in:2012") == ["a", "b", "d"]
    assert found(photos, "in:2012/rome") == ["b"]
    assert found(photos, "in:201") == []
    assert found(photos, f'in:"{ROOT / "2012"}"') == ["d"]
    assert found(photos, f'in:"{ROOT / "me" / "x" / ".." / "2012"}"') == ["a", "b"]
    assert found(photos, "-in:2012") == ["c"]
    assert found(photos, "in:rome in:2012-05") == ["b", "c"]


def test_the_home_folder_may_be_written_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(ROOT / "me"))
    monkeypatch.setenv("USERPROFILE", str(ROOT / "me"))
    assert found([at("me", "2012", "a.jpg"), at("you", "2012", "b.jpg")], "in:~/2012") == ["a"]


def test_an_accent_is_the_same_however_it_is_written() -> None:
    photos = [about(at("Caf\u00e9", "a.jpg"), keywords=("Stra\u00dfe",), camera="Cafe\u0301 1")]
    for text in ("in:CAFE\u0301", "tag:STRASSE", "camera:caf\u00c9"):
        assert found(photos, text) == ["a"]


def test_before_and_after_leave_out_what_they_name() -> None:
    photos = [
        about(at(f"{number}.jpg"), taken_at=moment)
        for number, moment in enumerate(
            [
                datetime(2011, 4, 30, 23, 59, 59, 999_999),
                datetime(2011, 5, 1),
                datetime(2011, 5, 31, 23, 59, 59, 999_999),
                datetime(2011, 6, 1),
            ]
        )
    ]
    assert found(photos, "before:2011-05") == ["0"]
    assert found(photos, "on:2011-05") == ["1", "2"]
    assert found(photos, "after:2011-05") == ["3"]
    assert found(photos, "after:2010 before:2012") == ["0", "1", "2", "3"]
    assert found(photos, "on:9999-12-31 on:0001") == []


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock that is set forward in summer."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system has one time zone for all programs")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_without_a_date_the_files_own_counts_by_the_clock_of_this_machine() -> None:
    begin = datetime(2012, 7, 1).timestamp()
    early = replace(at("early.jpg"), state=FileState(1, int(begin - 1) * 10**9))
    late = replace(at("late.jpg"), state=FileState(1, int(begin) * 10**9))
    winter = datetime(2012, 12, 31, 23, 59, 59).timestamp()
    last = replace(at("last.jpg"), state=FileState(1, int(winter) * 10**9))
    assert found([early, late, last], "on:2012-07") == ["late"]
    assert found([early, late, last], "on:2012") == ["early", "late", "last"]


@pytest.mark.usefixtures("berlin")
@given(st.integers(-3 * 10**9, 4 * 10**9))
def test_file_times_are_local_times(second: int) -> None:
    photo = replace(PLAIN, state=FileState(1, second * 10**9 + 5_000))
    (taken,) = facets_of([photo]).taken_us
    local = datetime.fromtimestamp(max(second, 0))
    expected = (local - datetime(1970, 1, 1)) // timedelta(microseconds=1) + 5
    assert taken == expected + min(second, 0) * 10**6


def test_places_are_near_across_the_date_line_and_around_a_pole() -> None:
    photos = [
        about(at("fiji.jpg"), latitude=-17.0, longitude=179.99),
        about(at("pole.jpg"), latitude=89.99, longitude=10.0),
        about(at("munich.jpg"), latitude=48.137, longitude=11.575),
        at("nowhere.jpg"),
    ]
    assert found(photos, "near:-17,-179.99,5") == ["fiji"]
    assert found(photos, "near:89.99,-170,3") == ["pole"]
    assert found(photos, "near:48.14,11.58") == ["munich"]
    assert found(photos, "near:48.137,11.575,0.001") == ["munich"]
    assert found(photos, "near:0,0,99999") == ["fiji", "pole", "munich"]
    assert found(photos, "-near:48.14,11.58") == ["fiji", "pole", "nowhere"]
    assert found(photos, "near:48.14,11.58 near:-17,180,10") == ["fiji", "munich"]


def test_duplicates_are_copies_unless_somebody_knows_better() -> None:
    photos = [replace(PLAIN, content_hash=content) for content in "aab"]
    assert passed(photos, [kinds.Is("duplicate")]) == [True, True, False]
    assert passed(photos, [kinds.Is("duplicate")], duplicates={"b"}) == [False, False, True]
    assert passed(photos, [kinds.Is("duplicate")], duplicates=()) == [False, False, False]


def test_a_collection_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="no collection 'best'"):
        passing([kinds.Collection("best")], facets_of([PLAIN]), labels=NoLabels())


@pytest.mark.parametrize("make", [facets_of, lambda _: Facets(facets_of([PLAIN])._columns[:0])])
def test_no_photo_passes_where_there_is_none(make: Callable[[list[Photo]], Facets]) -> None:
    for text in ("in:a", "on:2012", "camera:a", "tag:a", "type:raw", "is:duplicate", "near:0,0"):
        assert not len(passing(parse_query(text).filters, make([]), labels=NoLabels()))
    assert list(make([]).by_name) == list(make([]).newest_first) == []
