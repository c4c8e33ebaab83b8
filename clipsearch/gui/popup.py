"""A small window below something, in which one thing is asked for."""

from abc import abstractmethod

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class Popup(QWidget):
    """A heading, what is asked, and buttons. GUI thread only; deletes itself when it closes."""

    chosen = Signal(object)
    """The answer."""
    closed = Signal()

    def __init__(self, title: str, button: str, parent: QWidget) -> None:
        """Make it without a question: see `arrange`.

        Args:
            title: Of the heading.
            button: What the button says that accepts.
            parent: To which it belongs.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.heading = QLabel(title)
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        self.ok = QPushButton(button, default=True)
        self.ok.clicked.connect(self.accept)
        cancel = QCoreApplication.translate("Popup", "Cancel")
        self.cancel = QPushButton(cancel, autoDefault=True)
        self.cancel.clicked.connect(self.close)

    def arrange(self, question: QWidget, beside_buttons: QWidget | None = None) -> None:
        """Put the question, which takes the focus, between heading and buttons."""
        self.setFocusProxy(question)
        buttons = QHBoxLayout()
        if beside_buttons is not None:
            buttons.addWidget(beside_buttons)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        for widget in (self.heading, question, self.problem):
            column.addWidget(widget)
        column.addLayout(buttons)

    def open_below(self, anchor: QWidget) -> None:
        """Show it below a widget, inside the window if that is wide enough, else on the screen."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + 2))
        room = anchor.screen().availableGeometry()
        right = min(room.right(), anchor.window().frameGeometry().right())
        x = max(room.left(), min(place.x(), right - self.width()))
        y = max(room.top(), min(place.y(), room.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def open_at(self, place: QPoint) -> None:
        """Show it at a place on the screen, or as near to it as the window allows.

        Args:
            place: Where its upper left is to be.
        """
        self.adjustSize()
        room = self.screen().availableGeometry()
        parent = self.parentWidget()
        if parent is not None:
            room = room.intersected(parent.window().frameGeometry())
        x = max(room.left(), min(place.x(), room.right() - self.width()))
        y = max(room.top(), min(place.y(), room.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    @abstractmethod
    def accept(self) -> None:
        """`give` the answer, or `say` what is wrong with it."""

    def give(self, answer: object) -> None:
        """Close with an answer."""
        self.close()
        self.chosen.emit(answer)

    def say(self, problem: str) -> None:
        """Say what is wrong with the answer; it stays open."""
        self.problem.setText(problem)
        self.problem.show()
        self.adjustSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter accepts; Escape closes, as in any popup."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """An edge that is seen in light and dark."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell whoever holds it: it is deleted now."""
        super().closeEvent(event)
        self.closed.emit()
