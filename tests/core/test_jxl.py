"""JPEG XL: decoded by the plug-in, guarded by us."""

import io
import random
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from clipsearch.core import imaging
from clipsearch.core.jxl import declared_pixels
from clipsearch.core.metadata import read_metadata
from clipsearch.core.scan import scan
from clipsearch.errors import ImageError, OversizedImage, UnreadableImage, UnsupportedImage

pytest.importorskip("pillow_jxl")


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 160, 40), (width // 2, 0, width, height // 2))
    image.paste((40, 50, 200), (0, height // 2, width // 2, height))
    return image


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Model] = "Maker One"
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2009:08:31 12:05:07"
    return tags


def encoded(image: Image.Image, **options: Any) -> bytes:
    import pillow_jxl  # noqa: F401 (registers itself)

    buffer = io.BytesIO()
    image.save(buffer, "JXL", **options)
    return buffer.getvalue()


def repacked(folder: Path, orientation: int = 1) -> bytes:
    """Return a JPEG packed without loss, as the libjxl tools do by default."""
    path = folder / "a.jpg"
    quadrants().save(path, quality=95, exif=exif(orientation))
    return encoded(Image.open(path), lossless_jpeg=True)


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 95, "use_container": True}])
def test_both_layouts_are_decoded(options: dict[str, Any]) -> None:
    picture = imaging.decode_picture(encoded(quadrants(), **options))
    assert difference(picture.image, quadrants()) < 4
    assert (picture.width, picture.height) == (96, 64)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "I;16"])
def test_other_modes_become_rgb(mode: str) -> None:
    assert imaging.decode(encoded(Image.new(mode, (20, 10)))).mode == "RGB"


def test_exif_turns_a_repacked_jpeg_and_nothing_else(tmp_path: Path) -> None:
    # In a picture of its own, the codestream's orientation counts alone.
    own = imaging.decode(encoded(quadrants(), lossless=True, exif=exif(6).tobytes()))
    assert difference(own, quadrants()) == 0
    picture = imaging.decode_picture(repacked(tmp_path, orientation=6))
    assert difference(picture.image, quadrants().rotate(-90, expand=True)) < 4
    assert (picture.width, picture.height) == (64, 96)


@pytest.mark.parametrize(
    "size",
    [(8, 8), (256, 256), (300, 200), (1, 1), (513, 7), (1920, 1080), (9000, 3), (250, 200)],
)
@pytest.mark.parametrize("container", [False, True])
def test_the_declared_size_is_the_pictures(size: tuple[int, int], container: bool) -> None:
    options = {"xmp": b"<x/>", "exif": exif().tobytes()} if container else {}
    data = encoded(Image.new("RGB", size, (9, 99, 200)), **options)
    assert data.startswith(b"\0\0\0\x0cJXL") is container
    assert declared_pixels(data) == size[0] * size[1]


def test_the_limit_holds_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(quadrants())
    assert imaging.decode_picture(data, max_pixels=96 * 64).width == 96
    monkeypatch.setattr("pillow_jxl.JpegXLImagePlugin.Decoder", None)
    with pytest.raises(OversizedImage, match="not safe to open"):
        imaging.decode_picture(data, max_pixels=96 * 64 - 1)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_what_is_cut_short_is_refused(part: float) -> None:
    noise = Image.effect_noise((96, 64), 80)
    boxed, bare = encoded(noise, exif=exif().tobytes()), encoded(noise)
    with pytest.raises(UnreadableImage, match="the file is cut short"):
        imaging.decode(boxed[: int(len(boxed) * part)])
    with pytest.raises(UnreadableImage):
        imaging.decode(bare[: int(len(bare) * part)])


def test_flipped_bits_raise_nothing_but_image_errors(tmp_path: Path) -> None:
    rng = random.Random(3)
    files = [encoded(quadrants()), encoded(quadrants(), exif=exif().tobytes()), repacked(tmp_path)]
    reasons = []
    for number in range(150):
        data = bytearray(files[number % 3])
        for _ in range(rng.choice([1, 4, 16])):
            data[rng.randrange(2, min(len(data), 300))] = rng.randrange(256)
        try:
            imaging.decode_picture(bytes(data), max_pixels=1_000_000)
        except ImageError as error:
            reasons.append(error.reason)
        read_metadata(bytes(data))
    assert reasons
    assert all(reasons)


def test_metadata_are_read_from_boxes_and_from_a_repacked_jpeg(tmp_path: Path) -> None:
    taken = datetime(2009, 8, 31, 12, 5, 7)
    packet = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF>'
    )
    found = read_metadata(encoded(quadrants(), exif=exif().tobytes(), xmp=packet))
    assert (found.taken_at, found.camera, found.rating) == (taken, "Maker One", 4)
    data = repacked(tmp_path)
    assert b"brobExif" in data
    assert read_metadata(data).taken_at == taken


def test_exif_of_the_standards_own_layout_is_read() -> None:
    block = exif().tobytes()[6:]
    data = encoded(quadrants(), exif=block)
    # The plug-in leaves out the four bytes that say where the TIFF header begins.
    size = len(block) + 8
    old = size.to_bytes(4, "big") + b"Exif" + block
    assert old in data
    new = (size + 6).to_bytes(4, "big") + b"Exif\0\0\0\2ab" + block
    assert read_metadata(data.replace(old, new)).camera == "Maker One"


def test_without_the_plug_in_the_extra_is_named_and_the_file_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jxl"
    path.write_bytes(encoded(quadrants()))
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    assert [file.path for file in scan(tmp_path).files] == [path]
    with pytest.raises(UnsupportedImage) as raised:
        imaging.read_photo(path)
    assert raised.value.reason == "it is a JPEG XL picture: install clipsearch[jxl] to read it"
