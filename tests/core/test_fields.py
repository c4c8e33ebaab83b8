"""Values out of what cameras and programs write, and nothing out of garbage."""

from datetime import datetime

import pytest

from clipsearch.core import fields
from clipsearch.core.fields import Moment


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2009:08:31 12:05:07", Moment(datetime(2009, 8, 31, 12, 5, 7), None)),
        ("2009-08-31T12:05:07.25+02:00", Moment(datetime(2009, 8, 31, 12, 5, 7, 250_000), 120)),
        ("2009-08-31T12:05Z", Moment(datetime(2009, 8, 31, 12, 5), 0)),
        ("2009:08:31 12:05:07-0330", Moment(datetime(2009, 8, 31, 12, 5, 7), -210)),
        ("2009/08/31", Moment(datetime(2009, 8, 31), None)),
        ("1985-07", Moment(datetime(1985, 7, 1), None)),
        ("1985", Moment(datetime(1985, 1, 1), None)),
        (b"2009:08:31 12:05:07\0", Moment(datetime(2009, 8, 31, 12, 5, 7), None)),
        ("2009:08:31 12:05:07+99:00", Moment(datetime(2009, 8, 31, 12, 5, 7), None)),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2009:02:31 12:00:00", None),
        ("2009:08:31 25:00:00", None),
        ("0001:01:01 00:00:00", None),
        ("yesterday", None),
        ("\0" * 20, None),
        ("", None),
        (None, None),
        (20090831, None),
    ],
)
def test_dates_are_read_and_garbage_is_none(written: object, expected: Moment | None) -> None:
    assert fields.moment(written) == expected


@pytest.mark.parametrize(
    ("subseconds", "microsecond"),
    [("5", 500_000), ("050", 50_000), ("1234567", 123_456), ("12 \0", 120_000), ("  ", 0), (7, 0)],
)
def test_subseconds_are_digits_behind_the_point(subseconds: object, microsecond: int) -> None:
    moment = fields.moment("2009:08:31 12:05:07", subseconds, "-07:00")
    assert moment == Moment(datetime(2009, 8, 31, 12, 5, 7, microsecond), -420)


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("Canon", "Canon EOS 350D DIGITAL", "Canon EOS 350D DIGITAL"),
        ("NIKON CORPORATION", "NIKON D100 ", "Nikon D100"),
        ("NIKON", "COOLPIX P7000", "Nikon COOLPIX P7000"),
        ("SONY", "ILCE-7CM2", "Sony ILCE-7CM2"),
        ("samsung", "Galaxy S24 FE", "Samsung Galaxy S24 FE"),
        ("OLYMPUS IMAGING CORP.  ", "FE230/X790      ", "Olympus FE230/X790"),
        ("Minolta Co., Ltd.", "DiMAGE 5", "Minolta DiMAGE 5"),
        ("SANYO Electric Co.,Ltd", "S1", "Sanyo S1"),
        ("EASTMAN KODAK COMPANY", "KODAK DX4900 ZOOM", "Kodak DX4900 ZOOM"),
        ("LG Electronics", "LG-H815", "LG-H815"),
        ("DJI", "FC330", "DJI FC330"),
        ("Apple", None, "Apple"),
        (None, "EOS R5", "EOS R5"),
        ("", "\0\0\0", None),
        (None, None, None),
        (7, (1, 2), None),
    ],
)
def test_a_camera_is_named_as_people_say_it(
    make: object, model: object, expected: str | None
) -> None:
    assert fields.camera(make, model) == expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "known"),
    [
        (51.5, -0.1, True),
        (0.0, 12.5, True),
        (-90.0, 180.0, True),
        (0.0, 0.0, False),
        (90.1, 0.0, False),
        (51.5, -181.0, False),
        (float("nan"), 5.0, False),
        (5.0, float("inf"), False),
    ],
)
def test_a_place_is_on_earth_and_not_the_place_without_a_fix(
    latitude: float, longitude: float, known: bool
) -> None:
    assert fields.position(latitude, longitude) == ((latitude, longitude) if known else None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", 3),
        ("3.0", 3),
        (" 5 ", 5),
        (0, 0),
        (-1, -1),
        ("-1", -1),
        ("6", None),
        (65535, None),
        ("-2", None),
        ("nan", None),
        ("", None),
        ("many", None),
        ((3,), None),
        (None, None),
    ],
)
def test_ratings_are_stars_or_rejected_or_none(written: object, expected: int | None) -> None:
    assert fields.rating(written) == expected


def test_utf8_that_was_read_as_latin1_is_mended_and_latin1_is_kept() -> None:
    assert fields.exif_text("München".encode().decode("latin-1")) == "München"
    assert fields.exif_text("M\xfcnchen") == "München"
    assert fields.text(b"M\xfcnchen\0rest") == "München"
    assert fields.text("a\x07b\x9fc\nd ") == "a b c\nd"
    assert fields.text(" \0") is None


def test_keywords_are_tidied_and_named_once() -> None:
    assert fields.unique([" sea ", "sea", "", "the\tlong  beach"]) == ("sea", "the long beach")
    assert len(fields.unique(str(number) for number in range(5_000))) == 1_000
    assert len(fields.unique(["x" * 100_000])[0]) == 500
