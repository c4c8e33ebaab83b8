"""``clipsearch vocabulary``: the tags that photos can be given."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.tag_file import write_vocabulary
from clipsearch.core.tag_vocabulary import Tag

vocabulary = typer.Typer(
    name="vocabulary", help="Look at the tags that photos can be given, and change them."
)


@vocabulary.callback(invoke_without_command=True)
@guarded
def _vocabulary(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    output.pass_on(context, library, as_json)
    if context.invoked_subcommand is None:
        list_tags(context)


@vocabulary.command("list")
@guarded
def list_tags(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List the tags, with those that each implies and its synonyms."""
    with open_library(context, library) as opened:
        found = opened.tagging.vocabulary()
    if output.wants_json(context, as_json):
        output.print_json([_as_dict(tag, sorted(found.implied(tag.name))) for tag in found.tags])
        return
    output.print_table(
        ["tag", "implies", "synonyms"],
        [
            (tag.name, ", ".join(sorted(found.implied(tag.name))), ", ".join(tag.synonyms))
            for tag in found.tags
        ],
    )


@vocabulary.command("export")
@guarded
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Must not be there yet.")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the tags to a file that can be edited and imported."""
    with open_library(context, library) as opened:
        found = opened.tagging.vocabulary()
    write_vocabulary(found, file)
    _print(context, as_json, file, len(found.tags), "written")


@vocabulary.command("import")
@guarded
def import_tags(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Let the library use the tags of a file from now on."""
    with open_library(context, library) as opened:
        tags = opened.labels.vocabulary.import_from(file)
    _print(context, as_json, file, tags, "read")


@vocabulary.command("reset")
@guarded
def reset(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    """Go back to the tags that ship; yours are in the backup that is made first."""
    with open_library(context, library) as opened:
        kept = opened.labels.vocabulary.reset()
    if output.wants_json(context, as_json):
        output.print_json({"kept": str(kept) if kept else None})
    elif kept:
        output.print_line(f"the tags that ship are used again; yours are in the backup {kept.name}")
    else:
        output.print_line("the tags that ship are used already")


def _print(context: typer.Context, as_json: bool, file: Path, tags: int, done: str) -> None:
    if output.wants_json(context, as_json):
        output.print_json({"file": str(file), "tags": tags})
    else:
        output.print_line(f"{tags} tags {done}: {file}")


def _as_dict(tag: Tag, implied: list[str]) -> dict[str, Any]:
    return {
        "tag": tag.name,
        "implies": implied,
        "synonyms": list(tag.synonyms),
        "descriptors": list(tag.descriptors),
        "context": tag.context or None,
        "group": tag.group or None,
    }
