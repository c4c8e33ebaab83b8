"""Commands on a library: index, search, info, show, verify, maintain."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.hits import as_dict as hit_as_dict
from clipsearch.cli.hits import print_hits
from clipsearch.cli.output import AsJson
from clipsearch.core.library import Library
from clipsearch.core.pace import Pace
from clipsearch.core.query_language import parse_query
from clipsearch.core.types import IndexReport
from clipsearch.errors import InputError, LibraryBusy, LibraryError, ModelError
from clipsearch.progress import Progress
from clipsearch.settings import default_library, load_settings

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="DIR",
        help="The library's folder; else CLIPSEARCH_LIBRARY, else the platform's data folder.",
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="starter, NAME:PRETRAINED or a PATH; the library's active model if not given.",
    ),
]
ShareOption = Annotated[
    float,
    typer.Option(
        "--share", metavar="S", min=0.05, max=1, help="Of the time, in which to work: 0.05 to 1."
    ),
]


class Order(Enum):
    """What ``--sort`` takes, as `clipsearch.core.query.Sort` has it."""

    RELEVANCE = "relevance"
    DATE = "date"
    NAME = "name"


def library_root(context: typer.Context, library: Path | None) -> Path:
    """The library's folder: the command's option, else the one before it, else the default."""
    root = output.named_library(context, library) or default_library()
    if root.exists() and not root.is_dir():
        raise InputError(f"--library {root} is a file: name a folder.")
    return root


@contextmanager
def open_library(
    context: typer.Context, library: Path | None, *, as_it_is: bool = False
) -> Iterator[Library]:
    """The library that a command works on; closed afterwards.

    Args:
        context: Of the command.
        library: The option.
        as_it_is: Do not mend the user's words if they are damaged.
    """
    opened = Library(library_root(context, library), load_settings())
    try:
        for sentence in () if as_it_is else opened.mend_labels():
            output.notice(sentence)
        yield opened
    finally:
        for sentence in opened.close():
            output.notice(sentence)


def index(
    context: typer.Context,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER", help="None: all folders of the library."),
    ] = None,
    model: ModelOption = None,
    share: ShareOption = 1.0,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Add the photos of folders to the library, or bring them up to date."""
    with open_library(context, library) as opened, output.progress_bar("indexing") as progress:
        paced = Pace(share).apply(progress)
        report = opened.index(folders or [], model=model, progress=paced)
        tidy_up_after(report, opened, paced)
    if folders and report.found_nothing:
        output.notice(f"No photos were found in {', '.join(map(str, folders))}.")
    print_report(report, as_json=output.wants_json(context, as_json))


def tidy_up_after(report: IndexReport, library: Library, progress: Progress) -> None:
    """Tidy up the library if indexing has changed it; the index is up to date either way."""
    if report.wrote_something:
        try:
            library.maintain(progress=progress)
        except LibraryBusy:
            pass  # Whoever writes now tidies up afterwards.
        except LibraryError as error:
            output.notice(str(error))


def print_report(report: IndexReport, *, as_json: bool) -> None:
    """Print what indexing did."""
    for sentence in report.notices:
        output.notice(sentence)
    if as_json:
        output.print_json(_report_as_dict(report))
        return
    output.print_skipped(report.skipped)
    output.print_line(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.moved} moved, {report.removed} removed, {len(report.skipped)} skipped "
        f"in {report.seconds:.1f} s ({report.images_per_second:.1f} photos a second)"
    )


def _report_as_dict(report: IndexReport) -> dict[str, Any]:
    return {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "removed": report.removed,
        "skipped": output.skipped_as_dicts(report.skipped),
        "seconds": round(report.seconds, 3),
        "images_per_second": round(report.images_per_second, 2),
    }


