"""The command that goes on: watch."""

import signal
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.keeping import Keeper
from clipsearch.core.types import IndexReport, Skipped


def watch(
    context: typer.Context,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER", help="Added to the library's folders, which are watched."),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Keep the library up to date with its folders, until Ctrl+C.

    With --json, the one document comes at the end and the lines in between go to stderr.
    """
    is_json = output.wants_json(context, as_json)
    news = _News(output.notice if is_json else output.print_line)
    with open_library(context, library) as opened:
        keeper = Keeper(
            opened,
            done=news.take,
            notice=news.notice,
            progress=lambda: output.progress_bar("indexing"),
        )
        with _ended_by_signals(keeper.stop):
            keeper.run(folders or (), watching=news.begin)
    if is_json:
        output.print_json(news.as_dict())


@dataclass(slots=True)
class _News:
    """What has happened so far; prints a line for each batch."""

    print_line: Callable[[str], None]
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    batches: int = 0
    skipped: dict[Path, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    _is_watching: bool = False

    def begin(self) -> None:
        """Take note that everything is up to date, and batches begin."""
        self._is_watching = True
        output.notice("Watching for changes; Ctrl+C ends it.")

    def notice(self, sentence: str) -> None:
        """Print a sentence, and keep it. Called from several threads."""
        self.notices.append(sentence)
        output.notice(sentence)

    def take(self, report: IndexReport, looked_at: Collection[Path]) -> None:
        """Add what was done, and print it."""
        self.added += report.added
        self.changed += report.changed
        self.moved += report.moved
        self.removed += report.removed
        self.batches += self._is_watching
        self._replace_skipped(report.skipped, looked_at)
        self.print_line(f"{time.strftime('%H:%M:%S')} {_sentence(report)}")

    def _replace_skipped(self, skipped: Sequence[Skipped], looked_at: Collection[Path]) -> None:
        """Name files that were not skipped before, and forget those that can be read by now."""
        output.print_skipped([s for s in skipped if self.skipped.get(s.path) != s.reason])
        elsewhere = {
            path: reason
            for path, reason in self.skipped.items()
            if not any(path.is_relative_to(folder) for folder in looked_at)
        }
        self.skipped = elsewhere | {item.path: item.reason for item in skipped}

    def as_dict(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        skipped = [Skipped(path, reason) for path, reason in sorted(self.skipped.items())]
        return {
            "added": self.added,
            "changed": self.changed,
            "moved": self.moved,
            "removed": self.removed,
            "batches": self.batches,
            "skipped": output.skipped_as_dicts(skipped),
            "notices": self.notices,
        }


def _sentence(report: IndexReport) -> str:
    counts = {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "removed": report.removed,
    }
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    return ", ".join(parts) or "nothing changed"


@contextmanager
def _ended_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Have Ctrl+C and SIGTERM end the work cleanly; a second one ends it at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, before[signal.Signals(number)])
        stop()

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
