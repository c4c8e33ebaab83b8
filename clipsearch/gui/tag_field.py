"""A line in which a tag is named, completed by those that there are."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget


class TagField(QLineEdit):
    """Enter gives what is written, or what is chosen in the list below. GUI thread only."""

    named = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Know of no tags yet."""
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Add a tag"))
        self.setAccessibleName(self.tr("Add a tag"))
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)
        completer.activated.connect(self._take)
        self.returnPressed.connect(lambda: self._take(self.text()))

    def offer(self, names: Sequence[str]) -> None:
        """These tags there are."""
        if list(names) != self._names.stringList():
            self._names.setStringList(list(names))

    def _take(self, text: str) -> None:
        name = text.strip()
        # The completer writes into the line after it has told what was chosen.
        QTimer.singleShot(0, self, self.clear)
        if name:
            self.named.emit(name)
