"""The command `duplicates`."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.duplicates import KINDS
from clipsearch.core.library import Library
from clipsearch.core.removal import photos_to_remove, remove_duplicates
from clipsearch.core.types import DuplicateGroup, DuplicateKind, Removal
from clipsearch.errors import InputError

_NAMES = {"exact": "exact copies", "near": "near-duplicates", "burst": "bursts"}


def duplicates(
    context: typer.Context,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="exact, near or burst; may be repeated."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Move all but the best of each group to the bin.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """List copies, versions and bursts of photos, the best of each group first."""
    kinds = _kinds(kind or KINDS)
    if remove and (not kind or "burst" in kinds):
        raise InputError(
            "--remove wants --kind exact, --kind near or both: shots of bursts differ."
        )
    with open_library(context, library) as opened:
        with output.progress_bar("duplicates") as progress:
            groups = opened.duplicates(kinds, progress=progress)
        if remove:
            _remove(opened, groups, yes=yes, as_json=output.wants_json(context, as_json))
            return
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


def _remove(
    library: Library, groups: Sequence[DuplicateGroup], *, yes: bool, as_json: bool
) -> None:
    for group in groups:
        output.notice(f"keep   {group.keeper.path}")
        for photo in group.photos[1:]:
            output.notice(f"remove {photo.path}")
    count = len(photos_to_remove(groups))
    removal = Removal((), ())
    if count and _is_confirmed(count, yes=yes):
        with output.progress_bar("removing") as progress:
            removal = remove_duplicates(library, groups, progress=progress)
    if as_json:
        output.print_json(
            {
                "removed": [str(path) for path in removal.removed],
                "kept": output.skipped_as_dicts(removal.kept),
            }
        )
        return
    for item in removal.kept:
        output.notice(f"kept {item.path}: {item.reason}")
    output.print_line(
        f"{len(removal.removed)} photos are in the bin, {len(removal.kept)} were kept"
    )


def _is_confirmed(count: int, *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError("Nobody can be asked here: add --yes to remove the photos listed above.")
    return typer.confirm(f"Move {count} photos to the bin?", err=True)
