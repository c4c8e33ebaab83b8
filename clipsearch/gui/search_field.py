"""The line in which queries are typed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from clipsearch.gui.mime import is_welcome


class SearchField(QLineEdit):
    """A line edit that leaves pictures in the clipboard to the window, and tells its news."""

    picture_pasted = Signal()
    """Paste was asked for while the clipboard holds a picture or files."""
    left_downwards = Signal()
    """The down key: on to the photos."""
    escaped = Signal()
    """The Escape key: away with the search."""
    separated = Signal()
    """A space was typed, or something pasted: what stands before the cursor is finished."""
    taken_back = Signal()
    """Backspace, with nothing before the cursor."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take pictures on paste, leave downwards, empty on Escape; else as any line edit."""
        is_paste = event.matches(QKeySequence.StandardKey.Paste)
        if is_paste and is_welcome(QGuiApplication.clipboard().mimeData()):
            self.picture_pasted.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Backspace and self._is_at_start:
            self.taken_back.emit()
        else:
            super().keyPressEvent(event)
            if is_paste or event.text() == " ":
                self.separated.emit()

    @property
    def _is_at_start(self) -> bool:
        return self.cursorPosition() == 0 and not self.hasSelectedText()
