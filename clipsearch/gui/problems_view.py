"""Files that indexing left out, and why: a list in the panel below the photos, not a dialog."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.types import Skipped
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.work import number

_Index = QModelIndex | QPersistentModelIndex
_FILE, _REASON, _FOLDER = range(3)
_ROOM_FOR_FOLDERS = 560
"""Logical pixels of the list from which on it has a column for folders."""


class ProblemsModel(QAbstractTableModel):
    """One row a skipped file. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._skipped: tuple[Skipped, ...] = ()

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Replace the content."""
        self.beginResetModel()
        self._skipped = tuple(skipped)
        self.endResetModel()

    def skipped(self, row: int) -> Skipped:
        """The file of a row.

        Raises:
            IndexError: There is no such row.
        """
        return self._skipped[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many files were skipped."""
        return 0 if parent.isValid() else len(self._skipped)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """File, reason, folder."""
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell; the whole of it as a tooltip."""
        if not index.isValid():
            return None
        entry = self._skipped[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.reason if index.column() == _REASON else str(entry.path)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        reason = entry.reason[:1].upper() + entry.reason[1:]
        return (entry.path.name, reason, str(entry.path.parent))[index.column()]

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The names of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("File"), self.tr("Reason"), self.tr("Folder"))[section]
        return None


class ProblemsList(QTreeView):
    """The rows, with actions that have keys of their own while the focus is here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a list without a model."""
        super().__init__(parent)
        self.setRootIsDecorated(False)
        self.setAlternatingRowColors(True)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        # Tab leads on to the next part of the window, not from cell to cell.
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(self.header().sizeHint().height() + 3 * self.fontMetrics().height())

    def event(self, event: QEvent) -> bool:
        """Claim the keys of the actions, which the window has for photos."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._action_of(event) is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key stands for here; else as in any list."""
        action = self._action_of(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            action.trigger()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the columns their shares; where there is little room, tooltips name the folder."""
        super().resizeEvent(event)
        width, header = self.viewport().width(), self.header()
        is_narrow = width < _ROOM_FOR_FOLDERS
        header.setSectionHidden(_FOLDER, is_narrow)
        header.resizeSection(_FILE, round(width * (0.4 if is_narrow else 0.25)))
        header.resizeSection(_REASON, round(width * 0.4))

    def _action_of(self, event: QKeyEvent) -> QAction | None:
        keys = QKeySequence(event.keyCombination())
        return next((action for action in self.actions() if action.shortcut() == keys), None)


class ProblemsView(QWidget):
    """The skipped files, and what can be done about them. GUI thread only."""

    retried = Signal(object)
    """Files to look at again, a ``list[Path]``."""
    revealed = Signal(object)
    """The ``Path`` of a file to show in its folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty list."""
        super().__init__(parent)
        self._model = ProblemsModel(self)
        self._title = ElidedLabel()
        self.list = ProblemsList()
        self.list.setModel(self._model)
        self.list.setAccessibleName(self.tr("Skipped files"))
        self.list.doubleClicked.connect(self._reveal)
        self._buttons: list[QPushButton] = []
        self._head = QHBoxLayout()
        self._head.addWidget(self._title, 1)
        self._add(self.tr("Try Again"), "Ctrl+Shift+R", self.retry)
        self._add(self.tr("Show in Folder"), "Ctrl+R", self._reveal)
        self._add(self.tr("Copy"), QKeySequence.StandardKey.Copy, self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._head)
        column.addWidget(self.list, 1)
        # Without a list the sentence stays where it is, at the top.
        column.addStretch(0)
        self.show_skipped(())

    @property
    def count(self) -> int:
        """How many files are listed."""
        return self._model.rowCount()

    @property
    def paths(self) -> list[Path]:
        """All files that are listed."""
        return [self._model.skipped(row).path for row in range(self.count)]

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        """List these files; what was selected stays so, and the list does not move."""
        chosen = {entry.path for entry in self._chosen()}
        place = self.list.verticalScrollBar().value()
        self._model.show_skipped(skipped)
        self._select(chosen)
        self.list.verticalScrollBar().setValue(place)
        self._title.setText(self._sentence(len(skipped)))
        self.list.setVisible(bool(skipped))
        for button in self._buttons:
            button.setVisible(bool(skipped))

    def retry(self) -> None:
        """Look at the selected files again, or at all if none is selected."""
        paths = [entry.path for entry in self._chosen()] or self.paths
        if paths:
            self.retried.emit(paths)

    def _reveal(self) -> None:
        index = self.list.currentIndex()
        if self.count:
            self.revealed.emit(self._model.skipped(max(0, index.row())).path)

    def _copy(self) -> None:
        entries = self._chosen() or [self._model.skipped(row) for row in range(self.count)]
        lines = [f"{entry.path}\t{entry.reason}" for entry in entries]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _chosen(self) -> list[Skipped]:
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        return [self._model.skipped(row) for row in rows]

    def _select(self, paths: set[Path]) -> None:
        flags = QItemSelectionModel.SelectionFlag
        for row, path in enumerate(self.paths):
            if path in paths:
                self.list.selectionModel().select(
                    self._model.index(row, 0), flags.Select | flags.Rows
                )

    def _sentence(self, count: int) -> str:
        if not count:
            return self.tr("No skipped files.")
        if count == 1:
            return self.tr("1 file was skipped; everything else is in the library.")
        return self.tr("{count} files were skipped; everything else is in the library.").format(
            count=number(count)
        )

    def _add(
        self, text: str, keys: str | QKeySequence.StandardKey, act: Callable[[], None]
    ) -> None:
        """Offer something as a button and in the context menu."""
        action = QAction(text, self.list)
        action.setShortcut(QKeySequence(keys))
        # The list looks for the keys itself: the window has some of them for photos.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: act())
        self.list.addAction(action)
        button = QPushButton(text)
        button.setToolTip(action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
        button.clicked.connect(lambda: act())
        self._head.addWidget(button)
        self._buttons.append(button)
