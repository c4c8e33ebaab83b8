"""What the commands print: one JSON document or tables on stdout, the rest on stderr."""

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from clipsearch.core.types import Hit, Skipped
from clipsearch.progress import Progress as ReportProgress

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]

_NOTE_LENGTH = 28
_PLACE_WIDTH = 60  # characters on each side
_PIPE_WIDTH = 100_000  # characters: nothing is folded


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Options given before the command, which count for it."""

    library: Path | None = None
    as_json: bool = False


def wants_json(context: typer.Context, as_json: bool) -> bool:
    """Whether ``--json`` was given, before the command or after it."""
    return as_json or _everywhere(context).as_json


def named_library(context: typer.Context, library: Path | None) -> Path | None:
    """The library that was named, after the command or before it."""
    return library or _everywhere(context).library


def pass_on(context: typer.Context, library: Path | None, as_json: bool) -> None:
    """Let options that stand between a group and its sub-command count for that command."""
    context.find_root().obj = Everywhere(
        named_library(context, library), wants_json(context, as_json)
    )


def _everywhere(context: typer.Context) -> Everywhere:
    given = context.find_root().obj
    return given if isinstance(given, Everywhere) else Everywhere()


def print_json(document: object) -> None:
    """Print one JSON document on stdout."""
    # ASCII: a pipe on Windows is not UTF-8, and names may hold what UTF-8 cannot.
    sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=2, default=str) + "\n")


def _console(*, stderr: bool = False) -> Console:
    # Paths are printed as they are: no markup, no :emoji:.
    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)


def print_line(text: str) -> None:
    """Print a line on stdout, as it is."""
    _console().print(text)


def notice(text: str) -> None:
    """Print a sentence on stderr."""
    _console(stderr=True).print(text)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on stdout; paths are folded on a terminal, and whole in a pipe."""
    _print_rows(columns, rows)


def print_pairs(pairs: dict[str, Any]) -> None:
    """Print names and values on stdout."""
    _print_rows(None, list(pairs.items()))


def _print_rows(columns: Sequence[str] | None, rows: Sequence[Sequence[object]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False, show_header=columns is not None)
    for column in columns or ("", ""):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console()
    if console.is_terminal:
        console.print(table)
        return
    wide = Console(width=_PIPE_WIDTH)
    with wide.capture() as printed:
        wide.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def hit_as_dict(hit: Hit, *, grouped: bool = False) -> dict[str, object]:
    """Turn a hit into what ``--json`` prints, with its duplicates if they are behind it."""
    score = None if hit.score is None else round(hit.score, 6)
    document: dict[str, object] = {"path": str(hit.photo.path), "score": score}
    if grouped:
        document["duplicates"] = [str(photo.path) for photo in hit.duplicates]
    return document


def duplicates_text(hit: Hit) -> str:
    """How many duplicates are behind a hit, in a table; empty where there are none."""
    return f"+{len(hit.duplicates)}" if hit.duplicates else ""


def score_text(hit: Hit) -> str:
    """A hit's score in a table; empty where nothing was compared."""
    return "" if hit.score is None else f"{hit.score:.3f}"


def print_place(text: str, position: int) -> None:
    """Print a text on stderr, or what is around the place, and a caret below a character of it.

    Args:
        text: Of any length.
        position: The character, from 0.
    """
    start = max(0, position - _PLACE_WIDTH)
    around = text[start : position + _PLACE_WIDTH]
    shown = "".join(letter if letter.isprintable() else " " for letter in around)
    notice(f"{shown}\n{' ' * cell_len(shown[: position - start])}^")


def skipped_as_dicts(skipped: Sequence[Skipped]) -> list[dict[str, str]]:
    """Turn skipped files into what ``--json`` prints."""
    return [{"path": str(item.path), "reason": item.reason} for item in skipped]


def print_skipped(skipped: Sequence[Skipped]) -> None:
    """Name the skipped files on stderr."""
    for item in skipped:
        notice(f"skipped {item.path}: {item.reason}")


@contextmanager
def progress_bar(what: str, *, in_bytes: bool = False) -> Iterator[ReportProgress]:
    """A progress bar on stderr, if that is a terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *([DownloadColumn(), TransferSpeedColumn()] if in_bytes else [MofNCompleteColumn()]),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(what, total=None)

        def report(done: int, total: int | None, note: str = "") -> None:
            short = note if len(note) <= _NOTE_LENGTH else f"…{note[1 - _NOTE_LENGTH :]}"
            bar.update(task, completed=done, total=total, description=f"{what} {short}")

        yield report


def configure_logging(verbose: bool) -> None:
    """Send log lines to stderr: warnings, or everything of ours if asked."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s", force=True
    )
    logging.getLogger("clipsearch").setLevel(logging.INFO if verbose else logging.WARNING)
