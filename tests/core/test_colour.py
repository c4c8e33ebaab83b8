"""Colours against values worked out by hand, with profiles that are written by hand."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from clipsearch.core.colour import to_srgb
from clipsearch.core.imaging import decode


def encoded(image: Image.Image, fmt: str, **options: Any) -> bytes:
    """Return the picture as a file of the format."""
    buffer = io.BytesIO()
    image.save(buffer, fmt, **options)
    return buffer.getvalue()


def icc(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Assemble an ICC version 2 profile (ICC.1:2001-04, clauses 6.1 and 6.2)."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"t\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        **tags,
    }
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", at + len(body), len(value))
        body += value
    header = bytearray(128)
    struct.pack_into(
        ">I4sI4s4s4s", header, 0, at + len(body), b"lcms", 0x02100000, kind, space, connection
    )
    header[36:40] = b"acsp"
    struct.pack_into(">3i", header, 68, 63190, 65536, 54061)  # the D50 illuminant
    return bytes(header) + struct.pack(">I", len(tags)) + table + body


def xyz(x: float, y: float, z: float) -> bytes:
    """Return an XYZ tag."""
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def gamma(value: float) -> bytes:
    """Return a curve tag."""
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


# sRGB's primaries adapted to D50, but the first two change places: red is called green.
SWAPPED_RGB = icc(
    b"mntr",
    b"RGB ",
    b"XYZ ",
    {
        b"rXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"gXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"rTRC": gamma(2.2),
        b"gTRC": gamma(2.2),
        b"bTRC": gamma(2.2),
    },
)
LINEAR_GREY = icc(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": gamma(1.0)})


def odd_inks() -> bytes:
    """Return a CMYK profile in which full cyan looks red, black is black, and the rest white."""

    def lab(cyan: int, key: int) -> tuple[int, int, int]:
        lightness, a, b = (0.0, 0, 0) if key else (54.3, 81, 70) if cyan else (100.0, 0, 0)
        return round(lightness * 2.55), a + 128, b + 128

    grid = [lab(c, k) for c in (0, 1) for _ in range(4) for k in (0, 1)]
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = (
        b"mft1"
        + bytes(4)
        + bytes([4, 3, 2, 0])
        + identity
        + bytes(range(256)) * 4
        + bytes(v for colour in grid for v in colour)
        + bytes(range(256)) * 3
    )
    return icc(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def pixel(data: bytes) -> tuple[int, ...]:
    """Return the colour in the middle."""
    image = decode(data)
    assert image.mode == "RGB"
    value = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(value, tuple)
    return tuple(int(v) for v in value)


def near(colour: tuple[int, ...]) -> Any:
    """Allow for the coders' rounding."""
    return pytest.approx(colour, abs=6)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_an_embedded_rgb_profile_is_applied(fmt: str) -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    assert pixel(encoded(red, fmt, icc_profile=SWAPPED_RGB)) == near((0, 255, 0))
    assert pixel(encoded(red, fmt)) == near((255, 0, 0))


def test_a_reduced_picture_goes_through_its_profile_too() -> None:
    red = encoded(Image.new("RGB", (640, 640), (255, 0, 0)), "PNG", icc_profile=SWAPPED_RGB)
    reduced = decode(red, min_edge=100)
    assert reduced.size == (107, 107)
    assert reduced.getpixel((50, 50)) == near((0, 255, 0))


def test_an_embedded_grey_profile_is_applied() -> None:
    linear = Image.new("L", (32, 32), 128)
    # IEC 61966-2-1: 128/255 of the light is level 188.
    assert pixel(encoded(linear, "PNG", icc_profile=LINEAR_GREY)) == near((188, 188, 188))
    assert pixel(encoded(linear, "PNG")) == (128, 128, 128)


def test_a_grey_profile_is_applied_beside_transparency() -> None:
    linear = Image.new("LA", (32, 32), (128, 255))
    linear.putpixel((0, 0), (0, 0))
    assert pixel(encoded(linear, "PNG", icc_profile=LINEAR_GREY)) == near((188, 188, 188))


def test_grey_pixels_with_an_rgb_profile_go_through_it() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = Image.new("L", (32, 32), 100)
    assert pixel(encoded(grey, "PNG", icc_profile=srgb)) == near((100, 100, 100))
    # Gamma 2.2 is not quite sRGB: the profile moves dark grey by more than nothing.
    assert pixel(encoded(Image.new("L", (32, 32), 10), "PNG", icc_profile=SWAPPED_RGB)) != (
        10,
        10,
        10,
    )


@pytest.mark.parametrize("fmt", ["JPEG", "TIFF"])
def test_an_embedded_cmyk_profile_is_applied(fmt: str) -> None:
    cyan = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    assert pixel(encoded(cyan, fmt, icc_profile=odd_inks())) == near((255, 0, 0))
    black = Image.new("CMYK", (32, 32), (0, 0, 0, 255))
    assert pixel(encoded(black, fmt, icc_profile=odd_inks())) == near((0, 0, 0))


