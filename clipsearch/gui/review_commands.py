"""What follows from what in review mode: the candidates come, decisions are written behind it."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QWidget

from clipsearch.gui.actions import Actions
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.layout import Parts

if TYPE_CHECKING:
    # Whoever never reviews does not wait for it before the first paint.
    from collections.abc import Mapping

    from clipsearch.core.label_types import Verdict
    from clipsearch.gui.review_page import ReviewPage
    from clipsearch.gui.review_ranking import ReviewRanking


class ReviewCommands(QObject):
    """Opens the page of a review, and writes what is decided there. GUI thread only."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LabelSession,
        window: QWidget,
    ) -> None:
        """Connect everything; the page is made when it is first asked for.

        Args:
            actions: With the one that opens a review.
            parts: Of the window.
            session: Keeps what is decided.
            window: The window.
        """
        super().__init__(window)
        self._parts = parts
        self._session = session
        self._window = window
        self._before: QWidget | None = None
        self._decisions = 0
        self.page: ReviewPage | None = None
        self._ranking: ReviewRanking | None = None
        actions.review.setEnabled(session.can_suggest)
        actions.review.triggered.connect(self._ask)
        session.reversed.connect(self._look_again)

    @property
    def is_settled(self) -> bool:
        """Whether all that was decided is learned, and every visible thumbnail has arrived."""
        if self.page is None or self._ranking is None:
            return True
        return self._ranking.is_settled and (not self.page.isVisible() or self.page.wall.is_settled)

    def review(self, tag: str) -> None:
        """Go through the candidates for a tag, the surest first."""
        self._made().ask_first.setChecked(False)
        self._read(tag)

    def _read(self, tag: str) -> None:
        page = self._made()
        if self._parts.page is not page:
            self._before = self._parts.page
        self._parts.show_page(page)
        page.show_loading(tag)
        if self._ranking is not None:
            self._ranking.stop()
        from clipsearch.gui.review import read_review  # With the page, not before.

        question = partial(read_review, tag, asks_first=page.ask_first.isChecked())
        job = self._session.ask_model(question, topic="review")
        job.succeeded.connect(page.show_review)
        job.failed.connect(page.show_failed)
        job.failed.connect(self._session.failed)

    def _ask(self) -> None:
        """Review the tag that is chosen, else let the user choose one."""
        from clipsearch.gui.name_popup import NamePopup  # Not before the first paint.

        chosen = self._session.chosen_tag
        if chosen:
            self.review(chosen)
            return
        title = self.tr("Which tag is to be reviewed?")
        popup = NamePopup(title, "tag", self._session.state.values, self._window)
        popup.ok.setText(self.tr("&Review"))
        popup.chosen.connect(self.review)
        body = self._parts.body
        popup.open_at(body.mapToGlobal(QPoint(body.width() // 2 - popup.width() // 2, 40)))

    def _made(self) -> "ReviewPage":
        if self.page is None:
            from clipsearch.gui.review_page import ReviewPage
            from clipsearch.gui.review_ranking import ReviewRanking

            self.page = ReviewPage(self._parts.thumbnails.another(self))
            self._ranking = ReviewRanking(self.page, self._session, self)
            self.page.decided.connect(self._write)
            self.page.left.connect(self._leave)
            self.page.ask_first.clicked.connect(lambda: self._read(self._made().tag))
        return self.page

    def _write(self, rows: list[int], verdict: "Verdict | None") -> None:
        """Write what is shown already; what cannot be written is shown as it was."""
        page = self._made()
        tag, model = page.tag, page.model
        contents = [model.content(row) for row in rows]
        before = {row: model.verdict(row) for row in rows}
        self._decisions += 1
        job = self._session.change(lambda labels: labels.tags.decide(tag, contents, verdict))
        job.succeeded.connect(lambda: self._learn(tag, len(contents)))
        job.failed.connect(lambda: self._take_back(tag, contents, verdict, before))

    def _learn(self, tag: str, photos: int) -> None:
        """So many photos were decided for a tag, and that is written."""
        if self._ranking is not None and self._made().tag == tag:
            self._ranking.note(photos)

    def _take_back(
        self,
        tag: str,
        contents: list[str],
        verdict: "Verdict | None",
        before: "Mapping[int, Verdict | None]",
    ) -> None:
        page = self._made()
        model = page.model
        for (row, was), content in zip(before.items(), contents, strict=True):
            # Another review may be shown by now, or something else decided.
            is_here = page.tag == tag and row < model.rowCount() and model.content(row) == content
            if is_here and model.verdict(row) == verdict:
                model.decide([row], was)
        page.refresh()

    def _look_again(self) -> None:
        """Something was undone, or done again: show what is decided now."""
        if self.page is None or not self.page.isVisible():
            return
        from clipsearch.gui.review import read_verdicts

        asked, tag = self._decisions, self.page.tag
        job = self._session.ask(partial(read_verdicts, tag), topic="verdicts")
        job.succeeded.connect(lambda verdicts: self._show(tag, asked, verdicts))

    def _show(self, tag: str, asked: int, verdicts: "Mapping[str, Verdict]") -> None:
        page = self._made()
        if page.tag != tag:
            return
        if asked != self._decisions:
            # What was decided meanwhile is not among these.
            self._look_again()
            return
        row = page.model.show_verdicts(verdicts)
        if row is not None:
            page.wall.show_row(row)
            self._learn(tag, 1)
        page.refresh()

    def _leave(self) -> None:
        if self._before is not None:
            self._parts.show_page(self._before)
        if self._parts.grid.isVisible():
            self._parts.grid.setFocus(Qt.FocusReason.OtherFocusReason)
