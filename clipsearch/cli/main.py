"""The commands put together, and what happens when one fails."""

import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from clipsearch import __version__
from clipsearch.cli import (
    folder_commands,
    library_commands,
    model_commands,
    output,
    search_commands,
    sidecar_commands,
    tuned_commands,
    vocabulary_commands,
)
from clipsearch.cli.collections_command import collections
from clipsearch.cli.doctor import doctor
from clipsearch.cli.duplicates_command import duplicates
from clipsearch.cli.guard import ReaderGone, guarded
from clipsearch.cli.labels_command import labels
from clipsearch.cli.library_commands import LibraryOption, library_root
from clipsearch.cli.output import AsJson
from clipsearch.cli.query_command import QueryCommand
from clipsearch.cli.rating_commands import favourite, rate
from clipsearch.cli.tag_command import tag
from clipsearch.cli.tags_command import tags
from clipsearch.cli.values_command import values
from clipsearch.cli.watch_command import watch
from clipsearch.errors import ClipSearchError, QueryError
from clipsearch.progress import Cancelled
from clipsearch.settings import Settings, cache_folder, load_settings

DONE, BUG, MISTAKE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class Launchers:
    """How to open what the command line itself knows nothing of; each returns an exit code."""

    window: Callable[[Path, Settings], int]
    """Open the window on a library."""
    tour: Callable[[Settings, Path | None, bool, bool], int]
    """Show the sample photos: settings, library, headless, as JSON."""


def main(launchers: Launchers, arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code.

    0 is done (skipped files included), 2 is the user's mistake or the environment's, told in one
    sentence on stderr, 1 is our bug.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # A name that cannot be printed is no error.
                stream.reconfigure(errors="backslashreplace")
        _commands(launchers)(args=arguments, prog_name="clipsearch")
        sys.stdout.flush()
    except ClipSearchError as error:
        if isinstance(error, QueryError):
            output.print_place(error.text, error.position)
        output.notice(str(error))
        return MISTAKE
    except Cancelled:
        output.notice("Stopped; what was finished is kept.")
        return INTERRUPTED
    except (ReaderGone, BrokenPipeError):
        # Not worth a word. Python would flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else BUG if stop.code else DONE
    except Exception as error:  # noqa: BLE001 (this is the command line's excepthook)
        output.notice(
            f"This is a bug in clipsearch: {type(error).__name__}: {error}. "
            f"Please report it with the file {_save_report()}."
        )
        return BUG
    return DONE


def _save_report() -> Path:
    report = cache_folder() / "logs" / f"crash-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(f"clipsearch {__version__}\n{traceback.format_exc()}", encoding="utf-8")
    return report


def _commands(launchers: Launchers) -> typer.Typer:
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def start(
        context: typer.Context,
        library: LibraryOption = None,
        verbose: Annotated[bool, typer.Option("--verbose", help="Log to stderr.")] = False,
        version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Search your photos by words and by picture, on your own machine.

        Without a command, opens the window.
        """
        output.configure_logging(verbose)
        context.obj = output.Everywhere(library, as_json)
        if version:
            output.print_line(f"clipsearch {__version__}")
        elif context.invoked_subcommand is None:
            raise typer.Exit(launchers.window(library_root(context, None), load_settings()))

    @app.command()
    def tour(
        context: typer.Context,
        headless: Annotated[
            bool, typer.Option("--headless", help="Print the hits and save a picture.")
        ] = False,
        library: LibraryOption = None,
        as_json: AsJson = False,
    ) -> None:
        """Try the search on the sample photos, in a library of their own."""
        named = output.named_library(context, library)
        printed_as_json = output.wants_json(context, as_json)
        raise typer.Exit(launchers.tour(load_settings(), named, headless, printed_as_json))

    app.command()(guarded(library_commands.index))
    app.command()(guarded(watch))
    app.command(cls=QueryCommand)(guarded(library_commands.search))
    app.command()(guarded(values))
    app.command()(guarded(duplicates))
    app.command()(guarded(tag))
    app.command()(guarded(library_commands.info))
    app.command()(guarded(library_commands.show))
    app.command()(guarded(library_commands.verify))
    app.command()(guarded(library_commands.maintain))
    app.command()(guarded(model_commands.evaluate))
    app.command()(guarded(model_commands.classify))
    # "-1" is a rating, and no option.
    app.command(context_settings={"ignore_unknown_options": True})(guarded(rate))
    app.command()(guarded(favourite))
    app.add_typer(tags)
    app.add_typer(collections)
    app.add_typer(labels)
    labels.command("write")(guarded(sidecar_commands.write))
    labels.command("read")(guarded(sidecar_commands.read))
    app.add_typer(search_commands.searches)
    app.add_typer(folder_commands.folders)
    app.add_typer(vocabulary_commands.vocabulary)
    app.add_typer(tuned_commands.models)
    app.command()(guarded(doctor))
    return app
