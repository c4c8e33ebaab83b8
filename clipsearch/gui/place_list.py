"""The list of places: a right click opens the menu of what is under the mouse."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from clipsearch.gui.place_delegate import PlaceDelegate
from clipsearch.gui.places_model import SEARCH_ROLE, PlacesModel


class PlaceList(QListView):
    """Shows a `PlacesModel`. GUI thread only."""

    menu_wanted = Signal(QModelIndex, QPoint)
    """Of a row, at a place on the screen."""

    def __init__(self, model: PlacesModel, parent: QWidget | None = None) -> None:
        """Show a model."""
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(PlaceDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        # On the window's own ground: white is for photos.
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Places"))
        self.setAccessibleDescription(
            self.tr("Arrow keys choose which photos are shown, Delete removes a folder or search.")
        )

    def show_choice(self, is_shown: bool) -> None:
        """Mark the chosen place, or not while what is shown was chosen elsewhere."""
        kind = QItemSelectionModel.SelectionFlag
        how = kind.Select if is_shown else kind.Deselect
        self.selectionModel().select(self.currentIndex(), how)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A right click on a saved search does not run it: it may be changed to what is shown."""
        index = self.indexAt(event.position().toPoint())
        is_right = event.button() == Qt.MouseButton.RightButton
        if not (is_right and index.data(SEARCH_ROLE) is not None):
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or of the chosen one."""
        place = event.pos()
        index = self.indexAt(place)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.visualRect(index).bottomLeft()
        if index.isValid():
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(place))
