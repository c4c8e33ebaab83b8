"""The pane at the left: where to look, and the library's folders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QToolButton, QVBoxLayout, QWidget

from clipsearch.core.types import DuplicateKind, FolderState
from clipsearch.gui.actions import Actions
from clipsearch.gui.place_delegate import PlaceDelegate
from clipsearch.gui.places_model import PlacesModel

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 210
"""Logical pixels, until the user drags its edge."""
_LEAST_WIDTH = 140
NARROW = 700
"""Logical pixels of the window below which the photos have the place of the sidebar."""


class Sidebar(QFrame):
    """Lists the places where one can look; the chosen one is shown. GUI thread only."""

    chosen = Signal()
    """Another place is chosen; `folder` and `kind` tell which."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        """Show all photos, and no folder yet."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Sidebar"))
        self.setMinimumWidth(_LEAST_WIDTH)
        self.model = PlacesModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(PlaceDelegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        # On the window's own ground: white is for photos.
        self.list.viewport().setAutoFillBackground(False)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Places"))
        self.list.setAccessibleDescription(
            self.tr("Arrow keys choose which photos are shown, Delete removes a folder.")
        )
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.list.addActions(actions.of_a_folder)
        self.add = QToolButton(autoRaise=True)
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setDefaultAction(actions.add_folder)
        self.add.setText(self.tr("Add a folder…"))
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 2, 6)
        column.addWidget(self.list, 1)
        column.addWidget(self.add)
        self._folder: Path | None = None
        self._kind: DuplicateKind | None = None
        self._is_quiet = False
        self._choose(0)
        self.list.selectionModel().currentChanged.connect(self._take_choice)
        # Also on what is chosen already: it leads back from a search.
        self.list.clicked.connect(self._take_choice)

    @property
    def folder(self) -> FolderState | None:
        """The folder that is chosen; ``None`` for everything else."""
        return self.model.folder(self.list.currentIndex().row())

    @property
    def kind(self) -> DuplicateKind | None:
        """Which duplicates are chosen; ``None`` for everything else."""
        return self.model.kind(self.list.currentIndex().row())

    @property
    def folder_name(self) -> str:
        """What the chosen folder is called; empty for all photos."""
        folder = self.folder
        return "" if folder is None else self.model.name_of(folder)

    def sizeHint(self) -> QSize:
        """Wide enough for the names of most folders."""
        return QSize(WIDTH, super().sizeHint().height())

    def show_total(self, photos: int) -> None:
        """The library holds so many photos."""
        self.model.show_total(photos)

    def show_folders(self, folders: Sequence[FolderState]) -> None:
        """These are the folders; the chosen one stays chosen as long as it is there."""
        with self._quietly():
            self.model.show_folders(folders)
            row = self._row_of_choice()
            self._choose(row or 0)
        if row is None:
            self._take_choice()

    def choose_all(self) -> None:
        """Show all photos, and tell nobody."""
        self._folder = self._kind = None
        with self._quietly():
            self._choose(0)

    def _row_of_choice(self) -> int | None:
        """Where the chosen place stands; ``None`` if it is not there any more."""
        if self._kind is not None:
            return self.model.row_of_kind(self._kind)
        return 0 if self._folder is None else self.model.row_of(self._folder)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Tell nobody of a choice that is not the user's."""
        self._is_quiet = True
        yield
        self._is_quiet = False

    def _choose(self, row: int) -> None:
        index = self.model.index(row)
        if index != self.list.currentIndex():
            self.list.setCurrentIndex(index)

    def _take_choice(self, *_: QModelIndex) -> None:
        if self._is_quiet:
            return
        folder = self.folder
        self._folder = None if folder is None else folder.path
        self._kind = self.kind
        self.chosen.emit()
