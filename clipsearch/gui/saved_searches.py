"""What can be done with saved searches: saving, showing, changing and removing them."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from clipsearch.core.query import Query
from clipsearch.errors import InputError
from clipsearch.gui.actions import Actions
from clipsearch.gui.kept_searches import KeptSearches
from clipsearch.gui.lasting_query import lasting_text
from clipsearch.gui.layout import Parts
from clipsearch.gui.message_bar import Subject

if TYPE_CHECKING:
    from pathlib import Path

    from clipsearch.core.searches import SavedSearch
    from clipsearch.gui.save_popup import SavePopup


class SavedSearches(QObject):
    """Ties sidebar, search field and what is kept together. GUI thread only."""

    failed = Signal(object)
    """The exception: this search cannot be saved."""

    def __init__(self, actions: Actions, parts: Parts, kept: KeptSearches, scratch: "Path") -> None:
        """Connect everything; queries by pictures in ``scratch`` are not saved."""
        super().__init__(kept)
        self._actions = actions
        self._parts = parts
        self._kept = kept
        self._scratch = scratch
        self.popup: SavePopup | None = None
        self.menu: QMenu | None = None
        self._origin: str | None = None
        """The saved search that was shown last, as long as there is something to look for."""
        self._marked: Query | None = None
        """Its query, as long as nothing else is looked for."""
        self._is_showing = False
        actions.save_search.triggered.connect(self._ask_for_name)
        actions.update_search.triggered.connect(self._update_origin)
        actions.rename_search.triggered.connect(lambda: self._for_chosen(parts.sidebar.rename))
        actions.remove_search.triggered.connect(lambda: self._for_chosen(kept.forget))
        parts.search.searched.connect(self._follow)
        parts.sidebar.chosen.connect(self._show_chosen)
        parts.sidebar.search_menu_wanted.connect(self._open_menu)
        parts.sidebar.model.rename_wanted.connect(kept.rename)
        kept.changed.connect(self._show_kept)
        kept.saved.connect(self._mark)
        kept.renamed.connect(self._take_new_name)
        kept.forgotten.connect(self._offer_undo)
        self._enable()

    def _enable(self) -> None:
        is_searching = not self._parts.search.query.is_empty
        self._actions.save_search.setEnabled(is_searching)
        update = self._actions.update_search
        update.setEnabled(is_searching and self._origin is not None and self._marked is None)
        name = self.tr("the Saved Search") if self._origin is None else f"“{self._origin}”"
        update.setText(self.tr("&Update {search}").format(search=name.replace("&", "&&")))
        for action in self._actions.of_a_search:
            action.setEnabled(self._parts.sidebar.search is not None)

    # Showing

    def _show_chosen(self) -> None:
        chosen = self._parts.sidebar.search
        if chosen is not None:
            self._is_showing = True
            self._parts.search.show_query(chosen.query)
            self._is_showing = False
            self._origin, self._marked = chosen.name, self._parts.search.query
        self._enable()

    def _follow(self, query: Query) -> None:
        """Another query is no longer what is chosen in the sidebar."""
        if self._is_showing:
            return
        if query != self._marked:
            self._unmark()
        if query.is_empty:
            self._origin = None
        self._enable()

    def _show_kept(self) -> None:
        self._parts.sidebar.show_searches(self._kept.now.saved)
        if self._origin is not None and self._kept.now.named(self._origin) is None:
            self._origin = self._marked = None
        self._enable()

    def _mark(self, name: str) -> None:
        """What is shown is saved under a name."""
        saved = self._kept.now.named(name)
        query = self._parts.search.query
        if saved is None or lasting_text(query, self._scratch) != saved.query:
            if name == self._origin:
                self._unmark()
            return
        self._origin, self._marked = name, query
        self._parts.sidebar.mark_search(name)
        self._enable()
        if not self._parts.sidebar.isVisible():
            words = self.tr("“{name}” is saved: it stands in the sidebar.").format(name=name)
            self._parts.messages.show_message(words, subject=Subject.SAVED)

    def _unmark(self) -> None:
        self._marked = None
        self._parts.sidebar.mark_search(None)
        self._enable()

    # Saving

    def _ask_for_name(self) -> None:
        text = self._text()
        if not text:
            return
        from clipsearch.gui.save_popup import SavePopup  # Not before the first paint.

        taken = {saved.name for saved in self._kept.now.saved}
        search = self._parts.search
        self.popup = SavePopup(text, taken, search)
        self.popup.chosen.connect(lambda name: self._kept.save(name, text))
        self.popup.closed.connect(self._forget_popup)
        self.popup.open_below(search.field)

    def _forget_popup(self) -> None:
        self.popup = None

    def _update_origin(self) -> None:
        if self._origin is not None:
            self._update(self._origin)

    def _update(self, name: str) -> None:
        text, before = self._text(), self._kept.now.named(name)
        if text and before is not None:
            self._kept.save(name, text)
            words = self.tr("“{name}” is what you search for now.")
            self._tell(words, before)

    def _text(self) -> str:
        """The query as it can be kept; empty, after a word on it, if it cannot."""
        self._parts.search.search_now()  # What was typed this moment is meant, too.
        text = lasting_text(self._parts.search.query, self._scratch)
        if not text:
            sentence = self.tr(
                "A pasted picture is gone when the window is closed: search by a photo of the "
                "library, or by a file, to save this."
            )
            self.failed.emit(InputError(sentence))
        return text

    # Changing

    def _for_chosen(self, act: Callable[[str], None]) -> None:
        chosen = self._parts.sidebar.search
        if chosen is not None:
            act(chosen.name)

    def _open_menu(self, name: str, place: QPoint) -> None:
        actions = self._actions
        self.menu = menu = QMenu(self._parts.sidebar)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # Of this search, which need not be the one that is shown.
        update = menu.addAction(self.tr("&Update to the Current Search"))
        update.triggered.connect(lambda: self._update(name))
        update.setEnabled(actions.save_search.isEnabled())
        rename = menu.addAction(actions.rename_search.text())
        rename.triggered.connect(lambda: self._parts.sidebar.rename(name))
        remove = menu.addAction(actions.remove_search.text())
        remove.triggered.connect(lambda: self._kept.forget(name))
        menu.popup(place)

    def _take_new_name(self, old: str, new: str) -> None:
        if self._origin != old:
            return
        self._origin = new
        if self._marked is not None:
            self._parts.sidebar.mark_search(new)

    def _offer_undo(self, forgotten: "SavedSearch") -> None:
        self._tell(self.tr("“{name}” is no longer saved."), forgotten)

    def _tell(self, words: str, before: "SavedSearch") -> None:
        """Tell what became of a saved search, and offer to make it what it was."""
        undo = partial(self._kept.save, before.name, before.query)
        self._parts.messages.show_message(
            words.format(name=before.name), subject=Subject.SAVED, action=(self.tr("Undo"), undo)
        )
