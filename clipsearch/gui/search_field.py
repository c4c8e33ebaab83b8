"""The line in which queries are typed."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from clipsearch.gui.mime import is_welcome

_OF_THE_POPUP = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Escape)


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

    _popup: QWidget | None = None

    def set_popup(self, popup: QWidget) -> None:
        """Leave Enter, Tab and Escape to a list of values while it is open."""
        self._popup = popup

    def cursor_area(self) -> QRect:
        """Where the cursor is, in logical pixels of the field."""
        return self.cursorRect()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Stay while Tab means something to the list."""
        return not self._has_popup and super().focusNextPrevChild(forwards)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take pictures on paste, leave downwards, empty on Escape; else as any line edit."""
        if self._has_popup and event.key() in _OF_THE_POPUP:
            event.ignore()
            return
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
    def _has_popup(self) -> bool:
        return self._popup is not None and self._popup.isVisible()

    @property
    def _is_at_start(self) -> bool:
        return self.cursorPosition() == 0 and not self.hasSelectedText()
