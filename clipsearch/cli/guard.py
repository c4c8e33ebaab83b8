"""Lets Ctrl+C and a closed pipe through to `main`; typer would turn both into a bare exit code."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from clipsearch.progress import Cancelled


class ReaderGone(Exception):
    """Whoever read our output has gone."""


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a command.

    Raises:
        Cancelled: For Ctrl+C.
        ReaderGone: For a closed pipe.
    """

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt as error:
            raise Cancelled from error
        except BrokenPipeError as error:
            raise ReaderGone from error

    return run
