"""Metadata out of every container, by trust, and without ever raising."""

import io
import random
import struct
import time
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin

from clipsearch.core import xmp
from clipsearch.core.metadata import read_exposure, read_metadata
from clipsearch.core.sidecars import find_sidecar, read_sidecar
from clipsearch.core.types import Exposure, Metadata

pillow_heif.register_heif_opener()

HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    ' xmlns:xmpNote="http://ns.adobe.com/xmp/note/">'
)


def packet(
    keywords: tuple[str, ...] = (), rating: int | None = None, attributes: str = ""
) -> bytes:
    """Return an XMP packet."""
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in keywords)
    subject = f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>" if keywords else ""
    stars = f'xmp:Rating="{rating}"' if rating is not None else ""
    return (
        f"{HEAD}<rdf:Description {stars} {attributes}>{subject}</rdf:Description>"
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def camera_exif(**changes: Any) -> Image.Exif:
    """Return the tags of a camera with a receiver."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "NIKON CORPORATION"
    exif[ExifTags.Base.Model] = "NIKON D100"
    exif[ExifTags.Base.DateTime] = "2020:01:01 00:00:00"
    photo = exif.get_ifd(ExifTags.IFD.Exif)
    photo[ExifTags.Base.DateTimeOriginal] = "2009:08:31 12:05:07"
    photo[ExifTags.Base.SubsecTimeOriginal] = "25"
    photo[ExifTags.Base.OffsetTimeOriginal] = "-03:30"
    photo[ExifTags.Base.DateTimeDigitized] = "2010:01:01 00:00:00"
    photo[ExifTags.Base.LensModel] = "50mm f/1.8"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "S"
    gps[ExifTags.GPS.GPSLatitude] = (33.0, 51.0, 36.0)
    gps[ExifTags.GPS.GPSLongitudeRef] = "E"
    gps[ExifTags.GPS.GPSLongitude] = (151.0, 12.0, 0.0)
    gps[ExifTags.GPS.GPSAltitudeRef] = b"\1"
    gps[ExifTags.GPS.GPSAltitude] = 12.5
    gps[ExifTags.GPS.GPSDateStamp] = "2011:01:01"
    for name, value in changes.items():
        directory = photo if name.startswith("DateTime") else gps
        tag = {**photo_tags(), **gps_tags()}[name]
        if value is None:
            del directory[tag]
        else:
            directory[tag] = value
    return exif


def photo_tags() -> dict[str, int]:
    return {tag.name: int(tag) for tag in ExifTags.Base}


def gps_tags() -> dict[str, int]:
    return {tag.name: int(tag) for tag in ExifTags.GPS}


CAMERA = Metadata(
    taken_at=datetime(2009, 8, 31, 12, 5, 7, 250_000),
    utc_offset=-210,
    camera="Nikon D100",
    lens="50mm f/1.8",
    latitude=-33.86,
    longitude=151.2,
    altitude=-12.5,
    rating=4,
    keywords=("sea", "gulls"),
)


def picture(fmt: str, exif: Image.Exif | bytes | None = None, xmp: bytes = b"") -> bytes:
    """Return a small file with metadata, by Pillow's own writers."""
    options: dict[str, Any] = {"exif": exif} if exif else {}
    if fmt == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip=bool(len(xmp) % 2))
        options["pnginfo"] = info
    elif fmt == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        for tag, value in (exif or {}).items() if isinstance(exif, Image.Exif) else ():
            tags[tag] = value
        for directory in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            if isinstance(exif, Image.Exif):
                tags[directory] = dict(exif.get_ifd(directory))
        tags[700] = xmp
        options = {"tiffinfo": tags}
    elif xmp:
        options["xmp"] = xmp
    buffer = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(buffer, fmt, **options)
    return buffer.getvalue()


FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("opened", [False, True])
def test_every_container_gives_all_it_holds(fmt: str, opened: bool) -> None:
    data = picture(fmt, camera_exif(), packet(("sea", "gulls"), 4))
    image = Image.open(io.BytesIO(data)) if opened else None
    found = read_metadata(data, image)
    assert found.latitude == pytest.approx(CAMERA.latitude)
    assert found.longitude == pytest.approx(CAMERA.longitude)
    expected = {name: getattr(CAMERA, name) for name in CAMERA.__slots__}
    actual = {name: getattr(found, name) for name in CAMERA.__slots__}
    for name in ("latitude", "longitude"):
        del expected[name], actual[name]
    assert actual == expected
    if image:  # it is the caller's
        image.load()


@pytest.mark.parametrize("fmt", [*FORMATS, "GIF", "BMP"])
def test_a_picture_without_metadata_has_none(fmt: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48)).save(buffer, fmt)
    assert read_metadata(buffer.getvalue()) == Metadata()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_xmp_behind_a_pngs_pixels_is_found() -> None:
    data = picture("PNG")
    end = data.rindex(b"IEND") - 4
    late = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet(("late",)))
    assert read_metadata(data[:end] + late + data[end:]).keywords == ("late",)


def test_xmp_that_unpacks_to_too_much_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packet(("sea",)) + b" " * 5_000_000)
    data = picture("PNG")[:33] + png_chunk(b"iTXt", body)
    assert read_metadata(data).keywords == ("sea",)
    monkeypatch.setattr(xmp, "MAX_BYTES", 1_000_000)
    found = read_metadata(data)  # the first million bytes are well within the limit
    assert found.keywords == ("sea",)


def segment(number: int, body: bytes) -> bytes:
    return b"\xff" + bytes([number]) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def iptc_segment(*datasets: tuple[int, bytes]) -> bytes:
    """Return Photoshop's APP13 with IPTC."""
    block = b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value for number, value in datasets
    )
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block
    return segment(0xED, b"Photoshop 3.0\0" + resource)


def extended(whole: bytes, name: bytes, size: int, piece: int = 700) -> list[bytes]:
    return [
        segment(
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0"
            + name
            + struct.pack(">II", size, at)
            + whole[at : at + piece],
        )
        for at in range(0, len(whole), piece)
    ]


@pytest.mark.parametrize("damage", ["none", "a piece is missing", "another name"])
def test_the_extended_packet_of_a_jpeg_is_put_together(damage: str) -> None:
    name = b"0123456789ABCDEF0123456789ABCDEF"
    main = packet(rating=2, attributes=f'xmpNote:HasExtendedXMP="{name.decode()}"')
    whole = packet(tuple(f"word {number}" for number in range(90)), rating=5)
    pieces = extended(whole, name[::-1] if damage == "another name" else name, len(whole))
    assert len(pieces) > 3
    if damage == "a piece is missing":
        del pieces[1]
    pieces.reverse()  # they may come in any order
    found = read_metadata(with_segments(picture("JPEG", xmp=main), *pieces))
    assert found.rating == 2
    assert len(found.keywords) == (90 if damage == "none" else 0)


def test_keywords_of_xmp_and_iptc_are_joined_and_xmps_title_goes_first() -> None:
    jpeg = picture("JPEG", xmp=packet(("sea", "gulls"), attributes='dc:title="Of XMP"'))
    data = with_segments(
        jpeg, iptc_segment((25, b"gulls"), (25, b"boat"), (5, b"Of IPTC"), (120, b"A caption"))
    )
    assert read_metadata(data) == Metadata(
        keywords=("sea", "gulls", "boat"), title="Of XMP", description="A caption"
    )


@pytest.mark.parametrize("endian", ["<", ">"])
def test_iptc_in_a_tiff_is_read_though_photoshop_calls_it_numbers(endian: str) -> None:
    block = struct.pack(">BBBH", 0x1C, 2, 25, 6) + b"harbor" + b"\0"
    head = (b"II*\0" if endian == "<" else b"MM\0*") + struct.pack(endian + "L", 8)
    entries = [(270, 2, 4, 0), (33723, 4, 3, 8 + 2 + 24 + 4)]
    directory = b"".join(struct.pack(endian + "HHLL", *entry) for entry in entries)
    data = head + struct.pack(endian + "H", 2) + directory + bytes(4) + block
    assert read_metadata(data).keywords == ("harbor",)


