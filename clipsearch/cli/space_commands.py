"""``clipsearch models``: use, spaces, forget, which concern the indexes of a library."""

from dataclasses import asdict
from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.catalogue_commands import models
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import (
    LibraryOption,
    open_library,
    print_report,
    tidy_up_after,
)
from clipsearch.cli.output import AsJson
from clipsearch.core.types import SpaceState

__all__ = ["models"]


@models.command("use")
@guarded
def use_model(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="starter, a name of 'models list' or a path.")
    ],
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            metavar="X",
            help="Of a tuned model, how far it is tuned: from 0, its parent, to 1.",
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Index all folders with another model, then search with it.

    The old model answers until then; what was indexed is kept if this is stopped.
    """
    if strength is not None:
        from clipsearch.ml.tuned_models import at_strength

        name = at_strength(name, strength)
    with open_library(context, library) as opened, output.progress_bar("indexing") as progress:
        report = opened.use_model(name, progress=progress)
        tidy_up_after(report, opened, progress)
    print_report(report, as_json=output.wants_json(context, as_json))


@models.command("spaces")
@guarded
def list_spaces(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List the indexes that models have made of the library, and what disk they take."""
    with open_library(context, library) as opened:
        spaces = opened.spaces()
    if output.wants_json(context, as_json):
        output.print_json([asdict(space) for space in spaces])
        return
    output.print_table(
        ["model", "fingerprint", "photos", "disk", ""],
        [
            (
                space.model,
                space.fingerprint,
                "damaged" if space.photos is None else space.photos,
                _size(space),
                "in use" if space.active else "",
            )
            for space in spaces
        ],
    )


@models.command("forget")
@guarded
def forget_space(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME_OR_FINGERPRINT")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Delete the index of a model that is not in use, and free its disk."""
    with open_library(context, library) as opened:
        forgotten = opened.forget_space(name)
    if output.wants_json(context, as_json):
        output.print_json(asdict(forgotten))
    else:
        output.print_line(
            f"forgot the index of {forgotten.model}, {_size(forgotten)}; "
            "the photos and the model were not touched"
        )


def _size(space: SpaceState) -> str:
    return f"{space.disk_bytes / 1e6:.1f} MB"
