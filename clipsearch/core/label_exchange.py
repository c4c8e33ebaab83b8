"""Exports what the user says, and merges such an export with what is there.

The newer word wins where both are dated. Of what has no date of its own, captions, notes, queries
and descriptions of tags, the library's stays, unless it is empty.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from clipsearch.core import vocabulary_rows
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_lines import Line, read_lines, write_lines
from clipsearch.core.label_names import key_of
from clipsearch.core.label_types import ImportReport
from clipsearch.core.tag_file import described_tag, description_of

_Row: TypeAlias = tuple[Any, ...]
_Choose: TypeAlias = Callable[[_Row, _Row], _Row]

_SELECT = {
    "tag": "SELECT name, created_at FROM tags ORDER BY key",
    "decision": (
        "SELECT name AS tag, content_hash, verdict, source, decided_at FROM decisions "
        "JOIN tags ON tags.id = decisions.tag ORDER BY key, content_hash"
    ),
    "rating": "SELECT content_hash, stars, source, rated_at FROM ratings ORDER BY content_hash",
    "favourite": "SELECT content_hash, since FROM favourites ORDER BY content_hash",
    "collection": "SELECT name, query, note, created_at FROM collections ORDER BY key",
    "collected": (
        "SELECT name AS collection, content_hash, caption, added_at FROM collected "
        "JOIN collections ON collections.id = collected.collection "
        "ORDER BY key, added_at, content_hash"
    ),
    "saved_search": "SELECT name, query, saved_at FROM saved_searches ORDER BY name",
}


def export_labels(file: LabelFile, target: Path, paths: Mapping[str, Sequence[str]]) -> int:
    """Write everything that the user says into a file, the same words always the same way.

    Args:
        file: The words.
        target: The file.
        paths: Of each content; they are written beside what is said of it, for people to read.

    Returns:
        How many lines, without the header.

    Raises:
        InputError: The target is something else, or cannot be written.
    """
    # In one transaction: nothing that another process changes meanwhile is written half.
    with file.reading() as connection, connection:
        connection.execute("BEGIN")
        return write_lines(target, _lines(connection, paths))


def _lines(
    connection: sqlite3.Connection, paths: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, query in _SELECT.items():
        rows = connection.execute(query)
        names = [column[0] for column in rows.description]
        for row in rows:
            fields = dict(zip(names, row, strict=True))
            if "content_hash" in fields:
                fields["paths"] = paths.get(fields["content_hash"], [])
            yield kind, fields
    for tag in vocabulary_rows.stored(connection):
        yield "vocabulary", {"name": tag.name, "description": description_of(tag)}


def import_labels(file: LabelFile, source: Path) -> ImportReport:
    """Merge an exported file with what is there, in one step that can be undone.

    Raises:
        InputError: The file cannot be read, or one of its lines, which is named, is wrong; nothing
            is written.
    """
    lines = read_lines(source)
    described = [
        described_tag(fields["name"], fields["description"], f"{source}, line {number}")
        for number, kind, fields in lines
        if kind == "vocabulary"
    ]
    with file.editing(f"Import {source.name}") as connection:
        words = _Merging(connection, lines).counts()
        words += vocabulary_rows.merge(connection, described, str(source))
        return ImportReport(*(words[name] for name in ("added", "changed", "kept")))


@dataclass(frozen=True, slots=True)
class _Table:
    """How rows of a table are merged."""

    name: str
    columns: tuple[str, ...]
    keys: int
    """How many of the columns, from the first, tell rows apart."""
    choose: _Choose
    """Of the library's row and that of the file: the one that is to be there."""


def _newer(mine: _Row, theirs: _Row) -> _Row:
    """Of rows that end with their time."""
    return theirs if theirs[-1] > mine[-1] else mine


def _mine(mine: _Row, theirs: _Row) -> _Row:
    return mine


def _mine_with_note(mine: _Row, theirs: _Row) -> _Row:
    return (*mine[:3], mine[3] or theirs[3], mine[4])


def _mine_with_caption(mine: _Row, theirs: _Row) -> _Row:
    return (*mine[:2], mine[2] or theirs[2], mine[3])


