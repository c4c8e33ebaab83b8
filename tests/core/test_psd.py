"""Photoshop files: the flattened picture, or a reason in plain words."""

import random
import struct
from datetime import datetime

import numpy as np
import pytest
from PIL import ExifTags, Image

from clipsearch.core import imaging
from clipsearch.core.metadata import read_metadata
from clipsearch.errors import ImageError, OversizedImage, UnreadableImage, UnsupportedImage

RGB, CMYK = 3, 4


def picture() -> Image.Image:
    image = Image.new("RGB", (60, 40), (200, 30, 30))
    image.paste((30, 160, 40), (30, 0, 60, 40))
    return image


def resource(number: int, content: bytes) -> bytes:
    padding = bytes(len(content) % 2)
    return struct.pack(">4sHHL", b"8BIM", number, 0, len(content)) + content + padding


def psd(
    image: Image.Image,
    *,
    mode: int = RGB,
    resources: bytes = b"",
    layers: int | None = None,
    depth: int = 8,
    version: int = 1,
) -> bytes:
    """Return an uncompressed file; the layers are counted, not there."""
    channels = [channel.tobytes() for channel in image.split()]
    if mode == CMYK:
        channels = [bytes(255 - value for value in channel) for channel in channels]
    header = struct.pack(
        ">4sH6xHLLHH", b"8BPS", version, len(channels), image.height, image.width, depth, mode
    )
    section = b"" if layers is None else struct.pack(">LhH", 4, layers, 0)
    return (
        header
        + struct.pack(">L", 0)
        + struct.pack(">L", len(resources))
        + resources
        + struct.pack(">L", len(section))
        + section
        + struct.pack(">H", 0)
        + b"".join(channels)
    )


def test_the_flattened_picture_is_shown() -> None:
    found = imaging.decode_picture(psd(picture(), layers=2))
    assert (found.width, found.height) == (60, 40)
    assert found.image.tobytes() == picture().tobytes()


def test_inks_and_grey_are_shown() -> None:
    inks = imaging.decode(psd(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), mode=CMYK))
    red, green, blue = np.asarray(inks)[4, 4]
    assert red > 200
    assert max(green, blue) < 60
    assert imaging.decode(psd(Image.new("L", (8, 8), 77), mode=1)).getpixel((4, 4)) == (77,) * 3


@pytest.mark.parametrize(("layers", "expected"), [(-2, (255, 255, 255)), (2, (10, 20, 30))])
def test_a_fourth_channel_is_opacity_only_if_the_layers_say_so(
    layers: int, expected: tuple[int, int, int]
) -> None:
    image = Image.new("RGBA", (8, 8), (10, 20, 30, 255))
    image.putpixel((4, 4), (10, 20, 30, 0))  # clear, or outside of a saved selection
    assert imaging.decode(psd(image, layers=layers)).getpixel((4, 4)) == expected


def version_info(has_picture: bool) -> bytes:
    return resource(1057, struct.pack(">LB", 1, has_picture) + bytes(12))


def test_a_file_without_a_flattened_picture_has_its_reason() -> None:
    blank = Image.new("RGB", (8, 8), "white")
    other = resource(1005, b"odd")
    assert imaging.decode(psd(blank, resources=other + version_info(has_picture=True)))
    with pytest.raises(UnsupportedImage, match="holds only layers: save it with 'Maximize"):
        imaging.decode(psd(blank, resources=other + version_info(has_picture=False)))


@pytest.mark.parametrize(
    ("depth", "version", "reason"),
    [(16, 1, "16 bits a channel"), (32, 1, "32 bits a channel"), (8, 2, "PSB")],
)
def test_kinds_that_pillow_cannot_read_have_their_reason(
    depth: int, version: int, reason: str
) -> None:
    with pytest.raises(UnsupportedImage, match=reason):
        imaging.decode(psd(picture(), depth=depth, version=version))


@pytest.mark.parametrize("part", [0.002, 0.3, 0.9])
def test_a_file_that_is_cut_short_is_refused(part: float) -> None:
    data = psd(picture(), resources=resource(1005, bytes(16)), layers=1)
    with pytest.raises(UnreadableImage):
        imaging.decode(data[: int(len(data) * part)])


def test_the_limit_holds() -> None:
    data = bytearray(psd(picture()))
    assert imaging.decode_picture(bytes(data), max_pixels=2400).width == 60
    with pytest.raises(OversizedImage):
        imaging.decode_picture(bytes(data), max_pixels=2399)
    data[14:22] = struct.pack(">LL", 30_000, 30_000)
    with pytest.raises(OversizedImage):
        imaging.decode(bytes(data))


def test_flipped_bits_raise_nothing_but_image_errors() -> None:
    rng = random.Random(3)
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8))
    whole = psd(noise, resources=resource(1005, bytes(16)) + version_info(True), layers=-2)
    reasons = []
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 4, 16])):
            data[rng.randrange(120)] = rng.randrange(256)
        try:
            imaging.decode_picture(bytes(data), max_pixels=1_000_000)
        except ImageError as error:
            reasons.append(error.reason)
        read_metadata(bytes(data))
    assert reasons
    assert all(reasons)


def test_metadata_lie_in_the_resources() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2009:08:31 12:05:07"
    packet = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF>'
    )
    iptc = struct.pack(">BBBH", 0x1C, 2, 25, 3) + b"sea"
    resources = resource(1028, iptc) + resource(1058, exif.tobytes()[6:]) + resource(1060, packet)
    found = read_metadata(psd(picture(), resources=resources))
    assert found.taken_at == datetime(2009, 8, 31, 12, 5, 7)
    assert found.rating == 4
    assert found.keywords == ("sea",)
