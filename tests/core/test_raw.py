"""RAW photos: the camera's preview or the sensor's values, upright, or a reason in plain words."""

import io
import random
import struct
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from clipsearch.core import formats, imaging
from clipsearch.core.metadata import read_metadata
from clipsearch.core.scan import scan
from clipsearch.errors import ImageError, OversizedImage, UnreadableImage, UnsupportedImage

pytest.importorskip("rawpy")

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 400, 300
QUADRANTS = [(200, 30, 30), (30, 160, 40), (40, 50, 200), (230, 220, 60)]

# What a camera stores for an upright picture, by the EXIF definition of each orientation.
STORED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda a: np.rot90(a, -1),
}


def quadrants(width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Four colours, no symmetry: every wrong turn shows."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for number, colour in enumerate(QUADRANTS):
        rows = slice(0, height // 2) if number < 2 else slice(height // 2, height)
        columns = slice(width // 2, width) if number % 2 else slice(0, width // 2)
        pixels[rows, columns] = colour
    return pixels


def jpeg(width: int, height: int, colour: str = "lime", orientation: int = 0) -> bytes:
    exif = Image.Exif()
    if orientation:
        exif[ExifTags.Base.Orientation] = orientation
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG", exif=exif.tobytes())
    return buffer.getvalue()


Entry = tuple[int, int, bytes]


def entry(tag: int, kind: str, *values: float) -> Entry:
    """Return a tag with numbers; ``r`` are signed rationals."""
    if kind == "r":
        body = b"".join(struct.pack("<ll", round(value * 10_000), 10_000) for value in values)
    else:
        body = struct.pack(f"<{len(values)}{kind}", *map(int, values))
    return tag, {"B": 1, "H": 3, "L": 4, "r": 10}[kind], body


def directory(entries: list[Entry], at: int) -> bytes:
    """Return a TIFF directory that lies at a place, with its values behind it."""
    size = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 10: 8}
    values, table = b"", b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, body in sorted(entries):
        table += struct.pack("<HHL", tag, kind, len(body) // size[kind])
        if len(body) <= 4:
            table += body.ljust(4, b"\0")
        else:
            table += struct.pack("<L", behind + len(values))
            values += body + bytes(len(body) % 2)
    return struct.pack("<H", len(entries)) + table + bytes(4) + values


def picture_tags(
    width: int, height: int, at: int, size: int, *, is_preview: bool, compression: int = 1
) -> list[Entry]:
    samples = 3 if is_preview else 1
    return [
        entry(254, "L", is_preview),
        entry(256, "L", width),
        entry(257, "L", height),
        entry(258, "H", *([8] * 3 if is_preview else [16])),
        entry(259, "H", compression),
        entry(262, "H", (6 if compression == 7 else 2) if is_preview else 32803),
        entry(273, "L", at),
        entry(277, "H", samples),
        entry(278, "L", height),
        entry(279, "L", size),
    ]


def mosaic(pixels: Pixels) -> bytes:
    """Return what a sensor with red, green, green and blue filters sees."""
    linear = ((pixels / 255.0) ** 2.2 * 4000).astype("<u2")
    values = linear[..., 1].copy()
    values[0::2, 0::2] = linear[0::2, 0::2, 0]
    values[1::2, 1::2] = linear[1::2, 1::2, 2]
    return values.tobytes()


def dng(pixels: Pixels | None = None, orientation: int = 1, preview: bytes = b"") -> bytes:
    """Return an uncompressed DNG (Adobe's specification 1.4) with a tiny thumbnail in front."""
    pixels = quadrants() if pixels is None else pixels
    height, width = pixels.shape[:2]
    sensor = mosaic(pixels)
    thumbnail = Image.fromarray(pixels).resize((width // 10, height // 10)).tobytes()
    to_sensor = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)

    def directories(places: list[int]) -> list[bytes]:
        first, second, third, at_thumbnail, at_preview, at_sensor = places
        main = picture_tags(
            width // 10, height // 10, at_thumbnail, len(thumbnail), is_preview=True
        )
        main += [
            (271, 2, b"Maker\0"),
            (272, 2, b"Maker One\0"),
            entry(274, "H", orientation),
            entry(330, "L", *([second, third] if preview else [second])),
            (36867, 2, b"2009:08:31 12:05:07\0"),
            entry(50706, "B", 1, 4, 0, 0),
            (50708, 2, b"Maker One\0"),
            entry(50721, "r", *to_sensor),
            entry(50728, "r", 1, 1, 1),
            entry(50778, "H", 21),
        ]
        raw = picture_tags(width, height, at_sensor, len(sensor), is_preview=False)
        raw += [entry(33421, "H", 2, 2), entry(33422, "B", 0, 1, 1, 2), entry(50717, "L", 4000)]
        result = [directory(main, first), directory(raw, second)]
        if preview:
            size = Image.open(io.BytesIO(preview)).size
            tags = picture_tags(*size, at_preview, len(preview), is_preview=True, compression=7)
            result.append(directory(tags, third))
        return result

    parts = [*directories([8] * 6), *([] if preview else [b""]), thumbnail, preview, sensor]
    places = [8 + sum(map(len, parts[:number])) for number in range(6)]
    body = b"".join(directories(places)) + thumbnail + preview + sensor
    return struct.pack("<2sHL", b"II", 42, 8) + body


def corners(image: Image.Image) -> list[int]:
    """Return the number of the quadrant's colour that each corner is nearest to."""
    width, height = image.size
    spots = [(9, 9), (width - 9, 9), (9, height - 9), (width - 9, height - 9)]
    palette = np.array(QUADRANTS, float)
    colours = [np.array(image.getpixel(spot), float) for spot in spots]
    return [int(np.abs(palette - colour).sum(1).argmin()) for colour in colours]


@pytest.mark.parametrize("orientation", sorted(STORED))
def test_the_sensors_values_come_out_upright_at_half_size(orientation: int) -> None:
    stored = np.ascontiguousarray(STORED[orientation](quadrants()))
    picture = imaging.decode_picture(dng(stored, orientation))
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert picture.image.size == (WIDTH // 2, HEIGHT // 2)
    assert picture.image.mode == "RGB"
    assert corners(picture.image) == [0, 1, 2, 3]


@pytest.mark.parametrize("orientation", sorted(STORED))
def test_the_thumbnail_comes_out_upright_where_it_is_enough(orientation: int) -> None:
    stored = np.ascontiguousarray(STORED[orientation](quadrants()))
    picture = imaging.decode_picture(dng(stored, orientation), min_edge=20)
    assert picture.image.size == (WIDTH // 10, HEIGHT // 10)
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert corners(picture.image) == [0, 1, 2, 3]


def is_lime(image: Image.Image) -> bool:
    red, green, blue = np.asarray(image).reshape(-1, 3).mean(0)
    return bool(green > 240 and red < 15 and blue < 15)


@pytest.mark.parametrize(
    ("size", "min_edge", "taken"),
    [
        ((400, 300), None, True),
        ((200, 150), None, True),  # as much as developing gives
        ((198, 148), None, False),
        ((198, 148), 140, True),
        ((320, 180), None, False),  # cut at the top and the bottom
        ((320, 180), 100, False),
    ],
)
def test_the_cameras_preview_is_taken_where_it_is_large_and_whole(
    size: tuple[int, int], min_edge: int | None, taken: bool
) -> None:
    picture = imaging.decode_picture(dng(preview=jpeg(*size)), min_edge=min_edge)
    assert is_lime(picture.image) == taken
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(("own", "size"), [(0, (320, 240)), (6, (320, 240)), (1, (240, 320))])
def test_a_preview_is_turned_once_whoever_says_so(own: int, size: tuple[int, int]) -> None:
    # By the RAW file alone, by its own EXIF, or turned by the camera already.
    stored = np.ascontiguousarray(STORED[6](quadrants(300, 400)))
    picture = imaging.decode_picture(dng(stored, 6, jpeg(*size, orientation=own)))
    assert is_lime(picture.image)
    assert picture.image.size == (240, 320)
    assert (picture.width, picture.height) == (300, 400)


def test_a_damaged_preview_leaves_the_sensors_values() -> None:
    preview = jpeg(400, 300)
    data = dng(preview=preview[:200] + bytes(len(preview) - 200))
    assert corners(imaging.decode(data)) == [0, 1, 2, 3]


def test_content_or_name_says_that_a_tiff_is_raw(tmp_path: Path) -> None:
    data = dng()
    for name, is_raw in [("a.dng", True), ("a.jpg", True), ("a.tif", False)]:
        assert (formats.readers(data, tmp_path / name) == ("RAW",)) is is_raw
    unmarked = data.replace(struct.pack("<H", 50706), struct.pack("<H", 50705), 1)
    assert formats.readers(unmarked) == ("TIFF",)
    assert formats.readers(unmarked, Path("a.NEF")) == ("RAW",)
    assert formats.readers(jpeg(8, 8), Path("a.nef")) == ("JPEG",)
    assert formats.readers(b"II*\0\x10\0\0\0CR\2\0") == ("RAW",)


@pytest.mark.parametrize("part", [0.05, 0.5, 0.9, 0.999])
def test_a_raw_photo_that_is_cut_short_is_refused(part: float) -> None:
    data = dng()
    with pytest.raises(UnreadableImage, match="the file is cut short"):
        imaging.decode_picture(data[: int(len(data) * part)], path=Path("a.dng"))


def test_flipped_bits_raise_nothing_but_image_errors() -> None:
    rng = random.Random(3)
    whole, reasons = dng(preview=jpeg(400, 300)), []
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 4, 16])):
            data[rng.randrange(1_000)] = rng.randrange(256)
        try:
            imaging.decode_picture(bytes(data), max_pixels=1_000_000, path=Path("a.dng"))
        except ImageError as error:
            reasons.append(error.reason)
    assert reasons
    assert all(reasons)


def test_the_limit_holds_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dng()
    assert imaging.decode_picture(data, max_pixels=WIDTH * HEIGHT).width == WIDTH
    monkeypatch.setattr("clipsearch.core.raw._preview", None)
    with pytest.raises(OversizedImage, match="not safe to open"):
        imaging.decode_picture(data, max_pixels=WIDTH * HEIGHT - 1)


@pytest.mark.parametrize("data", [b"II*\0" + bytes(200), b"Dear Anna, " * 50])
def test_what_libraw_does_not_know_is_unsupported(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.cr2"
    path.write_bytes(data)
    with pytest.raises(UnsupportedImage, match=r"letter\.cr2 cannot be used: it is no RAW photo"):
        imaging.read_photo(path)


def test_without_rawpy_the_extra_is_named_and_the_file_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "IMG_1.CR3"
    path.write_bytes(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom")
    monkeypatch.setitem(sys.modules, "rawpy", None)
    assert [file.path for file in scan(tmp_path).files] == [path]
    with pytest.raises(UnsupportedImage) as raised:
        imaging.read_photo(path)
    assert raised.value.reason == "it is a RAW photo: install clipsearch[raw] to read it"
    assert raised.value.path == path


def test_raw_photos_of_each_layout_have_their_metadata() -> None:
    taken = datetime(2009, 8, 31, 12, 5, 7)
    tiff = dng()
    assert read_metadata(tiff).camera == "Maker One"
    assert read_metadata(tiff).taken_at == taken
    assert read_metadata(b"IIRO" + tiff[4:]).taken_at == taken
    assert read_metadata(b"IIU\0" + tiff[4:]).taken_at == taken


def test_a_fuji_files_metadata_are_those_of_its_preview() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "FUJIFILM", "X-T5"
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=exif)
    head = b"FUJIFILMCCD-RAW " + bytes(68) + struct.pack(">LL", 100, len(buffer.getvalue()))
    assert read_metadata(head.ljust(100, b"\0") + buffer.getvalue()).camera == "Fujifilm X-T5"


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">L", 8 + len(body)) + kind + body


def test_the_directories_of_a_canon_cr3_are_put_together() -> None:
    def tiff(*entries: Entry) -> bytes:
        return b"II*\0\x08\0\0\0" + directory(list(entries), 8)

    gps = [
        (1, 2, b"S\0"),
        (2, 10, struct.pack("<6l", 33, 1, 51, 1, 36, 1)),
        (3, 2, b"E\0"),
        (4, 10, struct.pack("<6l", 151, 1, 12, 1, 0, 1)),
    ]
    canon = box(
        b"uuid",
        bytes.fromhex("85c0b687820f11e08111f4ce462b6a48"),
        box(b"CMT1", tiff((271, 2, b"Canon\0"), (272, 2, b"Canon EOS R5\0"))),
        box(b"CMT2", tiff((36867, 2, b"2021:05:02 10:11:12\0"), (36881, 2, b"+02:00\0"))),
        box(b"CMT4", tiff(*gps)),
    )
    found = read_metadata(
        box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", canon) + box(b"mdat", bytes(50))
    )
    assert found.camera == "Canon EOS R5"
    assert found.taken_at == datetime(2021, 5, 2, 10, 11, 12)
    assert found.utc_offset == 120
    assert (found.latitude, found.longitude) == pytest.approx((-33.86, 151.2))
