"""Queries as texts that can be kept."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from clipsearch.core.query import Query


def lasting_text(query: "Query", scratch: "Path") -> str:
    """A query in the query language; empty if there is none, or it lasts no longer than the window.

    Args:
        query: Of the search bar.
        scratch: Folder of pasted pictures, which are gone then.
    """
    if query.is_empty or any(scratch in picture.parents for picture in query.pictures):
        return ""
    from clipsearch.core.query_language import format_query  # Not before the first paint.

    return format_query(query)
