"""How long-running functions report progress and are cancelled, without knowing who listens."""

from typing import Protocol


class Cancelled(Exception):
    """Raised by a `Progress` when the caller wants the work to stop; finished work is kept."""


class Progress(Protocol):
    """Called now and then by a long-running function, from whatever thread it runs in."""

    def __call__(self, done: int, total: int | None, note: str = "") -> None:
        """Take note of the progress.

        Args:
            done: Items finished so far.
            total: Items in all; ``None`` while it is not known.
            note: What is being done, a few words for the user.

        Raises:
            Cancelled: The work is to stop here.
        """


def no_progress(done: int, total: int | None, note: str = "") -> None:
    """Report to nobody and never cancel."""
