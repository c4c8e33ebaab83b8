"""The query language: from what is typed to a `Query`, and back.

Words next to one another are one part, as they were typed: ``two dogs on a beach``. Beside them
stand ``"a phrase"``, ``word:2``, ``"a phrase":0.5`` and ``(some words):2`` with weights,
``like:PATH`` and ``like:"PATH"@x,y,w,h``, and filters, ``name:value``. A minus in front, or
``not``, leaves out. ``not`` is good for all the words up to whatever else comes, as in English:
``a dog not on a leash``. In quotes, ``""`` stands for a quotation mark.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from clipsearch.core.filter_words import (
    READERS,
    example,
    number_text,
    numbers,
    read_filter,
    write_filter,
)
from clipsearch.core.filters import (
    Filter,
)
from clipsearch.core.query import MAX_WEIGHT, Part, Picture, Query, Region
from clipsearch.errors import InputError, QueryError

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

# Terminals say by themselves where they may begin and end, because spaces are ignored. None of
# them can match the same text in two ways: a query of any length is read in one pass.
_GRAMMAR = r"""
start: _item*
_item: word | phrase | weighted | filter | picture | exclusion
word: WORD
phrase: QUOTED [WEIGHT]
weighted: (TERM | GROUP) WEIGHT
filter: NAME [VALUE]
picture: LIKE [PATH] [REGION] [WEIGHT]
brackets: BRACKETS [WEIGHT]
exclusion: EXCLUDE+ (word | phrase | weighted | filter | picture | brackets)

