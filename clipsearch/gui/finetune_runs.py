"""Runs that wait for the user: interrupted ones, and finished ones that nobody decided on."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.tuning_contracts import Run

_SHOWN = 3


class WaitingRuns(QWidget):
    """A row for each, hidden if there is none. GUI thread only."""

    resumed = Signal(object)
    """An unfinished `Run` is to go on."""
    opened = Signal(object)
    """A finished `Run` is to be shown."""
    dropped = Signal(str)
    """The name of a run that is to be deleted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show none yet."""
        super().__init__(parent)
        self.runs: Sequence[Run] = ()
        """That are shown."""
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(18, 6, 14, 0)
        self.hide()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show those that wait, the latest first."""
        self.runs = [run for run in runs if run.state in ("unfinished", "finished")][:_SHOWN]
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(run) for run in self.runs]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(bool(self._rows))

    def _row(self, run: Run) -> QWidget:
        is_done = run.state == "finished"
        words = self.tr("Training on {names} was interrupted.")
        if is_done:
            words = self.tr("Training on {names} is done, and waits for you.")
        names = ", ".join(one.name for one in run.order.plan.lessons.concepts)
        label = ElidedLabel()
        label.setText(words.format(names=names))
        label.setToolTip(label.text())
        act = QPushButton(self.tr("Show") if is_done else self.tr("Resume"), autoDefault=False)
        act.clicked.connect(lambda: (self.opened if is_done else self.resumed).emit(run))
        drop = QPushButton(self.tr("Drop"), autoDefault=False)
        drop.clicked.connect(lambda: self.dropped.emit(run.name))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label, 1)
        for button in (act, drop):
            button.setAccessibleDescription(label.text())
            line.addWidget(button)
        return row
