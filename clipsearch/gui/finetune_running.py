"""A training run on its way: what it does, how far it has come, and its curves."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.finetune_curve import Curve
from clipsearch.gui.finetune_news import News, Points
from clipsearch.gui.finetune_words import stage_words
from clipsearch.gui.status import show_progress
from clipsearch.gui.work import State, Work, number, pace_words

_REST_MS = 250
"""Between two drawings of the curves: steps may come by the hundred a second."""


class RunningView(QWidget):
    """Shows one run. GUI thread only."""

    paused = Signal(bool)
    """The user wants it to rest, or to go on."""
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a view without a run."""
        super().__init__(parent)
        self._news = News()
        self._stage = QLabel()
        self._pace = ElidedLabel()
        self._pace.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMaximumHeight(10)
        self._bar.setAccessibleName(self.tr("Progress of training"))
        self._notices = QLabel(wordWrap=True)
        self.pause = QPushButton(self.tr("Resume"), autoDefault=False)
        self.pause.setCheckable(True)
        # One width for both its words: what stands beside it does not move.
        self.pause.setMinimumWidth(self.pause.sizeHint().width())
        self.pause.toggled.connect(self._toggle)
        self.cancel = QPushButton(self.tr("Cancel"), autoDefault=False)
        self.cancel.clicked.connect(self.cancelled)
        self.loss = Curve(self.tr("Loss by step"), self.tr("Step"), self.tr("Loss"))
        self.recall = Curve(self.tr("Found first, by step"), self.tr("Step"), self.tr("Found, %"))
        self.recall.keep_range(0, 100)
        self._resting = QTimer(self, interval=_REST_MS, singleShot=True)
        self._resting.timeout.connect(self._draw)
        self._arrange()

    @property
    def stage(self) -> str:
        """What is being done, as shown."""
        return self._stage.text()

    @property
    def pace(self) -> str:
        """How far that has come, as shown."""
        return self._pace.text()

    @property
    def is_settled(self) -> bool:
        """Whether the curves show all that was told."""
        return not self._resting.isActive()

    def show_news(self, news: News) -> None:
        """Show what a run has told; curves follow in a moment."""
        self._news = news
        self._stage.setText(stage_words(news.stage))
        self._notices.setText(" ".join(news.notices))
        self._notices.setVisible(bool(news.notices))
        if not self._resting.isActive():
            self._resting.start()

    def show_work(self, work: Work, *, is_paused: bool) -> None:
        """Show how far it has come."""
        is_stopping = work.state is State.STOPPING
        words = self.tr("Paused") if is_paused else pace_words(work)
        self._pace.setText(self.tr("Stopping…") if is_stopping else words)
        if not is_paused:
            show_progress(self._bar, work)
        self.pause.setChecked(is_paused)
        self.pause.setEnabled(self._news.can_rest and not is_stopping)
        self.cancel.setEnabled(not is_stopping)

    def _toggle(self, on: bool) -> None:
        self.pause.setText(self.tr("Resume") if on else self.tr("Pause"))
        self.paused.emit(on)

    def _draw(self) -> None:
        losses = self._news.losses
        recalls = tuple((step, 100 * recall) for step, recall in self._news.recalls)
        for curve in (self.loss, self.recall):
            curve.reach(self._news.steps)
        self.loss.show_points(losses, self._spoken(losses, "{:.2f}"))
        self.recall.show_points(recalls, self._spoken(recalls, "{:.0f} %"))

    def _spoken(self, points: Points, as_text: str) -> str:
        if not points:
            return ""
        (begin, first), (end, last) = points[0], points[-1]
        return self.tr("{first} at step {begin}, {last} at step {end}").format(
            first=as_text.format(first),
            begin=number(int(begin)),
            last=as_text.format(last),
            end=number(int(end)),
        )

    def _arrange(self) -> None:
        self.pause.setText(self.tr("Pause"))
        font = self._stage.font()
        font.setBold(True)
        self._stage.setFont(font)
        head = QHBoxLayout()
        head.addWidget(self._stage)
        head.addWidget(self._pace, 1)
        head.addWidget(self.pause)
        head.addWidget(self.cancel)
        hint = QLabel(
            self.tr(
                "Search goes on as before, and nothing changes until you say so. What was learned "
                "is kept if you cancel, or if the machine goes off."
            ),
            wordWrap=True,
        )
        hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        curves = QGridLayout()
        for column, curve in enumerate((self.loss, self.recall)):
            title = QLabel(curve.accessibleName())
            title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            curves.addWidget(title, 0, column)
            curves.addWidget(curve, 1, column)
            curves.setColumnStretch(column, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 6, 14, 12)
        rows.setSpacing(10)
        rows.addLayout(head)
        for widget in (self._bar, hint, self._notices):
            rows.addWidget(widget)
        rows.addLayout(curves)
        rows.addStretch(1)
