"""Turns whatever a decoder delivers into 8-bit sRGB on white.

Photos reach clipsearch as CMYK, 16-bit grey, palettes, Lab, with embedded profiles and with
transparency; models and screens want one thing.
"""

import logging
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PIL import ImageCms

_log = logging.getLogger(__name__)

_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_GREY_MODES = ("1", "L", "LA", "La")
_BITS_PER_SAMPLE = 258
_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0

_MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
# A profile that moves no colour further than this (of 255) is sRGB under another name.
_SAME_COLOUR = 2
# Deep grey that uses less than this share of its range would look flat black or grey.
_CROWDED = 1 / 8


def to_srgb(image: Image.Image) -> Image.Image:
    """Return a new picture: RGB, 8 bits, sRGB, transparency composited on white.

    Args:
        image: A loaded picture of any mode; its ``info`` may hold an ICC profile.

    Raises:
        OSError, ValueError: Pillow cannot convert the picture's mode.
    """
    alpha = _alpha(image)
    colour = _apply_profile(_base(image), image.info.get("icc_profile"))
    if alpha is None:
        return colour
    canvas = Image.new("RGB", colour.size, "white")
    canvas.paste(colour, mask=alpha)
    return canvas


def _base(image: Image.Image) -> Image.Image:
    """Reduce the modes to those that have profiles: L, RGB, CMYK, LAB; never the same object."""
    if image.mode in _DEEP_MODES:
        return _grey(image)
    if image.mode in ("La", "RGBa"):  # premultiplied: only its own plain mode is reachable
        image = image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
    if image.mode in _GREY_MODES:
        return image.convert("L")
    if image.mode in ("CMYK", "LAB"):
        return image.copy()
    return image.convert("RGB")


def _alpha(image: Image.Image) -> Image.Image | None:
    """Return the opacity as mode L, or ``None`` where the picture is or should be opaque."""
    if image.mode in _DEEP_MODES or not image.has_transparency_data:
        return None
    if image.mode == "La":
        image = image.convert("LA")
    alpha = image.convert("RGBA").getchannel("A")
    lowest, highest = alpha.getextrema()
    # Some writers leave an unused fourth channel at zero: a wholly invisible photo is such a one.
    return None if lowest == 255 or highest == 0 else alpha


def _grey(image: Image.Image) -> Image.Image:
    """Scale deep grey to 8 bits, where Pillow's own conversion clips it to white."""
    values = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = _value_range(values, image.mode, tags.get(_BITS_PER_SAMPLE, ()))
    scale = 255.0 / (high - low)
    grey = np.multiply(values - values.dtype.type(low), scale, dtype=np.float32)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255.0 - grey
    return Image.fromarray(np.clip(grey + 0.5, 0, 255).astype(np.uint8))


def _value_range(
    values: "NDArray[np.generic]", mode: str, declared_bits: "Iterable[int]"
) -> tuple[float, float]:
    """Return what black and white are.

    The file seldom says: 12-bit sensors write 16-bit files, and 32-bit ones hold anything. The
    smallest usual range that holds the values is taken; values outside of all of them, or
    crowded into a corner of one (thermal cameras, telescopes), are stretched to be seen.
    """
    lowest, highest = float(values.min()), float(values.max())
    ranges = {"I": (255.0, 4095.0, 65535.0), "F": (1.0, 255.0, 65535.0)}.get(
        mode, (4095.0, 65535.0)
    )
    narrow = [2.0**bits - 1 for bits in declared_bits if 8 < bits < 16]
    holding = [top for top in (*narrow, *ranges) if lowest >= 0 and highest <= top]
    if holding and (lowest == highest or highest - lowest >= holding[0] * _CROWDED):
        return 0.0, holding[0]
    return (lowest, highest) if highest > lowest else (lowest, lowest + 1.0)


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to RGB through the embedded profile; a broken or unfitting one is ignored."""
    if image.mode == "LAB":
        return _lab_transform().apply(image)
    if profile:
        transform = _usable_transform(profile, image.mode)
        if transform is not None:
            return transform.apply(image.convert(transform.input_mode))
    return image.convert("RGB") if image.mode != "RGB" else image


def _usable_transform(profile: bytes, mode: str) -> "ImageCms.ImageCmsTransform | None":
    from PIL import ImageCms

    try:
        return _transform(profile, mode)
    # What littlecms and Pillow's wrapper raise on damaged or exotic profiles.
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError) as error:
        _log.debug("ignored an embedded colour profile: %s", error)
        return None


@lru_cache(maxsize=16)  # one camera, one profile: thousands of photos share a few
def _transform(profile: bytes, mode: str) -> "ImageCms.ImageCmsTransform | None":
    """Build the way from a profile to sRGB; ``None`` where it would change nothing or not fit."""
    from PIL import ImageCms

    source = ImageCms.getOpenProfile(BytesIO(profile))
    wanted = _MODE_OF_SPACE.get(source.profile.xcolor_space.strip())
    # Grey pixels may carry an RGB profile (R = G = B); every other mixture is an error.
    if wanted is None or (wanted != mode and (mode, wanted) != ("L", "RGB")):
        return None
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, wanted, "RGB")
    if wanted == "RGB" and _changes_nothing(transform):
        return None
    return transform


def _changes_nothing(transform: "ImageCms.ImageCmsTransform") -> bool:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    moved = np.asarray(transform.apply(Image.fromarray(cube))).astype(np.int16)
    return int(np.abs(moved - cube).max()) <= _SAME_COLOUR


@lru_cache(maxsize=1)
def _lab_transform() -> "ImageCms.ImageCmsTransform":
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB")