def test_a_bigtiff_is_read() -> None:
    buffer = io.BytesIO()
    Image.new("L", (8, 8)).save(buffer, "TIFF", big_tiff=True, tiffinfo={270: "Large"})
    assert buffer.getvalue()[2] == 43
    assert read_metadata(buffer.getvalue()).description == "Large"


@pytest.mark.parametrize(
    ("original", "digitised", "by_xmp", "expected"),
    [
        ("2009:08:31 12:00:00", "2010:01:01 00:00:00", "2011-01-01", 2009),
        ("0000:00:00 00:00:00", "2010:01:01 00:00:00", "2011-01-01", 2011),
        ("0000:00:00 00:00:00", "2010:01:01 00:00:00", None, 2010),
        ("0000:00:00 00:00:00", "    :  :     :  :  ", None, None),
        (None, None, None, None),  # neither the file's date nor the receiver's is the photo's
    ],
)
def test_the_date_is_the_exposures_else_the_digitisations(
    original: str | None, digitised: str | None, by_xmp: str | None, expected: int | None
) -> None:
    exif = camera_exif(DateTimeOriginal=original, DateTimeDigitized=digitised)
    attributes = f'exif:DateTimeOriginal="{by_xmp}"' if by_xmp else ""
    taken = read_metadata(picture("JPEG", exif, packet(attributes=attributes))).taken_at
    assert (taken.year if taken else None) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"GPSLatitude": (0.0, 0.0, 0.0), "GPSLongitude": (0.0, 0.0, 0.0)},
        {"GPSLatitude": (95.0, 0.0, 0.0)},
        {"GPSLatitudeRef": None},
        {"GPSLongitudeRef": "?"},
        {"GPSLongitude": None},
        {"GPSLatitude": (TiffImagePlugin.IFDRational(0, 0),) * 3},
    ],
)
def test_a_place_that_cannot_be_is_missing(changes: dict[str, Any]) -> None:
    found = read_metadata(picture("JPEG", camera_exif(**changes)))
    assert (found.latitude, found.longitude) == (None, None)
    assert found.camera == "Nikon D100"


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_exposure_is_read_and_what_is_garbage_is_missing(fmt: str) -> None:
    exif = camera_exif()
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.ExposureTime: TiffImagePlugin.IFDRational(1, 125),
            ExifTags.Base.FNumber: TiffImagePlugin.IFDRational(28, 10),
            ExifTags.Base.ISOSpeedRatings: 400,
            ExifTags.Base.FocalLength: TiffImagePlugin.IFDRational(0, 0),
        }
    )
    found = read_exposure(picture(fmt, exif))
    assert (found.f_number, found.iso, found.focal_length) == (2.8, 400, None)
    assert found.seconds == pytest.approx(1 / 125)


def test_a_file_without_exif_has_no_exposure() -> None:
    assert read_exposure(picture("JPEG")) == Exposure()
    assert read_exposure(b"no picture") == Exposure()


def test_what_a_camera_fills_in_is_no_description() -> None:
    for written, expected in [("OLYMPUS DIGITAL CAMERA  ", None), ("Boats", "Boats")]:
        exif = camera_exif()
        exif[ExifTags.Base.ImageDescription] = written
        assert read_metadata(picture("JPEG", exif)).description == expected


def test_the_rating_of_exif_counts_where_xmp_has_none() -> None:
    exif = camera_exif()
    exif[0x4746] = 3
    assert read_metadata(picture("JPEG", exif)).rating == 3
    assert read_metadata(picture("JPEG", exif, packet(rating=-1))).rating == -1


def test_the_sidecar_has_the_word_on_words_and_the_file_on_facts() -> None:
    exif = camera_exif()
    exif[ExifTags.Base.ImageDescription] = "of the file"
    data = picture("JPEG", exif, packet(("old",), 2))
    sidecar = packet(
        ("new",),
        5,
        'dc:description="of the sidecar" exif:DateTimeOriginal="1999-01-01"',
    )
    found = read_metadata(data, sidecar=sidecar)
    assert (found.rating, found.keywords) == (5, ("new",))
    assert found.description == "of the sidecar"
    assert found.taken_at == CAMERA.taken_at
    only = read_metadata(picture("PNG"), sidecar=sidecar)
    assert only.taken_at == datetime(1999, 1, 1)
    for silent in (packet(), b"", b"broken <"):
        found = read_metadata(data, sidecar=silent)
        assert (found.rating, found.keywords) == (2, ("old",))


