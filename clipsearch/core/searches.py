"""`Searches`: what was searched for, and the searches that the user has given a name.

Both are kept as texts in the query language, which outlives every change of `Query`.
"""

from dataclasses import dataclass
from datetime import datetime

from clipsearch.core.answering import check
from clipsearch.core.query_language import parse_query
from clipsearch.core.stores import Stores
from clipsearch.errors import InputError

HISTORY_KEPT = 500
"""Older searches are forgotten."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search under a name of the user's."""

    name: str
    query: str
    """In the query language."""
    saved_at: datetime


class Searches:
    """Keeps searches among the user's own words."""

    def __init__(self, stores: Stores, *, keeps_history: bool = True) -> None:
        """Keep them in a library; reading creates none.

        Args:
            stores: Of the library.
            keeps_history: Whether `remember` does so.
        """
        self._stores = stores
        self._keeps_history = keeps_history

    def save(self, name: str, query: str) -> SavedSearch:
        """Keep a search under a name, instead of what went by that name before.

        Args:
            name: Any text; letters are told apart by case.
            query: In the query language.

        Raises:
            InputError: The name is blank, or there is nothing to look for.
            QueryError: The query cannot be read.
        """
        name, query = name.strip(), query.strip()
        if not name:
            raise InputError("A saved search needs a name: give one.")
        check(parse_query(query))
        self._stores.labels().save_search(name, query)
        return self.named(name)

    def named(self, name: str) -> SavedSearch:
        """The search that goes by a name.

        Raises:
            InputError: There is none.
        """
        found = next((one for one in self.saved() if one.name == name), None)
        if found is None:
            known = ", ".join(f"'{one.name}'" for one in self.saved())
            raise InputError(
                f"There is no saved search '{name}': "
                + (f"there are {known}." if known else "save one with 'clipsearch searches save'.")
            )
        return found

    def saved(self) -> list[SavedSearch]:
        """All saved searches, by name."""
        rows = self._stores.labels().saved_searches() if self._stores.exist else []
        return [SavedSearch(name, query, datetime.fromisoformat(at)) for name, query, at in rows]

    def rename(self, name: str, new_name: str) -> SavedSearch:
        """Give a saved search another name.

        Raises:
            InputError: There is none of this name, the new one is blank, or another has it.
        """
        found = self.named(name)
        if new_name.strip() == name:
            return found
        if any(one.name == new_name.strip() for one in self.saved()):
            raise InputError(
                f"There is a saved search '{new_name.strip()}' already: choose another name."
            )
        renamed = self.save(new_name, found.query)
        self._stores.labels().forget_search(name)
        return renamed

    def forget(self, name: str) -> SavedSearch:
        """Forget a saved search.

        Returns:
            What it was.

        Raises:
            InputError: There is none of this name.
        """
        found = self.named(name)
        self._stores.labels().forget_search(name)
        return found

    def remember(self, query: str) -> None:
        """Put a search at the top of the history; blank ones are not, nor if none is kept."""
        if self._keeps_history and query.strip():
            self._stores.labels().remember_search(query.strip(), HISTORY_KEPT)

    def history(self, limit: int = HISTORY_KEPT) -> list[str]:
        """What was searched for, the latest first, each text once."""
        return self._stores.labels().searches(limit) if self._stores.exist else []

    def clear_history(self) -> None:
        """Forget what was searched for; saved searches stay."""
        if self._stores.exist:
            self._stores.labels().forget_searches()
