"""The parts of the window and where they stand."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.gui.actions import Actions
from clipsearch.gui.activity import Activity
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.empty_state import EmptyState
from clipsearch.gui.inspector import Inspector
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.less_certain import LessCertain
from clipsearch.gui.message_bar import MessageBar
from clipsearch.gui.photo_grid import PhotoGrid
from clipsearch.gui.photo_model import PhotoModel
from clipsearch.gui.preview import Preview
from clipsearch.gui.search_bar import SearchBar
from clipsearch.gui.sidebar import WIDTH, Sidebar
from clipsearch.gui.sorting import SortButton
from clipsearch.gui.status import StatusLine
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.settings import Settings

_MARGIN = 14


class Parts:
    """Makes the parts and arranges them; knows nothing of what they do together."""

    def __init__(
        self,
        window: QMainWindow,
        source: PictureSource,
        runner: JobRunner,
        settings: Settings,
        actions: Actions,
        *,
        has_samples: bool,
    ) -> None:
        """Make everything and put it into the window."""
        self.search = SearchBar(settings.results)
        self.sort = SortButton(actions.sorts)
        self.messages = MessageBar()
        self.model = PhotoModel(window)
        self.thumbnails = Thumbnails(source, runner, settings.tile_edge, window)
        self.grid = PhotoGrid(self.model, self.thumbnails, settings.tile_edge)
        self.empty = EmptyState(has_samples=has_samples)
        self.less_certain = LessCertain()
        self.sidebar = Sidebar(actions)
        self.inspector = Inspector()
        self.activity = Activity()
        self.status = StatusLine()
        self.body = QWidget()
        """Everything between search field and status line."""
        self.preview = Preview(self.model, self.thumbnails, source, runner, self.body)
        self.preview.add_part_actions(actions.of_a_part)
        self.preview.add_actions(actions.of_a_photo)
        self.grid.addActions([*actions.of_photos, actions.unfold, *actions.of_labels])
        self._arrange(window, actions)
        actions.fill_menus()

    @property
    def splitters(self) -> dict[str, QSplitter]:
        """What the user can drag to the sides, by the names under which that is remembered."""
        return {"columns": self.panes, "photos": self._photos}

    def show_grid(self) -> None:
        """Show the photos."""
        self._pages.setCurrentWidget(self.grid)

    def show_empty(self) -> None:
        """Show the sentence that stands in place of photos."""
        self._pages.setCurrentWidget(self.empty)

    def show_page(self, page: QWidget) -> None:
        """Show a page in place of all photos, until `show_photos`."""
        if self._stage.indexOf(page) < 0:
            self._stage.addWidget(page)
        self._stage.setCurrentWidget(page)

    @property
    def page(self) -> QWidget:
        """What stands in the middle of the window: the photos, or a page in their place."""
        return self._stage.currentWidget() or self._photos

    def show_photos(self) -> None:
        """Show the photos again, or the sentence that stands in their place."""
        self._stage.setCurrentWidget(self._photos)

    def _arrange(self, window: QMainWindow, actions: Actions) -> None:
        self._photos = self._beside_inspector(self._above_less_certain())
        self._stage = QStackedWidget()
        self._stage.addWidget(self._photos)
        self.activity.hide()
        middle = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        middle.addWidget(self._stage)
        middle.addWidget(self.activity)
        middle.setStretchFactor(0, 1)
        middle.setSizes([600, 220])
        self.panes = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.panes.addWidget(self.sidebar)
        self.panes.addWidget(middle)
        self.panes.setStretchFactor(1, 1)
        self.panes.setSizes([WIDTH, 970])
        body = QVBoxLayout(self.body)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self.panes)

        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head(actions))
        column.addWidget(self.messages)
        column.addWidget(self.body, 1)
        column.addWidget(self.status)
        window.setCentralWidget(central)
        self._order_tabs()
        window.setMinimumSize(420, 360)

    def _above_less_certain(self) -> QWidget:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.grid)
        photos = QWidget()
        column = QVBoxLayout(photos)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(self.less_certain)
        return photos

    def _beside_inspector(self, photos: QWidget) -> QSplitter:
        """Put the inspector beside the photos alone: it tells of no others."""
        both = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        both.addWidget(photos)
        both.addWidget(self.inspector)
        both.setStretchFactor(0, 1)
        both.setSizes([700, self.inspector.sizeHint().width()])
        return both

    def _order_tabs(self) -> None:
        """Tab leads through the window as one reads it."""
        chain = (
            self.search.field,
            self.search.filter_button,
            self.sort,
            self._add,
            self.sidebar.list,
            self.sidebar.add,
            self.grid,
            self.inspector,
            self.activity,
            self.status,
        )
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)

    def _head(self, actions: Actions) -> QHBoxLayout:
        self._add = add = QToolButton(autoRaise=True)
        add.setDefaultAction(actions.add_folder)
        add.setFixedSize(self.search.field.sizeHint().height() + 12, self._field_height())
        add.setAccessibleName(actions.add_folder.toolTip())
        head = QHBoxLayout()
        head.setContentsMargins(_MARGIN, 10, _MARGIN - 4, 10)
        head.addWidget(self.search, 1)
        self.sort.setFixedHeight(self._field_height())
        head.addWidget(self.sort, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(add, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _field_height(self) -> int:
        return self.search.field.minimumHeight()
