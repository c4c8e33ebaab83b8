"""What the commands print: one JSON document or tables on stdout, the rest on stderr."""

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from clipsearch.core.types import Skipped
from clipsearch.progress import Progress as ReportProgress

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]

_NOTE_LENGTH = 28


def print_json(document: object) -> None:
    """Print one JSON document on stdout."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def print_line(text: str) -> None:
    """Print a line on stdout, as it is."""
    Console(soft_wrap=True, highlight=False, markup=False).print(text)


def notice(text: str) -> None:
    """Print a sentence on stderr."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(text)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on stdout; paths are folded, never cut."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    Console().print(table)


def print_pairs(pairs: dict[str, Any]) -> None:
    """Print names and values on stdout."""
    print_table(["", ""], list(pairs.items()))


def skipped_as_dicts(skipped: Sequence[Skipped]) -> list[dict[str, str]]:
    """Turn skipped files into what ``--json`` prints."""
    return [{"path": str(item.path), "reason": item.reason} for item in skipped]


def print_skipped(skipped: Sequence[Skipped]) -> None:
    """Name the skipped files on stderr."""
    for item in skipped:
        notice(f"skipped {item.path}: {item.reason}")


@contextmanager
def progress_bar(what: str) -> Iterator[ReportProgress]:
    """A progress bar on stderr, if that is a terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
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
