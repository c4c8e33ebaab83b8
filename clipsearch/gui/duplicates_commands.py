"""What follows from what on the page of duplicates: searching, comparing, moving to the bin."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from clipsearch.core.query import Query
from clipsearch.core.types import DuplicateKind, Removal
from clipsearch.gui.contracts import PictureSource, Remover
from clipsearch.gui.duplicates_session import DuplicatesSession
from clipsearch.gui.gallery import Gallery
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.places_model import KINDS
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.work import Task

if TYPE_CHECKING:
    # Whoever never asks for duplicates does not wait for them before the first paint.
    from clipsearch.gui.comparison import Comparison
    from clipsearch.gui.duplicate_choices import Choice
    from clipsearch.gui.duplicates_page import DuplicatesPage


class DuplicatesCommands(QObject):
    """Ties sidebar, page and searches together; makes the page when it is first asked for.

    GUI thread only.
    """

    failed = Signal(object)
    """The exception: there is no answer, or a photo cannot be shown."""

    def __init__(
        self,
        parts: Parts,
        session: LibrarySession,
        duplicates: DuplicatesSession,
        gallery: Gallery,
        source: PictureSource,
        runner: JobRunner,
        remove: Remover | None,
        window: QWidget,
    ) -> None:
        """Connect everything; without ``remove`` nothing can be moved to the bin."""
        super().__init__(window)
        self._parts = parts
        self._session = session
        self._duplicates = duplicates
        self._source = source
        self._runner = runner
        self._remove = remove
        self._window = window
        self.page: DuplicatesPage | None = None
        self.comparison: Comparison | None = None
        parts.sidebar.chosen.connect(self._show_place)
        parts.sidebar.list.activated.connect(self._enter)
        parts.search.searched.connect(self._leave_for)
        gallery.library_changed.connect(self._doubt)
        session.photos_removed.connect(self._report)
        session.work.stopped.connect(self._tell_stop)
        session.work.ended.connect(self._refresh)
        duplicates.found.connect(self._show_found)
        duplicates.stopped.connect(self._show_stop)
        duplicates.failed.connect(self._show_failure)

    @property
    def is_settled(self) -> bool:
        """Whether every visible thumbnail and picture was asked for and has arrived."""
        if self.page is None or self.comparison is None or not self.page.isVisible():
            return True
        return self.page.list.is_settled and self.comparison.is_settled

    @property
    def _shown(self) -> DuplicateKind | None:
        is_shown = self.page is not None and self.page.isVisible()
        return self.page.kind if self.page is not None and is_shown else None

    def _show_place(self) -> None:
        kind = self._parts.sidebar.kind
        if kind is None:
            self._parts.show_photos()
            return
        page = self._made()
        self._parts.show_page(page)
        choices = self._duplicates.choices(kind)
        if choices is None:
            page.show_searching(kind)
        else:
            page.show_choices(kind, choices)
        self._duplicates.want(kind)

    def _enter(self) -> None:
        """Enter on a list of duplicates goes into it."""
        if self.page is not None and self.page.isVisible():
            self.page.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_for(self, query: Query) -> None:
        if not query.is_empty:
            self._parts.show_photos()

    def _made(self) -> "DuplicatesPage":
        if self.page is not None:
            return self.page
        from clipsearch.gui.comparison import Comparison
        from clipsearch.gui.duplicates_page import DuplicatesPage
        from clipsearch.gui.group_delegate import EDGE

        self.page = DuplicatesPage(Thumbnails(self._source, self._runner, EDGE, self))
        self.page.list.opened.connect(self._compare)
        self.page.removal_asked.connect(self._ask)
        self.page.search_asked.connect(self._show_place)
        for button in (self.page.remove, self.page.remove_all):
            button.setVisible(self._remove is not None)
        self.comparison = Comparison(self._source, self._runner, self._parts.body)
        self.comparison.changed.connect(self.page.refresh_row)
        self.comparison.closed.connect(self._return_to_list)
        self.comparison.failed.connect(self.failed)
        return self.page

    def _doubt(self) -> None:
        self._duplicates.doubt()
        for kind in KINDS:
            if kind != self._shown:
                self._parts.sidebar.model.show_groups(kind, None)
        self._refresh()

    def _refresh(self) -> None:
        """Look again at what is shown; while photos come and go it would be in vain."""
        if self._shown is not None and not self._session.is_indexing:
            self._duplicates.want(self._shown)

    def _show_found(self, kind: DuplicateKind) -> None:
        choices = self._duplicates.choices(kind)
        if choices is None:
            return
        self._parts.sidebar.model.show_groups(kind, len(choices))
        if self.page is not None and kind == self._shown:
            if self.comparison is not None:
                self.comparison.leave()
            self.page.show_choices(kind, choices)
            self._refresh()

    def _show_stop(self, kind: DuplicateKind) -> None:
        if self.page is not None and kind == self._shown and not self._duplicates.choices(kind):
            self.page.show_stopped(kind)

    def _show_failure(self, kind: DuplicateKind, error: Exception) -> None:
        self._show_stop(kind)
        self.failed.emit(error)

    def _compare(self, row: int, place: int) -> None:
        if self.page is not None and self.comparison is not None:
            self.comparison.open_group(self.page.model.choices, row, place)

    def _return_to_list(self, row: int, place: int) -> None:
        if self.page is not None and row < self.page.model.rowCount():
            self.page.list.show_place(row, place)
            self.page.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self, choices: "list[Choice]") -> None:
        from clipsearch.gui.removal_dialog import ask_to_bin

        remove = self._remove
        groups = [group for choice in choices if (group := choice.as_group()) is not None]
        if remove is not None and groups:
            ask_to_bin(self._window, groups, lambda: self._session.remove_photos(remove, groups))

    def _report(self, removal: Removal) -> None:
        from clipsearch.gui.removal_dialog import removal_words, show_removal

        self._duplicates.drop(removal.removed)
        self._parts.messages.show_message(
            removal_words(removal),
            subject=Subject.DUPLICATES,
            action=(self.tr("Show Which"), lambda: show_removal(self._window, removal)),
        )

    def _tell_stop(self, task: Task) -> None:
        if task.is_counted:
            words = self.tr("Stopped. What is in the bin already can be taken back from there.")
            self._parts.messages.show_message(words, subject=Subject.DUPLICATES)
