"""A table of what training has done to the figures."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.finetune_words import figure, figure_names, gain_words, percent
from clipsearch.gui.work import number
from clipsearch.ml.tuning_types import Figures, Judgement

_ARROW = "\u2192"
_MOST_CONCEPTS = 12


class FiguresTable(QWidget):
    """Rows of a name, a figure before, after, and how sure the difference is. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty table."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Figures before and after"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(4, 1)
        self._rows: list[tuple[QLabel, ...]] = []

    @property
    def lines(self) -> list[str]:
        """What is shown, a line a row."""
        return [" ".join(cell.text() for cell in row if cell.text()) for row in self._rows]

    def show_figures(self, judgement: Judgement, after: Figures, *, is_judged: bool) -> None:
        """Show the figures.

        Args:
            judgement: Of the run.
            after: At the strength that is looked at.
            is_judged: Whether that is the one that was judged: then intervals are known.
        """
        for cell in (cell for row in self._rows for cell in row):
            self._grid.removeWidget(cell)
            cell.deleteLater()
        self._rows = []
        for key, name in figure_names().items():
            before, now = figure(judgement.before, key), figure(after, key)
            gain = judgement.gains.get(key) if is_judged else None
            if before is not None and now is not None:
                self._add(name, before, now, "" if gain is None else gain_words(gain))
        self._add_concepts(judgement.before, after)

    def _add_concepts(self, before: Figures, after: Figures) -> None:
        of_before = {one.name: one for one in before.concepts}
        for one in after.concepts[:_MOST_CONCEPTS]:
            was = of_before.get(one.name)
            if was is not None and len(after.concepts) > 1:
                photos = self.tr("1 photo") if one.photos == 1 else self.tr("{count} photos")
                name = self.tr("{name}, in the first 10").format(name=one.name)
                few = photos.format(count=number(one.photos))
                self._add(name, was.recall[10], one.recall[10], few, is_quiet=True)

    def _add(
        self, name: str, before: float, after: float, more: str, *, is_quiet: bool = False
    ) -> None:
        row = len(self._rows)
        title = ElidedLabel()
        title.setText(name)
        title.setToolTip(name)
        cells = (title, *(QLabel(words) for words in (percent(before), _ARROW, percent(after))))
        sure = QLabel(more)
        sure.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for column, cell in enumerate((*cells, sure)):
            cell.setTextFormat(Qt.TextFormat.PlainText)
            if is_quiet:
                cell.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            is_number = column in (1, 3)
            if is_number:
                cell.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(cell, row, column)
        self._rows.append((*cells, sure))
