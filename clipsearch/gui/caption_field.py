"""A field for what the user says of photos in a collection: kept when it is left."""

import math

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QScrollArea, QSizePolicy, QTextEdit, QWidget

_LAYOUT_MS = 30
"""Until everything around a field that has grown has its place, a few turns of the event loop."""


class CaptionField(QTextEdit):
    """Grows with its text; Enter keeps it, as leaving does, and Escape brings back what was kept.

    Shift+Enter begins a line. GUI thread only.
    """

    written = Signal(str)
    """Another caption than before is to be kept; without blanks around it."""
    finished = Signal()
    """Enter was pressed: the focus belongs elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty field."""
        super().__init__(parent)
        self._kept: str | None = ""
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        # Pictures that are dropped belong to the window.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.textChanged.connect(self._fit)
        self._following = QTimer(self, interval=_LAYOUT_MS, singleShot=True)
        self._following.timeout.connect(self._follow)
        self.cursorPositionChanged.connect(self._following.start)
        self._fit()

    @property
    def is_changed(self) -> bool:
        """Whether something is written that is not kept yet."""
        return self.toPlainText().strip() != (self._kept or "")

    def show_kept(self, caption: str | None) -> None:
        """This is what is kept; text that is being written stays.

        Args:
            caption: ``None`` of photos whose captions differ.
        """
        was_changed, self._kept = self.is_changed, caption
        if not was_changed:
            self.revert()

    def save(self) -> None:
        """Let what was written be kept, if it is something else."""
        if self.is_changed:
            self._kept = self.toPlainText().strip()
            # What is kept is taken back by the window's undo.
            self.document().clearUndoRedoStacks()
            self.written.emit(self._kept)

    def doubt(self, kept: str | None) -> None:
        """What was written last could not be kept: it stays written, and this is kept."""
        self._kept = kept

    def revert(self) -> None:
        """Go back to what is kept."""
        if self.toPlainText() != (self._kept or ""):
            self.setPlainText(self._kept or "")

    def event(self, event: QEvent) -> bool:
        """Leave Undo and Redo to the window while nothing written here can be taken back."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_undo = event.matches(QKeySequence.StandardKey.Undo)
            is_redo = event.matches(QKeySequence.StandardKey.Redo)
            text = self.document()
            if (is_undo and not text.isUndoAvailable()) or (is_redo and not text.isRedoAvailable()):
                event.ignore()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter keeps; Escape goes back, and on to whoever it leads out of here."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.save()
            self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.revert()
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the focus as a line does; Qt's styles leave it out in texts."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus all around."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep what was written, but not because of the menu that offers to paste."""
        super().focusOutEvent(event)
        self.viewport().update()
        popup = QApplication.activePopupWidget()
        if popup is None or popup.parent() is not self:
            self.save()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what was written when the window is closed."""
        super().hideEvent(event)
        self.save()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the pane, not this text, all of which is seen."""
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the lines anew."""
        super().resizeEvent(event)
        self._fit()
        self._following.start()

    def _follow(self) -> None:
        """Let the pane scroll with what is written."""
        pane = self.parentWidget()
        while pane is not None and not isinstance(pane, QScrollArea):
            pane = pane.parentWidget()
        column = pane.widget() if pane is not None else None
        if pane is not None and column is not None and self.hasFocus():
            caret = self.cursorRect()
            place = self.viewport().mapTo(column, caret.center())
            pane.ensureVisible(place.x(), place.y(), 0, caret.height())

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        height = math.ceil(self.document().size().height()) + 2 * self.frameWidth()
        if height != self.height():
            self.setFixedHeight(height)