@pytest.mark.parametrize("fmt", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("inks", "colour"),
    [
        ((0, 255, 255, 0), (255, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
    ],
)
def test_cmyk_without_a_profile_has_the_inks_colours(
    fmt: str, inks: tuple[int, ...], colour: tuple[int, ...]
) -> None:
    assert pixel(encoded(Image.new("CMYK", (32, 32), inks), fmt)) == near(colour)


@pytest.mark.parametrize("profile", [b"nonsense", SWAPPED_RGB[:200], LINEAR_GREY, odd_inks()])
def test_a_broken_or_unfitting_profile_is_ignored(profile: bytes) -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    assert pixel(encoded(red, "PNG", icc_profile=profile)) == (255, 0, 0)


def test_lab_is_converted() -> None:
    # sRGB red is L*a*b* (54.3, 80.8, 69.9) under D50; Pillow keeps a* and b* offset by 128.
    lab = Image.merge("LAB", [Image.new("L", (32, 32), v) for v in (138, 209, 198)])
    assert pixel(encoded(lab, "TIFF")) == near((255, 0, 0))


def grey_levels(image: Image.Image, fmt: str, **options: Any) -> list[int]:
    """Return the first row of the decoded picture."""
    decoded = np.asarray(decode(encoded(image, fmt, **options)))
    assert (decoded[..., 0] == decoded[..., 1]).all()
    return [int(value) for value in decoded[0, :, 0]]


@pytest.mark.parametrize("fmt", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(fmt: str) -> None:
    values = np.array([[0, 257 * 64, 257 * 128, 65535]] * 4, np.uint16)
    assert grey_levels(Image.fromarray(values), fmt) == [0, 64, 128, 255]


def test_big_endian_sixteen_bit_grey_is_scaled() -> None:
    values = np.array([[0, 257 * 64, 257 * 128, 65535]] * 4, ">u2")
    image = Image.frombytes("I;16B", (4, 4), values.tobytes())
    assert grey_levels(image, "TIFF") == [0, 64, 128, 255]


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (np.array([[0, 1024, 4095]], np.uint16), [0, 64, 255]),  # 12 bits in 16
        (np.array([[8000, 8250, 8500]], np.uint16), [0, 128, 255]),  # a thermal camera
        (np.array([[0, 128, 255]], np.int32), [0, 128, 255]),
        (np.array([[0, 257 * 128, 65535]], np.int32), [0, 128, 255]),
        (np.array([[-1000, 0, 1000]], np.int32), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[0, 128, 255]], np.float32), [0, 128, 255]),
        (np.array([[-2, 0, 2]], np.float32), [0, 128, 255]),
        (np.array([[0, np.nan, 1]], np.float32), [0, 0, 255]),
        (np.array([[0, 0, 0]], np.uint16), [0, 0, 0]),
        (np.array([[65535, 65535, 65535]], np.uint16), [255, 255, 255]),
    ],
)
def test_deep_grey_of_unknown_range_is_scaled_to_be_seen(
    values: "np.ndarray[Any, Any]", levels: list[int]
) -> None:
    assert grey_levels(Image.fromarray(values), "TIFF") == levels


def test_deep_grey_that_counts_ink_is_inverted() -> None:
    values = np.array([[0, 257 * 64, 65535]], np.uint16)
    white_is_zero = {262: 0}
    assert grey_levels(Image.fromarray(values), "TIFF", tiffinfo=white_is_zero) == [255, 191, 0]


def half_transparent(mode: str) -> Image.Image:
    """Return black that is invisible on the left, half visible in the middle, full on the right."""
    image = Image.new(mode, (30, 10))
    for x in range(30):
        alpha = (0, 128, 255)[x // 10]
        for y in range(10):
            image.putpixel((x, y), (0, alpha) if mode == "LA" else (0, 0, 0, alpha))
    return image


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("fmt", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_composited_on_white(mode: str, fmt: str) -> None:
    options = {"lossless": True} if fmt == "WEBP" else {}
    decoded = decode(encoded(half_transparent(mode), fmt, **options))
    assert [decoded.getpixel((x, 5)) for x in (5, 15, 25)] == [
        (255, 255, 255),
        (127, 127, 127),
        (0, 0, 0),
    ]


@pytest.mark.parametrize(("mode", "plain"), [("RGBa", "RGBA"), ("La", "LA")])
def test_premultiplied_transparency_is_composited_on_white(mode: str, plain: str) -> None:
    premultiplied = half_transparent(plain).convert(mode)  # HEIF readers deliver such pictures
    flat = to_srgb(premultiplied)
    assert [flat.getpixel((x, 5)) for x in (5, 15, 25)] == [
        (255, 255, 255),
        (127, 127, 127),
        (0, 0, 0),
    ]


@pytest.mark.parametrize("fmt", ["PNG", "GIF"])
def test_a_transparent_palette_entry_is_white(fmt: str) -> None:
    image = Image.new("P", (20, 10), 0)
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    image.paste(1, (10, 0, 20, 10))
    decoded = decode(encoded(image, fmt, transparency=0))
    assert decoded.getpixel((5, 5)) == (255, 255, 255)
    assert decoded.getpixel((15, 5)) == (0, 0, 255)


def test_partly_transparent_palette_entries_are_mixed_with_white() -> None:
    image = Image.new("P", (20, 10), 0)
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    image.paste(1, (10, 0, 20, 10))
    decoded = decode(encoded(image, "PNG", transparency=bytes([128, 255])))
    assert decoded.getpixel((5, 5)) == (255, 127, 127)
    assert decoded.getpixel((15, 5)) == (0, 0, 255)


def test_a_transparent_colour_is_white() -> None:
    image = Image.new("RGB", (20, 10), (1, 2, 3))
    image.paste((0, 0, 255), (10, 0, 20, 10))
    decoded = decode(encoded(image, "PNG", transparency=(1, 2, 3)))
    assert decoded.getpixel((5, 5)) == (255, 255, 255)
    assert decoded.getpixel((15, 5)) == (0, 0, 255)


def test_a_wholly_invisible_photo_shows_its_colours() -> None:
    assert pixel(encoded(Image.new("RGBA", (8, 8), (10, 200, 30, 0)), "PNG")) == (10, 200, 30)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "YCbCr"])
def test_plain_modes_keep_their_values(mode: str) -> None:
    white = Image.new("RGB", (8, 8), "white").convert(mode)
    assert pixel(encoded(white, "TIFF")) == (255, 255, 255)
