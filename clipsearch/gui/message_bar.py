"""A bar below the search field for what the user should know; never a modal dialog."""

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from clipsearch.gui.icons import tinted_icon


class Kind(Enum):
    """How much a message matters."""

    NOTE = "note"
    ERROR = "error"


class MessageBar(QFrame):
    """Shows the newest message until it is closed or no longer true. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the bar, hidden."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Message"))
        self._act: Callable[[], object] | None = None
        self._subject = ""
        self._kind = Kind.NOTE
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.clicked.connect(self._do)
        self._close = QToolButton(autoRaise=True)
        self._close.setIcon(tinted_icon("close", self.palette()))
        self._close.setAccessibleName(self.tr("Close the message"))
        self._close.setToolTip(self.tr("Close"))
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.text()

    @property
    def kind(self) -> Kind:
        """How much the message matters."""
        return self._kind

    def show_message(
        self,
        text: str,
        kind: Kind = Kind.NOTE,
        *,
        subject: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Replace what is shown.

        Args:
            text: What to say, a sentence.
            kind: How much it matters.
            subject: What it is about, for `clear`.
            action: Label and function of a button.
        """
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._kind, self._subject = kind, subject
        self._act = action[1] if action else None
        self._action.setText(action[0] if action else "")
        self._action.setVisible(action is not None)
        self.show()
        self.update()

    def clear(self, subject: str) -> None:
        """Hide the message if it is about a subject that has been dealt with."""
        if self._subject == subject:
            self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._close.setIcon(tinted_icon("close", self.palette()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a calm ground with a coloured edge: red for errors, the highlight for notes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
        edge = (
            Qt.GlobalColor.red
            if self._kind is Kind.ERROR
            else self.palette().color(QPalette.ColorRole.Highlight)
        )
        painter.fillRect(0, 0, 4, self.height(), edge)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the bar when the focus is in it."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _do(self) -> None:
        act = self._act
        self.hide()
        if act is not None:
            act()
