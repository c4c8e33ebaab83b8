"""The list of groups of duplicates: choosing what is kept by mouse and by keyboard."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from clipsearch.gui.duplicate_choices import Choice
from clipsearch.gui.group_delegate import GroupDelegate
from clipsearch.gui.groups_model import GroupsModel
from clipsearch.gui.thumbnails import Thumbnails

_LAYOUT_BATCH = 2000
"""Groups that are laid out before the window answers again."""


class GroupList(QListView):
    """Shows a `GroupsModel` and asks for the thumbnails of what is visible. GUI thread only."""

    opened = Signal(int, int)
    """Compare the photos of this row, beginning with the one at this place."""
    changed = Signal()
    """Another photo is kept, or is to go."""
    removal_asked = Signal()
    """Delete: what is ticked in the selected groups is to go."""

    def __init__(
        self, model: GroupsModel, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        """Show a model."""
        super().__init__(parent)
        self._groups = model
        self._thumbnails = thumbnails
        self._tiles = GroupDelegate(thumbnails, self)
        self.setModel(model)
        self.setItemDelegate(self._tiles)
        self._configure()
        self._asking = QTimer(self, interval=20, singleShot=True)
        self._asking.timeout.connect(self.ask_for_thumbnails)
        self.verticalScrollBar().valueChanged.connect(self._ask_soon)
        self.verticalScrollBar().rangeChanged.connect(self._ask_soon)
        model.modelReset.connect(self._ask_soon)
        thumbnails.loaded.connect(self.viewport().update)
        self.selectionModel().currentChanged.connect(self._enter_row)

    @property
    def is_settled(self) -> bool:
        """Whether every visible thumbnail has been asked for and has arrived."""
        return not self._asking.isActive() and self._thumbnails.is_complete

    @property
    def place(self) -> int:
        """Which photo of the current group is the current one."""
        return self._tiles.place

    def selected_choices(self) -> list[Choice]:
        """The selected groups, from the top."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._groups.choices[row] for row in rows]

    def show_place(self, row: int, place: int) -> None:
        """Make a photo of a group the current one."""
        self.setCurrentIndex(self._groups.index(row))
        self._go_to(place)

    def keep(self) -> None:
        """Keep the current photo of its group."""
        self._change(lambda choice, place: choice.keep(place))

    def toggle(self) -> None:
        """Let the current photo go, or stay."""
        self._change(lambda choice, place: choice.toggle(place))

    def ask_for_thumbnails(self) -> None:
        """Ask for those of the visible groups, and of a few more below."""
        photos = [photo for row in self._rows_to_load() for photo in self._choice(row).photos]
        self._thumbnails.want(photos)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make the photo under the mouse the current one; tick it, or keep it, if that was hit."""
        index = self.indexAt(event.position().toPoint())
        super().mousePressEvent(event)
        place = self._place_at(event, index)
        if place is None:
            return
        self._go_to(place)
        if event.button() != Qt.MouseButton.LeftButton or place == self._choice(index.row()).kept:
            return
        cell = self._tiles.cell(self.visualRect(index), place)
        if self._tiles.check_box(cell).contains(event.position().toPoint()):
            self.toggle()
        elif self._tiles.keep_button(cell).contains(event.position().toPoint()):
            self.keep()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Compare, but for a quick second click on a box or a button."""
        index = self.indexAt(event.position().toPoint())
        place = self._place_at(event, index)
        if place is None:
            return
        cell = self._tiles.cell(self.visualRect(index), place)
        if event.position().y() < self._tiles.check_box(cell).top():
            self.opened.emit(index.row(), place)
        else:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right walk in a group, K keeps, X ticks, Enter and Space compare."""
        index = self.currentIndex()
        keys: dict[Qt.Key, Callable[[], object]] = {
            Qt.Key.Key_Left: lambda: self._go_to(self.place - 1),
            Qt.Key.Key_Right: lambda: self._go_to(self.place + 1),
            Qt.Key.Key_K: self.keep,
            Qt.Key.Key_X: self.toggle,
            Qt.Key.Key_Delete: lambda: self.removal_asked.emit(),
            **dict.fromkeys(
                (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space),
                lambda: self.opened.emit(index.row(), self.place),
            ),
        }
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier)
        act = keys.get(Qt.Key(event.key())) if held == Qt.KeyboardModifier.NoModifier else None
        if act is not None and index.isValid():
            act()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the groups out anew: the height of each follows from the width."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()
        self._ask_soon()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Load sharper or smaller thumbnails once the window is on another screen."""
        if self._thumbnails.set_ratio(self.devicePixelRatioF()):
            self._ask_soon()
        super().paintEvent(event)

    def _configure(self) -> None:
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_LAYOUT_BATCH)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(60)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: one that comes and goes would lay everything out anew.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Groups of duplicates"))
        self.setAccessibleDescription(
            self.tr(
                "Up and Down choose a group, Left and Right a photo of it. K keeps the photo, "
                "X ticks it, Enter compares, Delete moves what is ticked to the bin."
            )
        )

    def _change(self, change: Callable[[Choice, int], None]) -> None:
        index = self.currentIndex()
        if index.isValid():
            change(self._choice(index.row()), self.place)
            self._groups.touch(index.row())
            self.changed.emit()

    def _choice(self, row: int) -> Choice:
        return self._groups.choices[row]

    def _place_at(self, event: QMouseEvent, index: QModelIndex) -> int | None:
        if not index.isValid():
            return None
        point = event.position().toPoint()
        return self._tiles.place_at(self.visualRect(index), point, self._choice(index.row()))

    def _go_to(self, place: int) -> None:
        index = self.currentIndex()
        last = len(self._choice(index.row()).photos) - 1
        self._tiles.place = min(max(place, 0), last)
        self.update(index)

    def _enter_row(self, index: QModelIndex, before: QModelIndex) -> None:
        self._tiles.place = self._choice(index.row()).kept if index.isValid() else 0
        self.update(before)

    def _rows_to_load(self) -> range:
        count = self._groups.rowCount()
        first = self.indexAt(self.viewport().rect().topLeft()).row()
        if not count or first < 0:
            return range(0)
        last = first
        while last < count and self._top(last) < self.viewport().height():
            last += 1
        return range(first, min(count, last + (last - first)))

    def _top(self, row: int) -> int:
        return self.visualRect(self._groups.index(row)).top()

    def _ask_soon(self) -> None:
        self._asking.start()