EXCLUDE.9: /(?<![^\s-])(-(?=[^\s-])|not\s+(?=\S))/i
NAME.8: /(NAMES):/i
LIKE.8: /like:/i
VALUE.8: /(?<=:)("[^"]*(""[^"]*)*"(?=\s|$)|[^\s"]\S*)/
PATH.8: /(?<=:)("[^"]*(""[^"]*)*"(?=[@:\s]|$)|[^\s"]\S*?(?=(@[-+0-9.,]*)?(:[-+0-9.]+)?(\s|$)))/
REGION.8: /(?<=\S)@[^\s:]*/
WEIGHT.8: /(?<=\S):[-+0-9.]+(?=\s|$)/
BRACKETS.7: /\(([^()"]|"[^"]*")*\)/
GROUP.7: /\(([^()"]|"[^"]*")*\)(?=:[-+0-9.]+(\s|$))/
QUOTED.7: /"[^"]*(""[^"]*)*"/
TERM.6: /(?![-+0-9.,:\/x]+(\s|$))[^\s:"(][^\s:]*(?=:[-+0-9.]+(\s|$))/
WORD: /[^\s"]\S*/
%ignore /\s+/
""".replace("NAMES", "|".join(READERS))

MAX_PARTS = 50
"""Each part takes a comparison with every photo."""
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_LIKE_A_FILTER = re.compile(r"(\(*)([^\W\d_][\w-]*):(?=[\w\"<>=\\/.])")
_VALUE = re.compile(r'[^\s"]\S*')
_SEPARATORS = ",;"


def parse_query(text: str) -> Query:
    """Read a query; blank text is an empty one.

    Raises:
        QueryError: It cannot be read, with the place where.
    """
    bad = _NO_TEXT.search(text)
    if bad:
        raise QueryError(
            "The query holds a character that is no text: delete it.", text, bad.start()
        )
    return _Reader(text).read(0, len(text))


def format_query(query: Query) -> str:
    """Write the parts and the filters of a query; `parse_query` reads the same ones back."""
    written: list[str] = []
    are_words_open = False
    for part in query.parts:
        bare = _bare(part)
        if are_words_open and bare == part.content:
            bare = None  # Or it would become one part with the words before it.
        written.append(bare or _quoted_part(part))
        are_words_open = bare == part.content
    for one in query.filters:
        name, value = write_filter(one)
        sign = "-" if one.negated else ""
        written.append(f"{sign}{name}:{value if _VALUE.fullmatch(value) else _quoted(value)}")
    return " ".join(written)


class _Reader:
    """Reads one query, or what stands in brackets inside one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._start = 0
        self._parts: list[Part] = []
        self._filters: list[Filter] = []
        self._words: list[str] = []
        self._are_words_excluded = False

    def read(self, start: int, end: int) -> Query:
        """Read a stretch of the text."""
        self._start = start
        stretch = self._text[start:end]
        for item in self._items(stretch) if stretch.strip() else ():
            if item.data == "word":
                self._words.append(self._word(item))
            else:
                self._end_words()
                self._take(item, excluded=False)
            self._refuse_too_many(start + item.meta.start_pos)
        self._end_words()
        self._refuse_too_many(end)
        return Query(tuple(self._parts), tuple(self._filters))

    def _items(self, stretch: str) -> "list[Tree[Token]]":
        from lark.exceptions import UnexpectedInput

        try:
            return cast("list[Tree[Token]]", _parser().parse(stretch).children)
        except UnexpectedInput as error:
            # Whatever else is typed is some word.
            raise self._error(
                "This quotation mark is never closed: close it, or delete it.",
                self._start + (error.pos_in_stream or 0),
            ) from error

    def _take(self, item: "Tree[Token]", *, excluded: bool) -> None:
        match item.data:
            case "phrase":
                self._take_phrase(item, excluded=excluded)
            case "weighted":
                self._take_weighted(item, excluded=excluded)
            case "picture":
                self._take_picture(item, excluded=excluded)
            case "filter":
                self._take_filter(item, negated=excluded)
            case "brackets":
                self._take_brackets(item)
            case _:
                self._take_exclusion(item)

    def _take_exclusion(self, item: "Tree[Token]") -> None:
        sign, *more_signs, operand = _children(item)
        if more_signs:
            raise self._error("Write a minus or 'not' once, not twice.", self._place(sign))
        if operand.data != "word":
            self._take(operand, excluded=True)
        elif sign == "-":
            word = self._word(operand, is_operand=True)
            self._add(word, None, excluded=True, place=self._place(sign))
        else:
            self._words, self._are_words_excluded = [self._word(operand, is_operand=True)], True

    def _take_phrase(self, item: "Tree[Token]", *, excluded: bool) -> None:
        quoted, weight = _children(item)
        self._add(_unquoted(quoted), weight, excluded=excluded, place=self._place(quoted))

    def _take_weighted(self, item: "Tree[Token]", *, excluded: bool) -> None:
        token, weight = _children(item)
        if token.type == "TERM" and _weight(weight) > MAX_WEIGHT:
            raise self._error(_no_filter(token), self._place(token))
        words = self._in_brackets(token) if token.type == "GROUP" else str(token)
        if not isinstance(words, str):
            raise self._error("A filter has no weight: delete the number.", self._place(weight))
        self._add(words, weight, excluded=excluded, place=self._place(token))

    def _take_brackets(self, item: "Tree[Token]") -> None:
        token, weight = _children(item)
        content = self._in_brackets(token)
        if isinstance(content, str):
            self._add(content, weight, excluded=True, place=self._place(token))
        else:
            self._filters.append(replace(content, negated=True))

    def _take_picture(self, item: "Tree[Token]", *, excluded: bool) -> None:
        name, path, region, weight = _children(item)
        if path is None or not _unquoted(path).strip():
            raise self._no_value(name, 'like:holiday.jpg, or like:"my holiday.jpg"')
        picture = Picture(Path(_unquoted(path)), None if region is None else self._region(region))
        self._add(picture, weight, excluded=excluded, place=self._place(name))

    def _take_filter(self, item: "Tree[Token]", *, negated: bool) -> None:
        name, value = _children(item)
        if value is None or not _unquoted(value).strip():
            raise self._no_value(name, example(name[:-1]))
        with self._place_of_errors(self._place(value)):
            self._filters.append(read_filter(name[:-1], _unquoted(value), negated=negated))

    def _in_brackets(self, token: "Token") -> str | Filter:
        place = self._place(token)
        inner = _Reader(self._text).read(place + 1, place + len(token) - 1)
        contents = [*(part.content for part in inner.parts), *inner.filters]
        plain = not any(part.excluded or part.weight != 1 for part in inner.parts)
        if plain and len(contents) == 1 and not isinstance(contents[0], Picture):
            return contents[0]
        raise self._error(
            "In brackets stand words, or one filter: write anything else by itself.", place
        )

    def _word(self, item: "Tree[Token]", *, is_operand: bool = False) -> str:
        (token,) = _children(item)
        match = _LIKE_A_FILTER.match(token)
        if match:
            bracket, name = match.groups()
            alone = f"Take the filter {name}: out of these brackets, or put it into quotes."
            place = self._place(token) + len(bracket)
            raise self._error(alone if bracket else _no_filter(name), place)
        if is_operand and token.startswith("("):
            raise self._error(
                "This bracket is never closed, or holds another one: close it, and use one pair.",
                self._place(token),
            )
        return str(token)

    def _end_words(self) -> None:
        words = " ".join(self._words)
        if words.strip(_SEPARATORS):
            self._parts.append(Part(words, excluded=self._are_words_excluded))
        self._words, self._are_words_excluded = [], False

    def _refuse_too_many(self, place: int) -> None:
        if max(len(self._parts), len(self._filters)) > MAX_PARTS:
            raise self._error(
                f"A query has at most {MAX_PARTS} parts and as many filters: leave out some.", place
            )

    def _add(
        self, content: str | Picture, weight: "Token | None", *, excluded: bool, place: int
    ) -> None:
        if isinstance(content, str) and not content.strip():
            return
        with self._place_of_errors(place if weight is None else self._place(weight) + 1):
            self._parts.append(Part(content, _weight(weight), excluded))

    def _region(self, token: "Token") -> Region:
        edges = numbers(token[1:])
        with self._place_of_errors(self._place(token)):
            return Region(*edges) if edges and len(edges) == 4 else Region(0, 0, 0, 0)

    def _no_value(self, name: "Token", example: str) -> QueryError:
        end = self._place(name) + len(name)
        if self._text[end : end + 1] == '"' and self._text[end : end + 2] != '""':
            return self._error(
                "This quotation mark is never closed, or something touches its end: close it, and "
                "leave a space behind it.",
                end,
            )
        return self._error(f"A value is missing behind {name} (write {example}).", end)

    def _place(self, token: "Token") -> int:
        return self._start + (token.start_pos or 0)

    def _error(self, sentence: str, place: int) -> QueryError:
        return QueryError(sentence, self._text, place)

    @contextmanager
    def _place_of_errors(self, place: int) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise self._error(str(error), place) from error


@lru_cache(maxsize=1)
def _parser() -> "Lark":
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _children(item: "Tree[Token]") -> list[Any]:
    """Tokens, ``None`` for one that may be missing, and at the end of an exclusion an item."""
    return item.children


def _weight(token: "Token | None") -> float:
    if token is None:
        return 1.0
    found = numbers(token[1:])
    return found[0] if found else 0.0


def _no_filter(name: str) -> str:
    return (
        f"There is no filter {name}: there are {', '.join(READERS)} and like; "
        "to search for these words, put them into quotes."
    )


def _unquoted(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else str(token)


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _bare(part: Part) -> str | None:
    """The part as people would type it, if nothing in it means anything else."""
    content = part.content
    if isinstance(content, Picture) or "(" in content or content.lower().split()[-1] == "not":
        return None
    typed = f"{_sign(part)}{content}{_weight_text(part)}"
    try:
        return typed if parse_query(typed) == Query((part,)) else None
    except QueryError:
        return None


def _quoted_part(part: Part) -> str:
    return f"{_sign(part)}{_content_text(part.content)}{_weight_text(part)}"


def _content_text(content: str | Picture) -> str:
    if isinstance(content, str):
        return _quoted(content)
    region = content.region
    edges = (region.x, region.y, region.width, region.height) if region else ()
    at = "@" if region else ""
    return f"like:{_quoted(str(content.path))}{at}{','.join(map(number_text, edges))}"


def _sign(part: Part) -> str:
    return "-" if part.excluded else ""


def _weight_text(part: Part) -> str:
    return "" if part.weight == 1 else f":{number_text(part.weight)}"
