"""Offers what was searched for, and what is saved, in a list below the search field."""

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QModelIndex, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QListView

from clipsearch.gui.icons import tinted_icon, tinted_pixmap

if TYPE_CHECKING:
    from clipsearch.gui.kept_searches import Kept
    from clipsearch.gui.search_field import SearchField

_ICON_EDGE = 16
_ROW_ROOM = 8
"""Logical pixels by which a row is higher than its line."""
_QUERY_ROLE = Qt.ItemDataRole.UserRole
"""In the query language; ``None`` for the row that clears the history."""


class SearchOffers(QObject):
    """A list that Enter or a click takes a search from; typing narrows it. GUI thread only."""

    chosen = Signal(str)
    """A search, in the query language."""
    clearing_asked = Signal()

    def __init__(self, field: "SearchField") -> None:
        """Offer nothing yet; `offer` does."""
        super().__init__(field)
        self._field = field
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Recent and saved searches"))
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(_ICON_EDGE, _ICON_EDGE))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._completer = QCompleter(self._model, self)
        self._completer.setWidget(field)
        self._completer.setPopup(self.list)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        # The overload that tells the row: texts may be twice there. PySide's types know no index.
        cast("Any", self._completer.activated)[QModelIndex].connect(self._take)
        field.add_popup(self.list)
        field.textEdited.connect(self._narrow)
        field.returnPressed.connect(self.list.hide)

    def offer(self, kept: "Kept", *, choose_first: bool) -> None:
        """Show the list; ``choose_first`` if the next Enter should take its first row."""
        self._fill(kept)
        self._completer.setMaxVisibleItems(self._model.rowCount())
        self._show("")
        if choose_first:
            self.list.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _fill(self, kept: "Kept") -> None:
        self._model.clear()
        for query in kept.recent:
            self._add("history", query, query, self.tr("Recent search: {search}"))
        for saved in kept.saved:
            self._add("saved", saved.name, saved.query, self.tr("Saved search: {search}"))
        if kept.recent:
            self._add("close", self.tr("Clear history…"), None, "{search}")

    def _add(self, icon: str, words: str, query: str | None, spoken: str) -> None:
        item = QStandardItem(self._icon(icon), words)
        item.setData(query, _QUERY_ROLE)
        item.setToolTip(query or "")
        item.setAccessibleText(spoken.format(search=words))
        item.setEditable(False)
        item.setSizeHint(QSize(0, self._field.fontMetrics().height() + _ROW_ROOM))
        self._model.appendRow(item)

    def _icon(self, name: str) -> QIcon:
        palette = self._field.palette()
        icon = tinted_icon(name, palette)
        chosen = palette.color(QPalette.ColorRole.HighlightedText)
        pixels = round(_ICON_EDGE * self._field.devicePixelRatioF())
        icon.addPixmap(tinted_pixmap(name, chosen, pixels), QIcon.Mode.Selected)
        return icon

    def _narrow(self, text: str) -> None:
        # Behind a colon the values of filters are offered instead.
        if self.list.isVisible() and text and ":" not in text:
            self._show(text)
        else:
            self.list.hide()

    def _show(self, typed: str) -> None:
        self._completer.setCompletionPrefix(typed)
        if self._completer.completionCount():
            self._completer.complete(QRect(0, 0, self._field.width(), self._field.height()))
        else:
            self.list.hide()

    def _take(self, index: QModelIndex) -> None:
        query = index.data(_QUERY_ROLE)
        if query is None:
            self.clearing_asked.emit()
        else:
            self.chosen.emit(query)
