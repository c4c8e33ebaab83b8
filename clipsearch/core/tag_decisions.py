"""`TagDecisions`: which tags the user, and what was imported, gave to photos and denied them."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from clipsearch.core import vocabulary_rows
from clipsearch.core.carrying import LINEAGE, with_heirs
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_names import as_json, key_of, now, photos, tag_name
from clipsearch.core.label_types import USER, Decision, DecisionColumns, TagCount, Verdict
from clipsearch.errors import InputError

_SELECT = (
    "SELECT name, content_hash, verdict, source, decided_at FROM decisions "
    "JOIN tags ON tags.id = decisions.tag"
)
_COUNT = (
    f"WITH {LINEAGE}, again AS (SELECT tag, verdict, count(*) - count(DISTINCT origin) AS times "
    "FROM lineage CROSS JOIN decisions USING (content_hash) GROUP BY tag, verdict) "
    "SELECT name, count(*) FILTER (WHERE verdict = 'accepted') - coalesce("
    "(SELECT times FROM again WHERE again.tag = id AND again.verdict = 'accepted'), 0), "
    "count(*) FILTER (WHERE verdict = 'rejected') - coalesce("
    "(SELECT times FROM again WHERE again.tag = id AND again.verdict = 'rejected'), 0) "
    "FROM tags LEFT JOIN decisions ON tags.id = decisions.tag"
)
# Both texts of a tag are in the order in which its rows are met; a hash holds no line feed.
_COLUMNS = (
    "SELECT tag, group_concat(content_hash, char(10)), group_concat(verdict = 'accepted', '') "
    "FROM decisions GROUP BY tag"
)
# What is the same already is left alone, so that it is neither dated anew nor undone.
_DECIDE = (
    "INSERT INTO decisions VALUES (?, ?, ?, ?, ?) ON CONFLICT (tag, content_hash) DO UPDATE "
    "SET verdict = excluded.verdict, source = excluded.source, decided_at = excluded.decided_at "
    "WHERE verdict <> excluded.verdict OR source <> excluded.source"
)
_VERB = {"accepted": "Tag {photos} '{tag}'", "rejected": "Say that {photos} are not '{tag}'"}

_Row: TypeAlias = tuple[str, str, Verdict, str, str]


class TagDecisions:
    """Tags on photos, by their contents. Every change is one step that can be undone."""

    def __init__(self, file: LabelFile) -> None:
        """Keep them in a file."""
        self._file = file

    def tags(self) -> list[TagCount]:
        """All tags that there are, by name, those of which nothing is said any more among them."""
        with self._file.reading() as connection:
            rows = connection.execute(f"{_COUNT} GROUP BY id ORDER BY key")
            return [TagCount(*row) for row in rows]

    def named(self, tag: str) -> TagCount:
        """The tag that goes by a name.

        Raises:
            InputError: There is none.
        """
        with self._file.reading() as connection:
            row = connection.execute(
                f"{_COUNT} WHERE key = ? GROUP BY id", (key_of(tag),)
            ).fetchone()
        if row is None:
            raise _unknown(tag)
        return TagCount(*row)

    def of_tag(self, tag: str) -> list[Decision]:
        """What was decided of one tag, the latest first; nothing of one that there is not."""
        with self._file.reading() as connection:
            rows = connection.execute(
                f"{_SELECT} WHERE key = ? ORDER BY decided_at DESC, content_hash", (key_of(tag),)
            )
            return [_decision(row) for row in rows]

    def of_photos(self, content_hashes: Iterable[str]) -> dict[str, list[Decision]]:
        """What was decided of some photos, by their contents; the tags of each by name."""
        found: defaultdict[str, list[Decision]] = defaultdict(list)
        with self._file.reading() as connection:
            rows = connection.execute(
                f"{_SELECT} WHERE content_hash IN (SELECT value FROM json_each(?)) ORDER BY key",
                (as_json(content_hashes),),
            )
            for row in rows:
                found[row[1]].append(_decision(row))
        return dict(found)

    def by_verdict(self) -> dict[tuple[str, Verdict], frozenset[str]]:
        """The contents that each tag was accepted and rejected for, by `key_of` its name."""
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT key, verdict, group_concat(content_hash, char(10)) "
                "FROM decisions JOIN tags ON tags.id = decisions.tag GROUP BY key, verdict"
            )
            return {
                (key, verdict): frozenset(together.split("\n")) for key, verdict, together in rows
            }

    def columns(self) -> DecisionColumns:
        """Everything that was decided, for whoever needs all of it at once.

        A text for each tag instead of a row for each decision: of half a million decisions, Python
        alone would make objects for seconds.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        with self._file.reading() as connection:
            rows = connection.execute(_COLUMNS).fetchall()
            named = dict(connection.execute("SELECT id, name FROM tags").fetchall())
        verdicts = "".join(each for _, _, each in rows).encode()
        together = pa.array(["\n".join(each for _, each, _ in rows)] if rows else [], pa.string())
        return DecisionColumns(
            names=[named[tag] for tag, _, _ in rows],
            tags=np.repeat(np.arange(len(rows)), [len(each) for _, _, each in rows]),
            content_hashes=pc.split_pattern(together, "\n").flatten(),
            are_accepted=np.frombuffer(verdicts, np.uint8) == ord("1"),
        )

    def decide(
        self,
        tag: str,
        content_hashes: Collection[str],
        verdict: Verdict | None,
        *,
        source: str = USER,
    ) -> None:
        """Say that photos show a tag, or do not, or take back what was said.

        Args:
            tag: Made if there is none of this name.
            content_hashes: Of any number of photos.
            verdict: ``None`` takes back what was decided.
            source: Who says so.

        Raises:
            InputError: It is no name for a tag.
        """
        name = tag_name(tag)
        verb = _VERB.get(verdict or "", "Say nothing of '{tag}' on {photos}")
        title = verb.format(photos=photos(len(content_hashes)), tag=name)
        with self._file.editing(title) as connection:
            meant = with_heirs(connection, content_hashes)
            if verdict is None:
                connection.execute(
                    "DELETE FROM decisions WHERE tag = ? "
                    "AND content_hash IN (SELECT value FROM json_each(?))",
                    (_number(connection, name), as_json(meant)),
                )
                return
            number = _made(connection, name)
            rows = [(number, one, verdict, source, now()) for one in meant]
            connection.executemany(_DECIDE, rows)

    def create(self, tag: str) -> None:
        """Make a tag of which nothing is decided yet, unless it is there.

        Raises:
            InputError: It is no name for a tag.
        """
        name = tag_name(tag)
        with self._file.editing(f"Create the tag '{name}'") as connection:
            _made(connection, name)

    def rename(self, tag: str, name: str) -> None:
        """Give a tag another name; its decisions stay, and its description follows.

        Raises:
            InputError: There is no such tag, it is no name, or another tag goes by it.
        """
        name = tag_name(name)
        with self._file.editing(f"Rename the tag '{tag}' to '{name}'") as connection:
            number = _known(connection, tag)
            other = _number(connection, name)
            if other not in (None, number):
                raise InputError(f"There is a tag '{name}' already: merge the two instead.")
            connection.execute(
                "UPDATE tags SET key = ?, name = ? WHERE id = ?", (key_of(name), name, number)
            )
            vocabulary_rows.rename(connection, tag, name)

    def merge(self, tags: Sequence[str], into: str) -> None:
        """Make one tag of several; where they disagree about a photo, it is accepted.

        Args:
            tags: They are gone afterwards.
            into: Made if there is none of this name.

        Raises:
            InputError: One of the tags is not there, or ``into`` is no name.
        """
        into = tag_name(into)
        names = ", ".join(f"'{tag}'" for tag in tags)
        with self._file.editing(f"Merge {names} into '{into}'") as connection:
            target = _made(connection, into)
            for tag in tags:
                number = _known(connection, tag)
                if number != target:
                    _merge(connection, number, target)

    def delete(self, tag: str) -> None:
        """Delete a tag with all that was decided of it.

        Raises:
            InputError: There is no such tag.
        """
        with self._file.editing(f"Delete the tag '{tag}'") as connection:
            number = _known(connection, tag)
            connection.execute("DELETE FROM decisions WHERE tag = ?", (number,))
            connection.execute("DELETE FROM tags WHERE id = ?", (number,))


