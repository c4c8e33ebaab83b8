"""`XmpEdit`: changes single properties of an XMP packet and leaves every other byte as it was."""

import re
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from clipsearch.core.xmp_outline import RDF, Element, Outline, Property, Scope, Span, outline

BLANK = b"\0\t\r\n "
"""What may stand around a packet."""

_BLANKS_BEFORE = re.compile(rb"[ \t\r\n]*\Z")
# What XML 1.0 has no way to write.
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

NEW_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="clipsearch">\n'
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    '  <rdf:Description rdf:about="">\n'
    "  </rdf:Description>\n"
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>\n'
).encode()
"""A packet in which nothing is said."""


def writable(text: str) -> str:
    """A text without what XML cannot hold."""
    return _NO_XML.sub("", text)


class XmpEdit:
    """Changes to one packet. Names are a namespace and a local name with a blank between."""

    def __init__(self, packet: bytes, prefixes: dict[str, str]) -> None:
        """Read a packet.

        Args:
            packet: The whole sidecar.
            prefixes: For namespaces that the packet does not declare itself.

        Raises:
            NotWritable: See `outline`.
        """
        body = packet.strip(BLANK)
        start = packet.find(body)
        self._around = packet[:start], packet[start + len(body) :]
        self._outline: Outline = outline(body)
        self._prefixes = prefixes
        self._replaced: list[tuple[Span, bytes]] = []
        self._children: list[tuple[str, Callable[[Scope, str], str]]] = []

    def has(self, name: str) -> bool:
        """Whether a property is given."""
        return name in self._outline.properties

    def text(self, name: str) -> str | None:
        """The value of a property that is no list; ``None`` where it is not given."""
        return next((one.text for one in self._given(name)), None)

    def items(self, name: str) -> list[str]:
        """The items of a list, in one or several places; blanks as the reader takes them."""
        return [text for one in self._given(name) for text in _texts(one)]

    def set_text(self, name: str, value: str | None) -> None:
        """Give a property this value, or take it away."""
        given = self._given(name)
        for one in given[1:] if value is not None else given:
            self._remove(one)
        if value is None:
            return
        if given and given[0].value is not None:
            self._replaced.append((given[0].value, quoteattr(value).encode()))
            return
        for one in given[:1]:
            self._remove(one)
        self._children.append((name, lambda scope, blanks: escape(writable(value))))

    def change_items(
        self,
        name: str,
        is_dropped: Callable[[str], bool],
        added: Sequence[str],
        *,
        kind: str = "Bag",
    ) -> None:
        """Drop items of a list and add others behind those that stay, which stay as they are.

        Args:
            name: Of the property.
            is_dropped: Whether an item goes.
            added: New items.
            kind: Of a list that is not there yet: ``Bag``, ``Seq`` or ``Alt``.
        """
        given = self._given(name)
        if not added and not any(map(is_dropped, self.items(name))):
            return
        lists = [one for one in given if one.container is not None and one.items]
        new = [writable(text) for text in added]
        for one in given:
            if one not in lists:  # Written as no list is, or empty.
                new = [text for text in _texts(one) if not is_dropped(text)] + new
                self._remove(one)
        for number, one in enumerate(lists):
            self._change_list(one, is_dropped, new if number == 0 else [])
        if not lists and new:
            self._children.append(
                (name, lambda scope, blanks: _list_as_text(scope, blanks, kind, new))
            )

    def result(self) -> bytes:
        """The packet with the changes."""
        body, written, at = self._outline.body, [], 0
        replaced = [*self._replaced, *self._new_children()]
        for span, new in sorted(replaced, key=lambda one: (one[0].start, one[0].end)):
            written += [body[at : span.start], new]
            at = span.end
        written.append(body[at:])
        return self._around[0] + b"".join(written) + self._around[1]

    def _given(self, name: str) -> list[Property]:
        return self._outline.properties.get(name, [])

    def _remove(self, one: Property) -> None:
        if one.attribute is not None:
            self._replaced.append((one.attribute, b""))
        elif one.element is not None:
            self._replaced.append((self._with_blanks(one.element.span), b""))

    def _with_blanks(self, span: Span) -> Span:
        return Span(span.start - len(self._blanks(span.start)), span.end)

    def _blanks(self, at: int) -> bytes:
        """The blanks before a place."""
        found = _BLANKS_BEFORE.search(self._outline.body, 0, at)
        return found[0] if found else b""

    def _change_list(
        self, one: Property, is_dropped: Callable[[str], bool], added: Sequence[str]
    ) -> None:
        dropped = [item for item in one.items if is_dropped(_tidy(item.text))]
        if len(dropped) == len(one.items) and not added:
            self._remove(one)
            return
        self._replaced += [(self._with_blanks(item.span), b"") for item in dropped]
        if added and one.container is not None:
            last = one.items[-1].span
            blanks = self._blanks(one.items[0].span.start).decode()
            new = "".join(blanks + _item_as_text(one.container.scope, text) for text in added)
            self._replaced.append((Span(last.end, last.end), new.encode()))

    def _new_children(self) -> list[tuple[Span, bytes]]:
        """What is put into the first description, or into one that is made for it."""
        parent = self._outline.description or self._outline.root
        if not self._children or parent is None:
            return []
        end = parent.end_tag.start if parent.end_tag else parent.tag.end
        blanks = self._blanks(parent.tag.start if parent.end_tag is None else end).decode()
        inner = blanks + " " if "\n" in blanks else blanks
        children = "".join(inner + self._child(parent.scope, inner, *one) for one in self._children)
        if parent is self._outline.root:
            name, _ = _name(parent.scope, RDF, "Description", "rdf")
            about = ' rdf:about=""'.replace("rdf", name.split(":")[0]) if ":" in name else ""
            children = f"{inner}<{name}{about}>{children}{inner}</{name}>"
        return [_inside(parent, self._outline.body, children, blanks)]

    def _child(
        self, scope: Scope, blanks: str, name: str, content: Callable[[Scope, str], str]
    ) -> str:
        namespace, local = name.split(" ")
        written, declaration = _name(scope, namespace, local, self._prefixes[namespace])
        return f"<{written}{declaration}>{content(scope, blanks)}</{written}>"


