"""What the grid shows: the library, one folder, the hits of a query, or a sentence instead."""

import os
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from clipsearch.core.query import Query
from clipsearch.core.types import Page, Photo
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.results import Results
from clipsearch.gui.search_session import SearchSession, unusable_picture
from clipsearch.gui.sorting import by_name

if TYPE_CHECKING:
    from pathlib import Path


class Gallery(QObject):
    """Decides what stands in the grid, so that nothing moves under the user's eyes.

    GUI thread only.
    """

    failed = Signal(object)
    """The exception: the newest query has no answer."""
    library_changed = Signal()
    """The library holds other photos than before."""

    def __init__(
        self,
        parts: Parts,
        session: LibrarySession,
        searches: SearchSession,
        results: int,
        parent: QObject | None = None,
    ) -> None:
        """Show nothing yet; queries ask for pages of ``results`` hits."""
        super().__init__(parent)
        self._parts = parts
        self._session = session
        self._searches = searches
        self._photos: list[Photo] = []
        self._page_size = results
        self._results = Results(Query(k=results), Page([]), 0)
        self._folder: Path | None = None
        self._shown_folder: Path | None = None
        self._is_stale = False
        self._has_search_failed = False
        self._why_unopened = ""
        self._shows_less_certain = False
        self._is_grouping = False
        self._by_name: list[Photo] | None = None
        parts.less_certain.toggled.connect(self.show_less_certain)
        parts.empty.show_closest.connect(lambda: self.show_less_certain(True))
        parts.grid.end_neared.connect(self._go_on)
        searches.answered.connect(self._show_answer)
        searches.failed.connect(self._show_failure)

    @property
    def _shown(self) -> Query:
        """The query whose hits are shown; it is empty while the library is."""
        return self._results.query

    @property
    def why_unopened(self) -> str:
        """A sentence on why there is no library to show; empty if there is one."""
        return self._why_unopened

    def set_unopened(self, reason: str) -> None:
        """The library cannot be opened for a reason, or can be again if that is empty."""
        self._why_unopened = reason

    def search(self, query: Query) -> None:
        """Show the hits of a query as soon as they are there; all photos if it is empty."""
        self._parts.messages.clear(Subject.SEARCH)
        if not self._session.is_open:
            return
        if query.is_empty or not self._photos:
            self._searches.cancel()
            self._show_library()
        else:
            # A search is for all photos, so all photos are what it goes back to.
            self._folder = None
            self._parts.sidebar.leave_places()
            query = replace(query, fold=self._is_grouping, sort=self._parts.sort.of(query))
            # Who has come far down stays there when the same is asked again.
            seen = self._results.end if query == self._shown else 0
            self._searches.search(query, max(seen, self._page_size))

    def set_grouping(self, on: bool) -> None:
        """Show duplicates among hits behind the best of them, or each by itself."""
        self._is_grouping = on
        if not self._shown.is_empty:
            self.search(self._parts.search.query)

    def sort_anew(self) -> None:
        """Show the same photos in the order that is wanted now."""
        if not self._shown.is_empty:
            self.search(self._parts.search.query)
        elif self._session.is_open:
            self._show_library()

    def show_less_certain(self, shows: bool) -> None:
        """Show the less certain hits below the certain ones, or hide them."""
        self._shows_less_certain = shows
        self._show_results(self._results)
        self._parts.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_place(self) -> None:
        """Show what is chosen in the sidebar, instead of what was searched for."""
        if self._parts.sidebar.search is not None:
            return  # It is searched for, as if it were typed.
        chosen = self._parts.sidebar.folder
        self._folder = None if chosen is None else chosen.path
        self._parts.search.clear()
        is_shown = self._shown.is_empty and self._shown_folder == self._folder
        if self._session.is_open and not is_shown:
            self._searches.cancel()
            self._show_library()

    def doubt_answers(self) -> None:
        """The next look at the library asks again: the answers may be others now."""
        self._is_stale = True

    def find_by_labels(self) -> None:
        """What the user says of photos has changed: ask again if the search was for that."""
        if not self._shown.filters:
            return
        from clipsearch.core import filters  # Not before the first paint.

        kinds = (filters.Tag, filters.Collection, filters.Rating, filters.Is)
        if any(isinstance(one, kinds) for one in self._shown.filters):
            self.search(self._parts.search.query)

    def take_photos(self, photos: list[Photo]) -> None:
        """These are the photos of the library now."""
        if photos != self._photos:
            self._photos, self._by_name = photos, None
            self.library_changed.emit()
        elif not (self._has_search_failed or self._is_stale):
            return
        self._is_stale = True
        self.refresh()

    def refresh(self) -> None:
        """Show what has changed in the library, but nothing under the user's eyes."""
        if not self._is_stale or self._parts.preview.isVisible():
            return
        if self._shown.is_empty and self._parts.search.query.is_empty:
            self._is_stale = False
            self._show_library()
        elif self._session.is_open and not self._session.is_indexing:
            self._is_stale = False
            self.search(self._parts.search.query)

    def choose_page(self) -> None:
        """Show the photos, or the sentence that fits best if there are none."""
        parts = self._parts
        if parts.model.rowCount():
            parts.show_grid()
            return
        if self._why_unopened:
            parts.empty.show_unopened(self._why_unopened)
        elif not self._session.is_open:
            parts.empty.show_opening()
        elif self._has_search_failed:
            parts.empty.show_search_failed()
        elif self._session.is_indexing:
            parts.empty.show_indexing()
        elif self._results.hits:
            parts.empty.show_nothing_certain()
        elif self._photos and not self._shown.is_empty:
            parts.empty.show_nothing_found()
        elif self._photos:
            parts.empty.show_empty_folder()
        else:
            parts.empty.show_welcome()
        parts.show_empty()

    def _show_answer(self, query: Query, page: Page, asked: int) -> None:
        self._parts.messages.clear(Subject.MODEL)
        if query.offset:
            self._append(page, asked)
            return
        if not _is_the_same(query, self._shown):
            self._shows_less_certain = False
        self._show_results(Results(query, page, asked))

    def _show_results(self, results: Results, *, has_failed: bool = False) -> None:
        certain = [hit for hit in results.hits if hit.above_cutoff]
        with self._replacing(results.query):
            self._parts.model.show_hits(results.hits if self._shows_less_certain else certain)
        self._results, self._has_search_failed = results, has_failed
        self._parts.sort.show_query(results.query)
        self._shown_folder = None
        self._parts.status.set_place("", 0)
        self._count()
        self.choose_page()

    def _go_on(self) -> None:
        """Ask for the next page of what is shown, if there is one."""
        query = self._results.next_page(less_certain=self._shows_less_certain)
        if query is not None and not self._searches.is_asking:
            self._searches.search(query, self._page_size)

    def _append(self, page: Page, asked: int) -> None:
        new = self._results.append(page, asked)
        shown = [hit for hit in new.hits if hit.above_cutoff or self._shows_less_certain]
        self._parts.model.append_hits(shown, new.behind)
        self._count()
        if not shown:  # All of them are duplicates: the view has not changed, and does not ask.
            self._go_on()

    def _count(self) -> None:
        """Say how many hits there are in all."""
        results = self._results
        has_line = results.certain > 0 or self._shows_less_certain
        less = results.total - results.certain if has_line else 0
        self._parts.less_certain.offer(results.certain, less, is_shown=self._shows_less_certain)
        self._parts.status.set_hits(results.certain)

    def _show_failure(self, query: Query, error: Exception) -> None:
        """Take away the hits of older words, and a picture without which the search may do."""
        if query.offset:
            self._results.break_off()
            self.failed.emit(error)
            return
        self._show_results(Results(query, Page([]), 0), has_failed=True)
        self._parts.status.set_hits(None)
        picture = unusable_picture(query, error)
        if picture is not None:
            self._parts.search.remove_picture(picture)
        self.failed.emit(error)

    def _show_library(self) -> None:
        nothing = Query(k=self._shown.k, sort=self._parts.sort.of(Query()))
        self._parts.less_certain.offer(0, 0, is_shown=False)
        photos = self._photos_of_place()
        with self._replacing(nothing, is_same_place=self._shown_folder == self._folder):
            self._parts.model.show_photos(photos)
        self._results, self._has_search_failed = Results(nothing, Page([]), 0), False
        self._parts.sort.show_query(nothing)
        self._shown_folder = self._folder
        self._parts.status.set_hits(None)
        self._parts.status.set_place(self._parts.sidebar.folder_name, len(photos))
        self.choose_page()

    def _replacing(
        self, query: Query, *, is_same_place: bool = True
    ) -> AbstractContextManager[None]:
        """While the grid's photos are replaced by those of a query: where the user stays."""
        grid = self._parts.grid
        if is_same_place and query != self._shown and _is_the_same(query, self._shown):
            return grid.following_photo()
        return grid.keeping_place(is_same_place and query == self._shown)

    def _photos_of_place(self) -> list[Photo]:
        photos = self._in_order()
        if self._folder is None:
            return photos
        # Text, since comparing the parents of 100,000 paths takes half a second.
        below = os.path.join(self._folder, "")
        return [photo for photo in photos if str(photo.path).startswith(below)]

    def _in_order(self) -> list[Photo]:
        """All photos as they should stand; they come the newest first."""
        if self._parts.sort.of(Query()) != "name":
            return self._photos
        # Kept, since 100,000 photos take a fifth of a second.
        if self._by_name is None:
            self._by_name = by_name(self._photos)
        return self._by_name


def _is_the_same(query: Query, other: Query) -> bool:
    """Whether two queries find the same photos, perhaps in another order."""
    return replace(query, sort=other.sort) == other
