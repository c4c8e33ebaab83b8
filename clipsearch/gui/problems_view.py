"""Files that indexing left out, and why: a panel below the photos, not a dialog."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.types import Skipped

_Index = QModelIndex | QPersistentModelIndex
_FILE, _REASON, _FOLDER = range(3)


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


class ProblemsView(QWidget):
    """The skipped files of the last indexing. GUI thread only."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty list."""
        super().__init__(parent)
        self._model = ProblemsModel(self)
        self._title = QLabel()
        close = QPushButton(self.tr("Close"))
        close.setFlat(True)
        close.clicked.connect(self.closed)
        self._list = QTreeView(rootIsDecorated=False)
        self._list.setAlternatingRowColors(True)
        self._list.setUniformRowHeights(True)
        self._list.setModel(self._model)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setAccessibleName(self.tr("Skipped files"))
        header = self._list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.resizeSection(_FILE, 220)
        header.resizeSection(_REASON, 420)
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 6, 14, 6)
        column.addLayout(row)
        column.addWidget(self._list)

    @property
    def count(self) -> int:
        """How many files are listed."""
        return self._model.rowCount()

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        """List these files; the panel is shown and hidden by the window."""
        self._model.show_skipped(skipped)
        self._title.setText(
            self.tr("{count} files were skipped; everything else is in the library").format(
                count=len(skipped)
            )
        )
