"""The line in which queries are typed."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QLineEdit

from clipsearch.gui.mime import is_welcome

_TAKING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


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

    _popups: tuple[QAbstractItemView, ...] = ()

    def add_popup(self, popup: QAbstractItemView) -> None:
        """Leave Escape to a list below the field while it is open, Enter and Tab if it has a row.

        Args:
            popup: The list; what its current row says may be taken.
        """
        self._popups += (popup,)

    def cursor_area(self) -> QRect:
        """Where the cursor is, in logical pixels of the field."""
        return self.cursorRect()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Stay while Tab means something to the list."""
        return not self._has_choice and super().focusNextPrevChild(forwards)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take pictures on paste, leave downwards, empty on Escape; else as any line edit."""
        is_escape = event.key() == Qt.Key.Key_Escape
        if (self._has_choice and event.key() in _TAKING) or (self._has_popup and is_escape):
            event.ignore()
            return
        is_paste = event.matches(QKeySequence.StandardKey.Paste)
        if is_paste and is_welcome(QGuiApplication.clipboard().mimeData()):
            self.picture_pasted.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif is_escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Backspace and self._is_at_start:
            self.taken_back.emit()
        else:
            super().keyPressEvent(event)
            if is_paste or event.text() == " ":
                self.separated.emit()

    @property
    def _has_popup(self) -> bool:
        return any(popup.isVisible() for popup in self._popups)

    @property
    def _has_choice(self) -> bool:
        return any(p.isVisible() and p.currentIndex().isValid() for p in self._popups)

    @property
    def _is_at_start(self) -> bool:
        return self.cursorPosition() == 0 and not self.hasSelectedText()
