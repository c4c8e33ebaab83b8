"""The pane at the left: where to look, and the library's folders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.types import DuplicateKind, FolderState
from clipsearch.gui.actions import Actions
from clipsearch.gui.place_list import PlaceList
from clipsearch.gui.places_model import Place, PlacesModel

if TYPE_CHECKING:
    from pathlib import Path

    from clipsearch.core.searches import SavedSearch

WIDTH = 210
"""Logical pixels, until the user drags its edge."""
_LEAST_WIDTH = 140
NARROW = 700
"""Logical pixels of the window below which the photos have the place of the sidebar."""


class Sidebar(QFrame):
    """Lists the places where one can look; the chosen one is shown. GUI thread only."""

    chosen = Signal()
    """Another place is chosen; `folder`, `kind`, `search` and `is_training` tell which."""
    search_menu_wanted = Signal(str, QPoint)
    """Of the saved search of a name, at a place on the screen."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        """Show all photos, and no folder yet."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Sidebar"))
        self.setMinimumWidth(_LEAST_WIDTH)
        self.model = PlacesModel(self)
        self.list = PlaceList(self.model)
        self.list.addActions([*actions.of_a_folder, *actions.of_a_search])
        self.list.menu_wanted.connect(self._open_menu)
        self._of_a_folder = actions.of_a_folder
        self.add = QToolButton(autoRaise=True)
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setDefaultAction(actions.add_folder)
        self.add.setText(self.tr("Add a folder…"))
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 2, 6)
        column.addWidget(self.list, 1)
        column.addWidget(self.add)
        self._folder: Path | None = None
        self._kind: DuplicateKind | None = None
        self._search: str | None = None
        self._is_training = False
        self._is_quiet = False
        self._choose(0)
        self.list.selectionModel().currentChanged.connect(self._take_choice)
        # Also on what is chosen already: it leads back from a search.
        self.list.clicked.connect(self._take_choice)

    @property
    def folder(self) -> FolderState | None:
        """The folder that is chosen; ``None`` for everything else."""
        return self._place.folder

    @property
    def kind(self) -> DuplicateKind | None:
        """Which duplicates are chosen; ``None`` for everything else."""
        return self._place.kind

    @property
    def search(self) -> "SavedSearch | None":
        """The saved search that is chosen; ``None`` for everything else."""
        return self._place.search

    @property
    def is_training(self) -> bool:
        """Whether the page is chosen on which a model is trained."""
        return self._place.is_training

    @property
    def folder_name(self) -> str:
        """What the chosen folder is called; empty for all photos."""
        folder = self.folder
        return "" if folder is None else self.model.name_of(folder)

    def add_panel(self, panel: QWidget, tab_order: Sequence[QWidget]) -> None:
        """Put a panel below the places, which from now on take no more room than they need.

        Args:
            panel: What is to stand there.
            tab_order: What Tab leads through in it.
        """
        self.list.setSizeAdjustPolicy(QListView.SizeAdjustPolicy.AdjustToContents)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._column.setStretchFactor(self.list, 0)
        self._column.insertWidget(1, panel, 1)
        for first, second in pairwise((self.list, *tab_order, self.add)):
            QWidget.setTabOrder(first, second)

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

    def show_searches(self, searches: "Sequence[SavedSearch]") -> None:
        """These are the saved searches; the photos that are shown stay."""
        with self._quietly():
            self.model.show_searches(searches)
            if self._search is not None and self.model.row_of_search(self._search) is None:
                self._search = None
            self._choose(self._row_of_choice() or 0)

    def leave_places(self) -> None:
        """Hits are shown: no folder is chosen any more, but perhaps a saved search. Tell nobody."""
        self._folder = self._kind = None
        self._is_training = False
        with self._quietly():
            self._choose(self._row_of_choice() or 0)

    def mark_search(self, name: str | None) -> None:
        """What is shown are the hits of this saved search, or of none. Tell nobody."""
        self._search = name
        if name is not None:
            self._folder = self._kind = None
            self._is_training = False
        with self._quietly():
            self._choose(self._row_of_choice() or 0)

    def show_training(self) -> None:
        """Choose the page on which a model is trained, as if it were clicked."""
        row = self.model.row_of_training()
        if row is not None:
            with self._quietly():
                self._choose(row)
            self._take_choice()

    def rename(self, name: str) -> None:
        """Let the user write another name over that of a saved search."""
        row = self.model.row_of_search(name)
        if row is not None:
            self.list.edit(self.model.index(row))

    def _row_of_choice(self) -> int | None:
        """Where the chosen place stands; ``None`` if it is not there any more."""
        if self._kind is not None:
            return self.model.row_of_kind(self._kind)
        if self._is_training:
            return self.model.row_of_training()
        if self._search is not None:
            return self.model.row_of_search(self._search)
        return 0 if self._folder is None else self.model.row_of(self._folder)

    @property
    def _place(self) -> Place:
        return self.model.place(self.list.currentIndex().row())

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
        self._is_training = self.is_training
        self._search = None if self.search is None else self.search.name
        self.chosen.emit()

    def _open_menu(self, index: QModelIndex, place: QPoint) -> None:
        clicked = self.model.place(index.row())
        if clicked.search is not None:
            self.search_menu_wanted.emit(clicked.search.name, place)
        elif clicked.folder is not None:
            QMenu.exec(self._of_a_folder, place, parent=self)
