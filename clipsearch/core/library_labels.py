"""`LibraryLabels`: what the user has said, laid over what the photos' own files say.

A tag of the user's counts like a keyword of the file; one that was rejected hides the file's. Stars
go before the file's rating.
"""

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np

from clipsearch.core.contents import places_of, rows_of
from clipsearch.core.facets import Coded, Facets, Mask, comparable
from clipsearch.core.label_names import key_of
from clipsearch.core.labels import LabelStore
from clipsearch.core.photo_collections import PhotoCollections
from clipsearch.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipsearch.core.label_types import DecisionColumns

_Keywords = tuple[Coded, "NDArray[np.int64]"]
_CODE_BITS = 32
"""A pair is one number: the row, and behind it the keyword's."""
SmartCollection = Callable[[str], Collection[str]]
"""Gives the content hashes of the photos that a query in the query language finds for certain."""


class LibraryLabels:
    """The labels of a library, for `clipsearch.core.filtering.passing`."""

    def __init__(self, store: LabelStore, find: SmartCollection) -> None:
        """Read what is said when it is asked for.

        Args:
            store: The user's words.
            find: Answers the queries of smart collections.
        """
        self._store = store
        self._find = find
        self._keywords: tuple[object, Facets, _Keywords] | None = None
        self._asked = threading.local()

    def keywords(self, facets: Facets) -> _Keywords:
        """See `Labels`; kept until something is said anew, or the photos change."""
        revision = self._store.file.revision
        if self._keywords is None or self._keywords[:2] != (revision, facets):
            found = merged_keywords(facets, self._store.tags.columns())
            self._keywords = (revision, facets, found)
        return self._keywords[2]

    def ratings(self, facets: Facets) -> "NDArray[np.int8]":
        """See `Labels`."""
        stars = self._store.ratings.stars()
        if not stars:
            return facets.ratings
        places, is_said = places_of(facets.content_hashes, list(stars))
        own = np.array([*stars.values(), 0], np.int8)
        return np.where(is_said, own[places], facets.ratings)

    def favourites(self, facets: Facets) -> Mask:
        """See `Labels`."""
        return places_of(facets.content_hashes, list(self._store.ratings.favourites()))[1]

    def collections(self) -> list[tuple[str, list[str] | None]]:
        """See `Labels`."""
        store = self._store.collections
        return [
            (
                one.name,
                [each.content_hash for each in store.photos(one.name)]
                if one.query is None
                else None,
            )
            for one in store.all()
        ]

    def hashes_of_collection(self, name: str) -> Collection[str]:
        """See `Labels`."""
        open_ones: set[str] = self._asked.__dict__.setdefault("collections", set())
        if key_of(name) in open_ones:
            raise InputError(f"The collection '{name}' asks for itself: change its query.")
        open_ones.add(key_of(name))
        try:
            return contents_of(self._store.collections, name, self._find)
        finally:
            open_ones.remove(key_of(name))


def contents_of(collections: PhotoCollections, name: str, find: SmartCollection) -> Collection[str]:
    """The content hashes of a collection's photos, in the order in which they came.

    Args:
        collections: The user's.
        name: Of one of them.
        find: Answers the query of a smart one.

    Raises:
        InputError: There is no such collection, or its query cannot be answered.
    """
    query = collections.named(name).query
    if query is not None:
        return find(query)
    return [one.content_hash for one in collections.photos(name)]


def merged_keywords(facets: Facets, decisions: "DecisionColumns") -> _Keywords:
    """The keywords of the photos' files, without those that were rejected, and accepted tags.

    Args:
        facets: Of ``N`` photos; several may have the same content.
        decisions: On any contents, those of no photo here among them.

    Returns:
        As `Facets.keywords`, in any order; the pairs are all different.
    """
    if not len(decisions.tags):
        return facets.keywords
    keywords, rows = facets.keywords
    values, spellings = list(keywords.values), list(keywords.spellings)
    number = {value: place for place, value in enumerate(values)}
    for name in decisions.names:
        if number.setdefault(comparable(name), len(values)) == len(values):
            values.append(comparable(name))
            spellings.append(name)
    decided = np.array([number[comparable(name)] for name in decisions.names], np.int64)
    row, at = rows_of(facets.content_hashes, decisions.content_hashes)
    said = (row << _CODE_BITS) + decided[decisions.tags[at]]
    # Two spellings of one keyword have one number each: what is said is said of both.
    same = np.array([number[value] for value in keywords.values], np.int64)
    own = _unique((rows << _CODE_BITS) + same[keywords.codes])
    kept = np.concatenate([_without(own, said), said[decisions.are_accepted[at]]])
    codes = (kept & ((1 << _CODE_BITS) - 1)).astype(np.int32)
    return Coded(values, codes, spellings), kept >> _CODE_BITS


def _unique(numbers: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The different ones in order; NumPy's own function takes several times as long."""
    ordered = np.sort(numbers)
    unique: NDArray[np.int64] = ordered[np.diff(ordered, prepend=-1) != 0]
    return unique


def _without(ordered: "NDArray[np.int64]", dropped: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The numbers that are not among others."""
    wanted = np.sort(dropped)
    place = np.searchsorted(ordered, wanted)
    is_there = place < len(ordered)
    place, wanted = place[is_there], wanted[is_there]
    is_kept = np.ones(len(ordered), np.bool_)
    is_kept[place[ordered[place] == wanted]] = False
    return ordered[is_kept]
