"""The user's words outside the library: exports and backups."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from clipsearch.core.label_types import ImportReport
from clipsearch.core.types import Photo
from clipsearch.gui.actions import Actions
from clipsearch.gui.dialogs import ask, ask_what_to_import, ask_where_to_export
from clipsearch.gui.jobs import Job
from clipsearch.gui.label_session import LabelSession, Question
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.work import number

if TYPE_CHECKING:
    from clipsearch.core.label_backups import Backup


class WordFiles(QObject):
    """Performs `Actions.of_word_files`. GUI thread only."""

    replaced = Signal()
    """Words came from a file, and saved searches may be among them."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        labels: LabelSession,
        window: QWidget,
    ) -> None:
        """Connect the actions; they are there once there are photos.

        Args:
            actions: Of the window.
            parts: Of the window.
            session: Tells when there are photos.
            labels: Runs everything after what was said until then.
            window: The window.
        """
        super().__init__(window)
        self._actions = actions
        self._parts = parts
        self._labels = labels
        self._window = window
        self._take_photos([])
        actions.export_words.triggered.connect(lambda: ask_where_to_export(window, self.export_to))
        actions.import_words.triggered.connect(lambda: ask_what_to_import(window, self.import_from))
        actions.restore_backup.triggered.connect(self._look_for_backups)
        # What an import brought may have gone again, or come back.
        labels.reversed.connect(self.replaced)
        session.photos_changed.connect(self._take_photos)

    def export_to(self, file: Path) -> None:
        """Write everything that is said into a file."""
        job = self._do(lambda library, _: library.labels.export_to(file))
        job.succeeded.connect(lambda lines: self._tell_exported(file, lines))

    def import_from(self, file: Path) -> None:
        """Merge an exported file with what is said here."""
        job = self._do(lambda library, _: library.labels.import_from(file))
        job.succeeded.connect(self._tell_imported)

    def restore(self, backup: Path) -> None:
        """Go back to what a backup says."""
        job = self._do(lambda library, _: library.labels.restore(backup))
        job.succeeded.connect(lambda paths: self._tell_restored(*paths))

    def _do(self, question: Question) -> Job:
        """Do something after what was said until now; what fails is told."""
        job = self._labels.ask(question, topic="")  # Without a topic nothing overtakes it.
        job.failed.connect(self._labels.failed)
        return job

    def _look_for_backups(self) -> None:
        job = self._labels.ask(lambda library, _: library.labels.backups(), "backups")
        job.succeeded.connect(self._ask_which)
        job.failed.connect(self._labels.failed)

    def _ask_which(self, backups: "list[Backup]") -> None:
        from clipsearch.gui.backup_popup import BackupPopup  # Not before the first paint.

        if not backups:
            self._tell(self.tr("There is no backup yet: one is made on each day with changes."))
            return
        popup = BackupPopup(backups, self._window)
        popup.chosen.connect(self._ask_to_restore)
        popup.open_below(self._parts.search.filter_button)

    def _ask_to_restore(self, backup: "Backup") -> None:
        from clipsearch.gui.backup_popup import made_words  # As above.

        words = self.tr("Go back to what you had said on {date}?")
        ask(
            self._window,
            self.tr("Restore a backup"),
            words.format(date=made_words(backup)),
            self.tr(
                "Tags and what they mean, stars, collections and saved searches become what they "
                "were then. What they are now is kept as a backup first. Photos and folders stay "
                "as they are."
            ),
            self.tr("Restore"),
            lambda: self.restore(backup.path),
        )

    def _tell_restored(self, backup: Path, kept: Path) -> None:
        self._read_again()
        words = self.tr("{name} was restored; what was there before is {kept}.")
        told = words.format(name=backup.name, kept=kept.name)
        self._tell(told, (self.tr("Undo"), lambda: self.restore(kept)))

    def _tell_exported(self, file: Path, lines: int) -> None:
        words = self.tr("Exported to {file}: {lines} lines.")
        if lines == 1:
            words = self.tr("Exported to {file}: 1 line.")
        self._tell(words.format(lines=number(lines), file=file))

    def _tell_imported(self, report: ImportReport) -> None:
        self._read_again()
        words = self.tr("{added} added, {changed} changed, {kept} kept as the library has them.")
        told = words.format(
            added=number(report.added), changed=number(report.changed), kept=number(report.kept)
        )
        self._tell(told, (self.tr("Undo"), self._actions.undo.trigger))

    def _read_again(self) -> None:
        self._labels.take_others()
        self.replaced.emit()

    def _tell(self, words: str, action: tuple[str, Callable[[], object]] | None = None) -> None:
        self._parts.messages.show_message(words, subject=Subject.LABELS, action=action)

    def _take_photos(self, photos: list[Photo]) -> None:
        for action in self._actions.of_word_files:
            action.setEnabled(bool(photos))
