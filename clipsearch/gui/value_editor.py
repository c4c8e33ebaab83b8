"""A value that is typed, or chosen among those that the library has."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QLocale, QModelIndex, QObject, QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTreeView, QVBoxLayout

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.gui.filter_editors import Editor

_WIDTH, _HEIGHT = 320, 220
"""Logical pixels of the list."""

_FIELDS = {
    "in": "folders",
    "camera": "cameras",
    "lens": "lenses",
    "tag": "tags",
    "collection": "collections",
    "type": "types",
}


def values_of(values: FilterValues, name: str) -> tuple[ValueCount, ...]:
    """The values of a filter, by its name; none if the library lists none."""
    found: tuple[ValueCount, ...] = getattr(values, _FIELDS[name]) if name in _FIELDS else ()
    return found


def fill_with_values(model: QStandardItemModel, values: Sequence[tuple[str, int | None]]) -> None:
    """Put values into the first column, and how many photos have each into the second."""
    model.setRowCount(0)
    for value, photos in values:
        count = QStandardItem("" if photos is None else QLocale().toString(photos))
        count.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item = QStandardItem(value)
        item.setToolTip(value)
        model.appendRow([item, count])


class ValueEditor(Editor):
    """A line that completes: the list below it shows what contains the text."""

    def __init__(self, name: str, title: str) -> None:
        """Ask for a value.

        Args:
            name: The filter's, as it is typed.
            title: What it is, for people.
        """
        super().__init__()
        self._name = name
        self._model = QStandardItemModel(0, 2, self)
        self._matching = QSortFilterProxyModel(self)
        self._matching.setSourceModel(self._model)
        self._matching.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(True)
        self.field.setPlaceholderText(self.tr("Type, or choose below"))
        self.field.setAccessibleName(title)
        self.field.textEdited.connect(self._matching.setFilterFixedString)
        self.field.installEventFilter(self)
        self.list = self._make_list(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.setFocusProxy(self.field)

    def typed(self) -> tuple[str, str]:
        """See `Editor`."""
        return self._name, self.field.text().strip()

    def show_filter(self, name: str, value: str) -> None:
        """See `Editor`."""
        self.field.setText(value)
        self.field.selectAll()

    def show_values(self, values: FilterValues) -> None:
        """See `Editor`."""
        found = values_of(values, self._name)
        fill_with_values(self._model, [(one.value, one.photos) for one in found])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the down key lead from the line into the list."""
        is_press = event.type() == QEvent.Type.KeyPress
        is_down = is_press and cast("QKeyEvent", event).key() == Qt.Key.Key_Down
        if not (is_down and self._matching.rowCount()):
            return super().eventFilter(watched, event)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.setCurrentIndex(self._matching.index(0, 0))
        return True

    def _make_list(self, title: str) -> QTreeView:
        view = QTreeView()
        view.setModel(self._matching)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setHeaderHidden(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.header().setStretchLastSection(False)
        view.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        view.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        view.setAccessibleName(self.tr("{title} in the library").format(title=title))
        view.setFixedSize(_WIDTH, _HEIGHT)
        view.selectionModel().currentChanged.connect(self._take)
        view.doubleClicked.connect(self.accepted)
        return view

    def _take(self, index: QModelIndex) -> None:
        if index.isValid():
            self.field.setText(index.siblingAtColumn(0).data())
