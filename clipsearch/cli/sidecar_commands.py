"""``clipsearch labels write`` and ``read``: the user's words, into sidecars and out of them."""

from pathlib import Path
from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.write_out import WriteOut

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
    into_originals: Annotated[
        bool,
        typer.Option("--into-originals", help="Write into the photos themselves, with ExifTool."),
    ] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Write your tags and ratings into sidecars, for digiKam, Lightroom and others.

    The photos themselves are written with --into-originals alone: JPEG, PNG, TIFF, WebP, HEIC and
    AVIF, each checked before it takes the old one's place; others get a sidecar.
    """
    with open_library(context, library) as opened, output.progress_bar("writing") as progress:
        photos = opened.labels.photos_at(places or [])
        write = opened.originals.write if into_originals else opened.sidecars.write
        report = write(photos, suggestions=suggestions, dry_run=dry_run, progress=progress)
    if output.wants_json(context, as_json):
        output.print_json(_as_dict(report, into_originals=into_originals))
    else:
        _print(report, into_originals=into_originals, dry_run=dry_run)


def _as_dict(report: WriteOut, *, into_originals: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "written": len(report.written),
        "unchanged": report.unchanged,
        "skipped": output.skipped_as_dicts(report.skipped),
    }
    if into_originals:
        told["originals"] = len(report.originals)
        told["instead"] = output.skipped_as_dicts(report.instead)
    return told


def _print(report: WriteOut, *, into_originals: bool, dry_run: bool) -> None:
    output.print_skipped(report.skipped)
    for one in report.instead:
        output.notice(f"{one.path} gets a sidecar: {one.reason}")
    for path in (*report.originals, *report.written) if dry_run else ():
        output.print_line(str(path))
    verb = "to write" if dry_run else "written"
    written = f"{len(report.written)} {verb}"
    if into_originals:
        written = f"photos: {len(report.originals)} {verb}, sidecars: {written}"
    output.print_line(f"{written}, {report.unchanged} unchanged, {len(report.skipped)} skipped")


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
