"""Damages files of labels as disks do."""

import sqlite3
from contextlib import closing
from pathlib import Path


def overwrite_page(file: Path, name: str, filling: bytes = b"\xff") -> bytes:
    """Overwrite the first page of a table or an index; returns the file's content then."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        page = connection.execute(query, (name,)).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    return overwrite(file, (page - 1) * size, filling * size)


def overwrite(file: Path, start: int, filling: bytes) -> bytes:
    """Overwrite bytes from a place on; returns the file's content then."""
    content = bytearray(file.read_bytes())
    content[start : start + len(filling)] = filling
    file.write_bytes(content)
    return bytes(content)
