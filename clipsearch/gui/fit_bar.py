"""How certain something is, as a bar and in words."""

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from clipsearch.core.relevance import LINE
from clipsearch.gui.photo_model import relevance_text

_CERTAIN = 0.8
"""From here on nobody would doubt it; between that and the line it is likely."""
_HEIGHT = 6


def verdict(certainty: float) -> str:
    """Put a certainty into words, with the percentage that stands under a photo, too.

    Args:
        certainty: From 0 to 1. What lies below the line of certain hits is doubtful.
    """
    if certainty >= _CERTAIN:
        word = QCoreApplication.translate("FitBar", "certain, {percent}")
    elif certainty >= LINE:
        word = QCoreApplication.translate("FitBar", "likely, {percent}")
    else:
        word = QCoreApplication.translate("FitBar", "doubtful, {percent}")
    return word.format(percent=relevance_text(certainty))


def widest_verdict(metrics: QFontMetrics) -> int:
    """Logical pixels that no verdict exceeds, so that bars beside them are equally long."""
    words = (verdict(1.0), verdict(LINE), verdict(LINE - 0.1))
    return max(metrics.horizontalAdvance(one) for one in words)


class FitBar(QWidget):
    """A thin bar; full is certain. What stands beside it says the same in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty bar."""
        super().__init__(parent)
        self._certainty = 0.0
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_certainty(self, certainty: float) -> None:
        """Show a certainty from 0 to 1."""
        self._certainty = certainty
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill as much as is certain; quietly if that is below the line."""
        is_above = self._certainty >= LINE
        role = QPalette.ColorRole.Highlight if is_above else QPalette.ColorRole.PlaceholderText
        ground = self.palette().color(QPalette.ColorRole.Text)
        ground.setAlphaF(0.12)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        filled = whole.adjusted(0, 0, -whole.width() * (1 - self._certainty), 0)
        if self.isRightToLeft():
            filled.moveRight(whole.right())
        for area, colour in ((whole, ground), (filled, self.palette().color(role))):
            painter.setBrush(colour)
            painter.setPen(colour.fromRgba(0))
            painter.drawRoundedRect(area, _HEIGHT / 2, _HEIGHT / 2)
