"""Looks for the tags of all photos in the background, and asks how many are wanted."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.errors import ClipSearchError
from clipsearch.gui import excepthook
from clipsearch.gui.actions import Actions
from clipsearch.gui.full_speed import FullSpeed
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.label_contracts import TaggerMaker, TagsFound
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Kind, Subject
from clipsearch.gui.messages import sentence
from clipsearch.gui.window_state import WindowState
from clipsearch.gui.work import Task, number
from clipsearch.gui.work_queue import WorkQueue
from clipsearch.progress import Progress

_AMOUNT = "tags/amount"


def find_tags(make_tagger: TaggerMaker, amount: float, progress: Progress) -> TagsFound:
    """Look at all photos; for a worker thread."""
    return make_tagger().suggest(slider=amount, progress=progress)


class TagSearch(QObject):
    """Lets the model suggest tags when the user asks for it. GUI thread only."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        labels: LabelSession,
        runner: JobRunner,
        make_tagger: TaggerMaker | None,
        state: WindowState,
        usual: float,
        window: QWidget,
    ) -> None:
        """Connect the actions; they are there once there are photos.

        Args:
            actions: Of the window.
            parts: Of the window.
            session: Tells when there are photos.
            labels: Is read again when something else is suggested.
            runner: Runs the look.
            make_tagger: Gives what suggests tags; ``None`` leaves all of this out.
            state: Remembers how many tags are wanted.
            usual: How many are wanted by the settings, in [0, 1].
            window: The window.
        """
        super().__init__(window)
        self._actions = actions
        self._parts = parts
        self._labels = labels
        self._make_tagger = make_tagger
        self._state = state
        self._usual = usual
        self._window = window
        self.work = WorkQueue(runner, FullSpeed(), self, lane=Lane.TAGS)
        """The look that runs, if one does."""
        self.work.succeeded.connect(self._take)
        self.work.failed.connect(self._fail)
        for action in (actions.find_tags, actions.tag_amount):
            action.setVisible(make_tagger is not None)
            action.setEnabled(False)
        actions.find_tags.triggered.connect(self.find)
        actions.tag_amount.triggered.connect(self._ask)
        session.photos_changed.connect(self._take_photos)

    @property
    def amount(self) -> float:
        """How many tags are wanted, in [0, 1]: as chosen in the window, else by the settings."""
        try:
            return min(1.0, max(0.0, float(self._state.text(_AMOUNT))))
        except ValueError:
            return self._usual

    def find(self) -> None:
        """Look at all photos, unless that is being done."""
        if self._make_tagger is None or not self.work.is_empty:
            return
        self._parts.messages.clear(Subject.TAGS)
        task = Task(self.tr("Looking for tags"), is_indexing=False, is_counted=True)
        self.work.submit(task, find_tags, self._make_tagger, self.amount)

    def choose(self, amount: float) -> None:
        """Let more or fewer of the tags count that were found; nothing is looked at again."""
        self._state.set_text(_AMOUNT, str(amount))
        make_tagger = self._make_tagger
        if make_tagger is not None:
            job = self._labels.ask(lambda _, __: make_tagger().draw_line(amount), "tag amount")
            job.succeeded.connect(self._labels.take_others)
            job.failed.connect(self._tell)

    def _ask(self) -> None:
        from clipsearch.gui.amount_popup import AmountPopup  # Not before the first paint.

        popup = AmountPopup(self.amount, self._window)
        popup.chosen.connect(self.choose)
        popup.open_below(self._parts.search.filter_button)

    def _take_photos(self, photos: list[object]) -> None:
        for action in (self._actions.find_tags, self._actions.tag_amount):
            action.setEnabled(bool(photos))

    def _take(self, _: Task, found: TagsFound) -> None:
        self._labels.take_others()
        words = self.tr("Tags are suggested for {tagged} of {photos} photos.")
        told = words.format(tagged=number(found.tagged), photos=number(found.photos))
        self._parts.messages.show_message(told, subject=Subject.TAGS)

    def _fail(self, _: Task, error: Exception) -> None:
        self._tell(error)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, ClipSearchError):
            self._parts.messages.show_message(sentence(error), Kind.ERROR, subject=Subject.TAGS)
        else:
            excepthook.hand_over(error)