def _texts(one: Property) -> list[str]:
    texts = [item.text for item in one.items] or [one.text]
    return [tidy for text in texts if (tidy := _tidy(text))]


def _tidy(text: str) -> str:
    """A text as the reader takes it."""
    return " ".join(text.split())


def _inside(parent: Element, body: bytes, children: str, blanks: str) -> tuple[Span, bytes]:
    """How children get into an element."""
    if parent.end_tag is not None:
        at = parent.end_tag.start - len(blanks.encode())
        return Span(at, at), children.encode()
    tag = body[parent.tag.start : parent.tag.end]
    name = re.split(rb"[\s/>]", tag[1:], maxsplit=1)[0].decode()
    end = Span(parent.tag.end - 2, parent.tag.end)
    return end, f">{children}{blanks}</{name}>".encode()


def _list_as_text(scope: Scope, blanks: str, kind: str, items: Sequence[str]) -> str:
    outer = blanks + " " if "\n" in blanks else blanks
    inner = outer + " " if "\n" in blanks else blanks
    name, declaration = _name(scope, RDF, kind, "rdf")
    # Alternatives are translations, and want a language.
    language = ' xml:lang="x-default"' if kind == "Alt" else ""
    written = "".join(inner + _item_as_text(scope, text, language) for text in items)
    return f"{outer}<{name}{declaration}>{written}{outer}</{name}>{blanks}"


def _item_as_text(scope: Scope, text: str, attributes: str = "") -> str:
    name, declaration = _name(scope, RDF, "li", "rdf")
    return f"<{name}{declaration}{attributes}>{escape(text)}</{name}>"


def _name(scope: Scope, namespace: str, local: str, prefix: str) -> tuple[str, str]:
    """An element's name as it is written at a place, and the declaration that it needs there."""
    for known, meant in scope.items():
        if meant == namespace:
            return (f"{known}:{local}" if known else local), ""
    return f"{prefix}:{local}", f" xmlns:{prefix}={quoteattr(namespace)}"
