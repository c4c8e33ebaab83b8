"""Conditions on the rows of the index, in the SQL that LanceDB reads."""

import os
from pathlib import Path


def below(folder: Path | None) -> str | None:
    """The condition that a path is a file or lies below a folder, in SQL."""
    if folder is None:
        return None
    path = _quoted(str(folder))
    start = str(folder).rstrip(os.sep) + os.sep
    # Everything that starts with the folder sorts before its successor.
    end = start[:-1] + chr(ord(os.sep) + 1)
    return f"path = {path} OR (path >= {_quoted(start)} AND path < {_quoted(end)})"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
