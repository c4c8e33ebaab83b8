"""The user's words outside the library: sidecars beside the photos."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.actions import Actions
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.dialogs import ask, show_skipped
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
    from clipsearch.core.write_out import WriteOut


def write_sidecars(library: PhotoLibrary, photos: list[Photo], progress: Progress) -> "WriteOut":
    """Write the sidecars of photos; for a worker thread."""
    return library.write_sidecars(photos, progress=progress)


class WordFiles(QObject):
    """Performs the actions of the menu "Tags". GUI thread only."""

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
        self._photos: list[Photo] = []
        self.work = WorkQueue(runner, FullSpeed(), self, lane=Lane.SIDECARS)
        """The sidecars that are being written, if some are."""
        self.work.succeeded.connect(self._tell_written)
        self.work.stopped.connect(self._tell_stop)
        self.work.failed.connect(lambda _, error: labels.failed.emit(error))
        actions.write_sidecars.setEnabled(False)
        actions.write_sidecars.triggered.connect(self._ask_to_write)
        session.photos_changed.connect(self._take_photos)

    def write_sidecars(self, photos: list[Photo]) -> None:
        """Write the sidecars of photos, after everything that was said of them until now."""
        job = self._labels.ask(lambda _, __: None, "sidecars")
        job.succeeded.connect(lambda: self._submit(photos))

    def _take_photos(self, photos: list[Photo]) -> None:
        self._photos = photos
        self._actions.write_sidecars.setEnabled(bool(photos))

    def _ask_to_write(self) -> None:
        grid = self._parts.grid
        photos = (grid.selected_photos() if grid.isVisible() else []) or self._photos
        words = self.tr("Write the sidecars of {photos}?")
        ask(
            self._window,
            self.tr("Write sidecars"),
            words.format(photos=photos_words(len(photos))),
            self.tr(
                "Your tags and stars go into files beside the photos, for digiKam, Lightroom and "
                "others. The photos themselves are not written, and what other programs wrote "
                "stays. Without a selection, all photos of the library are meant."
            ),
            self.tr("Write"),
            lambda: self.write_sidecars(photos),
        )

    def _submit(self, photos: list[Photo]) -> None:
        self._parts.messages.clear(Subject.LABELS)
        task = Task(self.tr("Writing sidecars"), is_indexing=False, is_counted=True)
        self.work.submit(task, write_sidecars, self._library, photos)

    def _tell_written(self, _: Task, report: "WriteOut") -> None:
        words = self.tr("Sidecars: {written} written, {unchanged} unchanged, {skipped} skipped.")
        told = words.format(
            written=number(len(report.written)),
            unchanged=number(report.unchanged),
            skipped=number(len(report.skipped)),
        )
        action = None
        if report.skipped:
            action = self.tr("Why?"), lambda: show_skipped(self._window, told, report.skipped)
        self._parts.messages.show_message(told, subject=Subject.LABELS, action=action)

    def _tell_stop(self, _: Task) -> None:
        words = self.tr("Writing sidecars was stopped; what was written stays.")
        self._parts.messages.show_message(words, subject=Subject.LABELS)
