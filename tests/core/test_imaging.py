"""Decoding: one upright picture out of every format, or a reason in plain words."""

import hashlib
import io
import os
import random
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from clipsearch.core import imaging
from clipsearch.errors import ImageError, OversizedImage, UnreadableImage, UnsupportedImage

pillow_heif.register_heif_opener()

Pixels = NDArray[np.uint8]
SHARED = Path(os.environ.get("CLIPSEARCH_SHARED_DATA", "/work/shared/data"))

# How a camera stores an upright picture, by the EXIF definition of each orientation; written with
# numpy so that it shares nothing with the decoder's table.
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


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    """Four colours, no symmetry: every wrong turn shows."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 160, 40), (width // 2, 0, width, height // 2))
    image.paste((40, 50, 200), (0, height // 2, width // 2, height))
    image.paste((230, 220, 60), (width // 2, height // 2, width, height))
    return image


def gradient(width: int = 120, height: int = 80) -> Image.Image:
    """Something for the coders to chew on: it cannot be stored in a few bytes."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(7).integers(0, 40, (height, width))
    return Image.fromarray(
        np.stack([x * 200 // width + noise, y * 200 // height + noise, (x + y) % 200], -1).astype(
            np.uint8
        )
    )


def encoded(image: Image.Image, fmt: str, **options: Any) -> bytes:
    """Return the picture as a file of the format."""
    buffer = io.BytesIO()
    image.save(buffer, fmt, **options)
    return buffer.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures of one size, in grey levels."""
    assert one.size == other.size
    return float(
        np.abs(np.asarray(one).astype(np.int16) - np.asarray(other).astype(np.int16)).mean()
    )


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", sorted(STORED))
def test_every_exif_orientation_comes_out_upright(fmt: str, orientation: int) -> None:
    upright = quadrants()
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](np.asarray(upright))))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = imaging.decode_picture(encoded(stored, fmt, exif=exif.tobytes()))
    assert difference(picture.image, upright) < 6
    assert (picture.width, picture.height) == (96, 64)


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_size_is_that_of_the_full_upright_picture_when_a_part_was_decoded(
    orientation: int,
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encoded(gradient(1600, 800), "JPEG", exif=exif.tobytes())
    picture = imaging.decode_picture(data, min_edge=150)
    assert (picture.width, picture.height) == ((1600, 800) if orientation == 1 else (800, 1600))
    assert picture.image.size == ((400, 200) if orientation == 1 else (200, 400))


def test_a_reduced_decode_looks_like_the_full_one() -> None:
    data = encoded(gradient(1600, 1200), "JPEG", quality=92)
    full = imaging.decode(data).resize((200, 150), Image.Resampling.LANCZOS)
    reduced = imaging.decode(data, min_edge=300)
    assert 300 <= min(reduced.size) < 1200
    assert difference(reduced.resize((200, 150), Image.Resampling.LANCZOS), full) < 1.5


@pytest.mark.parametrize("fmt", ["PNG", "HEIF", "TIFF", "WEBP"])
def test_other_formats_are_reduced_too_and_look_like_the_full_picture(fmt: str) -> None:
    data = encoded(gradient(1200, 900), fmt)
    picture = imaging.decode_picture(data, min_edge=300)
    assert picture.image.size == (400, 300)
    assert (picture.width, picture.height) == (1200, 900)
    full = imaging.decode(data).resize((400, 300), Image.Resampling.BOX)
    assert difference(picture.image, full) < 1.0


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_reduced_picture_is_turned_like_the_full_one(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encoded(quadrants(960, 640), "PNG", exif=exif.tobytes())
    full = imaging.decode(data)
    reduced = imaging.decode(data, min_edge=160)
    assert reduced.size == tuple(edge // 4 for edge in full.size)
    assert difference(reduced, full.resize(reduced.size)) < 1.0


def test_colour_under_transparency_does_not_bleed_into_what_is_seen() -> None:
    image = Image.new("RGBA", (800, 800), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 401, 800))
    seen = np.asarray(imaging.decode(encoded(image, "PNG"), min_edge=100)).reshape(-1, 3)
    assert {tuple(colour) for colour in np.unique(seen, axis=0)} == {(0, 0, 255), (255, 255, 255)}


def test_a_small_jpeg_is_not_reduced_below_the_edge() -> None:
    assert imaging.decode(encoded(gradient(), "JPEG"), min_edge=100).size == (120, 80)


CORRUPT_EXIF = b"Exif\0\0II*\0\x08\0\0\0\x05\0"


def test_broken_exif_neither_fails_the_picture_nor_warns() -> None:
    data = encoded(quadrants(), "JPEG", exif=CORRUPT_EXIF)
    with pytest.warns(UserWarning, match="Corrupt EXIF"):  # so there is something to silence
        Image.open(io.BytesIO(data)).getexif()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with ThreadPoolExecutor(4) as pool:
            images = list(pool.map(imaging.decode, [data] * 40))
    assert all(difference(image, quadrants()) < 6 for image in images)


def test_warnings_of_other_modules_are_left_alone() -> None:
    imaging.decode(encoded(quadrants(), "JPEG", exif=CORRUPT_EXIF))
    with pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", stacklevel=1)


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_taken(fmt: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if fmt == "WEBP" else {}
    data = encoded(frames[0], fmt, save_all=True, append_images=frames[1:], **options)
    assert imaging.decode(data).getpixel((20, 15)) == (255, 0, 0)


def test_the_default_image_of_an_apng_is_taken() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], "PNG", save_all=True, default_image=True, append_images=frames[1:])
    assert imaging.decode(data).getpixel((20, 15)) == (255, 0, 0)


WHOLE = {
    "jpeg": lambda: encoded(gradient(), "JPEG"),
    "progressive jpeg": lambda: encoded(gradient(), "JPEG", progressive=True),
    "cmyk jpeg": lambda: encoded(gradient().convert("CMYK"), "JPEG"),
    "png": lambda: encoded(gradient(), "PNG"),
    "gif": lambda: encoded(gradient(), "GIF"),
    "webp": lambda: encoded(gradient(), "WEBP"),
    "bmp": lambda: encoded(gradient(), "BMP"),
    "tiff": lambda: encoded(gradient(), "TIFF"),
    "lzw tiff": lambda: encoded(gradient(), "TIFF", compression="tiff_lzw"),
    "avif": lambda: encoded(gradient(), "AVIF"),
    "heif": lambda: encoded(gradient(), "HEIF"),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.85])
def test_a_file_that_is_cut_short_is_refused(kind: str, part: float) -> None:
    data = WHOLE[kind]()
    assert imaging.decode(data).size == (120, 80)
    with pytest.raises(UnreadableImage, match="the file is cut short"):
        imaging.decode(data[: int(len(data) * part)])


def test_a_compressed_tiff_whose_pixels_lie_behind_its_directory_is_refused_when_cut() -> None:
    # libtiff decodes such a file to a grey rest without an error: the directory is in front.
    pixels = zlib.compress(gradient().tobytes())
    entries = [(256, 120), (257, 80), (258, 8), (259, 8), (262, 2), (273, 0), (277, 3), (278, 80)]
    entries.append((279, len(pixels)))
    start = 8 + 2 + 12 * len(entries) + 4 + 6
    table = b"".join(
        struct.pack("<HHII", tag, 3, 3, start - 6)
        if tag == 258
        else struct.pack("<HHII", tag, 4, 1, start if tag == 273 else value)
        for tag, value in entries
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4)
    data = head + struct.pack("<HHH", 8, 8, 8) + pixels
    assert difference(imaging.decode(data), gradient()) == 0
    with pytest.raises(UnreadableImage, match="the file is cut short"):
        imaging.decode(data[:-40])


@pytest.mark.parametrize("kind", WHOLE)
def test_flipped_bits_raise_nothing_but_image_errors(kind: str) -> None:
    rng = random.Random(kind)
    whole = WHOLE[kind]()
    reasons = []
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 4, 16])):
            data[rng.randrange(min(len(data), 400))] = rng.randrange(256)
        try:
            assert imaging.decode(bytes(data)).mode == "RGB"
        except ImageError as error:
            reasons.append(error.reason)
    assert reasons
    assert all(reasons)


@pytest.mark.parametrize(
    "data",
    [b"Dear Anna,\nthe photos are attached.", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"8BP", b"B"],
)
def test_what_is_no_picture_of_ours_is_unsupported(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_bytes(data)
    with pytest.raises(UnsupportedImage) as raised:
        imaging.read_photo(path)
    assert str(raised.value) == (
        f"{path} cannot be used: it is not a picture that clipsearch can read."
    )
    assert raised.value.reason == "it is not a picture that clipsearch can read"


def png_header(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that declares a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: Image.Image) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    for edge in (16_001, 60_000):  # ours alone refuses the first, Pillow the second
        with pytest.raises(OversizedImage, match="more than 256 megapixels"):
            imaging.decode(png_header(edge, edge))


def test_pictures_above_pillows_own_limit_are_opened_when_the_caller_allows_them() -> None:
    # 200 megapixels: Pillow refuses from 179 on. The data is missing, so it ends as cut short.
    with pytest.raises(UnreadableImage, match=r"cut short|damaged"):
        imaging.decode(png_header(20_000, 10_000))


def test_the_limit_is_the_callers() -> None:
    data = encoded(quadrants(100, 60), "PNG")
    assert imaging.decode(data, max_pixels=6000).size == (100, 60)
    with pytest.raises(OversizedImage):
        imaging.decode(data, max_pixels=5999)


def test_one_read_gives_picture_hash_and_state(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(quadrants(), "PNG"))
    photo = imaging.read_photo(path)
    expected = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    assert photo.content_hash == expected == imaging.content_hash(path.read_bytes())
    assert photo.state == imaging.file_state(path.stat())
    assert photo.state.size == path.stat().st_size
    assert difference(photo.image, quadrants()) == 0
    assert difference(imaging.decode(path), quadrants()) == 0


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.png"
    path.write_bytes(encoded(quadrants(), "PNG"))
    looks = 0
    real = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        nonlocal looks
        looks += 1
        if looks == 2:
            with path.open("ab") as file:
                file.write(b"more")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(UnreadableImage, match="changed while it was read; it will be tried again"):
        imaging.read_photo(path)
    monkeypatch.undo()
    assert imaging.read_photo(path).width == 96


@pytest.mark.timeout(20)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    with pytest.raises(UnreadableImage, match="not an ordinary file"):
        imaging.read_photo(path)


def test_missing_empty_and_folder_have_their_reasons(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    for path, reason in [
        (tmp_path / "gone.jpg", "there is no such file"),
        (empty, "the file is empty"),
        (tmp_path, "it is not an ordinary file"),
    ]:
        with pytest.raises(UnreadableImage) as raised:
            imaging.read_photo(path)
        assert raised.value.reason == reason
        assert str(path) in str(raised.value)


def test_a_forbidden_file_has_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "private.png"
    path.write_bytes(encoded(quadrants(), "PNG"))

    def refuse(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnreadableImage, match="no permission to read it"):
        imaging.read_photo(path)


def test_a_file_larger_than_memory_should_hold_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "disk image.tif"
    path.write_bytes(encoded(quadrants(), "TIFF"))
    monkeypatch.setattr(imaging, "MAX_BYTES", path.stat().st_size - 1)
    with pytest.raises(OversizedImage):
        imaging.read_photo(path)
    monkeypatch.setattr(imaging, "MAX_BYTES", path.stat().st_size)
    assert imaging.read_photo(path).width == 96


def test_importing_the_decoder_loads_no_heif_reader() -> None:
    code = "import sys, clipsearch.core.imaging as i; print('pillow_heif' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(not (SHARED / "library").is_dir(), reason="the shared photos are not here")
@pytest.mark.parametrize("kind", ["Landscape", "Portrait"])
def test_real_photos_of_every_orientation_show_the_same_scene(kind: str) -> None:
    photos = [
        imaging.decode(SHARED / f"library/orientation/{kind}_{number}.jpg").resize((60, 60))
        for number in range(9)
    ]
    assert max(difference(photo, photos[1]) for photo in photos) < 5


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "awkward").is_dir(), reason="the awkward files are not here")
def test_awkward_files_decode_or_are_refused_in_words() -> None:
    decoded, reasons = 0, []
    for path in sorted((SHARED / "awkward").rglob("*.*")):
        try:
            photo = imaging.read_photo(path)
        except ImageError as error:
            reasons.append(error.reason)
        else:
            decoded += 1
            assert photo.image.mode == "RGB"
            assert photo.image.size == (photo.width, photo.height)
    assert decoded > 90
    assert all(reasons)
