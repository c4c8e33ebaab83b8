"""IPTC-IIM in its two encodings."""

import struct
from datetime import datetime

import pytest

from clipsearch.core.fields import Fields, Moment
from clipsearch.core.iptc import read_iptc

UTF_8 = (1, 90, b"\x1b%G")


def iptc(*datasets: tuple[int, int, bytes]) -> bytes:
    """Return a block."""
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value
        for record, number, value in datasets
    )


def test_words_and_the_date_are_read() -> None:
    block = iptc(
        (2, 5, b"Harbour"),
        (2, 25, b"sea"),
        (2, 25, b"gulls"),
        (2, 55, b"20090831"),
        (2, 60, b"120507+0200"),
        (2, 120, b"Boats at dawn"),
    )
    assert read_iptc(block) == Fields(
        taken=Moment(datetime(2009, 8, 31, 12, 5, 7), 120),
        keywords=("sea", "gulls"),
        title="Harbour",
        description="Boats at dawn",
    )


@pytest.mark.parametrize(
    "block",
    [
        iptc(UTF_8, (2, 25, "Zürich".encode())),
        iptc((2, 25, "Zürich".encode())),  # UTF-8 that does not say so
        iptc((2, 25, "Zürich".encode("latin-1"))),
        iptc((1, 90, b"\x1b.A"), (2, 25, "Zürich".encode("latin-1"))),
    ],
)
def test_both_encodings_are_told_apart(block: bytes) -> None:
    assert read_iptc(block).keywords == ("Zürich",)


def test_large_datasets_have_an_extended_size() -> None:
    value = b"x" * 40_000
    block = b"\x1c\x02\x78\x80\x04" + struct.pack(">I", len(value)) + value + iptc((2, 5, b"End"))
    fields = read_iptc(block)
    assert fields.title == "End"
    assert fields.description == "x" * 10_000


@pytest.mark.parametrize(
    "rest",
    [b"", b"\0\0\0", b"garbage", iptc((2, 25, b"cut short"))[:-2], b"\x1c\x02\x19\xff\xff" * 3],
)
def test_what_follows_the_damage_is_missing(rest: bytes) -> None:
    assert read_iptc(iptc((2, 25, b"sea")) + rest).keywords == ("sea",)


def test_a_date_of_zeros_is_none() -> None:
    assert read_iptc(iptc((2, 55, b"00000000"), (2, 60, b"000000"))) == Fields()
    assert read_iptc(iptc((2, 55, b"2009"))) == Fields()