def write_decisions(connection: sqlite3.Connection, decisions: Iterable[Decision]) -> None:
    """Write decisions as they are, with sources and dates, over those that there are; in an edit.

    Raises:
        InputError: One has no name for a tag.
    """
    named = [(tag_name(one.tag), one) for one in decisions]
    numbers = {name: _made(connection, name) for name in {name for name, _ in named}}
    rows = [
        (numbers[name], one.content_hash, one.verdict, one.source, _stamp(one.decided_at))
        for name, one in named
    ]
    connection.executemany(_DECIDE, rows)


def _merge(connection: sqlite3.Connection, source: int, target: int) -> None:
    connection.execute(
        "INSERT INTO decisions SELECT ?, content_hash, verdict, source, decided_at "
        "FROM decisions WHERE tag = ? ON CONFLICT (tag, content_hash) DO UPDATE "
        "SET verdict = 'accepted', source = excluded.source, decided_at = excluded.decided_at "
        "WHERE verdict = 'rejected' AND excluded.verdict = 'accepted'",
        (target, source),
    )
    connection.execute("DELETE FROM decisions WHERE tag = ?", (source,))
    connection.execute("DELETE FROM tags WHERE id = ?", (source,))


def _number(connection: sqlite3.Connection, tag: str) -> int | None:
    row = connection.execute("SELECT id FROM tags WHERE key = ?", (key_of(tag),)).fetchone()
    return None if row is None else int(row[0])


def _known(connection: sqlite3.Connection, tag: str) -> int:
    number = _number(connection, tag)
    if number is None:
        raise _unknown(tag)
    return number


def _unknown(tag: str) -> InputError:
    return InputError(f"There is no tag '{tag}': 'clipsearch tags list' shows what there is.")


def _made(connection: sqlite3.Connection, name: str) -> int:
    connection.execute(
        "INSERT INTO tags (key, name, created_at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (key_of(name), name, now()),
    )
    return _known(connection, name)


def _decision(row: _Row) -> Decision:
    name, content_hash, verdict, source, decided_at = row
    return Decision(name, content_hash, verdict, source, datetime.fromisoformat(decided_at))


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
