"""Review mode: one tag, a wall of photos that may show it, and what was decided so far."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.label_types import Verdict
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.review import Review
from clipsearch.gui.review_model import ReviewModel
from clipsearch.gui.review_wall import Key, ReviewWall
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.work import number


class ReviewPage(QWidget):
    """Stands in place of the photos while a tag is reviewed. GUI thread only."""

    decided = Signal(object, object)
    """Rows, a ``list[int]``, and the `Verdict`, or ``None``: shown already, not written yet."""
    left = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Make an empty page."""
        super().__init__(parent)
        self.tag = ""
        self.model = ReviewModel(self)
        self.wall = ReviewWall(self.model, thumbnails)
        self._title = QLabel()
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence = ElidedLabel()
        self._sentence.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setMaximumHeight(4)
        self._progress.setAccessibleName(self.tr("Decided so far"))
        self._reason = ElidedLabel()
        self._nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._buttons: list[QPushButton] = []
        self.ask_first = QPushButton(self.tr("Ask Me First"), autoDefault=False)
        self.ask_first.setCheckable(True)
        """The other order; `clicked` asks for it."""
        self.ask_first.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._was_accepted = False
        self._allow_asking(can_ask=False)
        self._arrange()
        self.wall.asked.connect(self.answer)
        self.wall.selectionModel().currentChanged.connect(self._explain)
        self.wall.selectionModel().selectionChanged.connect(self._explain)

    @property
    def sentence(self) -> str:
        """How far one has come."""
        return self._sentence.text()

    @property
    def reason(self) -> str:
        """Why the current photo is here."""
        return self._reason.text()

    @property
    def notice(self) -> str:
        """What stands in place of the wall; empty while there is one."""
        return "" if self._pages.currentWidget() is self.wall else self._nothing.text()

    def show_loading(self, tag: str) -> None:
        """The candidates for a tag are being looked for."""
        self.tag = tag
        self._title.setText(self.tr("Review: {tag}").format(tag=tag.replace("|", " \u203a ")))
        self.model.show_review(Review(tag, ()))
        self._say(self.tr("Looking for photos that may show it…"))

    def show_review(self, review: Review) -> None:
        """Show the candidates, with the cursor on the first."""
        self.model.show_review(review)
        self._was_accepted = review.can_ask
        self._allow_asking(can_ask=review.can_ask)
        if not review.candidates:
            words = self.tr("Nothing is suggested for \u201c{tag}\u201d.")
            self._say(words.format(tag=review.tag))
            return
        self._pages.setCurrentWidget(self.wall)
        self.wall.doItemsLayout()
        self._go_on(-1)
        self.wall.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def rank_anew(self, review: Review) -> None:
        """Bring what is undecided below the cursor into the order of now; nothing else moves."""
        self._was_accepted = review.can_ask
        self.model.rank_anew(review.candidates, self.wall.rows_in_use)
        self.wall.ask_for_thumbnails()
        self.refresh()

    def show_failed(self) -> None:
        """The candidates could not be found; a message says why."""
        self._say(self.tr("There is no answer."))

    def answer(self, key: Key) -> None:
        """Do what a key asks for."""
        rows = self.wall.selected_rows
        if key is Key.LEAVE:
            self.left.emit()
        elif not rows:
            return
        elif key is Key.SKIP:
            self._go_on(rows[-1])
        elif key is Key.ACCEPT_ABOVE:
            self._decide(self._undecided(range(rows[-1] + 1)), "accepted", rows[-1])
        elif key is Key.REJECT_BELOW:
            self._decide(self._undecided(range(rows[0], self.model.rowCount())), "rejected", 0)
        elif key is Key.UNDECIDE:
            self._decide(rows, None)
        else:
            self._decide(rows, "accepted" if key is Key.ACCEPT else "rejected", rows[-1])

    def refresh(self) -> None:
        """Tell how far one has come."""
        count, undecided = self.model.rowCount(), self.model.count_of(None)
        accepted, rejected = self.model.count_of("accepted"), self.model.count_of("rejected")
        words = self.tr("{done} of {count} decided  ·  {accepted} accepted, {rejected} rejected")
        self._sentence.setText(
            words.format(
                done=number(count - undecided),
                count=number(count),
                accepted=number(accepted),
                rejected=number(rejected),
            )
        )
        self._sentence.setToolTip(self._sentence.text())
        self._progress.setMaximum(max(1, count))
        self._progress.setValue(count - undecided)
        self._allow_asking(can_ask=self._was_accepted or accepted > 0)
        self._explain()

    def _allow_asking(self, *, can_ask: bool) -> None:
        self.ask_first.setEnabled(can_ask)
        tip = self.tr("First the photos whose answer teaches most, instead of the surest")
        why_not = self.tr("Accept a photo first: then it is known which answers teach most")
        self.ask_first.setToolTip(tip if can_ask else why_not)

    def _undecided(self, rows: Sequence[int]) -> list[int]:
        return [row for row in rows if self.model.verdict(row) is None]

    def _decide(
        self, rows: Sequence[int], verdict: Verdict | None, go_on_after: int | None = None
    ) -> None:
        changed = [row for row in rows if self.model.verdict(row) != verdict]
        if changed:
            # Told first: whoever writes it may want to know what was there before.
            self.decided.emit(changed, verdict)
            self.model.decide(changed, verdict)
        if go_on_after is not None:
            self._go_on(go_on_after)
        self.refresh()

    def _go_on(self, row: int) -> None:
        """Put the cursor on the next row that is undecided, or leave it where it is."""
        following = self.model.next_undecided(row)
        if following is not None:
            self.wall.show_row(following)

    def _explain(self) -> None:
        rows = self.wall.selected_rows
        if len(rows) > 1:
            self._reason.setText(self.tr("{count} photos").format(count=number(len(rows))))
        else:
            self._reason.setText(self.model.reason(rows[0]) if rows else "")
        for button in self._buttons:
            button.setEnabled(bool(rows))

    def _say(self, words: str) -> None:
        self._nothing.setText(words)
        self._pages.setCurrentWidget(self._nothing)
        self._sentence.setText("")
        self._progress.setValue(0)
        self._explain()

    def _arrange(self) -> None:
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.wall)
        self._pages.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self._progress)
        column.addWidget(self._pages, 1)
        column.addLayout(self._foot())

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(18, 6, 14, 6)
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addWidget(self._sentence, 1)
        for words, tip, key in (
            (self.tr("Accept"), self.tr("The selected photos show it (Enter)"), Key.ACCEPT),
            (self.tr("Reject"), self.tr("They do not (Delete)"), Key.REJECT),
            (
                self.tr("Accept All Above"),
                self.tr("Everything undecided up to here (Ctrl+Enter)"),
                Key.ACCEPT_ABOVE,
            ),
        ):
            button = self._button(words, tip, key)
            self._buttons.append(button)
            head.addWidget(button)
        head.addWidget(self.ask_first)
        head.addWidget(self._button(self.tr("Done"), self.tr("Go back (Escape)"), Key.LEAVE))
        return head

    def _button(self, words: str, tip: str, key: Key) -> QPushButton:
        button = QPushButton(words, autoDefault=False)
        button.setToolTip(tip)
        # The keys go on where they were.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.answer(key))
        return button

    def _foot(self) -> QVBoxLayout:
        hints = QLabel(
            self.tr(
                "Enter or A accepts, Delete or R rejects, Space skips, U takes back, "
                "Ctrl+Z undoes. Shift with arrow keys or a click selects several; "
                "Ctrl+Enter accepts all above, Ctrl+Delete rejects all below. Escape leaves."
            ),
            wordWrap=True,
        )
        hints.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        font = hints.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        hints.setFont(font)
        foot = QVBoxLayout()
        foot.setContentsMargins(18, 6, 14, 6)
        foot.setSpacing(2)
        foot.addWidget(self._reason)
        foot.addWidget(hints)
        return foot
