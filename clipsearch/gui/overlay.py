"""A view that lies over the whole of another widget while it is open."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QWidget


class Overlay(QWidget):
    """Hidden at first; as large as its parent while it is shown. GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        """Lie over ``parent``."""
        super().__init__(parent)
        parent.installEventFilter(self)
        self.hide()

    def cover(self) -> None:
        """Come up over everything else in the parent, and take the focus."""
        self._fill_parent()
        self.raise_()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Follow the parent's size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._fill_parent()
        return False

    def _fill_parent(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
