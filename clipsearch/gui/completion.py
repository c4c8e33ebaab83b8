"""Offers the library's own values while a filter is typed, as behind ``in:`` or ``camera:``."""

import re
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCompleter, QHeaderView, QTreeView

from clipsearch.core.filter_types import FilterValues
from clipsearch.gui.filter_editors import SHAPES, TRAITS
from clipsearch.gui.search_field import SearchField
from clipsearch.gui.value_editor import fill_with_values, values_of

_WIDTH = 340
"""Logical pixels of the list."""
_MOST_ROWS = 10
_OPEN = re.compile(
    r'(?:^|[\s-])(?P<name>in|camera|lens|tag|type|is):(?P<value>"(?:[^"]|"")*|[^\s"]*)$',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OpenValue:
    """A value that is being typed."""

    name: str
    """Of the filter, in lower case."""
    start: int
    """Where the value begins in the text, with its quotation mark if it has one."""
    typed: str
    """What is there of it, without quotes."""


def open_value(before: str) -> OpenValue | None:
    """The value that a text ends in the middle of, if it does."""
    match = _OPEN.search(before)
    # An odd number of quotation marks: all of this stands inside a phrase.
    if match is None or before[: match.start("value")].count('"') % 2:
        return None
    typed = match["value"].removeprefix('"').replace('""', '"')
    return OpenValue(match["name"].lower(), match.start("value"), typed)


class Completion(QObject):
    """A list below the cursor: Tab or Enter takes a value, Escape closes. GUI thread only."""

    values_wanted = Signal()
    """A value is being typed: see `set_values`."""
    completed = Signal(int)
    """A value was written into the field; tells where it ends."""

    def __init__(self, field: SearchField) -> None:
        """Offer nothing yet; `look` does."""
        super().__init__(field)
        self._field = field
        self._values = FilterValues()
        self._model = QStandardItemModel(0, 2, self)
        self._completer = self._make_completer()
        self._completer.activated.connect(self._take)

    @property
    def list(self) -> QTreeView:
        """The list of values."""
        return self._list

    def look(self) -> None:
        """Offer values if the cursor stands behind the beginning of one."""
        if open_value(self._before()) is not None:
            self.values_wanted.emit()
        self._offer()

    def set_values(self, values: FilterValues) -> None:
        """Offer these values of the library, at once if one is being typed."""
        self._values = values
        if self._field.hasFocus() or self._list.isVisible():
            self._offer()

    def _make_completer(self) -> QCompleter:
        completer = QCompleter(self._model, self)
        completer.setWidget(self._field)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(_MOST_ROWS)
        self._list = QTreeView()
        self._list.setAccessibleName(self.tr("Values of the filter"))
        completer.setPopup(self._list)
        self._list.setRootIsDecorated(False)
        self._list.setHeaderHidden(True)
        self._list.setUniformRowHeights(True)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._field.add_popup(self._list)
        return completer

    def _offer(self) -> None:
        value = open_value(self._before())
        if value is None:
            self._list.hide()
            return
        if value.name == "is":
            fill_with_values(self._model, [(trait, None) for trait in (*SHAPES, *TRAITS)])
        else:
            found = values_of(self._values, value.name)
            fill_with_values(self._model, [(one.value, one.photos) for one in found])
        self._completer.setCompletionPrefix(value.typed)
        if not self._completer.completionCount():
            self._list.hide()
            return
        cursor = self._field.cursor_area()
        self._completer.complete(QRect(cursor.left(), 0, _WIDTH, self._field.height()))
        self._list.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _take(self, chosen: str) -> None:
        value = open_value(self._before())
        if value is None:
            return
        text, end = self._field.text(), self._field.cursorPosition()
        doubled = chosen.replace('"', '""')
        written = f'{text[: value.start]}"{doubled}"'
        self._field.setText(written + text[end:])
        self._field.setCursorPosition(len(written))
        self.completed.emit(len(written))

    def _before(self) -> str:
        return self._field.text()[: self._field.cursorPosition()]
