"""The strip below the hits that says how many more there are that are less certain."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from clipsearch.gui.work import number


class LessCertain(QFrame):
    """Hidden where nothing is less certain. GUI thread only."""

    toggled = Signal(bool)
    """Whether the less certain hits are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a hidden strip."""
        super().__init__(parent)
        self._words = QLabel()
        self._button = QPushButton()
        self._button.setCheckable(True)
        self._button.toggled.connect(self._toggle)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.addStretch(1)
        row.addWidget(self._words)
        row.addWidget(self._button)
        row.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def words(self) -> str:
        """What stands there."""
        return self._words.text()

    def offer(self, certain: int, less: int, *, is_shown: bool) -> None:
        """Tell of so many hits; hides without less certain ones."""
        self._button.blockSignals(True)
        self._button.setChecked(is_shown)
        self._button.blockSignals(False)
        self._words.setText(
            self.tr("{certain} certain, {less} less certain").format(
                certain=number(certain), less=number(less)
            )
        )
        self._name()
        self.setVisible(less > 0)

    def _toggle(self, is_shown: bool) -> None:
        self._name()
        self.toggled.emit(is_shown)

    def _name(self) -> None:
        is_shown = self._button.isChecked()
        self._button.setText(self.tr("Hide the less certain") if is_shown else self.tr("Show them"))
