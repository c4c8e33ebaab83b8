"""Asks how many tags are to be suggested: fewer and surer ones, or more."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from clipsearch.gui.popup import Popup

_STEPS = 20
_WIDTH = 220


def _tr(text: str) -> str:
    return QCoreApplication.translate("AmountPopup", text)


class AmountPopup(Popup):
    """Gives a number from 0, fewer tags and surer ones, to 1, more."""

    def __init__(self, amount: float, parent: QWidget) -> None:
        """Begin with an amount, in [0, 1]."""
        super().__init__(_tr("How many tags are suggested"), _tr("&Apply"), parent)
        self.setAccessibleName(_tr("How many tags are suggested"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setValue(round(amount * _STEPS))
        self.slider.setFixedWidth(_WIDTH)
        self.slider.setAccessibleName(_tr("From fewer and surer tags to more"))
        question = QWidget()
        row = QHBoxLayout(question)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (QLabel(_tr("Fewer, surer")), self.slider, QLabel(_tr("More"))):
            row.addWidget(widget)
        question.setFocusProxy(self.slider)
        self.arrange(question)

    def accept(self) -> None:
        """Give the amount and close."""
        self.give(self.slider.value() / _STEPS)
