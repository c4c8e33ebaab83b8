"""XMP in all its forms, safely."""

import time
from datetime import datetime

import pytest

from clipsearch.core import xmp
from clipsearch.core.fields import Fields

HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    ' xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">'
)
TAIL = "</rdf:RDF></x:xmpmeta>" + " " * 200 + '<?xpacket end="w"?>'


def packet(inside: str = "", attributes: str = "") -> bytes:
    """Return a packet with one description."""
    description = f'<rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description>'
    return (HEAD + description + TAIL).encode()


def read(data: bytes) -> Fields:
    return xmp.read_xmp(xmp.read_properties(data))


def test_properties_are_read_as_elements_and_as_attributes() -> None:
    expected = Fields(rating=4, title="Harbour")
    as_elements = packet("<xmp:Rating>4</xmp:Rating><dc:title>Harbour</dc:title>")
    as_attributes = packet(attributes='xmp:Rating="4" dc:title="Harbour"')
    assert read(as_elements) == read(as_attributes) == expected


def test_lists_keep_their_order_and_paths_stay_whole() -> None:
    data = packet(
        "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>gulls &amp; \n waves</rdf:li></rdf:Bag>"
        "</dc:subject><lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Italy|Rome</rdf:li>"
        "</rdf:Bag></lr:hierarchicalSubject>"
    )
    assert read(data).keywords == ("sea", "gulls & waves", "Places|Italy|Rome")


def test_the_default_language_goes_first() -> None:
    data = packet(
        '<dc:description><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li>'
        '<rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:description>'
    )
    assert read(data).description == "Harbour"


def test_camera_facts_are_read() -> None:
    fields = read(
        packet(
            attributes='tiff:Make="Canon" tiff:Model="Canon EOS R5" aux:Lens="RF 50mm F1.2"'
            ' exif:DateTimeOriginal="2021-05-02T10:11:12.5+02:00" exif:GPSLatitude="51,30.25S"'
            ' exif:GPSLongitude="0,6,36W" exif:GPSAltitude="123/10" exif:GPSAltitudeRef="1"'
            ' xmp:CreateDate="2022-01-01"'
        )
    )
    assert fields.camera == "Canon EOS R5"
    assert fields.lens == "RF 50mm F1.2"
    assert fields.taken is not None
    assert fields.taken.at == datetime(2021, 5, 2, 10, 11, 12, 500_000)
    assert fields.taken.utc_offset == 120
    assert fields.created is not None
    assert fields.created.at == datetime(2022, 1, 1)
    assert fields.position == pytest.approx((-(51 + 30.25 / 60), -(6 / 60 + 36 / 3600)))
    assert fields.altitude == -12.3


@pytest.mark.parametrize("place", ["51,30.25", "N", "91,0N", "a,bN", "51,nanN", ""])
def test_a_latitude_that_is_none_leaves_no_place(place: str) -> None:
    data = packet(attributes=f'exif:GPSLatitude="{place}" exif:GPSLongitude="7,0E"')
    assert read(data).position is None


def test_properties_of_something_inside_the_picture_are_not_its_own() -> None:
    inner = '<rdf:Description dc:title="a layer"><xmp:Rating>1</xmp:Rating></rdf:Description>'
    data = packet(f"<photoshop:Layers>{inner}</photoshop:Layers><xmp:Rating>3</xmp:Rating>")
    assert read(data) == Fields(rating=3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    data = packet(attributes='dc:title="Żółw"').decode()
    assert read(data.encode(encoding)).title == "Żółw"


def test_what_stands_in_front_of_the_damage_counts() -> None:
    data = packet("<xmp:Rating>2</xmp:Rating><dc:title>Harbour</dc:title>")
    assert read(data[: data.index(b"bour<")]) == Fields(rating=2)
    assert read(b"\xff\xfe not xml") == Fields()
    assert read(b"") == Fields()
    assert read(data.replace(b"?>", b' ?><?xml version="1.0" encoding="no-such"?>', 1)) == Fields()


BOMB = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
TITLE = "<dc:title>&i;</dc:title>"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "prologue",
    [
        BOMB + "]>",
        '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x SYSTEM "http://localhost:9/x.dtd">',
        "<!DOCTYPE x>",
    ],
)
def test_a_document_type_is_refused_before_any_entity_is_expanded(prologue: str) -> None:
    data = prologue.encode() + packet("<xmp:Rating>1</xmp:Rating>" + TITLE)
    assert read(data) == Fields()


def test_an_unknown_entity_is_damage() -> None:
    assert read(packet("<xmp:Rating>1</xmp:Rating>" + TITLE)) == Fields(rating=1)


def test_depth_number_and_size_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = packet("<xmp:Rating>1</xmp:Rating>" + "<dc:title>" * 100_000)
    assert read(deep) == Fields(rating=1)
    items = "<rdf:li>a</rdf:li>"
    long = packet(f"<xmp:Rating>1</xmp:Rating><dc:subject>{items * 400_000}</dc:subject>")
    began = time.perf_counter()
    assert read(long) == Fields(rating=1)
    assert time.perf_counter() - began < 5
    assert read(packet(f"<dc:subject>{items * 50_000}</dc:subject>")).keywords == ("a",)
    monkeypatch.setattr(xmp, "MAX_BYTES", 100)
    assert read(packet(attributes='xmp:Rating="1"')) == Fields()
