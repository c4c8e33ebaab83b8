"""``clipsearch models``: list, show, download, import and remove models."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson

if TYPE_CHECKING:
    from clipsearch.ml.catalogue import ModelEntry
    from clipsearch.ml.downloads import Offer
    from clipsearch.ml.tuning_types import TunedEntry

Name = Annotated[str, typer.Argument(metavar="NAME")]

models = typer.Typer(name="models", help="The models that can be used.")


@models.callback(invoke_without_command=True)
@guarded
def _models(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    output.pass_on(context, library, as_json)
    if context.invoked_subcommand is None:
        list_models(context)


@models.command("list")
@guarded
def list_models(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List the starter, your own and open_clip's catalogue, those on this machine first."""
    from clipsearch.ml.catalogue import catalogue

    entries = catalogue()
    if output.wants_json(context, as_json):
        output.print_json([asdict(entry) for entry in entries])
        return
    output.print_table(
        ["model", "on this machine", "dimension", "image size", "tuned from"],
        [
            (
                e.name,
                "yes" if e.available else "no",
                e.dimension or "",
                e.image_size or "",
                _tuned_as_text(e.tuned) if e.tuned else "",
            )
            for e in entries
        ],
    )


def _tuned_as_text(tuned: "TunedEntry") -> str:
    return (
        f"{tuned.parent} by {tuned.method} on {tuned.photos} photos of "
        f"{', '.join(tuned.concepts)}, {tuned.made_at[:10]}, {tuned.disk_bytes / 1e6:.1f} MB, "
        f"mean average precision {tuned.before.mean_average_precision:.2f} -> "
        f"{tuned.after.mean_average_precision:.2f}"
    )


@models.command("show")
@guarded
def show_model(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Describe one model."""
    from clipsearch.ml.catalogue import describe

    _print_entry(describe(name), as_json=output.wants_json(context, as_json))


def _print_entry(entry: "ModelEntry", *, as_json: bool) -> None:
    document: dict[str, Any] = asdict(entry)
    if as_json:
        output.print_json(document)
    else:
        del document["tuned"]
        tuned = {"tuned from": _tuned_as_text(entry.tuned)} if entry.tuned else {}
        output.print_pairs(document | tuned)


@models.command("download")
@guarded
def download_model(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Fetch the weights of a model from the Hugging Face hub; Ctrl+C keeps what is here."""
    from clipsearch.ml import downloads
    from clipsearch.ml.catalogue import describe

    offer = downloads.find(name)
    output.notice(_offer_as_sentence(offer))
    with output.progress_bar("downloading", in_bytes=True) as progress:
        downloads.download(offer, progress=progress)
    _print_entry(describe(offer.name), as_json=output.wants_json(context, as_json))


def _offer_as_sentence(offer: "Offer") -> str:
    from clipsearch.ml.hub import endpoint
    from clipsearch.ml.own_models import megabytes

    here = f", {megabytes(offer.fetched)} of it here already" if offer.fetched else ""
    return (
        f"{offer.name}: {megabytes(offer.file.size)}{here}, licence "
        f"{offer.licence or 'not stated'}, from {endpoint()}/{offer.file.repository}"
    )


@models.command("import")
@guarded
def import_model(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="A folder with open_clip_config.json and weights, or a weights file.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="What it will be called; else as PATH is."),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            "--architecture",
            metavar="ARCH",
            help="What a weights file is of, for example ViT-B-32.",
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Copy a model of your own into clipsearch, and give it a name."""
    from clipsearch.ml.catalogue import describe
    from clipsearch.ml.imports import import_model as take

    with output.progress_bar("importing", in_bytes=True) as progress:
        imported = take(path, name=name, architecture=architecture, progress=progress)
    _print_entry(describe(imported), as_json=output.wants_json(context, as_json))


@models.command("remove")
@guarded
def remove_model(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Delete a model that was imported or downloaded here."""
    from clipsearch.core.models import Models
    from clipsearch.ml.own_models import normalised

    name = normalised(name)
    with open_library(context, library) as opened:
        known = Models(opened)
        using = known.spaces_of(name)
        known.remove(name)
    if using:
        output.notice(f"Its index is still there: 'clipsearch models forget {name}' deletes it.")
    if output.wants_json(context, as_json):
        output.print_json({"removed": name})
    else:
        output.print_line(f"removed {name}")
