"""Asks by what name a search is to be saved."""

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from clipsearch.gui.popup import Popup

_WIDTH = 320


def _tr(text: str) -> str:
    return QCoreApplication.translate("SavePopup", text)


class SavePopup(Popup):
    """Asks for a name; the answer is a text that is not blank."""

    def __init__(self, proposed: str, taken: Collection[str], parent: QWidget) -> None:
        """Propose a name.

        Args:
            proposed: A first answer.
            taken: Names whose searches would be replaced.
            parent: To which it belongs.
        """
        super().__init__(_tr("Save this search"), _tr("&Save"), parent)
        self.setAccessibleName(_tr("Save this search"))
        self._taken = taken
        self.field = QLineEdit(proposed)
        self.field.setFixedWidth(_WIDTH)
        self.field.setPlaceholderText(_tr("Name"))
        self.field.setAccessibleName(_tr("Name of the saved search"))
        self.field.selectAll()
        self.field.textChanged.connect(self._warn)
        self.arrange(self.field)
        self._warn()

    def accept(self) -> None:
        """Give the name and close; a blank one is none."""
        name = self.field.text().strip()
        if name:
            self.give(name)
        else:
            self.say(_tr("A saved search needs a name."))

    def _warn(self) -> None:
        name = self.field.text().strip()
        is_taken = name in self._taken
        self.ok.setText(_tr("&Replace") if is_taken else _tr("&Save"))
        if is_taken:
            words = _tr("“{name}” is there already: this search takes its place.")
            self.say(words.format(name=name))
        else:
            self.problem.hide()
            self.adjustSize()
