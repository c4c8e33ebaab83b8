"""The order of the photos: what it is called, and the button at the right of the search."""

from collections.abc import Sequence
from typing import get_args

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from clipsearch.core.query import Query, Sort
from clipsearch.core.types import Photo
from clipsearch.gui.icons import tinted_icon

SORTS: tuple[Sort, ...] = get_args(Sort)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Sorting", text)


def sort_names() -> dict[Sort, str]:
    """What the orders are called, each with its mnemonic."""
    return {
        "relevance": _tr("&Relevance"),
        "date": _tr("Ne&west First"),
        "name": _tr("&Name"),
    }


def are_compared(query: Query) -> bool:
    """Whether a query brings photos that are more or less like something."""
    return any(not part.excluded for part in query.parts)


def by_name(photos: Sequence[Photo]) -> list[Photo]:
    """Photos by the name of the file, and by its path where names are the same."""
    return sorted(photos, key=lambda photo: (photo.path.name.lower(), str(photo.path)))


class SortButton(QToolButton):
    """Keeps two orders: of photos that were compared, and of all others. GUI thread only.

    Who looks through the library by name still wants the best hits first.
    """

    changed = Signal()
    """The user wants another order of what is shown: see `of`."""

    def __init__(self, actions: dict[Sort, QAction]) -> None:
        """Offer the orders by their actions, which are checkable and exclude each other."""
        super().__init__()
        self._actions = actions
        self._compared: Sort = "relevance"
        self._plain: Sort = "date"
        self._shown = Query()
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # Not the button's own menu, since Qt would draw an arrow into its corner.
        self.sorts = QMenu(self)
        self.sorts.addActions(list(actions.values()))
        self.clicked.connect(self.open_menu)
        for sort, action in actions.items():
            action.triggered.connect(lambda _, sort=sort: self._choose(sort))
        self._tint()
        self.show_query(self._shown)

    @property
    def orders(self) -> tuple[Sort, Sort]:
        """Of photos that were compared, and of all others."""
        return self._compared, self._plain

    def set_orders(self, compared: str, plain: str) -> None:
        """Keep these orders, as far as they are ones; `changed` is not emitted."""
        self._compared = next((sort for sort in SORTS if sort == compared), self._compared)
        self._plain = next((sort for sort in SORTS[1:] if sort == plain), self._plain)
        self.show_query(self._shown)

    def of(self, query: Query) -> Sort:
        """The order in which the hits of a query, or all photos if it is empty, should stand."""
        return self._compared if are_compared(query) else self._plain

    def show_query(self, query: Query) -> None:
        """The hits of this query are shown, or all photos if it is empty."""
        self._shown = query
        sort = self.of(query)
        self._actions["relevance"].setEnabled(are_compared(query))
        self._actions[sort].setChecked(True)
        name = sort_names()[sort].replace("&", "")
        self.setText(name)
        self.setToolTip(self.tr("Sorted by: {order}").format(order=name))
        self.setAccessibleName(self.toolTip())

    def open_menu(self) -> None:
        """Show the orders below the button."""
        self.sorts.setActiveAction(self._actions[self.of(self._shown)])
        below = self.mapToGlobal(QPoint(self.width() - self.sorts.sizeHint().width(), 0))
        self.sorts.popup(below + QPoint(0, self.height()))

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _choose(self, sort: Sort) -> None:
        if sort == self.of(self._shown):
            return
        if are_compared(self._shown):
            self._compared = sort
        else:
            self._plain = sort
        self.show_query(self._shown)
        self.changed.emit()

    def _tint(self) -> None:
        self.setIcon(tinted_icon("sort", self.palette()))
