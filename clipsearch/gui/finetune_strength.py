"""How much of what was learned is used: a slider, and what each of its places costs."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from clipsearch.gui.finetune_curve import Curve
from clipsearch.gui.finetune_words import percent
from clipsearch.ml.tuning_types import Figures, Outcome, StrengthFigures

_K = 10


class StrengthView(QWidget):
    """Moves between the strengths that were measured. GUI thread only."""

    changed = Signal()
    """Another strength is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a view without an outcome."""
        super().__init__(parent)
        self._points: tuple[StrengthFigures, ...] = ()
        self._usable: tuple[StrengthFigures, ...] = ()
        self._chosen = 0.0
        self._words = QLabel(wordWrap=True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setPageStep(1)
        self.slider.setAccessibleName(self.tr("How much of what was learned is used"))
        self.slider.valueChanged.connect(self._move)
        self.curve = Curve(
            self.tr("What is found against everything else"),
            self.tr("Everything else as before, %"),
            self.tr("Found, %"),
        )
        self._arrange()

    @property
    def strength(self) -> float:
        """That is chosen, in (0, 1]."""
        return self._usable[self.slider.value()].strength

    @property
    def figures(self) -> Figures:
        """At that strength."""
        return self._usable[self.slider.value()].figures

    @property
    def words(self) -> str:
        """What is said of the strength."""
        return self._words.text()

    @property
    def is_as_judged(self) -> bool:
        """Whether the strength is the one that the run has chosen."""
        return self.strength == self._chosen

    def show_outcome(self, outcome: Outcome) -> None:
        """Offer the strengths that a run has measured, at the one that it chose."""
        chosen = StrengthFigures(outcome.strength, outcome.judgement.after)
        measured = {one.strength: one for one in (chosen, *outcome.trade_off)}
        measured.setdefault(0.0, StrengthFigures(0.0, outcome.judgement.before))
        self._points = tuple(measured[one] for one in sorted(measured))
        # Nothing of what was learned is the parent, which needs no keeping.
        self._usable = tuple(one for one in self._points if one.strength > 0) or self._points
        self._chosen = outcome.strength
        strengths = [one.strength for one in self._usable]
        place = strengths.index(self._chosen) if self._chosen in strengths else 0
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(self._usable) - 1)
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(self._usable) > 1)
        self._show()

    def _move(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        words = self.tr("{percent} of what was learned is used.")
        if self.is_as_judged:
            words = self.tr("{percent} of what was learned is used, as the run recommends.")
        words = words.format(percent=percent(self.strength))
        self._words.setText(words)
        places = tuple(_place(one.figures) for one in self._points)
        self.curve.show_points(places, words)
        self.curve.mark(_place(self.figures))

    def _arrange(self) -> None:
        less, more = QLabel(self.tr("Less")), QLabel(self.tr("All"))
        for label in (less, more):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        line = QHBoxLayout()
        line.addWidget(less)
        line.addWidget(self.slider, 1)
        line.addWidget(more)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addWidget(self._words)
        rows.addLayout(line)
        rows.addWidget(self.curve)


def _place(figures: Figures) -> tuple[float, float]:
    return 100 * figures.knowledge, 100 * figures.recall[_K]
