"""Reads XMP, Adobe's RDF inside pictures and in the sidecars beside them.

Pillow's `Image.getxmp` wants defusedxml and builds a tree of everything; here expat's events pick
the few properties that count. A document type, and with it every entity, is refused; nothing is
ever fetched.

Source: ISO 16684-1 (XMP data model and RDF forms); XMP specification, parts 2 and 3.
"""

import logging
import math
from collections.abc import Mapping
from xml.parsers import expat

from clipsearch.core import fields
from clipsearch.core.exif import lens
from clipsearch.core.fields import Fields

_log = logging.getLogger(__name__)

MAX_BYTES = 8 << 20
"""Larger packets are ignored: they hold depth maps and brush strokes, not words."""

MAX_DEPTH = 100
"""Of elements in elements; what lies deeper is not read."""

# A packet with the longest history of brush strokes has a tenth; as many take half a second.
MAX_ELEMENTS = 100_000
"""Of a packet; those after them are not read."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_DESCRIPTION, _ROOT, _ITEM = f"{_RDF}Description", f"{_RDF}RDF", f"{_RDF}li"
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"

_PROPERTIES = {
    f"{namespace} {name}": f"{prefix}:{name}"
    for prefix, namespace, names in (
        ("dc", "http://purl.org/dc/elements/1.1/", "subject title description"),
        ("xmp", "http://ns.adobe.com/xap/1.0/", "Rating CreateDate"),
        ("lr", "http://ns.adobe.com/lightroom/1.0/", "hierarchicalSubject"),
        ("photoshop", "http://ns.adobe.com/photoshop/1.0/", "DateCreated"),
        ("tiff", "http://ns.adobe.com/tiff/1.0/", "Make Model"),
        ("aux", "http://ns.adobe.com/exif/1.0/aux/", "Lens"),
        ("exifEX", "http://cipa.jp/exif/1.0/", "LensModel"),
        (
            "exif",
            "http://ns.adobe.com/exif/1.0/",
            "DateTimeOriginal DateTimeDigitized GPSLatitude GPSLongitude GPSAltitude"
            " GPSAltitudeRef",
        ),
        ("xmpNote", "http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
    )
    for name in names.split()
}

Properties = dict[str, list[str]]
"""Values by the usual prefix and name, ``dc:subject``; of translations the default is first."""


def read_properties(packet: bytes) -> Properties:
    """Return the properties that clipsearch knows; those in front of a damaged place count."""
    if len(packet) > MAX_BYTES:
        _log.debug("ignored an XMP packet of %d bytes", len(packet))
        return {}
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = collector.refuse_document_type
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.characters
    try:
        parser.Parse(packet.strip(b"\0\t\r\n "), True)
    # Expat's own, ours, and those of an encoding that does not exist or does not fit.
    except (expat.ExpatError, ValueError, LookupError) as error:
        _log.debug("XMP that is damaged from some place on: %s", error)
    return collector.found


def extended_id(properties: Mapping[str, list[str]]) -> str | None:
    """Return the digest that names a JPEG's further packet, 32 hex digits."""
    return _first(properties, "xmpNote:HasExtendedXMP")


def read_xmp(properties: Mapping[str, list[str]]) -> Fields:
    """Return what the properties say."""
    first = _first
    return Fields(
        taken=fields.moment(first(properties, "exif:DateTimeOriginal"))
        or fields.moment(first(properties, "photoshop:DateCreated")),
        created=fields.moment(first(properties, "exif:DateTimeDigitized"))
        or fields.moment(first(properties, "xmp:CreateDate")),
        camera=fields.camera(first(properties, "tiff:Make"), first(properties, "tiff:Model")),
        lens=lens(first(properties, "exifEX:LensModel")) or lens(first(properties, "aux:Lens")),
        position=_position(properties),
        altitude=_altitude(properties),
        rating=fields.rating(first(properties, "xmp:Rating")),
        keywords=fields.unique(
            properties.get("dc:subject", []) + properties.get("lr:hierarchicalSubject", [])
        ),
        title=fields.text(first(properties, "dc:title")),
        description=fields.text(first(properties, "dc:description")),
    )


class _TooMuch(ValueError):
    """Refused before time or memory is the limit."""


class _Collector:
    """Takes down properties of the top level, written as attributes, texts or lists."""

    def __init__(self) -> None:
        self.found: Properties = {}
        self._elements = 0
        self._path: list[str] = []
        self._property: str | None = None
        self._property_depth = 0
        self._is_default = False
        self._text: list[str] = []
        self._items: list[str] = []
        self._defaults: list[str] = []

    def refuse_document_type(self, *_: object) -> None:
        raise ValueError("a document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._path) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise _TooMuch("too deep or too long")
        is_top = self._path[-2:] == [_ROOT, _DESCRIPTION]
        self._path.append(name)
        if name == _DESCRIPTION and self._path[-2:-1] == [_ROOT]:
            for attribute, value in attributes.items():
                self._take(_PROPERTIES.get(attribute), [value])
        elif is_top and name in _PROPERTIES:
            self._property, self._property_depth = _PROPERTIES[name], len(self._path)
            self._items, self._defaults, self._text = [], [], []
        elif self._property and name == _ITEM:
            self._text = []
            self._is_default = attributes.get(_LANGUAGE) == "x-default"

    def characters(self, data: str) -> None:
        if self._property:
            self._text.append(data)

    def end(self, name: str) -> None:
        if self._property and name == _ITEM:
            (self._defaults if self._is_default else self._items).append("".join(self._text))
            self._text, self._is_default = [], False
        if self._property and len(self._path) == self._property_depth:
            self._take(self._property, self._defaults + self._items or ["".join(self._text)])
            self._property = None
        self._path.pop()

    def _take(self, name: str | None, values: list[str]) -> None:
        if name:
            self.found.setdefault(name, []).extend(value for value in values if value.strip())


def _first(properties: Mapping[str, list[str]], name: str) -> str | None:
    return next(iter(properties.get(name, ())), None)


def _position(properties: Mapping[str, list[str]]) -> tuple[float, float] | None:
    return fields.position(
        _degrees(_first(properties, "exif:GPSLatitude"), "NS"),
        _degrees(_first(properties, "exif:GPSLongitude"), "EW"),
    )


def _degrees(value: str | None, letters: str) -> float:
    """Read ``51,30.25N`` or ``51,30,15N``; NaN where it is none."""
    written = (value or "").strip().upper()
    if written[-1:] not in letters or not written:
        return math.nan
    try:
        parts = [float(part) for part in written[:-1].split(",")[:3]]
    except ValueError:
        return math.nan
    size = sum(part / 60.0**power for power, part in enumerate(parts))
    return -size if written[-1] == letters[1] else size


def _altitude(properties: Mapping[str, list[str]]) -> float | None:
    """Read ``123/10`` metres."""
    above, _, parts = (_first(properties, "exif:GPSAltitude") or "").partition("/")
    try:
        metres = float(above) / float(parts or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return fields.altitude(metres, below=_first(properties, "exif:GPSAltitudeRef") == "1")
