"""The user's words in the files beside the photos: written there, and read from there."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.core.types import Photo, Skipped
from clipsearch.gui.actions import Actions
from clipsearch.gui.chosen_photos import ChosenPhotos
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.dialogs import ask, ask_with_choice, show_skipped
from clipsearch.gui.full_speed import FullSpeed
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.photo_labels import photos_words
from clipsearch.gui.work import Task, number
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.progress import Progress

if TYPE_CHECKING:
    from clipsearch.core.read_in import ReadIn
    from clipsearch.core.write_out import WriteOut


def write_sidecars(
    library: PhotoLibrary, photos: Sequence[Photo], suggestions: bool, progress: Progress
) -> "WriteOut":
    """Write the sidecars of photos; for a worker thread."""
    return library.sidecars.write(photos, suggestions=suggestions, progress=progress)


class SidecarCommands(QObject):
    """Performs `Actions.of_sidecars`, on the selected photos or on all. GUI thread only."""

    def __init__(
        self,
        library: PhotoLibrary,
        runner: JobRunner,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        labels: LabelSession,
        window: QWidget,
    ) -> None:
        """Connect the actions; they are there once there are photos.

        Args:
            library: Whose words they are.
            runner: Runs what takes long.
            actions: Of the window.
            parts: Of the window.
            session: Tells when there are photos.
            labels: Runs the rest after what was said until then.
            window: The window.
        """
        super().__init__(window)
        self._library = library
        self._actions = actions
        self._parts = parts
        self._labels = labels
        self._window = window
        self._chosen = ChosenPhotos(actions.of_sidecars, parts, session, self)
        self.work = WorkQueue(runner, FullSpeed(), self, lane=Lane.SIDECARS)
        """The sidecars that are being written, if some are."""
        self.work.succeeded.connect(self._tell_written)
        self.work.stopped.connect(self._tell_stop)
        self.work.failed.connect(lambda _, error: labels.failed.emit(error))
        actions.write_sidecars.triggered.connect(self._ask_to_write)
        actions.read_sidecars.triggered.connect(self._ask_to_read)

    def write(self, photos: Sequence[Photo], *, suggestions: bool = False) -> None:
        """Write the sidecars of photos, after everything that was said of them until now."""
        self._labels.after_changes(lambda: self._submit(photos, suggestions))

    def read(self, photos: Sequence[Photo]) -> None:
        """Make what files and sidecars say of photos the user's own words."""
        # Without a topic nothing overtakes it.
        job = self._labels.ask(lambda library, _: library.sidecars.read(photos), topic="")
        job.succeeded.connect(self._tell_read)
        job.failed.connect(self._labels.failed)

    # Written

    def _ask_to_write(self) -> None:
        photos = self._chosen.photos
        title = self.tr("Write sidecars")
        question = self.tr("Write the sidecars of {photos}?")
        question = question.format(photos=photos_words(len(photos)))
        more = self.tr(
            "Your tags and stars go into files beside the photos, for digiKam, Lightroom and "
            "others. The photos themselves are not written, and what other programs wrote "
            "stays. Without a selection, all photos of the library are meant."
        )
        button = self.tr("Write")
        if not self._labels.can_suggest:
            ask(self._window, title, question, more, button, lambda: self.write(photos))
            return
        more += " " + self.tr("Suggested tags that are not written any more are taken out again.")
        choice = self.tr("Write the suggested tags, too")
        ask_with_choice(
            self._window,
            title,
            question,
            more,
            choice,
            button,
            lambda ticked: self.write(photos, suggestions=ticked),
        )

    def _submit(self, photos: Sequence[Photo], suggestions: bool) -> None:
        self._parts.messages.clear(Subject.LABELS)
        task = Task(self.tr("Writing sidecars"), is_indexing=False, is_counted=True)
        self.work.submit(task, write_sidecars, self._library, photos, suggestions)

    def _tell_written(self, _: Task, report: "WriteOut") -> None:
        words = self.tr("Sidecars: {written} written, {unchanged} unchanged, {skipped} skipped.")
        told = words.format(
            written=number(len(report.written)),
            unchanged=number(report.unchanged),
            skipped=number(len(report.skipped)),
        )
        self._tell(told, self._why(told, report.skipped))

    def _tell_stop(self, _: Task) -> None:
        self._tell(self.tr("Writing sidecars was stopped; what was written stays."))

    # Read

    def _ask_to_read(self) -> None:
        photos = self._chosen.photos
        words = self.tr("Make the tags and stars in the files of {photos} your own?")
        ask(
            self._window,
            self.tr("Read tags from sidecars"),
            words.format(photos=photos_words(len(photos))),
            self.tr(
                "What digiKam, Lightroom and others wrote into the photos, or beside them, stays "
                "in your library even when those files are lost. What you have said yourself is "
                "not changed. It is read as it was when the photos were indexed last. Without a "
                "selection, all photos of the library are meant."
            ),
            self.tr("Read"),
            lambda: self.read(photos),
        )

    def _tell_read(self, report: "ReadIn") -> None:
        told = self._read_words(report)
        action = self._why(told, report.skipped)
        if report.tags or report.ratings:
            self._labels.take_others()
            action = action or (self.tr("Undo"), self._actions.undo.trigger)
        self._tell(told, action)

    def _read_words(self, report: "ReadIn") -> str:
        words = self.tr("Read from the files: tags {tags}, ratings {ratings}.")
        if not (report.tags or report.ratings):
            words = self.tr("No new tags or stars were found in the files.")
        if report.kept:
            words += " " + self.tr("Left as you said: {kept}.")
        if report.skipped:
            words += " " + self.tr("Cannot be tags: {skipped}.")
        return words.format(
            tags=number(report.tags),
            ratings=number(report.ratings),
            kept=number(report.kept),
            skipped=number(len(report.skipped)),
        )

    # Both

    def _why(
        self, told: str, skipped: Sequence[Skipped]
    ) -> tuple[str, Callable[[], object]] | None:
        if not skipped:
            return None
        return self.tr("Why?"), lambda: show_skipped(self._window, told, skipped)

    def _tell(self, words: str, action: tuple[str, Callable[[], object]] | None = None) -> None:
        self._parts.messages.show_message(words, subject=Subject.LABELS, action=action)
