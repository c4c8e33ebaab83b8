"""What can be done with work and with what it has left out, and where that is told."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from clipsearch.core.types import IndexReport
from clipsearch.errors import ClipSearchError
from clipsearch.gui.actions import Actions
from clipsearch.gui.indexing_news import IndexingNews
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.reveal import show_in_folder
from clipsearch.gui.window_state import WindowState
from clipsearch.gui.work import Task, Work, number
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.settings import Settings


class WorkCommands(QObject):
    """Ties the work of the library to the status line, the activity and their actions.

    GUI thread only.
    """

    failed = Signal(object)
    """The exception: a file cannot be shown in its folder."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        state: WindowState,
        settings: Settings,
        parent: QObject,
        *,
        beside: Sequence[WorkQueue] = (),
    ) -> None:
        """Connect everything; the share of the machine is that of the last start.

        Args:
            actions: The actions of the window.
            parts: Where everything is shown.
            session: Whose work it is.
            state: Where the share of the machine is kept.
            settings: Say what the share is until the user chooses one.
            parent: The window.
            beside: What goes on beside it, in lanes of its own.
        """
        super().__init__(parent)
        self._actions = actions
        self._parts = parts
        self._session = session
        self._state = state
        self._settings = settings
        self._beside = tuple(beside)
        self._news = IndexingNews(parts, actions)
        session.work.set_share(state.share(settings))
        parts.activity.show_share(session.work.share)
        actions.retry.setEnabled(False)
        self._connect_commands()
        self._connect_session()
        self._show()

    def _connect_commands(self) -> None:
        actions, activity, status = self._actions, self._parts.activity, self._parts.status
        actions.pause.triggered.connect(self._toggle_pause)
        actions.cancel.triggered.connect(self._session.cancel_indexing)
        actions.retry.triggered.connect(activity.problems.retry)
        actions.activity.toggled.connect(self._toggle_activity)
        status.paused.connect(self._toggle_pause)
        status.cancelled.connect(self._cancel_shown)
        status.asked.connect(actions.activity.toggle)
        activity.paused.connect(self._toggle_pause)
        activity.cancelled.connect(self._cancel)
        activity.closed.connect(lambda: actions.activity.setChecked(False))
        activity.share_chosen.connect(self._use_share)
        activity.problems.retried.connect(self._retry)
        activity.problems.revealed.connect(self._reveal)

    def _connect_session(self) -> None:
        session = self._session
        session.work.started.connect(self._news.begin)
        session.work.changed.connect(self._show)
        for queue in self._beside:
            queue.changed.connect(self._show)
        session.work.failed.connect(lambda _task, error: self._news.take_error(error))
        session.work.ended.connect(self._end)
        session.indexed.connect(self._indexed)
        session.indexing_stopped.connect(self._news.take_stop)
        session.folder_removed.connect(self._removed)

    def _show(self) -> None:
        work = self._session.work
        is_paused = work.is_paused
        works = [*work.works, *(one for queue in self._beside for one in queue.works)]
        first = works[0] if works else None
        self._parts.status.show_work(first, is_paused=is_paused)
        self._parts.activity.show_works(works, is_paused=is_paused)
        words = self.tr("&Resume Indexing") if is_paused else self.tr("&Pause Indexing")
        self._actions.pause.setText(words)
        self._actions.pause.setEnabled(not work.is_empty)
        self._actions.cancel.setEnabled(not work.is_empty)

    def _cancel(self, work: Work) -> None:
        for queue in (self._session.work, *self._beside):
            queue.cancel(work)

    def _cancel_shown(self) -> None:
        """Stop what the status line tells of."""
        queues = (self._session.work, *self._beside)
        busy = next((queue for queue in queues if not queue.is_empty), None)
        if busy is not None:
            busy.cancel()

    def _end(self) -> None:
        if self._session.work.is_empty:
            self._news.end()

    def _indexed(self, report: IndexReport, task: Task) -> None:
        self._parts.messages.clear(Subject.MODEL)
        self._news.take_report(report, task)

    def _removed(self, folder: Path, photos: int) -> None:
        self._news.take_removal(folder)
        words = self.tr("1 photo left the library.")
        if photos != 1:
            words = self.tr("{count} photos left the library.").format(count=number(photos))
        self._parts.messages.show_message(
            words,
            subject=Subject.FOLDERS,
            action=(self.tr("Add It Again"), lambda: self._session.add_folders([folder])),
        )

    def _toggle_pause(self) -> None:
        work = self._session.work
        if work.is_paused:
            work.resume()
        elif not work.is_empty:
            work.pause()

    def _toggle_activity(self, on: bool) -> None:
        self._parts.activity.setVisible(on)
        self._parts.messages.clear(Subject.SKIPPED)

    def _use_share(self, share: float) -> None:
        self._session.work.set_share(share)
        self._state.remember_share(share, self._settings)

    def _retry(self, paths: list[Path]) -> None:
        title = self.tr("Trying {count} files again").format(count=number(len(paths)))
        if len(paths) == 1:
            title = self.tr("Trying {name} again").format(name=paths[0].name)
        self._session.update_places(paths, title)

    def _reveal(self, path: Path) -> None:
        try:
            show_in_folder(path)
        except ClipSearchError as error:
            self.failed.emit(error)
