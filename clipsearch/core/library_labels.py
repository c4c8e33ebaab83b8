"""`LibraryLabels`: what the user has said, laid over what the photos' own files say.

A tag of the user's counts like a keyword of the file; one that was rejected hides the file's. Stars
go before the file's rating.
"""

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

import numpy as np

from clipsearch.core.contents import places_of, rows_of
from clipsearch.core.facets import Coded, Facets, Mask, comparable
from clipsearch.core.label_names import key_of
from clipsearch.core.labels import LabelStore
from clipsearch.core.photo_collections import PhotoCollections
from clipsearch.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipsearch.core.label_types import DecisionColumns, TagColumns

_Keywords = tuple[Coded, "NDArray[np.int64]"]
_CODE_BITS = 32
"""A pair is one number: the row, and behind it the keyword's."""
SmartCollection = Callable[[str], Collection[str]]
"""Gives the content hashes of the photos that a query in the query language finds for certain."""


class OtherTags(Protocol):
    """Tags that nobody has accepted; `clipsearch.core.other_tags.OtherTags` is the real one."""

    def revision(self) -> object:
        """Another one whenever there are others."""

    def columns(self) -> "TagColumns | None":
        """All of them; ``None`` if there are none."""


class LibraryLabels:
    """The labels of a library, for `clipsearch.core.filtering.passing`."""

    def __init__(
        self, store: LabelStore, find: SmartCollection, others: OtherTags | None = None
    ) -> None:
        """Read what is said when it is asked for.

        Args:
            store: The user's words.
            find: Answers the queries of smart collections.
            others: Tags that count until the user rejects them; none if not given.
        """
        self._store = store
        self._others = others
        self._find = find
        self._keywords: tuple[object, Facets, _Keywords] | None = None
        self._asked = threading.local()

    def keywords(self, facets: Facets) -> _Keywords:
        """See `Labels`; kept until something is said anew, or the photos change."""
        others = self._others
        revision = self._store.file.revision, others.revision() if others else None
        if self._keywords is None or self._keywords[:2] != (revision, facets):
            more = others.columns() if others else None
            found = merged_keywords(facets, self._store.tags.columns(), more)
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


def merged_keywords(
    facets: Facets, decisions: "DecisionColumns", others: "TagColumns | None" = None
) -> _Keywords:
    """The keywords of the photos' files, without those that were rejected, and accepted tags.

    Args:
        facets: Of ``N`` photos; several may have the same content.
        decisions: On any contents, those of no photo here among them.
        others: More tags that count like keywords: suggested ones, and those that follow.

    Returns:
        As `Facets.keywords`, in any order; the pairs are all different.
    """
    if not len(decisions.tags) and others is None:
        return facets.keywords
    keywords, rows = facets.keywords
    names = _Names(list(keywords.values), list(keywords.spellings))
    # Two spellings of one keyword have one number each: what is said is said of both.
    same = np.array([names.number[value] for value in keywords.values], np.int64)
    own = (rows << _CODE_BITS) + same[keywords.codes]
    said, at = _pairs(facets, names, decisions)
    if others is not None:
        own = np.concatenate([own, _pairs(facets, names, others)[0]])
    kept = np.concatenate([_without(_unique(own), said), said[decisions.are_accepted[at]]])
    codes = (kept & ((1 << _CODE_BITS) - 1)).astype(np.int32)
    return Coded(names.values, codes, names.spellings), kept >> _CODE_BITS


class _Names:
    """Tags by their number; those that read the same have one."""

    def __init__(self, values: list[str], spellings: list[str]) -> None:
        self.values, self.spellings = values, spellings
        self.number = {value: place for place, value in enumerate(values)}

    def numbers(self, names: list[str]) -> "NDArray[np.int64]":
        for name in names:
            if self.number.setdefault(comparable(name), len(self.values)) == len(self.values):
                self.values.append(comparable(name))
                self.spellings.append(name)
        return np.array([self.number[comparable(name)] for name in names], np.int64)


def _pairs(
    facets: Facets, names: _Names, columns: "DecisionColumns | TagColumns"
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """A number for each photo and tag, ``(P,)``, and which of the columns' rows each is of."""
    numbers = names.numbers(columns.names)
    row, at = rows_of(facets.content_hashes, columns.content_hashes)
    return (row << _CODE_BITS) + numbers[columns.tags[at]], at


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
