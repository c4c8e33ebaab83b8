"""Makes a smart collection of what is searched for: its photos are those that the search finds."""

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QWidget

from clipsearch.core.query import Query
from clipsearch.gui.actions import Actions
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.layout import Parts


class SmartCollections(QObject):
    """Performs the action. GUI thread only."""

    def __init__(
        self, actions: Actions, parts: Parts, session: LabelSession, window: QWidget
    ) -> None:
        """Offer it while something is searched for."""
        super().__init__(window)
        self._action = actions.smart
        self._search = parts.search
        self._session = session
        self._window = window
        self._action.setEnabled(False)
        self._action.triggered.connect(self._ask)
        parts.search.searched.connect(self._enable)

    def _enable(self, query: Query) -> None:
        self._action.setEnabled(not query.is_empty)

    def _ask(self) -> None:
        from clipsearch.core.filter_types import FilterValues
        from clipsearch.core.query_language import format_query  # Not before the first paint.
        from clipsearch.gui.name_popup import NamePopup

        query = format_query(self._search.query)
        title = self.tr("A collection of what this search finds")
        popup = NamePopup(title, "", FilterValues(), self._window)
        popup.editor.list.hide()
        popup.chosen.connect(lambda name: self._make(name, query))
        field = self._search.field
        popup.open_at(field.mapToGlobal(QPoint(0, field.height() + 2)))

    def _make(self, name: str, query: str) -> None:
        job = self._session.change(lambda labels: labels.collections.create(name, query=query))
        job.succeeded.connect(self._session.look)
