"""Words into the photos themselves: what would be written is found out and asked about before."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.actions import Actions
from clipsearch.gui.chosen_photos import ChosenPhotos
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was, or would be, written."""

    photos: list[Photo]
    """Those that it was about."""
    is_trial: bool
    report: "WriteOut"


def write_originals(
    library: PhotoLibrary, photos: list[Photo], is_trial: bool, progress: Progress
) -> Outcome:
    """Write into photos, or find out what would be written; for a worker thread."""
    report = library.originals.write(photos, dry_run=is_trial, progress=progress)
    return Outcome(photos, is_trial, report)


class OriginalsWriter(QObject):
    """Performs "Write into Photos". GUI thread only."""

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
        """Connect the action.

        Args:
            library: Whose photos they are.
            runner: Runs what takes long.
            actions: Of the window.
            parts: Of the window.
            session: Tells when there are photos, and reads them again afterwards.
            labels: Writes what was said until then, and is told that nothing of it can be undone
                any more.
            window: The window.
        """
        super().__init__(window)
        self._library = library
        self._parts = parts
        self._session = session
        self._labels = labels
        chosen = ChosenPhotos([actions.write_originals], parts, session, self)
        self._window = window
        # In the lane of the indexing, which writes the library, too.
        self.work = WorkQueue(runner, FullSpeed(), self, lane=Lane.LIBRARY)
        """What is being written, or looked at before."""
        self.work.succeeded.connect(lambda _, outcome: self._take(outcome))
        self.work.stopped.connect(self._tell_stop)
        self.work.failed.connect(lambda _, error: labels.failed.emit(error))
        self.work.ended.connect(session.look)
        actions.write_originals.triggered.connect(lambda: self.look(chosen.photos))

    def look(self, photos: list[Photo]) -> None:
        """Find out what would be written into photos, and ask whether it shall be."""
        title = self.tr("Looking what is to be written")
        self._labels.after_changes(lambda: self._submit(title, photos, is_trial=True))

    def write(self, photos: list[Photo]) -> None:
        """Write into photos, after everything that was said of them until now."""
        title = self.tr("Writing into photos")
        self._labels.after_changes(lambda: self._submit(title, photos, is_trial=False))

    def _submit(self, title: str, photos: list[Photo], *, is_trial: bool) -> None:
        self._parts.messages.clear(Subject.LABELS)
        task = Task(title, is_indexing=False, is_counted=True)
        self.work.submit(task, write_originals, self._library, photos, is_trial)

    def _take(self, outcome: Outcome) -> None:
        if not outcome.is_trial:
            self._labels.take_others()
            self._tell_written(outcome.report)
        elif outcome.report.originals or outcome.report.written:
            self._ask(outcome)
        else:
            self._tell_written(outcome.report)

    def _ask(self, outcome: Outcome) -> None:
        report = outcome.report
        words = self.tr("Write your tags and stars into {photos}?")
        more = self.tr(
            "Sidecars beside them: {sidecars}; skipped: {skipped}. Your tags and "
            "stars (dc:subject, lr:hierarchicalSubject, xmp:Rating) are written by ExifTool into a "
            "copy of each file, which takes the file's place once it shows the same pixels. Other "
            "formats than JPEG, PNG, TIFF, WebP, HEIC and AVIF get a sidecar. Nothing that you "
            "have said until now can be undone afterwards."
        )
        photos = photos_words(len(report.originals))
        ask(
            self._window,
            self.tr("Write into photos"),
            words.format(photos=photos),
            more.format(
                sidecars=number(len(report.written)),
                skipped=number(len(report.skipped)),
            ),
            self.tr("Write into Photos"),
            lambda: self.write(outcome.photos),
        )

    def _tell_written(self, report: "WriteOut") -> None:
        words = self.tr(
            "Photos: {photos} written. Sidecars: {sidecars} written. "
            "{unchanged} unchanged, {skipped} skipped."
        )
        told = words.format(
            photos=number(len(report.originals)),
            sidecars=number(len(report.written)),
            unchanged=number(report.unchanged),
            skipped=number(len(report.skipped)),
        )
        reasons = (*report.skipped, *report.instead)
        action = None
        if reasons:
            action = self.tr("Why?"), lambda: show_skipped(self._window, told, reasons)
        self._parts.messages.show_message(told, subject=Subject.LABELS, action=action)

    def _tell_stop(self, _: Task) -> None:
        self._labels.take_others()
        words = self.tr("Writing into photos was stopped; what was written stays.")
        self._parts.messages.show_message(words, subject=Subject.LABELS)
