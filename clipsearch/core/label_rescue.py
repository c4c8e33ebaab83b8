"""Rescues the user's words from a damaged file: what can be read of it, the rest from a backup."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from clipsearch.core import vocabulary_rows
from clipsearch.core.carrying import carry_on
from clipsearch.core.label_backups import Backup, LabelBackups, brought_up_to_date
from clipsearch.core.label_connection import damage_of, migrate
from clipsearch.core.label_names import now
from clipsearch.core.label_schema import KEYED_BY_CONTENT
from clipsearch.errors import LabelsDamaged

_Row: TypeAlias = tuple[Any, ...]
_BESIDE = ("-wal", "-shm")
_HEADER = 100
"""Bytes, of which SQLite makes out what the rest is."""
_HEX = "0123456789abcdef"
_PARENTS = {"decisions": ("tags", "tag"), "collected": ("collections", "collection")}
"""Of tables whose rows belong to another one's: that, and the column that says to which."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What could be read of one table."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[_Row, ...]
    is_whole: bool


def rescue(file: Path, damage: str) -> str:
    """Put a sound file in the place of a damaged or lost one, which is kept aside.

    Every table that can be read from one end to the other is as it was. To what can be read of
    the others come the rows of the last sound backup.

    Args:
        file: The user's words; nobody has it open.
        damage: What is wrong with it.

    Returns:
        A sentence that the user should read.

    Raises:
        OSError: The disk is full or may not be written. The damaged file is where it was.
    """
    backup = LabelBackups(file).newest_sound()
    with TemporaryDirectory(prefix="clipsearch-") as folder:
        mended = Path(folder) / "mended.sqlite"
        found = _read(file, Path(folder)) if file.exists() else []
        _build(mended, found, backup)
        aside = _swap(file, mended)
    return _sentence(file, damage, found, backup, aside)


def _read(file: Path, folder: Path) -> list[_Found]:
    # A copy: SQLite would move the log into the damaged file when it is closed.
    copy = folder / "damaged.sqlite"
    for end in ("", *_BESIDE):
        if (part := file.with_name(file.name + end)).exists():
            shutil.copyfile(part, copy.with_name(copy.name + end))
    found = _read_tables(copy)
    if not found:
        _straighten(copy, folder)
        found = [replace(one, is_whole=False) for one in _read_tables(copy)]
    return found


def _read_tables(copy: Path) -> list[_Found]:
    try:
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.text_factory = _text_or_none
            found = list(_tables(connection))
    except sqlite3.Error:
        return []
    return found if any(one.rows for one in found) else []


