"""``clipsearch labels write`` and ``read``: the user's words, into sidecars and out of them."""

from pathlib import Path
from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson

Places = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Photos and folders; none: the whole library."),
]


def write(
    context: typer.Context,
    places: Places = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    suggestions: Annotated[
        bool, typer.Option("--suggestions", help="Write the tags that the model suggests, too.")
    ] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Write your tags and ratings into sidecars, for digiKam, Lightroom and others.

    The photos themselves are never written.
    """
    with open_library(context, library) as opened, output.progress_bar("writing") as progress:
        photos = opened.labels.photos_at(places or [])
        report = opened.sidecars.write(
            photos, suggestions=suggestions, dry_run=dry_run, progress=progress
        )
    if output.wants_json(context, as_json):
        output.print_json(
            {
                "written": len(report.written),
                "unchanged": report.unchanged,
                "skipped": output.skipped_as_dicts(report.skipped),
            }
        )
        return
    output.print_skipped(report.skipped)
    for sidecar in report.written if dry_run else ():
        output.print_line(str(sidecar))
    verb = "to write" if dry_run else "written"
    output.print_line(
        f"{len(report.written)} {verb}, {report.unchanged} unchanged, {len(report.skipped)} skipped"
    )


def read(
    context: typer.Context,
    places: Places = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Make the keywords and ratings of files and sidecars your own words, as last indexed.

    They stay when the sidecars are lost. What you have said yourself is not changed.
    """
    with open_library(context, library) as opened:
        report = opened.sidecars.read(opened.labels.photos_at(places or []))
    if output.wants_json(context, as_json):
        output.print_json(
            {
                "tags": report.tags,
                "ratings": report.ratings,
                "kept": report.kept,
                "skipped": output.skipped_as_dicts(report.skipped),
            }
        )
        return
    output.print_skipped(report.skipped)
    output.print_line(
        f"{report.tags} tags and {report.ratings} ratings read, {report.kept} kept as you said"
    )
