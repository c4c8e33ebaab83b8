"""What the window tells of indexing: what went wrong, what was left out."""

from collections.abc import Collection
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
from clipsearch.gui.work import Task, number


def _tr(text: str) -> str:
    return QCoreApplication.translate("IndexingNews", text)


class IndexingNews:
    """Gathers what is to be told of one run: all that is indexed from one rest to the next.

    A new run takes the news of the last away. A skipped file is listed until it has been looked
    at again, whatever run does that. GUI thread only.
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
            self._sentences, self._kind = [], Kind.NOTE
            self._parts.messages.clear(Subject.INDEXING, Subject.SKIPPED, Subject.FOLDERS)
        self._is_running = True

    def end(self) -> None:
        """Nothing is left to index."""
        self._is_running = False

    def take_report(self, report: IndexReport, task: Task) -> None:
        """Some folders or files have been looked at."""
        for notice in report.notices:
            self._say(notice)
        if task.folders and report.found_nothing:
            names = ", ".join(str(folder) for folder in task.folders)
            self._say(_tr("No photos were found in {folder}.").format(folder=names))
        self._forget(task.scope)
        self._skipped |= {skipped.path: skipped for skipped in report.skipped}
        self._list_skipped()
        if report.skipped:
            self._tell_skipped()
        elif not self._skipped:
            self._parts.messages.clear(Subject.SKIPPED)

    def take_removal(self, folder: Path) -> None:
        """A folder has left the library."""
        self._forget((folder,))
        self._list_skipped()

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

    def _forget(self, scope: Collection[Path] | None) -> None:
        """What lies there has been looked at again, or is no concern any more."""
        if scope is None:
            self._skipped = {}
            return
        places = frozenset(scope)
        self._skipped = {
            path: skipped
            for path, skipped in self._skipped.items()
            if places.isdisjoint({path, *path.parents})
        }

    def _list_skipped(self) -> None:
        entries = sorted(self._skipped.values(), key=lambda skipped: skipped.path)
        self._parts.activity.problems.show_skipped(entries)
        self._parts.status.set_skipped(len(entries))
        self._commands.retry.setEnabled(bool(entries))

    def _tell_skipped(self) -> None:
        activity, count = self._commands.activity, len(self._skipped)
        if activity.isChecked():  # They are before the user's eyes.
            return
        words = _tr("1 file was skipped.") if count == 1 else _tr("{count} files were skipped.")
        self._parts.messages.show_message(
            words.format(count=number(count)),
            subject=Subject.SKIPPED,
            action=(_tr("Show them"), lambda: activity.setChecked(True)),
        )
