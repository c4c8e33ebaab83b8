"""Texts that can be selected and copied."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPalette, QResizeEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QTextEdit, QWidget


class SelectableLine(QLineEdit):
    """One line, such as a path: without its middle where there is no room, whole once clicked."""

    _EDGE = 6
    """Logical pixels beside the text, both sides together."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty line; ``name`` tells a screen reader what it is."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setFrame(False)
        # As a label's text: at the edge, on the window's own ground.
        self.setTextMargins(-2, 0, 0, 0)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        self._words = ""

    @property
    def words(self) -> str:
        """The whole text."""
        return self._words

    def set_words(self, words: str) -> None:
        """Write a text."""
        self._words = words
        self.setToolTip(words)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Be whole, so that what is copied is."""
        super().focusInEvent(event)
        self._fit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Be short again, but not because of the menu that offers to copy."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the text to the width there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self._words
        if not self.hasFocus():
            room = self.width() - self._EDGE
            shown = self.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideMiddle, room)
        if shown != self.text():
            self.setText(shown)
            self.setCursorPosition(0)


class SelectableText(QTextEdit):
    """As many lines as the text takes; long words are broken."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty text; ``name`` tells a screen reader what it is."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self._fit()

    @property
    def words(self) -> str:
        """The text."""
        return self.toPlainText()

    def set_words(self, words: str) -> None:
        """Write a text; never taken for HTML."""
        self.setPlainText(words)
        self._fit()

    def blank(self) -> None:
        """Take the text away and keep its room, until another one comes."""
        self.setPlainText("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the lines anew."""
        super().resizeEvent(event)
        if self.words:
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the pane, not this text."""
        event.ignore()

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(math.ceil(self.document().size().height()))
