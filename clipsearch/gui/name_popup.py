"""A small window in which a tag or collection is named, or chosen among those that there are."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from clipsearch.core.filter_types import FilterValues
from clipsearch.gui.value_editor import ValueEditor


class NamePopup(QWidget):
    """Asks for one name. GUI thread only; deletes itself when it closes."""

    named = Signal(str)

    def __init__(self, title: str, kind: str, values: FilterValues, parent: QWidget) -> None:
        """Ask for a name.

        Args:
            title: What it is for.
            kind: ``tag`` or ``collection``: which of the values are offered.
            values: The names that there are.
            parent: The window.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self.editor = ValueEditor(kind, title)
        self.editor.field.setPlaceholderText(self.tr("A new name, or one of these"))
        self.editor.show_values(values)
        self.editor.accepted.connect(self.accept)
        heading = QLabel(title)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        self.ok = QPushButton(self.tr("&Add"), default=True)
        self.ok.clicked.connect(self.accept)
        cancel = QPushButton(self.tr("Cancel"), autoDefault=True)
        cancel.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(self.editor)
        column.addLayout(buttons)

    def open_at(self, place: QPoint) -> None:
        """Show it at a place on the screen, or as near to it as the window allows.

        Args:
            place: Where its upper left is to be.
        """
        self.adjustSize()
        parent = self.parentWidget()
        room = self.screen().availableGeometry()
        if parent is not None:
            room = room.intersected(parent.window().frameGeometry())
        x = max(room.left(), min(place.x(), room.right() - self.width()))
        y = max(room.top(), min(place.y(), room.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.editor.setFocus(Qt.FocusReason.PopupFocusReason)

    def accept(self) -> None:
        """Give the name and close; wait for one while there is none."""
        name = self.editor.typed()[1]
        if name:
            self.close()
            self.named.emit(name)

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
