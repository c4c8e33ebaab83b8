"""What a filter's value is chosen with; each kind of filter has its own.

An editor gives and takes a filter as it is typed: its name, and its value without quotes. It need
not check the value: `clipsearch.core.filter_words.read_filter` does, and says what is wrong.
"""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.filter_types import FilterValues

SHAPES = ("portrait", "landscape", "square", "panorama")
TRAITS = ("duplicate", "untagged", "favourite", "located")
_MOST_MEGAPIXELS = 10_000.0
_HALF_AROUND_KM = 20_016.0


def _tr(text: str) -> str:
    return QCoreApplication.translate("FilterEditors", text)


class Editor(QWidget):
    """Chooses the value of one kind of filter."""

    accepted = Signal()
    """The user wants this value, without looking for a button."""

    def typed(self) -> tuple[str, str]:
        """Name and value of the filter; the value is empty if none was chosen."""
        raise NotImplementedError

    def show_filter(self, name: str, value: str) -> None:
        """Begin with a filter that there is."""
        raise NotImplementedError

    def show_values(self, values: FilterValues) -> None:
        """Offer the library's own values, where that is any use."""


class DateEditor(Editor):
    """A year, a month or a day, or a range of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Ask for one period."""
        super().__init__(parent)
        self.when = QComboBox()
        self.when.setAccessibleName(_tr("When"))
        choices = {
            "on": _tr("in"),
            "range": _tr("from … to"),
            "before": _tr("before"),
            "after": _tr("after"),
        }
        for key, words in choices.items():
            self.when.addItem(words, key)
        self.first = _period_field(_tr("Date, or the first of a range"))
        self.last = _period_field(_tr("The last date of the range"))
        self.when.currentIndexChanged.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.when, self.first, self.last):
            row.addWidget(widget)
        self.setFocusProxy(self.first)
        self._choose()

    def typed(self) -> tuple[str, str]:
        """See `Editor`."""
        first, last = self.first.text().strip(), self.last.text().strip()
        when = self.when.currentData()
        return ("on", f"{first}..{last}") if when == "range" else (when, first)

    def show_filter(self, name: str, value: str) -> None:
        """See `Editor`."""
        first, dots, last = value.partition("..")
        self.when.setCurrentIndex(self.when.findData("range" if dots else name))
        self.first.setText(first)
        self.last.setText(last)

    def _choose(self) -> None:
        self.last.setVisible(self.when.currentData() == "range")


class RatingEditor(Editor):
    """Stars, exactly or at least or at most."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Ask for four stars or more."""
        super().__init__(parent)
        self.comparison = QComboBox()
        self.comparison.setAccessibleName(_tr("Comparison"))
        choices = {">=": _tr("at least"), "": _tr("exactly"), "<=": _tr("at most")}
        others = {">": _tr("more than"), "<": _tr("less than")}
        for key, words in {**choices, **others}.items():
            self.comparison.addItem(words, key)
        self.stars = QComboBox()
        self.stars.setAccessibleName(_tr("Stars"))
        for stars in range(5, 0, -1):
            self.stars.addItem("★" * stars + "☆" * (5 - stars), str(stars))
        self.stars.addItem(_tr("no stars"), "0")
        self.stars.addItem(_tr("rejected"), "-1")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.comparison)
        row.addWidget(self.stars, 1)
        self.setFocusProxy(self.stars)
        self.show_filter("rating", ">=4")

    def typed(self) -> tuple[str, str]:
        """See `Editor`."""
        return "rating", f"{self.comparison.currentData()}{self.stars.currentData()}"

    def show_filter(self, name: str, value: str) -> None:
        """See `Editor`."""
        stars = value.lstrip("<=>")
        comparison = value.removesuffix(stars)
        self.comparison.setCurrentIndex(self.comparison.findData(comparison))
        self.stars.setCurrentIndex(self.stars.findData(stars))


class ChoiceEditor(Editor):
    """One of a few properties."""

    def __init__(self, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """Offer some traits, each with its words."""
        super().__init__(parent)
        self._buttons = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.choices: dict[str, QRadioButton] = {}
        for trait, words in choices:
            self.choices[trait] = button = QRadioButton(words)
            self._buttons.addButton(button)
            column.addWidget(button)
        first = next(iter(self.choices.values()))
        first.setChecked(True)
        self.setFocusProxy(first)

    def typed(self) -> tuple[str, str]:
        """See `Editor`."""
        return "is", next(trait for trait, button in self.choices.items() if button.isChecked())

    def show_filter(self, name: str, value: str) -> None:
        """See `Editor`."""
        self.choices[value].setChecked(True)
        self.setFocusProxy(self.choices[value])


class SizeEditor(Editor):
    """Megapixels, more or less."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Ask for five or more."""
        super().__init__(parent)
        self.comparison = QComboBox()
        self.comparison.setAccessibleName(_tr("Comparison"))
        choices = {">=": _tr("at least"), "<=": _tr("at most")}
        others = {">": _tr("more than"), "<": _tr("less than")}
        for key, words in {**choices, **others}.items():
            self.comparison.addItem(words, key)
        self.megapixels = _number_field(_tr("Megapixels"), 0.01, _MOST_MEGAPIXELS, 5)
        self.megapixels.setSuffix(_tr(" megapixels"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.comparison)
        row.addWidget(self.megapixels, 1)
        self.setFocusProxy(self.megapixels)

    def typed(self) -> tuple[str, str]:
        """See `Editor`."""
        return "size", f"{self.comparison.currentData()}{self.megapixels.value():g}"

    def show_filter(self, name: str, value: str) -> None:
        """See `Editor`."""
        number = value.lstrip("<=>")
        self.comparison.setCurrentIndex(self.comparison.findData(value.removesuffix(number)))
        self.megapixels.setValue(float(number.removesuffix("MP")))


class PlaceEditor(Editor):
    """A circle around a place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Ask for a place, and offer ten kilometres around it."""
        super().__init__(parent)
        self.place = QLineEdit()
        self.place.setPlaceholderText(_tr("48.14, 11.58"))
        self.place.setAccessibleName(_tr("Latitude and longitude in degrees"))
        self.km = _number_field(_tr("Kilometres around it"), 0.01, _HALF_AROUND_KM, 10)
        self.km.setPrefix(_tr("within "))
        self.km.setSuffix(_tr(" km"))
        hint = QLabel(_tr("Latitude and longitude, as maps show them"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.place, hint, self.km):
            column.addWidget(widget)
        self.setFocusProxy(self.place)

    def typed(self) -> tuple[str, str]:
        """See `Editor`."""
        place = "".join(self.place.text().split())
        return "near", f"{place},{self.km.value():g}" if place else ""

    def show_filter(self, name: str, value: str) -> None:
        """See `Editor`."""
        latitude, longitude, km = value.split(",")
        self.place.setText(f"{latitude}, {longitude}")
        self.km.setValue(float(km))


def _period_field(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(_tr("2012-05-17"))
    field.setToolTip(_tr("A year (2012), a month (2012-05) or a day (2012-05-17)"))
    field.setAccessibleName(name)
    return field


def _number_field(name: str, least: float, most: float, value: float) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(least, most)
    field.setDecimals(2)
    field.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    field.setValue(value)
    field.setAccessibleName(name)
    field.setAlignment(Qt.AlignmentFlag.AlignLeft)
    return field
