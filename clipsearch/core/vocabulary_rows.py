"""The rows of a library's own vocabulary, in the SQLite file of the user's words.

A row a tag or heading, in the order in which they were written; see `clipsearch.core.tag_file` for
what a description says. Everything here happens inside the transaction of whoever calls it.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from clipsearch.core.tag_file import checked, described_tag, description_of, shipped_vocabulary
from clipsearch.core.tag_vocabulary import Tag
from clipsearch.errors import InputError

SOURCE = "the library's vocabulary"
"""What it is called in errors."""

_PUT = (
    "INSERT INTO vocabulary_tags (key, name, description) VALUES (?, ?, ?) ON CONFLICT (key) "
    "DO UPDATE SET name = excluded.name, description = excluded.description"
)


def stored(connection: sqlite3.Connection) -> tuple[Tag, ...]:
    """The entries of the library's own vocabulary; none if it uses the one that ships.

    Raises:
        InputError: A row makes no sense.
    """
    rows = connection.execute("SELECT name, description FROM vocabulary_tags ORDER BY id")
    return _made_out(tuple(rows))


# A thousand tags take long to make out, and are asked for after every word of the user's.
@lru_cache(maxsize=2)
def _made_out(rows: tuple[tuple[str, str], ...]) -> tuple[Tag, ...]:
    return tuple(described_tag(name, json.loads(values), SOURCE) for name, values in rows)


def put(connection: sqlite3.Connection, entries: Iterable[Tag]) -> None:
    """Write entries over those of the same names; new ones stand behind those that there are."""
    connection.executemany(_PUT, _rows(entries))


def put_instead(connection: sqlite3.Connection, entries: Iterable[Tag]) -> None:
    """Write entries in place of all that there are."""
    wanted = _rows(entries)
    query = "SELECT key, name, description FROM vocabulary_tags ORDER BY id"
    if connection.execute(query).fetchall() != wanted:
        connection.execute("DELETE FROM vocabulary_tags")
        connection.executemany(_PUT, wanted)


def _rows(entries: Iterable[Tag]) -> list[tuple[str, str, str]]:
    return [
        (tag.name.casefold(), tag.name, json.dumps(description_of(tag), ensure_ascii=False))
        for tag in entries
    ]


def rename(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Let a description follow its tag to another name.

    What ships stays under its name, which a model knows. So does what would not fit to the others.
    """
    with suppress(InputError):
        entries = stored(connection)
        if not _has(entries, old) or _has(shipped_vocabulary().entries, old):
            return
        renamed = [_with_name(tag, old, new) for tag in entries]
        checked(renamed, SOURCE)
        changed = [tag for tag, before in zip(renamed, entries, strict=True) if tag != before]
        connection.execute(
            "UPDATE vocabulary_tags SET key = ?, name = ? WHERE key = ?",
            (new.casefold(), new, old.casefold()),
        )
        put(connection, changed)


def _has(entries: Iterable[Tag], name: str) -> bool:
    return name.casefold() in {tag.name.casefold() for tag in entries}


def _with_name(tag: Tag, old: str, new: str) -> Tag:
    key = old.casefold()
    parents = tuple(new if one.casefold() == key else one for one in tag.parents)
    name = new if tag.name.casefold() == key else tag.name
    return described_tag(name, description_of(replace(tag, parents=parents)), SOURCE)


def merge(connection: sqlite3.Connection, entries: Sequence[Tag], source: str) -> Counter[str]:
    """Add the entries of another vocabulary whose names this one does not say; its own stay.

    Args:
        connection: To the file.
        entries: Of the other vocabulary.
        source: Where they are from, for errors.

    Returns:
        How many were ``added`` and, of those that differ, ``kept`` as they are here.

    Raises:
        InputError: The entries do not fit to each other.
    """
    mine = stored(connection)
    new = new_entries(mine, entries)
    if new:
        checked((*mine, *new), source)
        put(connection, new)
    names = {tag.name.casefold() for tag in new}
    kept = [tag for tag in entries if tag.name.casefold() not in names and tag not in mine]
    return Counter(added=len(new), kept=len(kept))


def new_entries(mine: Sequence[Tag], theirs: Sequence[Tag]) -> list[Tag]:
    """What another vocabulary says that this one does not, so that both fit to each other.

    A tag that this one has as a synonym is not added: what lies below it goes below the tag that
    has the synonym. A synonym that is a tag here is left out.
    """
    names = {tag.name.casefold(): tag.name for tag in mine}
    tags = {tag.name.casefold() for tag in mine if not tag.is_heading}
    owners = {word.casefold(): tag.name for tag in mine for word in tag.synonyms}
    new = [
        tag
        for tag in theirs
        if tag.name.casefold() not in names
        and (tag.is_heading or tag.name.casefold() not in owners)
    ]
    here = owners | {tag.name.casefold(): tag.name for tag in new} | names
    return [
        replace(
            tag,
            parents=tuple(dict.fromkeys(here.get(one.casefold(), one) for one in tag.parents)),
            synonyms=tuple(one for one in tag.synonyms if one.casefold() not in tags),
        )
        for tag in new
    ]


def mend(connection: sqlite3.Connection) -> None:
    """Drop what makes no sense after a rescue.

    Tags below such as could not be rescued stand for themselves then.
    """
    rows = connection.execute("SELECT name, description FROM vocabulary_tags ORDER BY id")
    for row in rows.fetchall():
        try:
            _made_out((row,))
        except InputError:
            connection.execute("DELETE FROM vocabulary_tags WHERE name = ?", row[:1])
    entries = stored(connection)
    names = {tag.name for tag in entries}
    put(
        connection,
        [
            replace(tag, parents=tuple(one for one in tag.parents if one in names))
            for tag in entries
            if not names.issuperset(tag.parents)
        ],
    )