def _straighten(copy: Path, folder: Path) -> None:
    """Give a copy a sound header and whole pages: without them SQLite reads nothing of the rest.

    See "The Database Header" in SQLite's description of its file format.
    """
    sound = folder / "sound.sqlite"
    with contextlib.closing(sqlite3.connect(sound, isolation_level=None)) as connection:
        migrate(connection, sound)
        page: int = connection.execute("PRAGMA page_size").fetchone()[0]
    data = bytearray(copy.read_bytes())
    pages = -(-len(data) // page)
    data += bytes(pages * page - len(data))
    data[:_HEADER] = sound.read_bytes()[:_HEADER]
    data[28:40] = pages.to_bytes(4, "big") + bytes(8)  # Their count; no free ones.
    if copy.with_name(f"{copy.name}-wal").exists():
        data[18:20] = b"\x02\x02"  # In WAL mode.
    copy.write_bytes(data)


def _text_or_none(data: bytes) -> str | None:
    # Every column wants something: a row with bytes that are no text is not taken over.
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _tables(connection: sqlite3.Connection) -> Iterator[_Found]:
    keys: dict[str, list[int]] = {}
    # First those that others belong to.
    for table, columns in sorted(_our_tables().items(), key=lambda item: item[0] in _PARENTS):
        parent = _PARENTS.get(table, ("", ""))[0]
        found = _rows(connection, table, columns, keys.get(parent, []))
        keys[table] = [row[0] for row in found.rows if isinstance(row[0], int)]
        yield found


def _our_tables() -> dict[str, tuple[str, ...]]:
    """The tables of this version with their columns: a damaged file may name others."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        migrate(empty, Path(":memory:"))
        names = empty.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: tuple(row[1] for row in empty.execute(f"PRAGMA table_info({name})"))
            for (name,) in names
        }


def _rows(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], parents: list[int]
) -> _Found:
    found: dict[_Row, None] = {}
    is_whole = _take(connection, f"SELECT * FROM {table}", (), found)
    if not is_whole:  # From both ends of each part, up to what cannot be read.
        for where, values in (("1", ()), *_parts(table, columns, parents)):
            part = f"SELECT * FROM {table} WHERE {where}"
            if not _take(connection, part, values, found):
                key = ", ".join(f"{column} DESC" for column in columns[:2])
                for order in (key, "rowid DESC"):
                    _take(connection, f"{part} ORDER BY {order}", values, found)
    rows = tuple(row for row in found if len(row) == len(columns))
    return _Found(table, columns, rows, is_whole and len(rows) == len(found))


def _parts(
    table: str, columns: tuple[str, ...], parents: list[int]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Conditions that part a table along its key, so that one bad page hides few rows."""
    if table in _PARENTS:
        column = _PARENTS[table][1]
        yield from ((f"{column} = ?", (parent,)) for parent in parents)
    elif columns[0] == "content_hash":
        firsts = [a + b for a in _HEX for b in _HEX]
        yield from (("content_hash BETWEEN ? AND ?", (one, one + "g")) for one in firsts)


def _take(
    connection: sqlite3.Connection, text: str, values: tuple[Any, ...], found: dict[_Row, None]
) -> bool:
    """Read as many rows as can be; whether that was all of them."""
    try:
        for row in connection.execute(text, values):
            found[row] = None
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # The latter of names and messages.
        return False
    return True


def _build(mended: Path, found: list[_Found], backup: Backup | None) -> None:
    if backup is not None:
        with brought_up_to_date(backup.path) as (source, _):
            shutil.copyfile(source, mended)
    with contextlib.closing(sqlite3.connect(mended, isolation_level=None)) as connection:
        migrate(connection, mended)
        with connection:
            connection.execute("BEGIN")
            _take_over_all(connection, found)
            for table, (parent, column) in _PARENTS.items():
                _name_parents(connection, table, parent, column)
            vocabulary_rows.mend(connection)
        damage = damage_of(connection, is_thorough=True)
    if damage:
        raise LabelsDamaged(
            "Your tags, ratings, collections and vocabulary are damaged and could not be mended "
            f"({damage[:200]}): choose a backup with 'clipsearch labels restore'."
        )


def _take_over_all(connection: sqlite3.Connection, found: list[_Found]) -> None:
    known = connection.execute("SELECT content_hash FROM rewritten").fetchall()
    for one in found:
        _take_over(connection, one)
    whole = {one.table for one in found if one.is_whole}
    # Of a photo that was written into since, the backup knows the old content alone.
    mixed = [table for table in KEYED_BY_CONTENT if table not in whole]
    carry_on(connection, {content for (content,) in known}, mixed)


def _take_over(connection: sqlite3.Connection, found: _Found) -> None:
    if found.is_whole:
        connection.execute(f"DELETE FROM {found.table}")
    marks = ", ".join("?" * len(found.columns))
    text = f"INSERT OR REPLACE INTO {found.table} ({', '.join(found.columns)}) VALUES ({marks})"
    for row in found.rows:
        # What a damaged page holds may be no row of ours.
        with contextlib.suppress(sqlite3.Error):
            connection.execute(text, row)


def _name_parents(connection: sqlite3.Connection, table: str, parent: str, column: str) -> None:
    """Rows whose tag or collection could not be read get one: nothing said is dropped."""
    query = f"SELECT DISTINCT {column} FROM {table} WHERE {column} NOT IN (SELECT id FROM {parent})"
    extra = {"tags": ("", ""), "collections": (", note", ", ''")}[parent]
    for (number,) in connection.execute(query).fetchall():
        name = f"Recovered {number}"
        connection.execute(
            f"INSERT OR REPLACE INTO {parent} (id, key, name, created_at{extra[0]}) "
            f"VALUES (?, ?, ?, ?{extra[1]})",
            (number, name.casefold(), name, now()),
        )


def _swap(file: Path, mended: Path) -> Path | None:
    """Put the mended file in the damaged one's place; where that is now, if there was one."""
    arriving = file.with_name("labels.mended.tmp")
    shutil.copyfile(mended, arriving)
    with arriving.open("rb+") as stream:
        os.fsync(stream.fileno())
    aside = file.with_name(f"labels.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.sqlite")
    was_there = file.exists()
    if was_there:
        _keep(file, aside)
    for end in _BESIDE:  # The old log must not be replayed into the new file.
        if (part := file.with_name(file.name + end)).exists():
            part.replace(aside.with_name(aside.name + end))
    arriving.replace(file)
    return aside if was_there else None


def _keep(file: Path, aside: Path) -> None:
    """Give a file a second name, so that there is one at its place at every moment."""
    try:
        os.link(file, aside)
    except OSError:  # Not every file system can.
        shutil.copyfile(file, aside)


def _sentence(
    file: Path, damage: str, found: Iterable[_Found], backup: Backup | None, aside: Path | None
) -> str:
    tables = list(found)
    was = (
        f"The file of your tags, ratings and collections, {file}, was damaged ({damage[:200]}); "
        f"it is kept as {aside.name}."
        if aside
        else f"The file of your tags, ratings and collections, {file}, was gone."
    )
    return f"{was} {_outcome(tables, backup)}"


def _outcome(tables: list[_Found], backup: Backup | None) -> str:
    if tables and all(one.is_whole for one in tables):
        return "All of it could be read and was saved."
    rows = sum(len(one.rows) for one in tables)
    saved = f"{rows:,} entries of it could be read and were saved" if rows else ""
    if backup is None:
        return f"{saved or 'Nothing of it could be read'}; there is no backup to bring back more."
    made = f"{backup.made_at.astimezone():%Y-%m-%d %H:%M}"
    rest = "the rest" if rows else "all of it"
    return (
        f"{saved}{'; ' if saved else ''}{rest} was brought back from the backup "
        f"{backup.path.name} of {made}: look whether what you said last is there."
    )