def search(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]")] = None,
    image: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FILE", help="Find photos like this; may be repeated."),
    ] = None,
    count: Annotated[int, typer.Option("-k", metavar="N", help="How many hits at most.")] = 20,
    offset: Annotated[
        int, typer.Option("--offset", metavar="N", help="Pass over so many hits first.")
    ] = 0,
    everything: Annotated[bool, typer.Option("--all", help="All hits, however many.")] = False,
    saved: Annotated[
        str | None, typer.Option("--saved", metavar="NAME", help="A saved search, and QUERY.")
    ] = None,
    sort: Annotated[
        Order, typer.Option("--sort", help="How the hits are ordered.")
    ] = Order.RELEVANCE,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which parts and filters each hit met.")
    ] = False,
    group: Annotated[
        bool, typer.Option("--group", help="Put duplicates behind the best of them.")
    ] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Find photos by words, pictures and filters, best first: 'dog -leash in:2012 rating:>=4'.

    Put the query into quotes, so that the shell leaves it as it is.
    """
    with open_library(context, library) as opened:
        text = " ".join([*([opened.searches.named(saved).query] if saved else []), *(words or [])])
        query = replace(
            parse_query(text).and_like(*(image or ())),
            sort=sort.value,
            k=None if everything else count,
            offset=offset,
            fold=group,
        )
        _rebuild_if_damaged(opened)
        hits = opened.search(query, patiently=True)
        with suppress(LibraryError):  # A library that cannot be written can be searched.
            opened.searches.remember(text)
    if output.wants_json(context, as_json):
        output.print_json([hit_as_dict(hit, explain=explain, grouped=group) for hit in hits])
    else:
        print_hits(hits, explain=explain)


def _rebuild_if_damaged(library: Library) -> None:
    """A search that meets a damaged index mends it first, from the folders it knows."""
    for sentence in library.open():
        output.notice(sentence)
    if library.needs_rebuild and library.folders():
        with output.progress_bar("rebuilding the index") as progress:
            report = library.index(progress=progress)
        for sentence in report.notices:
            output.notice(sentence)


def info(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    """Describe the library: photos, folders, model, device, index, disk use."""
    with open_library(context, library) as opened:
        try:
            opened.encoder().encode_texts(["a photo"])  # Decides device and precision.
        except ModelError as error:
            output.notice(str(error))
        state = opened.info()
    document: dict[str, Any] = {
        "library": str(state.path),
        "photos": state.photos,
        "folders": [str(folder) for folder in state.folders],
        "model": state.model,
        "dimension": state.dimension,
        "device": state.device,
        "precision": state.precision,
        "index": state.index_state,
        "disk_bytes": state.disk_bytes,
    }
    if output.wants_json(context, as_json):
        output.print_json(document)
    else:
        output.print_pairs(document | {"folders": "\n".join(document["folders"])})


def show(
    context: typer.Context,
    photo: Annotated[Path, typer.Argument(metavar="PHOTO")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Print what file and sidecar say of a photo: when, where, with what, rating, keywords."""
    with open_library(context, library) as opened:
        (found,) = opened.metadata(photo)
    document = asdict(found)
    taken = document["taken_at"]
    document["taken_at"] = None if taken is None else taken.isoformat()
    if output.wants_json(context, as_json):
        output.print_json(document)
        return
    document["keywords"] = ", ".join(document["keywords"])
    output.print_pairs({name: value for name, value in document.items() if value not in (None, "")})


def verify(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what is damaged, from the photos and backups.")
    ] = False,
    contents: Annotated[
        bool, typer.Option("--contents", help="Read every photo and compare its content, too.")
    ] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Look for damage in the library; exit code 2 if any is left."""
    with (
        open_library(context, library, as_it_is=True) as opened,
        output.progress_bar("verifying") as progress,
    ):
        found = opened.verify(repair=repair, contents=contents, progress=progress)
    for sentence in found.notices:
        output.notice(sentence)
    if output.wants_json(context, as_json):
        output.print_json(
            {
                "photos": found.photos,
                "problems": [
                    {"kind": p.kind, "path": str(p.path), "detail": p.detail}
                    for p in found.problems
                ],
                "repaired": found.is_repaired,
            }
        )
    else:
        output.print_table(
            ["kind", "path", "what"], [(p.kind, p.path, p.detail) for p in found.problems]
        )
        output.print_line(f"{found.photos} photos, {len(found.problems)} problems")
    if not found.is_repaired:
        if not repair:
            output.notice("Mend them with: clipsearch verify --repair")
        raise typer.Exit(2)


def maintain(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Tidy up what the library and its cache leave behind, as far as it is due.

    Indexing and watching do so by themselves.
    """
    with open_library(context, library) as opened, output.progress_bar("tidying up") as progress:
        report = opened.maintain(progress=progress)
    if output.wants_json(context, as_json):
        output.print_json(asdict(report))
        return
    output.print_line(
        f"{report.bytes_freed / 1e6:.1f} MB freed, {report.thumbnails_removed} thumbnails and "
        f"{report.left_overs_removed} left-over files removed, the index was "
        f"{'compacted' if report.compacted else 'compact enough'}"
    )