@pytest.mark.parametrize("name", ["IMG_1.xmp", "IMG_1.XMP", "IMG_1.JPG.xmp", "IMG_1.JPG.XMP"])
def test_both_spellings_of_a_sidecar_are_found(tmp_path: Path, name: str) -> None:
    photo = tmp_path / "IMG_1.JPG"
    assert find_sidecar(photo) is None
    assert read_sidecar(photo) is None
    (tmp_path / name).write_bytes(b"words")
    assert read_sidecar(photo) == b"words"


def test_the_sidecar_with_the_full_name_goes_first(tmp_path: Path) -> None:
    (tmp_path / "IMG_1.xmp").write_bytes(b"of the RAW file")
    (tmp_path / "IMG_1.JPG.xmp").write_bytes(b"of the JPEG")
    assert read_sidecar(tmp_path / "IMG_1.JPG") == b"of the JPEG"
    assert read_sidecar(tmp_path / "IMG_1.NEF") == b"of the RAW file"


def test_a_sidecar_that_cannot_be_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, sidecar = tmp_path / "a.jpg", tmp_path / "a.xmp"
    sidecar.mkdir()
    assert read_sidecar(photo) is None
    sidecar.rmdir()
    sidecar.touch()
    assert read_sidecar(photo) is None
    sidecar.write_bytes(b"x" * 101)
    monkeypatch.setattr(xmp, "MAX_BYTES", 100)
    assert read_sidecar(photo) is None
    monkeypatch.setattr(xmp, "MAX_BYTES", 101)
    assert read_sidecar(photo) is not None


def everything(fmt: str) -> bytes:
    data = picture(fmt, camera_exif(), packet(("sea", "gulls"), 4))
    return with_segments(data, iptc_segment((25, b"boat"))) if fmt == "JPEG" else data


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fmt", FORMATS)
def test_no_damage_raises_or_takes_long(fmt: str) -> None:
    rng = random.Random(fmt)
    whole = everything(fmt)
    # Where the words are; the pixels in between are of no interest here.
    places = [at for at in range(len(whole)) if at < 2_000 or at > len(whole) - 2_000]
    slowest, missing = 0.0, 0
    for number in range(400):
        data = bytearray(whole)
        if number % 4 == 0:
            del data[rng.choice(places) :]
        for _ in range(rng.choice([1, 2, 8]) if number % 4 else 0):
            data[rng.choice(places)] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        began = time.perf_counter()
        found = read_metadata(bytes(data))
        slowest = max(slowest, time.perf_counter() - began)
        missing += found.camera is None
        assert found.rating is None or -1 <= found.rating <= 5
        assert found.latitude is None or abs(found.latitude) <= 90
    assert missing > 5
    assert slowest < 2.0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"I",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0",
        b"II*\0\x08\0\0\0\xff\xff",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"\0\0\0\x18ftypcrx \0\0\0\1",
        b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\0Exif",
        b"FUJIFILMCCD-RAW " + b"\0" * 68 + b"\0\0\0\x64\xff\xff\xff\xff",
        b"8BPS\0\1" + b"\0" * 20,
    ],
)
def test_heads_alone_say_nothing(data: bytes) -> None:
    assert read_metadata(data) == Metadata()


def test_a_fuji_file_that_holds_itself_does_not_recurse_for_ever() -> None:
    head = b"FUJIFILMCCD-RAW " + b"\0" * 68 + struct.pack(">II", 100, 1 << 31)
    assert read_metadata((head + b"\0" * 8) * 5_000) == Metadata()


def test_the_picture_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [everything(fmt) for fmt in FORMATS]

    def load(self: Image.Image) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    assert all(read_metadata(data).camera == "Nikon D100" for data in files)
