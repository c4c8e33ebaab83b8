"""Finds where the properties of an XMP packet stand in its bytes.

So that some can be changed and everything else stays as it was, to the byte: an XML library that
reads and writes a whole document gives namespaces other prefixes and loses comments and the packet
wrapper.

Source: ISO 16684-1, 7 (the forms in which RDF may be written).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from clipsearch.core.xmp import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
"""The namespace of RDF itself."""

_ROOT, _DESCRIPTION, _ITEM = f"{RDF} RDF", f"{RDF} Description", f"{RDF} li"
_CONTAINERS = (f"{RDF} Bag", f"{RDF} Seq", f"{RDF} Alt")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")

Scope = Mapping[str, str]
"""Namespaces by the prefixes that stand for them; the default one has none."""


class NotWritable(Exception):
    """A packet cannot be changed safely; ``str()`` says why, in plain words and without a stop."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a packet."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class Element:
    """An element, from its start tag to its end tag."""

    name: str
    """Namespace and local name, with a blank between."""
    tag: Span
    """The start tag."""
    scope: Scope
    """What prefixes stand for inside."""
    end_tag: Span | None = None
    """``None`` where the start tag is all there is: ``<rdf:Bag/>``."""
    chunks: list[str] = field(default_factory=list)
    """Of properties and items: what stands in it and in the elements inside."""

    @property
    def text(self) -> str:
        """What stands in it."""
        return "".join(self.chunks)

    @property
    def span(self) -> Span:
        """All of it."""
        return Span(self.tag.start, (self.end_tag or self.tag).end)


@dataclass(slots=True)
class Property:
    """One place where a property is given; it may be given at several."""

    element: Element | None = None
    """Of a property that is written as an element."""
    container: Element | None = None
    """The list inside."""
    items: list[Element] = field(default_factory=list)
    """Of that list."""
    attribute: Span | None = None
    """Of a property that is written as an attribute, with the blanks before."""
    value: Span | None = None
    """The attribute's value with its quotation marks."""
    text: str = ""
    """What is said, where it is no list."""


@dataclass(slots=True)
class Outline:
    """Where things stand in a packet."""

    body: bytes
    """The packet without blanks and zeros around it; all spans are places in it."""
    root: Element | None = None
    """``rdf:RDF``."""
    description: Element | None = None
    """The first ``rdf:Description`` in it."""
    properties: dict[str, list[Property]] = field(default_factory=dict)
    """Those at the top, by namespace and local name with a blank between."""


def outline(body: bytes) -> Outline:
    """Find the properties of a packet.

    Args:
        body: In UTF-8, without blanks and zeros around it.

    Raises:
        NotWritable: It is no XMP, is damaged, too large, has a document type, or is in another
            encoding.
    """
    if len(body) > MAX_BYTES:
        raise NotWritable(f"it is larger than {MAX_BYTES >> 20} MB, as no sidecar is")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise NotWritable("it is not written in UTF-8") from error
    tracer = _Tracer(Outline(body))
    try:
        tracer.trace()
    except expat.ExpatError as error:
        raise NotWritable(f"it is damaged ({error})") from error
    if tracer.outline.root is None:
        raise NotWritable("there is no XMP in it")
    return tracer.outline


class _Tracer:
    """Follows expat through a packet."""

    def __init__(self, traced: Outline) -> None:
        self.outline = traced
        self._open: list[Element] = []
        self._namespaces: list[tuple[str, str]] = []
        self._property: Property | None = None
        self._elements = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._require_utf8
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.EndNamespaceDeclHandler = lambda prefix: self._namespaces.pop()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def trace(self) -> None:
        """Read everything."""
        self._parser.Parse(self.outline.body, True)

    def _require_utf8(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise NotWritable("it is not written in UTF-8")

    def _refuse_document_type(self, *_: object) -> None:
        raise NotWritable("it has a document type, as no sidecar has")

    def _declare(self, prefix: str | None, namespace: str | None) -> None:
        self._namespaces.append((prefix or "", namespace or ""))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise NotWritable("it is too deep or too long for a sidecar")
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self.outline.body, start)
        if tag is None:  # The encoding is one of those in which bytes are no characters.
            raise NotWritable("it is not written in UTF-8")
        element = Element(name, Span(start, tag.end()), dict(self._namespaces))
        self._place(element, attributes)
        self._open.append(element)

    def _place(self, element: Element, attributes: dict[str, str]) -> None:
        found, path = self.outline, [one.name for one in self._open]
        if element.name == _ROOT and found.root is None:
            found.root = element
        elif path[-1:] == [_ROOT] and element.name == _DESCRIPTION:
            found.description = found.description or element
            self._take_attributes(element, attributes)
        elif path[-2:] == [_ROOT, _DESCRIPTION]:
            self._property = Property(element)
            found.properties.setdefault(element.name, []).append(self._property)
        elif self._property is not None:
            self._place_inside(self._property, element)

    def _place_inside(self, found: Property, element: Element) -> None:
        parent = self._open[-1]
        if parent is found.element and element.name in _CONTAINERS:
            found.container = element
        elif parent is found.container and element.name == _ITEM:
            found.items.append(element)

    def _take_attributes(self, element: Element, attributes: dict[str, str]) -> None:
        tag = element.tag
        for match in _ATTRIBUTE.finditer(self.outline.body, tag.start, tag.end):
            prefix, _, local = match[1].decode().rpartition(":")
            name = f"{element.scope.get(prefix)} {local}"
            if prefix and name in attributes:
                span, value = Span(*match.span()), Span(*match.span(2))
                found = Property(attribute=span, value=value, text=attributes[name])
                self.outline.properties.setdefault(name, []).append(found)

    def _characters(self, data: str) -> None:
        if self._property is not None and self._property.element is not None:
            self._property.element.chunks.append(data)
            for item in self._property.items[-1:]:
                if item in self._open:
                    item.chunks.append(data)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        body = self.outline.body
        if body[element.tag.end - 2 : element.tag.end] != b"/>":
            start = self._parser.CurrentByteIndex
            element.end_tag = Span(start, body.index(b">", start) + 1)
        if self._property is not None and element is self._property.element:
            self._property.text = "" if self._property.container else element.text.strip()
            self._property = None
