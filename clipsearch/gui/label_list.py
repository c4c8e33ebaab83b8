"""A list of tags or collections: choosing, renaming in place, dropping photos on a row."""

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from clipsearch.gui.label_delegate import LabelDelegate
from clipsearch.gui.label_rows import ROW_ROLE, LabelRows, Row

_MOST_ROWS = 8
"""A list that is as high as its rows scrolls beyond these."""


class LabelList(QListView):
    """Shows `LabelRows`. GUI thread only."""

    chosen = Signal(str)
    """This name was chosen, by mouse or keyboard, perhaps once more."""
    photos_dropped = Signal(str)
    """The photos that were dragged are dropped on this name; empty: on the row for a new one."""
    menu_wanted = Signal(str, QPoint)
    """Of a name, at a place on the screen."""
    removal_wanted = Signal(str)
    """Delete was pressed on a name."""

    def __init__(self, *, is_fitted: bool = False, parent: QWidget | None = None) -> None:
        """Make an empty list.

        Args:
            is_fitted: Be as high as the rows are, up to some; else take what room there is.
            parent: Where it stands.
        """
        super().__init__(parent)
        self.rows = LabelRows(self)
        self._is_fitted = is_fitted
        self._source: QWidget | None = None
        self._delegate = LabelDelegate(self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # On the window's own ground: white is for photos.
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.clicked.connect(self._take)
        self.activated.connect(self._take)
        self.rows.modelReset.connect(self.updateGeometry)

    def take_drags_of(self, source: QWidget) -> None:
        """Let photos be dropped that are dragged from this widget; other drags go elsewhere."""
        self._source = source

    def show_rows(self, rows: list[Row]) -> None:
        """Replace the rows; what is chosen stays so as long as it is there."""
        chosen = self.chosen_name
        if self.rows.show_rows(rows):
            self.show_chosen(chosen)

    @property
    def chosen_name(self) -> str:
        """The name that is chosen; empty if none is."""
        rows = self.selectionModel().selectedIndexes()
        return self._row(rows[0]).name if rows else ""

    def show_chosen(self, name: str) -> None:
        """Mark a name, or none, and tell nobody."""
        row = self.rows.row_of(name) if name else None
        if row is None:
            self.selectionModel().clear()
        elif name != self.chosen_name:
            self.setCurrentIndex(self.rows.index(row))

    def write_new(self) -> None:
        """Begin to write a name into the row for a new one."""
        self._write(self.rows.row_of(""))

    def write_anew(self, name: str) -> None:
        """Begin to write another name over one."""
        self._write(self.rows.row_of(name))

    def sizeHint(self) -> QSize:
        """As high as the rows, if that is wanted."""
        hint = super().sizeHint()
        if not self._is_fitted:
            return hint
        heights = [self.sizeHintForRow(row) for row in range(min(self._count(), _MOST_ROWS))]
        return QSize(hint.width(), sum(heights) + 2)

    def minimumSizeHint(self) -> QSize:
        """A row or two."""
        return QSize(0, 2 * max(24, self.sizeHintForRow(0)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A right click chooses nothing: it opens a menu."""
        if event.button() != Qt.MouseButton.RightButton:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys choose, Delete removes, F2 renames."""
        if event.key() == Qt.Key.Key_Delete and self.chosen_name:
            self.removal_wanted.emit(self.chosen_name)
            return
        before = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() != before and self.chosen_name:
            self.chosen.emit(self.chosen_name)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the name under the mouse, or of the chosen one."""
        place, index = event.pos(), self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.visualRect(index).bottomLeft()
        if index.isValid() and self._row(index).name:
            self.menu_wanted.emit(self._row(index).name, self.viewport().mapToGlobal(place))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome the photos of the grid; everything else is the window's."""
        if self._source is not None and event.source() is self._source:
            event.accept()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark the row that would take the photos."""
        index = self._target_at(event.position().toPoint())
        self._mark(index.row())
        event.setAccepted(index.isValid())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Mark nothing any more."""
        self._mark(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        """Give the photos to the row below the mouse."""
        index = self._target_at(event.position().toPoint())
        self._mark(-1)
        if index.isValid():
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.photos_dropped.emit(self._row(index).name)

    def _target_at(self, place: QPoint) -> QModelIndex:
        index = self.indexAt(place)
        takes = index.isValid() and self._row(index).takes_photos
        return index if takes else QModelIndex()

    def _mark(self, row: int) -> None:
        self._delegate.target = row
        self.viewport().update()

    def _take(self, index: QModelIndex) -> None:
        row = self._row(index)
        if row.name:
            self.chosen.emit(row.name)
        elif row.is_editable:
            self.write_new()

    def _write(self, row: int | None) -> None:
        if row is not None:
            self.setCurrentIndex(self.rows.index(row))
            self.edit(self.rows.index(row))

    def _row(self, index: QModelIndex) -> Row:
        row: Row = index.data(ROW_ROLE)
        return row

    def _count(self) -> int:
        return self.rows.rowCount()
