"""Commands on the library's folders: list, remove."""

from pathlib import Path
from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson

folders = typer.Typer(name="folders", help="The folders that the library keeps up to date.")


@folders.callback(invoke_without_command=True)
@guarded
def _folders(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    output.pass_on(context, library, as_json)
    if context.invoked_subcommand is None:
        list_folders(context)


@folders.command("list")
@guarded
def list_folders(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List the folders, how many photos each holds, and whether it is there."""
    with open_library(context, library) as opened:
        states = opened.folder_states()
    if output.wants_json(context, as_json):
        output.print_json(
            [{"path": str(s.path), "photos": s.photos, "is_there": s.is_there} for s in states]
        )
        return
    rows = [(s.path, s.photos, "there" if s.is_there else "not there now") for s in states]
    output.print_table(["folder", "photos", "state"], rows)


@folders.command("remove")
@guarded
def remove_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Forget a folder; its photos leave the results, the files stay where they are."""
    with open_library(context, library) as opened:
        removed = opened.remove_folder(folder)
    if output.wants_json(context, as_json):
        output.print_json({"removed": removed})
    else:
        output.print_line(f"{removed} photos left the library; the files were not touched")
