"""`Results`: the hits of a query as far as they have come, page by page."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from clipsearch.core.query import Query
from clipsearch.core.types import Hit, Page, Photo


class Results:
    """The hits of one query. The library may change between two pages: no photo is shown twice."""

    def __init__(self, query: Query, page: Page, asked: int) -> None:
        """Begin with the first page.

        Args:
            query: Without an offset.
            page: The first one, which may be longer.
            asked: How many hits it was asked for.
        """
        self.query = query
        self.hits: list[Hit] = list(page.hits)
        """In the order in which they are shown."""
        self.end = asked
        """The rank behind the last one that was asked for."""
        self.certain = page.certain
        """How many photos are certain, duplicates among them."""
        self.total = page.total
        """How many there are in all."""
        self._is_over = False
        self._row_of = {hit.photo.path: row for row, hit in enumerate(self.hits)}
        self._shown = {photo.path for hit in self.hits for photo in (hit.photo, *hit.duplicates)}

    def next_page(self, *, less_certain: bool) -> Query | None:
        """What to ask for next, if there is more.

        Args:
            less_certain: Whether the less certain hits are wanted, too.
        """
        last = self.total if less_certain else self.certain
        if self._is_over or self.end >= last:
            return None
        return replace(self.query, offset=self.end)

    def append(self, page: Page, asked: int) -> Page:
        """Take in the next page.

        Args:
            page: Of `next_page`.
            asked: How many hits it was asked for.

        Returns:
            What of it is new.
        """
        self.end += asked
        self.certain, self.total = page.certain, page.total
        behind = self._put_behind(page.behind)
        hits = [self._without_shown(hit) for hit in page.hits if hit.photo.path not in self._shown]
        for hit in hits:
            self._row_of[hit.photo.path] = len(self.hits)
            self.hits.append(hit)
        return replace(page, hits=hits, behind=behind)

    def break_off(self) -> None:
        """Ask for no more: the last page could not be had."""
        self._is_over = True

    def _put_behind(
        self, behind: Mapping[Path, tuple[Photo, ...]]
    ) -> dict[Path, tuple[Photo, ...]]:
        added = {}
        for path, photos in behind.items():
            new = tuple(photo for photo in photos if photo.path not in self._shown)
            if new and path in self._row_of:
                added[path] = new
                self._shown.update(photo.path for photo in new)
                row = self._row_of[path]
                hit = self.hits[row]
                self.hits[row] = replace(hit, duplicates=(*hit.duplicates, *new))
        return added

    def _without_shown(self, hit: Hit) -> Hit:
        new = tuple(photo for photo in hit.duplicates if photo.path not in self._shown)
        self._shown.update(photo.path for photo in (hit.photo, *new))
        return replace(hit, duplicates=new)
