"""The user's words in the background: read, changed, undone, in a lane of their own.

That lane is one thread, so changes are written in the order in which they were made, and none waits
for an indexing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.gui.label_contracts import LabelKeeper, TaggerMaker
from clipsearch.gui.label_state import LabelState, read_labels

Change = Callable[[LabelKeeper], object]
"""Changes something; called in a worker thread, so it touches no widget."""
Question = Callable[[PhotoLibrary, TaggerMaker | None], object]
"""Finds something out; called in a worker thread, too."""

_REST_MS = 400
"""Without a change, before everything is read again: counts may wait, keys may not."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change."""

    undo_title: str | None
    redo_title: str | None
    answer: object
    """What the change has returned."""


def perform(library: PhotoLibrary, change: Change) -> Changed:
    """Write a change; for a worker thread."""
    labels = library.labels
    answer = change(labels)
    return Changed(labels.undo_title, labels.redo_title, answer)


def take_notices(library: PhotoLibrary) -> list[str]:
    """What the user should read of how the words are kept; for a worker thread."""
    return library.labels.take_notices()


class LabelSession(QObject):
    """What the window knows of the user's words. GUI thread only."""

    read = Signal(object)
    """The `LabelState`."""
    changed = Signal()
    """Something was written, undone or done again; `undo_title` and `redo_title` tell what."""
    reversed = Signal()
    """Something was undone or done again."""
    noticed = Signal(str)
    """A sentence that the user should read: a backup could not be made."""
    failed = Signal(object)
    """The exception: something could not be read or written."""

    def __init__(
        self,
        library: PhotoLibrary,
        runner: JobRunner,
        make_tagger: TaggerMaker | None,
        parent: QObject | None = None,
    ) -> None:
        """Read nothing yet; `look` does."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._make_tagger = make_tagger
        self.state = LabelState()
        """What was read last."""
        self.chosen_tag = ""
        """The tag whose photos are shown, if they are of one."""
        self._resting = QTimer(self, interval=_REST_MS, singleShot=True)
        self._resting.timeout.connect(self.look)

    @property
    def is_settled(self) -> bool:
        """Whether what was changed has been read again, or is being read."""
        return not self._resting.isActive()

    @property
    def can_suggest(self) -> bool:
        """Whether tags are suggested at all."""
        return self._make_tagger is not None

    def look(self) -> None:
        """Read everything again."""
        self._resting.stop()
        job = self._runner.submit(
            Lane.WORDS, read_labels, self._library, self._make_tagger, topic="labels"
        )
        job.succeeded.connect(self._take)
        job.failed.connect(self.failed)
        # Given once: without a topic nothing overtakes it.
        job = self._runner.submit(Lane.WORDS, take_notices, self._library)
        job.succeeded.connect(self._pass_on)
        job.failed.connect(self.failed)

    def change(self, change: Change) -> Job:
        """Write a change after those before it; one that fails is told by `failed`, too."""
        job = self._runner.submit(Lane.WORDS, perform, self._library, change)
        job.succeeded.connect(self._note)
        job.failed.connect(self._fail)
        return job

    def ask(self, question: Question, topic: str) -> Job:
        """Find something out after all changes so far; the newest question of a topic wins."""
        return self._submit(Lane.WORDS, question, topic)

    def after_changes(self, act: Callable[[], object]) -> None:
        """Do something in the GUI thread once all changes so far are written."""
        job = self.ask(lambda _, __: None, topic="")  # Without a topic nothing overtakes it.
        job.succeeded.connect(act)
        job.failed.connect(self.failed)

    def ask_model(self, question: Question, topic: str) -> Job:
        """Find out what may take the model; no change waits for that."""
        return self._submit(Lane.INTERACTIVE, question, topic)

    def _submit(self, lane: Lane, question: Question, topic: str) -> Job:
        return self._runner.submit(lane, question, self._library, self._make_tagger, topic=topic)

    def take_others(self) -> None:
        """Something else is suggested than before: read it, and let filters know."""
        self.changed.emit()
        self.look()

    def undo(self) -> Job:
        """Take back the latest change."""
        return self._reverse(lambda labels: labels.undo())

    def redo(self) -> Job:
        """Do again what was taken back last."""
        return self._reverse(lambda labels: labels.redo())

    def _reverse(self, change: Change) -> Job:
        job = self.change(change)
        job.succeeded.connect(lambda: self.reversed.emit())
        return job

    def _take(self, state: LabelState) -> None:
        self.state = state
        self.read.emit(state)

    def _pass_on(self, notices: list[str]) -> None:
        for notice in notices:
            self.noticed.emit(notice)

    def _note(self, changed: Changed) -> None:
        self.state = replace(
            self.state, undo_title=changed.undo_title, redo_title=changed.redo_title
        )
        self._resting.start()
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._resting.start()
        self.failed.emit(error)
