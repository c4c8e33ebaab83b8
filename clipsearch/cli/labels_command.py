"""``clipsearch labels``: everything that you say of photos, in files: exports and backups."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.label_backups import damage_in

labels = typer.Typer(
    name="labels",
    no_args_is_help=True,
    help="Export, import and restore your tags, ratings, collections, searches and vocabulary.",
)


@labels.callback()
@guarded
def _labels(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    output.pass_on(context, library, as_json)


@labels.command("export")
@guarded
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An older export is replaced.")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Write everything that you say of photos into a file of JSON lines."""
    with open_library(context, library) as opened:
        lines = opened.labels.export_to(file)
    if output.wants_json(context, as_json):
        output.print_json({"file": str(file), "lines": lines})
    else:
        output.print_line(f"{lines} lines written to {file}")


@labels.command("import")
@guarded
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As 'labels export' writes it.")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Merge an exported file with what you say here: the newer word wins, nothing is deleted."""
    with open_library(context, library) as opened:
        report = opened.labels.import_from(file)
    if output.wants_json(context, as_json):
        output.print_json(asdict(report))
    else:
        output.print_line(
            f"{report.added} added, {report.changed} changed, "
            f"{report.kept} kept as the library has them"
        )


@labels.command("backups")
@guarded
def backups(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    """List the backups, the latest first, and whether each is sound."""
    with open_library(context, library) as opened:
        found = [
            {
                "name": one.path.name,
                "path": str(one.path),
                "made_at": one.made_at.isoformat(timespec="seconds"),
                "bytes": one.size,
                "damage": damage_in(one.path) or None,
            }
            for one in opened.labels.backups()
        ]
    if output.wants_json(context, as_json):
        output.print_json(found)
        return
    rows = [(one["name"], one["made_at"], one["bytes"], one["damage"] or "sound") for one in found]
    output.print_table(["backup", "made", "bytes", "state"], rows)


@labels.command("restore")
@guarded
def restore(
    context: typer.Context,
    backup: Annotated[
        Path | None,
        typer.Argument(metavar="[BACKUP]", help="A name or a file; else the latest sound one."),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Go back to what a backup says; what you say now is kept as a backup first."""
    with open_library(context, library) as opened:
        restored, kept = opened.labels.restore(backup)
    if output.wants_json(context, as_json):
        output.print_json({"restored": str(restored), "kept": str(kept)})
    else:
        output.print_line(f"{restored.name} was restored; what was there before is {kept.name}")
