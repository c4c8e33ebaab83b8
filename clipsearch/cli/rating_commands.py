"""The commands `rate` and `favourite`."""

from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.labelled_photos import Files
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.label_names import photos
from clipsearch.errors import InputError

_NONE = "none"


def rate(
    context: typer.Context,
    stars: Annotated[
        str, typer.Argument(metavar="STARS", help="0 to 5; -1 rejects; 'none' says nothing.")
    ],
    files: Files,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Give photos stars, which go before what their files say; 'none' lets these speak again."""
    given = _stars(stars)
    with open_library(context, library) as opened:
        contents = opened.labels.contents(files)
        opened.labels.ratings.rate(contents, given)
    if output.wants_json(context, as_json):
        output.print_json({"stars": given, "photos": len(contents)})
    else:
        shown = "No rating of yours" if given is None else f"Rating {given}"
        output.print_line(f"{shown} on {photos(len(contents))}")


def _stars(text: str) -> int | None:
    try:
        return None if text == _NONE else int(text)
    except ValueError as error:
        raise InputError(
            f"'{text}' is no rating: give 0 to 5 stars, -1 or 'none', and then the photos."
        ) from error


def favourite(
    context: typer.Context,
    files: Files,
    no: Annotated[bool, typer.Option("--no", help="They are favourites no more.")] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Make photos your favourites: 'is:favourite' finds them."""
    with open_library(context, library) as opened:
        contents = opened.labels.contents(files)
        opened.labels.ratings.set_favourite(contents, not no)
    if output.wants_json(context, as_json):
        output.print_json({"favourite": not no, "photos": len(contents)})
    else:
        output.print_line(f"{photos(len(contents))}: {'no favourite' if no else 'favourite'}")
