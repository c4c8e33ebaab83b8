"""The command `values`."""

from dataclasses import asdict
from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.errors import InputError


def values(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Argument(help="folders, cameras, lenses, tags, types, collections."),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """List what photos can be filtered by, and how many photos each value finds."""
    with open_library(context, library) as opened:
        document = asdict(opened.filter_values())
    if kind is not None and kind not in document:
        raise InputError(f"There are no '{kind}': name one of {', '.join(document)}.")
    document = {name: found for name, found in document.items() if kind in (None, name)}
    if output.wants_json(context, as_json):
        output.print_json(document)
        return
    rows = [
        (name, one["value"], one["photos"]) for name, found in document.items() for one in found
    ]
    output.print_table(["kind", "value", "photos"], rows)
