"""What a training run came to: the verdict, the figures, real searches, and what to do with it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from clipsearch.gui.finetune_figures import FiguresTable
from clipsearch.gui.finetune_gallery import GalleryView, PhotoOf
from clipsearch.gui.finetune_session import Trained
from clipsearch.gui.finetune_strength import StrengthView
from clipsearch.gui.finetune_words import bold, heading, method_names
from clipsearch.gui.thumbnails import Thumbnails

_ROOM_FOR_TWO = 760
"""Logical pixels from which on figures and slider stand beside each other."""
_GAP = 24


class OutcomeView(QWidget):
    """Shows one finished run. GUI thread only."""

    keep_wanted = Signal(str, float)
    """The run, and the strength of the model that is to be made of it."""
    drop_wanted = Signal(str)
    asked = Signal(str, str)
    """The run, and words to look for before and after."""
    going_back = Signal()
    """Searches are to use the model again that they used before."""
    left = Signal()
    """The user has seen it, and wants to choose anew."""

    def __init__(self, make_thumbnails: Callable[[], Thumbnails], photo_of: PhotoOf) -> None:
        """Make a view without a run; see `GalleryView`."""
        super().__init__()
        self._trained: Trained | None = None
        self._verdict = bold(QLabel(wordWrap=True))
        self._more = QLabel(wordWrap=True)
        self._state = QLabel(wordWrap=True)
        for label in (self._verdict, self._more, self._state):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.figures = FiguresTable()
        self.strength = StrengthView()
        self.strength.changed.connect(self._show_figures)
        self.gallery = GalleryView(make_thumbnails, photo_of)
        self.gallery.asked.connect(self._ask)
        self.keep = self._button(self.tr("Keep"), self._keep)
        self.drop = self._button(self.tr("Drop"), self._drop)
        self.back = self._button(self.tr("Go Back"), self.going_back.emit)
        self.done = self._button(self.tr("Train Again…"), self.left.emit)
        self._arrange()

    @property
    def is_settled(self) -> bool:
        """Whether all thumbnails have arrived."""
        return self.gallery.is_settled

    @property
    def run(self) -> str:
        """Which run is shown; empty before there is one."""
        return "" if self._trained is None else self._trained.run

    @property
    def verdict(self) -> str:
        """What is said of the run."""
        return " ".join(one for one in (self._verdict.text(), self._more.text()) if one)

    @property
    def state(self) -> str:
        """What became of it since."""
        return self._state.text()

    def show_trained(self, trained: Trained, names: tuple[str, ...]) -> None:
        """Show a run.

        Args:
            trained: What it came to.
            names: Of the concepts that it was to learn.
        """
        self._trained = trained
        outcome = trained.outcome
        first, *more = outcome.judgement.sentences or ("",)
        self._verdict.setText(first)
        method = method_names()[outcome.method]
        told = self.tr("Learned by: {method}.").format(method=method)
        self._more.setText(" ".join([*more, told]))
        self.strength.show_outcome(outcome)
        self._show_figures()
        self.gallery.show_names(names)
        can_keep = outcome.judgement.conclusion == "better"
        self._offer(keep=can_keep, drop=True, back=False)
        why_not = self.tr("Training did not make the search better: nothing is kept")
        self.keep.setToolTip("" if can_keep else why_not)
        self._say(
            self.tr("Nothing has changed yet: keep it to search with it, or drop it.")
            if can_keep
            else self.tr("Nothing has changed: searches go on as before.")
        )

    def show_keeping(self, words: str) -> None:
        """The model is being made, or searches change to it; ``words`` tell."""
        self._offer(keep=False, drop=False, back=False)
        self._say(words)

    def show_kept(self, words: str, *, can_go_back: bool) -> None:
        """The run has become a model; ``words`` tell what searches use now."""
        self._offer(keep=False, drop=False, back=can_go_back)
        self._say(words)

    def offer_again(self) -> None:
        """The model could not be made; a message says why."""
        if self._trained is not None:
            can_keep = self._trained.outcome.judgement.conclusion == "better"
            self._offer(keep=can_keep, drop=True, back=False)
            self._say("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put figures and slider below each other where there is little room."""
        super().resizeEvent(event)
        is_wide = self.width() >= _ROOM_FOR_TWO
        across = QBoxLayout.Direction.LeftToRight
        self._both.setDirection(across if is_wide else QBoxLayout.Direction.TopToBottom)

    def _offer(self, *, keep: bool, drop: bool, back: bool) -> None:
        self.keep.setVisible(keep or drop)
        self.keep.setEnabled(keep)
        self.drop.setVisible(drop)
        self.back.setVisible(back)
        self.done.setVisible(not drop)
        self.strength.setEnabled(keep)

    def _say(self, words: str) -> None:
        self._state.setText(words)
        self._state.setVisible(bool(words))

    def _show_figures(self) -> None:
        if self._trained is not None:
            strength = self.strength
            self.figures.show_figures(
                self._trained.outcome.judgement,
                strength.figures,
                is_judged=strength.is_as_judged,
            )

    def _keep(self) -> None:
        self.keep_wanted.emit(self.run, self.strength.strength)

    def _drop(self) -> None:
        self.drop_wanted.emit(self.run)

    def _ask(self, words: str) -> None:
        self.asked.emit(self.run, words)

    def _button(self, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, autoDefault=False)
        button.clicked.connect(lambda: act())
        return button

    def _arrange(self) -> None:
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._both.setSpacing(_GAP)
        for name, view in (
            (self.tr("Figures"), self.figures),
            (self.tr("How much of it"), self.strength),
        ):
            part = QVBoxLayout()
            part.addWidget(heading(name))
            part.addWidget(view)
            part.addStretch(1)
            self._both.addLayout(part, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._state, 1)
        for button in (self.drop, self.keep, self.back, self.done):
            buttons.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 6, 14, 12)
        rows.setSpacing(10)
        rows.addWidget(self._verdict)
        rows.addWidget(self._more)
        rows.addLayout(buttons)
        rows.addLayout(self._both)
        rows.addWidget(heading(self.tr("Searches before and after")))
        rows.addWidget(self.gallery)
        rows.addStretch(1)
