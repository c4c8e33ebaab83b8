"""Which searches are remembered, and where they are offered again."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QLineEdit

from clipsearch.core.query import Query
from clipsearch.gui.actions import Actions
from clipsearch.gui.dialogs import ask
from clipsearch.gui.kept_searches import KeptSearches
from clipsearch.gui.lasting_query import lasting_text
from clipsearch.gui.layout import Parts
from clipsearch.gui.search_session import SearchSession

if TYPE_CHECKING:
    from pathlib import Path

    from clipsearch.gui.search_offers import SearchOffers

REST_MS = 5000
"""Milliseconds after which a search that was answered was meant."""


class SearchHistory(QObject):
    """Remembers the searches that were meant, not every keystroke. GUI thread only.

    One was meant if Enter was pressed, a hit was opened, or it stood for a while.
    """

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        searches: SearchSession,
        kept: KeptSearches,
        scratch: "Path",
    ) -> None:
        """Watch the search field and what becomes of its queries.

        Args:
            actions: "Recent Searches" and "Clear History" among them.
            parts: Field and photos.
            searches: Answers the queries.
            kept: Where they are remembered.
            scratch: Folder of pictures that will be gone.
        """
        super().__init__(kept)
        self._actions = actions
        self._parts = parts
        self._kept = kept
        self._scratch = scratch
        self._answered = Query()
        self._is_meant = False
        self._offers: SearchOffers | None = None
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._mean)
        search = parts.search
        search.searched.connect(self._forget_answer)
        searches.answered.connect(self._note_answer)
        search.field.returnPressed.connect(self._mean)
        parts.preview.moved.connect(self._mean)
        search.field.left_downwards.connect(self._leave_downwards)
        search.field.addAction(actions.history, QLineEdit.ActionPosition.TrailingPosition)
        actions.history.triggered.connect(self._offer_in_field)
        actions.clear_history.triggered.connect(self._ask_to_clear)
        kept.changed.connect(self._enable)
        self._enable()

    @property
    def offers(self) -> "SearchOffers":
        """The list below the field; made when it is first needed."""
        if self._offers is None:
            from clipsearch.gui.search_offers import SearchOffers  # Not before the first paint.

            self._offers = SearchOffers(self._parts.search.field)
            self._offers.chosen.connect(self._search)
            self._offers.clearing_asked.connect(self._ask_to_clear)
        return self._offers

    def _enable(self) -> None:
        now = self._kept.now
        self._actions.history.setEnabled(bool(now.recent or now.saved))
        self._actions.clear_history.setEnabled(bool(now.recent))

    def _forget_answer(self) -> None:
        self._answered, self._is_meant = Query(), False
        self._rest.stop()

    def _note_answer(self, query: Query) -> None:
        self._answered = Query(query.parts, query.filters)
        if self._is_meant:
            self._remember()
        else:
            self._rest.start()

    def _mean(self) -> None:
        """What is searched for is meant; it may not be answered yet."""
        self._is_meant = True
        self._rest.stop()
        self._remember()

    def _remember(self) -> None:
        text = lasting_text(self._answered, self._scratch)
        if text:
            self._kept.remember(text)

    def _leave_downwards(self) -> None:
        """The down key: from an empty field to recent searches, else on to the photos."""
        is_empty = not self._parts.search.field.text() and self._parts.search.query.is_empty
        if is_empty and self._actions.history.isEnabled():
            self.offers.offer(self._kept.now, choose_first=True)
        else:
            self._parts.grid.enter()

    def _offer_in_field(self) -> None:
        self._parts.search.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.offers.offer(self._kept.now, choose_first=False)

    def _search(self, query: str) -> None:
        self._parts.search.show_query(query)
        self._mean()

    def _ask_to_clear(self) -> None:
        ask(
            self._parts.search.window(),
            self.tr("Clear the history"),
            self.tr("Forget what you searched for?"),
            self.tr(
                "Recent searches are no longer offered, those from the command line among them. "
                "Saved searches stay."
            ),
            self.tr("Forget Them"),
            self._kept.clear_history,
        )
