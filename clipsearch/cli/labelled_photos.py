"""How photos are told of which something was said: by their files, or by their content."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.core.labelling import Labelling

Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="Photos of the library.")]
"""Of which something is said."""


def photo_facts(labels: Labelling, contents: Sequence[str]) -> list[dict[str, Any]]:
    """Where each content is: the paths of its files, none if it has left the library."""
    paths: dict[str, list[str]] = {}
    for photo in labels.photos(contents):
        paths.setdefault(photo.content_hash, []).append(str(photo.path))
    return [
        {
            "content_hash": content,
            "paths": paths.get(content, []),
            "in_library": content in paths,
        }
        for content in contents
    ]


def print_photos(found: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print photos as a table: a line a file, and the content of what has left the library."""
    rows = [
        (path, *(fact[column] for column in columns))
        for fact in found
        for path in fact["paths"] or [f"(not in the library) {fact['content_hash']}"]
    ]
    output.print_table(["photo", *columns], rows)
