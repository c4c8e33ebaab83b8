"""How photos are shown, as it is remembered from one start to the next: order and grouping."""

from PySide6.QtCore import QObject

from clipsearch.gui.actions import Actions
from clipsearch.gui.gallery import Gallery
from clipsearch.gui.sorting import SortButton
from clipsearch.gui.window_state import WindowState

_GROUPED, _COMPARED, _PLAIN = "results/grouped", "sort/results", "sort/photos"


class ResultOptions(QObject):
    """Ties the options to the photos and to what is remembered. GUI thread only."""

    def __init__(
        self,
        actions: Actions,
        sort: SortButton,
        gallery: Gallery,
        state: WindowState,
        parent: QObject,
    ) -> None:
        """Set the options as they were when the window was closed last."""
        super().__init__(parent)
        self._sort = sort
        self._state = state
        actions.group.toggled.connect(gallery.set_grouping)
        actions.group.setChecked(state.flag(_GROUPED) is not False)
        actions.group.toggled.connect(lambda on: state.set_flag(_GROUPED, on))
        sort.set_orders(state.text(_COMPARED), state.text(_PLAIN))
        sort.changed.connect(gallery.sort_anew)
        sort.changed.connect(self._remember_orders)

    def _remember_orders(self) -> None:
        for key, order in zip((_COMPARED, _PLAIN), self._sort.orders, strict=True):
            self._state.set_text(key, order)
