"""The command `tag`."""

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.library import Library
from clipsearch.core.suggestions import Suggestion
from clipsearch.core.tag_file import read_vocabulary
from clipsearch.core.tagging import TagReport


def tag(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the tags of each photo, and keep nothing.")
    ] = False,
    photos: Annotated[
        bool, typer.Option("--photos", help="Print the tags of each photo, too.")
    ] = False,
    vocabulary: Annotated[
        Path | None,
        typer.Option("--vocabulary", metavar="FILE", help="Use these tags this once."),
    ] = None,
    min_precision: Annotated[
        float | None,
        typer.Option(
            "--min-precision", metavar="P", min=0, max=1, help="So many should be right: 0 to 1."
        ),
    ] = None,
    amount: Annotated[
        float | None,
        typer.Option(
            "--amount", metavar="A", min=0, max=1, help="0 for fewer, surer tags; 1 for more."
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Suggest tags for all photos of the library."""
    words = read_vocabulary(vocabulary) if vocabulary else None
    with open_library(context, library) as opened, output.progress_bar("tagging") as progress:
        report = opened.tagging.suggest(
            vocabulary=words,
            slider=amount,
            min_precision=min_precision,
            keep=not dry_run,
            progress=progress,
        )
        found = _by_path(report, opened) if dry_run or photos else None
    if output.wants_json(context, as_json):
        output.print_json(_as_dict(report, found))
        return
    if found is not None:
        output.print_table(["photo", "tags"], [(path, _line(tags)) for path, tags in found])
    else:
        output.print_table(["tag", "photos"], list(report.tags.items()))
    output.print_line(
        f"{report.tagged} of {report.photos} photos tagged in {report.seconds:.1f} s"
        + (", nothing was kept" if dry_run else "")
    )


def _by_path(report: TagReport, library: Library) -> list[tuple[Path, list[Suggestion]]]:
    """The tags that count of every file, copies included."""
    found = report.suggestions
    counting = defaultdict(list)
    for content in found.contents:
        counting[content] = [s for s in found.of_photo(content) if s.certainty >= found.line]
    return sorted((photo.path, counting[photo.content_hash]) for photo in library.photos())


def _as_dict(
    report: TagReport, found: list[tuple[Path, list[Suggestion]]] | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "photos": report.photos,
        "tagged": report.tagged,
        "suggestions": sum(report.tags.values()),
        "seconds": round(report.seconds, 3),
        "tags": [{"tag": name, "photos": count} for name, count in report.tags.items()],
    }
    if found is not None:
        document["found"] = [
            {"path": str(path), "tags": [_suggestion_as_dict(one) for one in tags]}
            for path, tags in found
        ]
    return document


def _suggestion_as_dict(one: Suggestion) -> dict[str, Any]:
    reason = {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in asdict(one.reason).items()
    }
    return {"tag": one.tag, "certainty": round(one.certainty, 3), "reason": reason}


def _line(tags: list[Suggestion]) -> str:
    return ", ".join(f"{one.tag} {one.certainty:.2f}" for one in tags)
