"""``clipsearch searches``: saved ones and the history."""

from typing import Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.searches import SavedSearch

searches = typer.Typer(
    name="searches", help="Save searches under names, and look at those that were made."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the saved search.")]


@searches.callback(invoke_without_command=True)
@guarded
def _searches(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    output.pass_on(context, library, as_json)
    if context.invoked_subcommand is None:
        list_saved(context)


@searches.command("list")
@guarded
def list_saved(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List the saved searches by name."""
    with open_library(context, library) as opened:
        saved = opened.searches.saved()
    if output.wants_json(context, as_json):
        output.print_json([_as_dict(one) for one in saved])
    else:
        output.print_table(["name", "query"], [(one.name, one.query) for one in saved])


@searches.command("save")
@guarded
def save(
    context: typer.Context,
    name: Name,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As for 'clipsearch search'.")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Save a search under a name, for 'clipsearch search --saved NAME'."""
    with open_library(context, library) as opened:
        saved = opened.searches.save(name, query)
    _print(context, saved, as_json)


@searches.command("remove")
@guarded
def remove(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Forget a saved search, and print what it was."""
    with open_library(context, library) as opened:
        forgotten = opened.searches.forget(name)
    _print(context, forgotten, as_json)


@searches.command("history")
@guarded
def history(
    context: typer.Context,
    count: Annotated[int, typer.Option("-n", metavar="N", help="How many at most.")] = 20,
    clear: Annotated[bool, typer.Option("--clear", help="Forget them all.")] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """List what was searched for, the latest first."""
    with open_library(context, library) as opened:
        if clear:
            opened.searches.clear_history()
        queries = opened.searches.history(max(0, count))
    if output.wants_json(context, as_json):
        output.print_json(queries)
    else:
        output.print_table(["query"], [(query,) for query in queries])


def _print(context: typer.Context, saved: SavedSearch, as_json: bool) -> None:
    if output.wants_json(context, as_json):
        output.print_json(_as_dict(saved))
    else:
        output.print_pairs({"name": saved.name, "query": saved.query})


def _as_dict(saved: SavedSearch) -> dict[str, str]:
    return {
        "name": saved.name,
        "query": saved.query,
        "saved_at": saved.saved_at.isoformat(timespec="seconds"),
    }
