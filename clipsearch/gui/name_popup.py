"""A small window that asks for the name of a tag or a collection, and offers those there are."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from clipsearch.core.filter_types import FilterValues
from clipsearch.gui.popup import Popup
from clipsearch.gui.value_editor import ValueEditor


def _tr(text: str) -> str:
    return QCoreApplication.translate("NamePopup", text)


class NamePopup(Popup):
    """Asks for one name; the answer is a text that is not blank."""

    def __init__(self, title: str, kind: str, values: FilterValues, parent: QWidget) -> None:
        """Ask for a name.

        Args:
            title: What it is for.
            kind: ``tag`` or ``collection``: which of the values are offered.
            values: The names that there are.
            parent: The window.
        """
        super().__init__(title, _tr("&Add"), parent)
        self.setAccessibleName(title)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.editor = ValueEditor(kind, title)
        self.editor.field.setPlaceholderText(_tr("A new name, or one of these"))
        self.editor.show_values(values)
        self.editor.accepted.connect(self.accept)
        self.arrange(self.editor)

    def accept(self) -> None:
        """Give the name and close; wait for one while there is none."""
        name = self.editor.typed()[1]
        if name:
            self.give(name)
