"""A curve with named axes, in the colours of the palette."""

from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from clipsearch.gui.finetune_news import Points

_HEIGHT = 170
_WIDTH = 2
_DOT = 7
_SAME_LINE = 40
"""Points from which on they are no dots any more."""


class Curve(QWidget):
    """Draws points and the line through them. GUI thread only."""

    def __init__(self, name: str, across: str, up: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: What it shows.
            across: Name of the axis below.
            up: Name of the axis at the left.
            parent: The widget that holds it.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._across, self._up = across, up
        self.points: Points = ()
        """What is drawn."""
        self._mark: tuple[float, float] | None = None
        # Its classes have no types.
        self._plot: Any = pyqtgraph.PlotWidget(antialias=True)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setFixedHeight(_HEIGHT)
        self._plot.setFocusPolicy(self.focusPolicy())
        self._line: Any = self._plot.plot()
        self._marked: Any = self._plot.plot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._tint()

    def show_points(self, points: Points, spoken: str) -> None:
        """Draw other points.

        Args:
            points: From the left.
            spoken: What a screen reader says of them.
        """
        self.points = points
        self.setAccessibleDescription(spoken)
        self._draw()

    def mark(self, point: tuple[float, float] | None) -> None:
        """Draw a point larger."""
        self._mark = point
        self._draw()

    def keep_range(self, low: float, high: float) -> None:
        """Show this range of the axis at the left, whatever is drawn."""
        self._plot.setYRange(low, high)

    def reach(self, right: float) -> None:
        """Show the axis below from 0 to here, whatever is drawn."""
        self._plot.setXRange(0, max(1.0, right))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _draw(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.Highlight)
        xs, ys = ([point[axis] for point in self.points] for axis in (0, 1))
        is_dotted = len(self.points) < _SAME_LINE
        self._line.setData(
            xs,
            ys,
            pen=pyqtgraph.mkPen(colour, width=_WIDTH),
            symbol="o" if is_dotted else None,
            symbolSize=_DOT,
            symbolBrush=colour,
            symbolPen=None,
        )
        marked = [] if self._mark is None else [self._mark]
        ground = self.palette().color(QPalette.ColorRole.Window)
        self._marked.setData(
            [x for x, _ in marked],
            [y for _, y in marked],
            pen=None,
            symbol="o",
            symbolSize=2 * _DOT,
            symbolBrush=ground,
            symbolPen=pyqtgraph.mkPen(colour, width=_WIDTH + 1),
        )

    def _tint(self) -> None:
        palette = self.palette()
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        self._plot.setBackground(palette.color(QPalette.ColorRole.Window))
        for side, name in (("bottom", self._across), ("left", self._up)):
            axis = self._plot.getAxis(side)
            axis.setPen(palette.color(QPalette.ColorRole.Mid))
            axis.setTextPen(quiet)
            axis.setLabel(name, color=quiet.name())
            axis.enableAutoSIPrefix(False)
        self._draw()
