"""The command `duplicates`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.duplicates import KINDS
from clipsearch.core.types import DuplicateGroup, DuplicateKind
from clipsearch.errors import InputError

_NAMES = {"exact": "exact copies", "near": "near-duplicates", "burst": "bursts"}


def duplicates(
    context: typer.Context,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="exact, near or burst; may be repeated."),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """List copies, versions and bursts of photos, the best of each group first."""
    kinds = _kinds(kind or KINDS)
    with open_library(context, library) as opened, output.progress_bar("duplicates") as progress:
        groups = opened.duplicates(kinds, progress=progress)
    if output.wants_json(context, as_json):
        output.print_json([_as_dict(group) for group in groups])
    else:
        _print_groups(groups, kinds)


def _kinds(named: Sequence[str]) -> list[DuplicateKind]:
    unknown = [name for name in named if name not in KINDS]
    if unknown:
        raise InputError(f"--kind {unknown[0]} is not known: name exact, near or burst.")
    return [kind for kind in KINDS if kind in named]


def _as_dict(group: DuplicateGroup) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "paths": [str(photo.path) for photo in group.photos],
        "keeper": str(group.keeper.path),
    }


def _print_groups(groups: Sequence[DuplicateGroup], kinds: Sequence[DuplicateKind]) -> None:
    rows = [
        (
            group.kind if photo is group.keeper else "",
            "keep" if photo is group.keeper else "",
            f"{photo.width} x {photo.height}",
            f"{photo.state.size / 1e6:.2f} MB",
            photo.path,
        )
        for group in groups
        for photo in group.photos
    ]
    if rows:
        output.print_table(["kind", "", "pixels", "size", "photo"], rows)
    counts = {kind: sum(group.kind == kind for group in groups) for kind in kinds}
    output.print_line(", ".join(f"{_NAMES[kind]}: {counts[kind]}" for kind in kinds))