_TAGS = _Table("tags", ("key", "name", "created_at"), 1, _mine)
_COLLECTIONS = _Table(
    "collections", ("key", "name", "query", "note", "created_at"), 1, _mine_with_note
)
_DATED = {
    "decision": _Table(
        "decisions", ("tag", "content_hash", "verdict", "source", "decided_at"), 2, _newer
    ),
    "rating": _Table("ratings", ("content_hash", "stars", "source", "rated_at"), 1, _newer),
    "favourite": _Table("favourites", ("content_hash", "since"), 1, _newer),
    "saved_search": _Table("saved_searches", ("name", "query", "saved_at"), 1, _newer),
    "collected": _Table(
        "collected", ("collection", "content_hash", "caption", "added_at"), 2, _mine_with_caption
    ),
}


class _Merging:
    """One import, inside its transaction."""

    def __init__(self, connection: sqlite3.Connection, lines: Sequence[Line]) -> None:
        self._connection = connection
        self._counts: Counter[str] = Counter()
        self._rows: dict[str, list[_Row]] = {}
        for _, kind, fields in lines:
            self._rows.setdefault(kind, []).append(tuple(fields.values()))

    def counts(self) -> Counter[str]:
        """Merge everything but the vocabulary; how many lines were added, changed and kept."""
        decisions, collected = self._rows.get("decision", []), self._rows.get("collected", [])
        # A line that names a tag or a collection without a line of its own makes it.
        self._merge(_TAGS, [(key_of(name), name, at) for name, at in self._rows.get("tag", [])])
        since = {row[0]: row[-1] for row in decisions}
        self._name(_TAGS, [(key_of(name), name, at) for name, at in since.items()])
        self._merge(
            _COLLECTIONS, [(key_of(row[0]), *row) for row in self._rows.get("collection", [])]
        )
        self._name(_COLLECTIONS, [(key_of(row[0]), row[0], None, "", row[-1]) for row in collected])
        tags, collections = self._numbers("tags"), self._numbers("collections WHERE query IS NULL")
        by_hand = [row for row in collected if key_of(row[0]) in collections]
        self._counts["kept"] += len(collected) - len(by_hand)  # The library's is a smart one.
        number = {name: tags[key_of(name)] for name in {row[0] for row in decisions}}
        self._rows["decision"] = [(number[row[0]], *row[1:]) for row in decisions]
        self._rows["collected"] = [(collections[key_of(row[0])], *row[1:]) for row in by_hand]
        for kind, table in _DATED.items():
            self._merge(table, self._rows.get(kind, []))
        return self._counts

    def _numbers(self, table: str) -> dict[str, int]:
        return dict(self._connection.execute(f"SELECT key, id FROM {table}").fetchall())

    def _name(self, table: _Table, rows: Sequence[_Row]) -> None:
        """Make what rows refer to and no line describes."""
        known = self._present(table)
        missing = {row[0]: row for row in rows if row[:1] not in known}
        self._connection.executemany(_upsert(table), list(missing.values()))

    def _present(self, table: _Table) -> dict[_Row, _Row]:
        text = f"SELECT {', '.join(table.columns)} FROM {table.name}"
        return {row[: table.keys]: row for row in self._connection.execute(text)}

    def _merge(self, table: _Table, rows: Sequence[_Row]) -> None:
        present = self._present(table)
        written: dict[_Row, _Row] = {}
        for row in rows:
            key = row[: table.keys]
            mine = present.get(key)
            chosen = row if mine is None else table.choose(mine, row)
            if chosen != mine:
                present[key] = written[key] = chosen
            outcome = "added" if mine is None else "changed" if chosen != mine else "kept"
            self._counts[outcome] += row != mine
        self._connection.executemany(_upsert(table), list(written.values()))


def _upsert(table: _Table) -> str:
    keys, others = table.columns[: table.keys], table.columns[table.keys :]
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) "
        f"VALUES ({', '.join('?' * len(table.columns))}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE "
        f"SET {', '.join(f'{name} = excluded.{name}' for name in others)}"
    )
