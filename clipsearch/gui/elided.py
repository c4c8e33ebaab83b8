"""Texts of one line that give way to what stands beside them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget


class ElidedLabel(QLabel):
    """Ends in dots where there is no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty line; what is written there is never taken for HTML."""
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """No width of its own."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shorten the text to the width there is."""
        painter = QPainter(self)
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, words)


class ElidedButton(QPushButton):
    """A flat button with a text that changes, and ends in dots where there is no room."""

    _EDGE = 12
    """Logical pixels beside the text, both sides together."""
    _SPARE = 4
    """Logical pixels more, since the widths of texts are rounded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a button without words."""
        super().__init__(parent)
        self._words = ""
        self.setFlat(True)

    @property
    def words(self) -> str:
        """The whole text."""
        return self._words

    def set_words(self, words: str) -> None:
        """Write a text upon it."""
        if words == self._words:
            return
        self._words = words
        self.setAccessibleName(words)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """As wide as the whole text."""
        width = self.fontMetrics().horizontalAdvance(self._words)
        return QSize(width + self._EDGE + self._SPARE, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """No width of its own."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the text to the width there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self._EDGE
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        # An ampersand in a name is no shortcut.
        self.setText(shown.replace("&", "&&"))
