"""What the window tells of indexing: progress, what went wrong, what was left out."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from clipsearch.core.types import IndexReport, Skipped
from clipsearch.errors import ClipSearchError
from clipsearch.gui import excepthook
from clipsearch.gui.actions import Actions
from clipsearch.gui.layout import Parts
from clipsearch.gui.message_bar import Kind, Subject
from clipsearch.gui.messages import sentence


def _tr(text: str) -> str:
    return QCoreApplication.translate("IndexingNews", text)


class IndexingNews:
    """Gathers what is to be told of one run: all that is indexed from one rest to the next.

    A new run takes the news of the last away. GUI thread only.
    """

    def __init__(self, parts: Parts, commands: Actions) -> None:
        """Tell it in these parts of a window."""
        self._parts = parts
        self._commands = commands
        self._is_running = False
        self._sentences: list[str] = []
        self._kind = Kind.NOTE
        self._skipped: dict[Path, Skipped] = {}

    def begin(self) -> None:
        """Something is to be indexed, at once or after what is being indexed."""
        if not self._is_running:
            self._sentences, self._kind, self._skipped = [], Kind.NOTE, {}
            self._parts.messages.clear(Subject.INDEXING, Subject.SKIPPED)
        self._is_running = True
        self._commands.cancel.setEnabled(True)
        self._parts.status.start_work()

    def end(self) -> None:
        """Nothing is left to index."""
        self._is_running = False
        self._commands.cancel.setEnabled(False)
        self._parts.status.end_work()

    def take_report(self, report: IndexReport, folders: Sequence[Path]) -> None:
        """Some folders are done.

        Args:
            report: What was done.
            folders: Those that the user added; none where known ones were updated.
        """
        for notice in report.notices:
            self._say(notice)
        if folders and report.found_nothing:
            names = ", ".join(str(folder) for folder in folders)
            self._say(_tr("No photos were found in {folder}.").format(folder=names))
        self._skipped |= {skipped.path: skipped for skipped in report.skipped}
        self._show_skipped()

    def take_error(self, error: Exception) -> None:
        """Some folders could not be indexed; what is our own fault goes to the excepthook."""
        if isinstance(error, ClipSearchError):
            self._kind = Kind.ERROR
            self._say(sentence(error))
        else:
            excepthook.hand_over(error)

    def take_stop(self, goes_on: bool) -> None:
        """The user stopped it.

        Args:
            goes_on: Whether updating the library would take it up again.
        """
        self._say(_tr("Indexing was stopped: some photos may be missing."))
        if goes_on:
            update = self._commands.update
            keys = update.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            name = update.text().replace("&", "")
            self._say(_tr("\u201c{update}\u201d ({keys}) goes on.").format(update=name, keys=keys))

    def _say(self, words: str) -> None:
        if words not in self._sentences:
            self._sentences.append(words)
        self._parts.messages.show_message(
            " ".join(self._sentences), self._kind, subject=Subject.INDEXING
        )

    def _show_skipped(self) -> None:
        count, problems = len(self._skipped), self._commands.problems
        self._parts.problems.show_skipped(tuple(self._skipped.values()))
        problems.setEnabled(count > 0)
        if not count:
            problems.setChecked(False)
            return
        words = _tr("1 file was skipped.") if count == 1 else _tr("{count} files were skipped.")
        self._parts.messages.show_message(
            words.format(count=count),
            subject=Subject.SKIPPED,
            action=(_tr("Show them"), lambda: problems.setChecked(True)),
        )
