"""Ranks the rest of a review anew while the user decides: each answer teaches the tag."""

from functools import partial

from PySide6.QtCore import QObject, QTimer

from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.review import read_review
from clipsearch.gui.review_page import ReviewPage

_DECISIONS = 8
"""Photos that are decided between two rankings: less than half a screen of a small window, so that
what was learned is seen on it; at 16 keys a second still only two rankings a second."""
_PAUSE_MS = 700
"""Without a decision, before the rest is ranked by fewer: longer than a photo that is easy takes,
shorter than a look around."""


class ReviewRanking(QObject):
    """Learns from what was decided, behind the user's back. GUI thread only.

    One ranking at a time: if each decision overtook the one before, a large library would be
    ranked never. In a pause everything else that is suggested follows, too: that takes longer.
    """

    def __init__(self, page: ReviewPage, session: LabelSession, parent: QObject) -> None:
        """Wait for decisions.

        Args:
            page: Shows the review.
            session: Asks the model.
            parent: Owns this.
        """
        super().__init__(parent)
        self._page = page
        self._session = session
        self._decided = 0
        self._running = 0
        self._pausing = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._pausing.timeout.connect(lambda: self._rank(keep=True))

    @property
    def is_settled(self) -> bool:
        """Whether everything that was decided has been learned, and is shown."""
        return not self._running and not self._pausing.isActive()

    def note(self, photos: int) -> None:
        """So many photos were decided, or decided otherwise, and that is written."""
        self._decided += photos
        self._pausing.start()
        self._rank_if_due()

    def stop(self) -> None:
        """Another review is looked for, which knows what was decided until now."""
        self._decided = 0
        self._pausing.stop()

    def _rank_if_due(self) -> None:
        if self._decided >= _DECISIONS and not self._running:
            self._rank(keep=False)

    def _rank(self, *, keep: bool) -> None:
        self._decided = 0
        page = self._page
        if page.notice:  # There is no wall to be ranked.
            return
        asks_first = page.ask_first.isChecked()
        question = partial(read_review, page.tag, asks_first=asks_first, keep=keep)
        # The topic of the first look: another review overtakes this one.
        job = self._session.ask_model(question, topic="review")
        self._running += 1
        job.succeeded.connect(page.rank_anew)
        if keep:
            job.succeeded.connect(lambda: self._session.take_others())
        job.failed.connect(self._session.failed)
        job.finished.connect(self._end)

    def _end(self) -> None:
        self._running -= 1
        self._rank_if_due()
