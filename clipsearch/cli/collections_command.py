"""``clipsearch collections``: sets of photos, made by hand or by a query."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.labelled_photos import Files, photo_facts, print_photos
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.answering import check
from clipsearch.core.label_names import photos
from clipsearch.core.label_types import CollectionInfo
from clipsearch.core.labelling import Labelling
from clipsearch.core.query_language import parse_query

collections = typer.Typer(
    name="collections", help="Sets of photos, made by hand or by a query that is kept."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the collection, in any case.")]
QueryOption = Annotated[
    str | None,
    typer.Option("--query", metavar="Q", help="Of a smart one, as for 'clipsearch search'."),
]
NoteOption = Annotated[
    str | None, typer.Option("--note", metavar="TEXT", help="What you say of it.")
]


@collections.callback(invoke_without_command=True)
@guarded
def _collections(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    output.pass_on(context, library, as_json)
    if context.invoked_subcommand is None:
        list_collections(context)


@collections.command("list")
@guarded
def list_collections(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List the collections by name."""
    with open_library(context, library) as opened:
        found = opened.labels.collections.all()
    if output.wants_json(context, as_json):
        output.print_json([_as_dict(one) for one in found])
    else:
        rows = [
            (one.name, one.photos if one.query is None else "", one.query or "", one.note)
            for one in found
        ]
        output.print_table(["name", "photos", "query", "note"], rows)


@collections.command("create")
@guarded
def create(
    context: typer.Context,
    name: Name,
    query: QueryOption = None,
    note: NoteOption = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Make a collection: an empty one, or a smart one of what a query finds for certain."""
    _require_query(query)
    with open_library(context, library) as opened:
        opened.labels.collections.create(name, query=query, note=note or "")
        made = opened.labels.collections.named(name)
    _print(context, made, as_json)


@collections.command("change")
@guarded
def change(
    context: typer.Context,
    name: Name,
    query: QueryOption = None,
    note: NoteOption = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Change the note of a collection, or the query of a smart one."""
    _require_query(query)
    with open_library(context, library) as opened:
        opened.labels.collections.describe(name, query=query, note=note)
        changed = opened.labels.collections.named(name)
    _print(context, changed, as_json)


@collections.command("add")
@guarded
def add(
    context: typer.Context,
    name: Name,
    files: Files,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Put photos into a collection; those that are in it stay as they are."""
    with open_library(context, library) as opened:
        labels = opened.labels
        labels.collections.add(name, labels.contents(files))
        changed = labels.collections.named(name)
    _print(context, changed, as_json)


@collections.command("remove")
@guarded
def remove(
    context: typer.Context,
    name: Name,
    files: Files,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Take photos out of a collection; the files stay where they are."""
    with open_library(context, library) as opened:
        labels = opened.labels
        labels.collections.remove(name, labels.contents(files))
        changed = labels.collections.named(name)
    _print(context, changed, as_json)


@collections.command("show")
@guarded
def show(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Show the photos of a collection, also those that have left the library."""
    with open_library(context, library) as opened:
        info = opened.labels.collections.named(name)
        found = _photos(opened.labels, info)
    if output.wants_json(context, as_json):
        output.print_json(_as_dict(info) | {"photos": found})
    else:
        print_photos(found, ["caption"])


@collections.command("rename")
@guarded
def rename(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD")],
    new: Annotated[str, typer.Argument(metavar="NEW")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Give a collection another name."""
    with open_library(context, library) as opened:
        opened.labels.collections.rename(old, new)
        renamed = opened.labels.collections.named(new)
    _print(context, renamed, as_json)


@collections.command("delete")
@guarded
def delete(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Delete a collection, and print what it was; its photos stay where they are."""
    with open_library(context, library) as opened:
        gone = opened.labels.collections.named(name)
        opened.labels.collections.delete(name)
    _print(context, gone, as_json)


@collections.command("caption")
@guarded
def caption(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A photo of the collection.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="'' takes it away.")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Say something of a photo in a collection."""
    with open_library(context, library) as opened:
        labels = opened.labels
        labels.collections.set_caption(name, labels.contents([file]), text)
        changed = labels.collections.named(name)
    _print(context, changed, as_json)


def _require_query(query: str | None) -> None:
    """Refuse a query that no search could answer, before it is kept."""
    if query is not None:
        check(parse_query(query))


def _photos(labels: Labelling, info: CollectionInfo) -> list[dict[str, Any]]:
    if info.query is not None:
        found = photo_facts(labels, list(dict.fromkeys(labels.contents_of_collection(info.name))))
        return [fact | {"caption": "", "added_at": None} for fact in found]
    in_it = labels.collections.photos(info.name)
    former = labels.former_contents({one.content_hash for one in in_it})
    collected = [one for one in in_it if one.content_hash not in former]
    return [
        fact | {"caption": one.caption, "added_at": one.added_at.isoformat(timespec="seconds")}
        for fact, one in zip(
            photo_facts(labels, [one.content_hash for one in collected]), collected, strict=True
        )
    ]


def _print(context: typer.Context, info: CollectionInfo, as_json: bool) -> None:
    if output.wants_json(context, as_json):
        output.print_json(_as_dict(info))
        return
    what = photos(info.photos) if info.query is None else f"what '{info.query}' finds"
    output.print_pairs({"name": info.name, "holds": what, "note": info.note})


def _as_dict(info: CollectionInfo) -> dict[str, Any]:
    # How many a query finds, only a search can tell.
    count = info.photos if info.query is None else None
    return {"name": info.name, "count": count, "query": info.query, "note": info.note}
