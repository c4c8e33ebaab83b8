"""A small window below a chip, or below "Filter", in which one filter is made or changed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QWidget

from clipsearch.core.filter_types import FilterValues
from clipsearch.core.filter_words import read_filter, write_filter
from clipsearch.errors import InputError
from clipsearch.gui.filter_editors import (
    SHAPES,
    TRAITS,
    ChoiceEditor,
    DateEditor,
    Editor,
    PlaceEditor,
    RatingEditor,
    SizeEditor,
)
from clipsearch.gui.filter_menu import kinds
from clipsearch.gui.popup import Popup
from clipsearch.gui.value_editor import ValueEditor

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter


def _tr(text: str) -> str:
    return QCoreApplication.translate("FilterPopup", text)


class FilterPopup(Popup):
    """Asks for one filter; the answer is a `Filter`."""

    def __init__(self, kind: str, parent: QWidget) -> None:
        """Ask for a filter of a kind, a key of `clipsearch.gui.filter_menu.kinds`."""
        title = kinds().get(kind, kind).replace("&", "").removesuffix("…")
        super().__init__(title, _tr("&Add"), parent)
        self.setAccessibleName(_tr("Filter: {kind}").format(kind=title))
        self.editor = _editor(kind, title)
        self.editor.accepted.connect(self.accept)
        self.negated = QCheckBox(_tr("&Not: all other photos"))
        self.arrange(self.editor, self.negated)

    @classmethod
    def of(cls, content: "Filter", parent: QWidget) -> "FilterPopup":
        """Begin with a filter that there is."""
        name, value = write_filter(content)
        popup = cls(_kind(name, value), parent)
        popup.editor.show_filter(name, value)
        popup.negated.setChecked(content.negated)
        popup.ok.setText(_tr("&Change"))
        return popup

    def show_values(self, values: FilterValues) -> None:
        """Offer the library's own values."""
        self.editor.show_values(values)

    def accept(self) -> None:
        """Give the filter and close, or say what is wrong with it."""
        name, value = self.editor.typed()
        try:
            if not value:
                raise InputError(_tr("Choose a value, or type one."))
            chosen = read_filter(name, value, negated=self.negated.isChecked())
        except InputError as error:
            self.say(str(error))
        else:
            self.give(chosen)


def _editor(kind: str, title: str) -> Editor:
    match kind:
        case "date":
            return DateEditor()
        case "rating":
            return RatingEditor()
        case "shape":
            shapes = (_tr("Portrait"), _tr("Landscape"), _tr("Square"), _tr("Panorama"))
            return ChoiceEditor(list(zip(SHAPES, shapes, strict=True)))
        case "is":
            traits = (
                _tr("Has a copy"),
                _tr("Has no tags"),
                _tr("Is a favourite"),
                _tr("Has a position"),
            )
            return ChoiceEditor(list(zip(TRAITS, traits, strict=True)))
        case "size":
            return SizeEditor()
        case "near":
            return PlaceEditor()
        case _:
            return ValueEditor(kind, title)


def _kind(name: str, value: str) -> str:
    if name in ("on", "before", "after"):
        return "date"
    return "shape" if name == "is" and value in SHAPES else name
