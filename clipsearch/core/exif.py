"""Reads what EXIF says, with Pillow's own reader.

Source: CIPA DC-008 (Exif 3.0), sections 4.6.5 to 4.6.7; 0x4746 is Microsoft's.
"""

import logging
import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

from PIL import ExifTags, Image

from clipsearch.core import fields
from clipsearch.core.damage import DECODER_FAILURES
from clipsearch.core.fields import Fields, Moment
from clipsearch.core.types import Exposure

_log = logging.getLogger(__name__)

_RATING = 0x4746
_LATITUDE_REFS = {"N": 1, "S": -1}
_LONGITUDE_REFS = {"E": 1, "W": -1}
_BELOW_SEA = 1

# What cameras write by themselves where a description belongs.
_NO_DESCRIPTIONS = frozenset(
    {"olympus digital camera", "minolta digital camera", "konica minolta digital camera"}
    | {"digital camera", "digital image", "samsung", "sony dsc", "default", "untitled", "image"}
    | {"digimax digital camera", "kodak digital still camera", "camera", "photo", "exif_jpeg"}
)
_NO_LENSES = frozenset({"", "unknown", "n/a", "none", "manual lens", "0.0 mm f/0.0"})

_Tags = Mapping[int, Any]


def read_exif(exif: Image.Exif) -> Fields:
    """Return what the tags say; broken ones are missing."""
    photo = _directory(exif, ExifTags.IFD.Exif)
    gps = _directory(exif, ExifTags.IFD.GPSInfo)
    return Fields(
        taken=_original(_tag(exif, ExifTags.Base.DateTimeOriginal), photo),
        created=_digitised(photo),
        camera=fields.camera(_tag(exif, ExifTags.Base.Make), _tag(exif, ExifTags.Base.Model)),
        lens=lens(photo.get(ExifTags.Base.LensModel)),
        position=_position(gps),
        altitude=_altitude(gps),
        rating=fields.rating(_tag(exif, _RATING)),
        description=_description(_tag(exif, ExifTags.Base.ImageDescription)),
    )


def exposure_of(exif: Image.Exif) -> Exposure:
    """Return how the photo was exposed; what is zero, broken or not finite is missing."""
    photo = _directory(exif, ExifTags.IFD.Exif)
    speed = photo.get(ExifTags.Base.ISOSpeedRatings)
    # Some cameras write it twice, as a list.
    iso = _above_zero(speed[0] if isinstance(speed, tuple) and speed else speed)
    return Exposure(
        seconds=_above_zero(photo.get(ExifTags.Base.ExposureTime)),
        f_number=_above_zero(photo.get(ExifTags.Base.FNumber)),
        iso=round(iso) if iso is not None else None,
        focal_length=_above_zero(photo.get(ExifTags.Base.FocalLength)),
    )


def lens(value: object) -> str | None:
    """Return a lens's name, or ``None`` for what adapters and phones fill in."""
    name = " ".join((fields.exif_text(value) or "").split())
    return None if name.lower() in _NO_LENSES or not name.strip("-. 0?") else name


def _directory(exif: Image.Exif, tag: int) -> _Tags:
    try:
        return exif.get_ifd(tag)
    except DECODER_FAILURES as error:
        _log.debug("ignored a broken EXIF directory: %s", error)
        return {}


def _tag(exif: Image.Exif, tag: int) -> object:
    try:
        return exif.get(tag)
    except DECODER_FAILURES as error:
        _log.debug("ignored a broken EXIF tag: %s", error)
        return None


def _original(in_main: object, photo: _Tags) -> Moment | None:
    return fields.moment(
        # TIFF/EP and RAW files have it beside the camera's name.
        photo.get(ExifTags.Base.DateTimeOriginal) or in_main,
        photo.get(ExifTags.Base.SubsecTimeOriginal),
        photo.get(ExifTags.Base.OffsetTimeOriginal),
    )


def _digitised(photo: _Tags) -> Moment | None:
    return fields.moment(
        photo.get(ExifTags.Base.DateTimeDigitized),
        photo.get(ExifTags.Base.SubsecTimeDigitized),
        photo.get(ExifTags.Base.OffsetTimeDigitized),
    )


def _description(value: object) -> str | None:
    written = fields.exif_text(value)
    return None if written and written.lower() in _NO_DESCRIPTIONS else written


def _position(gps: _Tags) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude))
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude))
    # Without the reference the hemisphere would be a guess.
    north = _LATITUDE_REFS.get(_letter(gps.get(ExifTags.GPS.GPSLatitudeRef)))
    east = _LONGITUDE_REFS.get(_letter(gps.get(ExifTags.GPS.GPSLongitudeRef)))
    if north is None or east is None:
        return None
    return fields.position(latitude * north, longitude * east)


def _altitude(gps: _Tags) -> float | None:
    reference = gps.get(ExifTags.GPS.GPSAltitudeRef)
    below = reference in (_BELOW_SEA, bytes([_BELOW_SEA]))
    return fields.altitude(_number(gps.get(ExifTags.GPS.GPSAltitude)), below=below)


def _degrees(value: object) -> float:
    """Add up degrees, minutes and seconds, of which the last ones may be missing."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return sum(_number(part) / 60.0**power for power, part in enumerate(parts[:3]))


def _letter(value: object) -> str:
    return (fields.text(value) or "")[:1].upper()


def _above_zero(value: object) -> float | None:
    number = _number(value)
    return number if 0 < number < math.inf else None


def _number(value: object) -> float:
    """Return a rational as a number; NaN where it is none, or divides by zero."""
    try:
        return float(value) if isinstance(value, Real) else math.nan
    except ArithmeticError:
        return math.nan
