"""Which photos pass the filters of a query.

A photo must pass all of them. Filters of one kind that one photo hardly passes together are
alternatives, so that passing one of them is enough: ``in:``, ``camera:``, ``lens:``, ``type:``,
``near:``, ``on:``, a rating without a comparison, and portrait, landscape and square. What is
negated is never an alternative: ``-in:a -in:b`` leaves out both folders. A negated filter passes
exactly the photos that the filter itself does not, those of which nothing is known among them.
"""

import math
import operator
import os
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol, assert_never

import numpy as np

from clipsearch.core import filters as kinds
from clipsearch.core.facets import (
    Coded,
    Facets,
    Mask,
    comparable,
    comparable_folder,
    on_unit_sphere,
)
from clipsearch.core.formats import FILE_TYPES
from clipsearch.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EARTH_KM = 6371.0088
"""Mean radius."""
_ROUNDING = 1 + 1e-12
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_COMPARE: dict[str, Callable[["NDArray[np.generic]", float], Mask]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class Labels(Protocol):
    """What is said of the photos: by their files, and by the user."""

    def keywords(self, facets: Facets) -> tuple[Coded, "NDArray[np.int64]"]:
        """All tags of all photos, and the row of each one's photo, as `Facets.keywords`."""

    def ratings(self, facets: Facets) -> "NDArray[np.int8]":
        """Stars, ``(N,)``; 0 where nothing is said."""

    def favourites(self, facets: Facets) -> Mask:
        """Which photos the user likes best, ``(N,)``."""

    def collections(self) -> list[tuple[str, list[str] | None]]:
        """The collections by name, with their content hashes; ``None`` for a smart one."""

    def hashes_of_collection(self, name: str) -> Collection[str]:
        """The content hashes of a collection's photos.

        Raises:
            InputError: There is no such collection.
        """


class NoLabels:
    """What the photos' files say; the user has said nothing."""

    def keywords(self, facets: Facets) -> tuple[Coded, "NDArray[np.int64]"]:
        """See `Labels`."""
        return facets.keywords

    def ratings(self, facets: Facets) -> "NDArray[np.int8]":
        """See `Labels`."""
        return facets.ratings

    def favourites(self, facets: Facets) -> Mask:
        """See `Labels`."""
        return np.zeros(len(facets), np.bool_)

    def collections(self) -> list[tuple[str, list[str] | None]]:
        """See `Labels`."""
        return []

    def hashes_of_collection(self, name: str) -> Collection[str]:
        """See `Labels`."""
        raise InputError(f"There is no collection '{name}': leave out collection:.")


def passing(
    filters: Sequence[kinds.Filter],
    facets: Facets,
    *,
    labels: Labels,
    duplicates: Collection[str] | None = None,
) -> Mask:
    """Tell which photos pass all filters.

    Args:
        filters: Any number; none lets every photo pass.
        facets: Of ``N`` photos.
        labels: The user's own words.
        duplicates: Content hashes of photos that have a duplicate; if not given, those that two
            files have.

    Returns:
        ``(N,) bool``.

    Raises:
        InputError: There is no such collection.
    """
    mask = np.ones(len(facets), np.bool_)
    alternatives: dict[str, Mask] = {}
    for one in filters:
        passes = _passes(one, facets, labels, duplicates)
        kind = None if one.negated else _kind_of_alternative(one)
        if kind is None:
            mask &= passes ^ one.negated
        else:
            alternatives[kind] = alternatives.get(kind, False) | passes
    for passes in alternatives.values():
        mask &= passes
    return mask


def _kind_of_alternative(one: kinds.Filter) -> str | None:
    match one:
        case kinds.InFolder() | kinds.Camera() | kinds.Lens() | kinds.FileType() | kinds.Near():
            return type(one).__name__
        case kinds.Taken(when="on") | kinds.Rating(comparison="="):
            return type(one).__name__
        case kinds.Is(trait="portrait" | "landscape" | "square"):
            return "shape"
        case _:
            return None


def _passes(
    one: kinds.Filter, facets: Facets, labels: Labels, duplicates: Collection[str] | None
) -> Mask:
    match one:
        case kinds.InFolder():
            return facets.folders.where(_is_folder_in(one.folder))
        case kinds.Taken():
            return _taken(one, facets)
        case kinds.Camera():
            return facets.cameras.where(has_words(one.name))
        case kinds.Lens():
            return facets.lenses.where(has_words(one.name))
        case kinds.Tag():
            return _tagged(one, facets, labels)
        case kinds.Collection():
            return _with_contents(labels.hashes_of_collection(one.name), facets)
        case kinds.Rating():
            return _COMPARE[one.comparison](labels.ratings(facets), one.stars)
        case kinds.FileType():
            return facets.suffixes.where(FILE_TYPES[one.name].__contains__)
        case kinds.Is():
            return _is(one.trait, facets, labels, duplicates)
        case kinds.Megapixels():
            width, height = facets.edges
            return _COMPARE[one.comparison](width * height, one.value * 1e6)
        case kinds.Near():
            return _near(one, facets)
        case _:
            assert_never(one)


def _is_folder_in(folder: str) -> Callable[[str], bool]:
    """Tell folders, as `comparable_folder` writes them, that are one or lie below one.

    Args:
        folder: Absolute, or the last names of its path: ``rome`` and ``holidays/rome`` are both
            ``/photos/holidays/rome``.
    """
    spelled = os.path.expanduser(folder)
    if os.path.isabs(spelled):
        start = comparable_folder(os.path.abspath(spelled))
        return lambda candidate: candidate.startswith(start)
    names = comparable_folder(spelled)
    return lambda candidate: names in candidate


def _taken(one: kinds.Taken, facets: Facets) -> Mask:
    last = (one.until or one.period).last
    begin, end = _us(one.period.first, time.min), _us(last, time.max)
    if one.when == "before":
        return facets.taken_us < begin
    if one.when == "after":
        return facets.taken_us > end
    return (facets.taken_us >= begin) & (facets.taken_us <= end)


def _us(day: date, at: time) -> int:
    return (datetime.combine(day, at) - _EPOCH) // _MICROSECOND


def has_words(name: str) -> Callable[[str], bool]:
    """Tell names, made `comparable`, in which all these words are."""
    words = comparable(name).split()
    return lambda candidate: all(word in candidate for word in words)


def _tagged(one: kinds.Tag, facets: Facets, labels: Labels) -> Mask:
    keywords, rows = labels.keywords(facets)
    nodes = f"|{comparable(one.name)}|"
    is_node = keywords.where(lambda keyword: nodes in f"|{keyword}|")
    return _at_rows(rows[is_node], len(facets))


def _with_contents(hashes: Collection[str], facets: Facets) -> Mask:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(list(hashes), pa.string())
    mask: Mask = pc.is_in(facets.content_hashes, wanted).to_numpy(zero_copy_only=False)
    return mask


def _is(
    trait: kinds.Trait, facets: Facets, labels: Labels, duplicates: Collection[str] | None
) -> Mask:
    width, height = facets.edges
    match trait:
        case "square":
            return _are_square(facets)
        case "portrait":
            return (height > width) & ~_are_square(facets)
        case "landscape":
            return (width > height) & ~_are_square(facets)
        case "panorama":
            return np.maximum(width, height) >= 2 * np.minimum(width, height)
        case "duplicate":
            return facets.are_copies if duplicates is None else _with_contents(duplicates, facets)
        case "untagged":
            return ~_at_rows(labels.keywords(facets)[1], len(facets))
        case "favourite":
            return labels.favourites(facets)
        case "located":
            return ~np.isnan(facets.positions[:, 0])
        case _:
            assert_never(trait)


def _are_square(facets: Facets) -> Mask:
    """Whether the long edge is at most a twentieth longer: cropped by hand, they look square."""
    width, height = facets.edges
    return 20 * np.maximum(width, height) <= 21 * np.minimum(width, height)


def _at_rows(rows: "NDArray[np.int64]", count: int) -> Mask:
    mask = np.zeros(count, np.bool_)
    mask[rows] = True
    return mask


def _near(one: kinds.Near, facets: Facets) -> Mask:
    # Straight through the Earth, which grows with the way around it. Beyond half the way around
    # there is nothing.
    chord = 2 * math.sin(min(one.km / _EARTH_KM, math.pi) / 2)
    centre = on_unit_sphere(np.radians(one.latitude), np.radians(one.longitude))
    away = facets.positions - centre
    near: Mask = np.einsum("nd,nd->n", away, away) <= chord**2 * _ROUNDING
    return near
