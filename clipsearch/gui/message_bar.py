"""Messages below the search field, a row for each subject; never a modal dialog."""

from collections.abc import Callable
from enum import Enum, StrEnum

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.gui.icons import tinted_icon


class Kind(Enum):
    """How much a message matters."""

    NOTE = "note"
    ERROR = "error"


class Subject(StrEnum):
    """What a message is about: a newer one of the same subject replaces it."""

    LIBRARY = "library"
    """What opening the library brought to light; true until the user has read it."""
    READING = "reading"
    """Whether the library can be read; a look that succeeds takes it away."""
    INDEXING = "indexing"
    """What became of the last indexing."""
    SKIPPED = "skipped"
    """The files that the last indexing left out."""
    FOLDERS = "folders"
    """What was done with a folder of the library."""
    MODEL = "model"
    """Whether the model can be used; an answer, or indexing, takes it away."""
    MODELS = "models"
    """What was done with a model: changed to, downloaded, imported, removed."""
    SEARCH = "search"
    """What was typed, dropped or pasted last."""
    SAVED = "saved"
    """What was done with a saved search."""
    TRAINING = "training"
    """What became of the last training run."""
    TAGS = "tags"
    """What became of the last look for tags."""
    DUPLICATES = "duplicates"
    """What became of photos that were to go to the bin."""
    LABELS = "labels"
    """What was said of photos last, or done with a tag or collection."""
    BACKUP = "backup"
    """Whether a copy was made of what the user says; true until the user has read it."""
    PHOTO = "photo"
    """What was done with one photo."""


class MessageBar(QFrame):
    """Shows messages until they are closed or no longer true. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the bar, hidden."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Messages"))
        # Rows are kept: one whose button is being clicked must not go.
        self._rows: dict[Subject, _Row] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self.hide()

    @property
    def text(self) -> str:
        """All that is shown, the newest first."""
        return " ".join(row.text for row in self._rows.values() if not row.isHidden())

    @property
    def kind(self) -> Kind:
        """How much the gravest of the messages matters."""
        kinds = {row.kind for row in self._rows.values() if not row.isHidden()}
        return Kind.ERROR if Kind.ERROR in kinds else Kind.NOTE

    def show_message(
        self,
        text: str,
        kind: Kind = Kind.NOTE,
        *,
        subject: Subject,
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Put a message above the others; it replaces that of the same subject.

        Args:
            text: What to say, one or more sentences.
            kind: How much it matters.
            subject: What it is about, for `clear`.
            action: Label and function of a button.
        """
        for other in self._rows.values():
            if other.text == text:  # told already, for another reason
                other.hide()
        row = self._rows.pop(subject, None)
        if row is None:
            row = _Row()
            row.closed.connect(self._fold)
        self._rows = {subject: row, **self._rows}
        row.say(text, kind, action)
        self._column.insertWidget(0, row)
        row.show()
        self._fold()

    def clear(self, *subjects: Subject) -> None:
        """Take away the messages about subjects that have been dealt with."""
        for subject in subjects:
            if subject in self._rows:
                self._rows[subject].hide()
        self._fold()

    def _fold(self) -> None:
        self.setVisible(any(not row.isHidden() for row in self._rows.values()))


class _Row(QFrame):
    """One message."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind = Kind.NOTE
        self._act: Callable[[], object] | None = None
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.clicked.connect(self._do)
        self._close = QToolButton(autoRaise=True)
        self._close.setIcon(tinted_icon("close", self.palette()))
        self._close.setAccessibleName(self.tr("Close the message"))
        self._close.setToolTip(self.tr("Close"))
        self._close.clicked.connect(self._leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._close)

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def say(self, text: str, kind: Kind, action: tuple[str, Callable[[], object]] | None) -> None:
        """Replace what is said."""
        self.kind = kind
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._act = action[1] if action else None
        self._action.setText(action[0] if action else "")
        self._action.setVisible(action is not None)
        self.update()

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
            if self.kind is Kind.ERROR
            else self.palette().color(QPalette.ColorRole.Highlight)
        )
        painter.fillRect(0, 0, 4, self.height(), edge)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the message when the focus is in it."""
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _leave(self) -> None:
        self.hide()
        self.closed.emit()

    def _do(self) -> None:
        act = self._act
        self._leave()
        if act is not None:
            act()
