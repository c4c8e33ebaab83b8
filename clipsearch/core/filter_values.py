"""The values that filters can take in a library, and how many photos each of them finds."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.contents import rows_of
from clipsearch.core.facets import Coded, Facets, comparable, comparable_folder
from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.core.filtering import Labels, has_words
from clipsearch.core.formats import FILE_TYPES, RAW_SUFFIXES

_TYPES = ("jpeg", "tiff", "heic", "avif", "png", "bmp")
"""What several endings are called together; any other ending is a name by itself."""


def filter_values(facets: Facets, folders: Sequence[Path], labels: Labels) -> FilterValues:
    """List what photos can be filtered by; each value finds as many photos as it says.

    Args:
        facets: Of ``N`` photos.
        folders: The library's folders: what lies above them is not listed.
        labels: The user's own words.
    """
    return FilterValues(
        folders=_folders(facets.folders, folders),
        cameras=_names(facets.cameras),
        lenses=_names(facets.lenses),
        tags=_tags(labels.keywords(facets)),
        types=_types(facets.suffixes),
        collections=_collections(facets, labels),
    )


def _names(column: Coded) -> tuple[ValueCount, ...]:
    """Cameras or lenses; one whose name holds another's words is counted with that, too."""
    counts = column.counts

    def photos(spelling: str) -> int:
        finds = has_words(spelling)
        found = (count for name, count in zip(column.values, counts, strict=True) if finds(name))
        return sum(found)

    spellings = _most_used(zip(column.values, column.spellings, counts, strict=True))
    return _largest_first({spelling: photos(spelling) for spelling in spellings.values()})


def _tags(pairs_of: tuple[Coded, NDArray[np.int64]]) -> tuple[ValueCount, ...]:
    """The tags, and whatever they lie below, each photo counted once."""
    keywords, rows = pairs_of
    by_keyword = rows[np.argsort(keywords.codes, kind="stable")]
    ends = len(rows) - sum(keywords.counts) + np.cumsum(keywords.counts, dtype=np.int64)
    nodes = [spelling.split("|") for spelling in keywords.spellings]
    keys = [[comparable(node) for node in path] for path in nodes]
    spellings = _most_used(
        (key, node, count)
        for path_keys, path, count in zip(keys, nodes, keywords.counts, strict=True)
        for key, node in zip(path_keys, path, strict=True)
    )
    number = {key: place for place, key in enumerate(spellings)}
    pairs = [
        by_keyword[end - count : end] * len(number) + number[key]
        for path_keys, count, end in zip(keys, keywords.counts, ends, strict=True)
        for key in dict.fromkeys(path_keys)
        if key in number
    ]
    if not pairs:
        return ()
    # NumPy's unique takes several times as long as this.
    ordered = np.sort(np.concatenate(pairs))
    unique = ordered[np.diff(ordered, prepend=-1) != 0]
    photos = np.bincount(unique % len(number), minlength=len(number))
    return _largest_first(
        {spelling: int(photos[number[key]]) for key, spelling in spellings.items()}
    )


def _types(column: Coded) -> tuple[ValueCount, ...]:
    photos: Counter[str] = Counter()
    for suffix, count in zip(column.values, column.counts, strict=True):
        together = [name for name in _TYPES if suffix in FILE_TYPES[name]]
        names = [*(together or [suffix[1:]]), *(["raw"] if suffix in RAW_SUFFIXES else [])]
        for name in dict.fromkeys(names):
            if name in FILE_TYPES:
                photos[name] += count
    return _largest_first(photos)


def _collections(facets: Facets, labels: Labels) -> tuple[ValueCount, ...]:
    """The user's collections by name; how many photos a smart one has only its search can tell."""
    import pyarrow as pa

    def photos(hashes: list[str]) -> int:
        return len(rows_of(facets.content_hashes, pa.array(hashes, pa.string()))[0])

    return tuple(
        ValueCount(name, None if hashes is None else photos(hashes))
        for name, hashes in labels.collections()
    )


def _folders(column: Coded, roots: Sequence[Path]) -> tuple[ValueCount, ...]:
    """Every folder with photos in it or below it, by the shortest end of its path that is its own.

    ``2012`` for ``/photos/2012``, and ``rome/2012`` if there is another ``2012`` elsewhere.
    """
    photos: Counter[str] = Counter()
    spelled: dict[str, Path] = {}
    endings: defaultdict[str, set[str]] = defaultdict(set)
    for spelling, count in zip(column.spellings, column.counts, strict=True):
        folder = Path(spelling + os.sep)
        above = [folder, *folder.parents]
        last = max((place for place, one in enumerate(above) if one in roots), default=0)
        for place, one in enumerate(above):
            key = comparable_folder(str(one))
            if place <= last:
                photos[key] += count
                spelled.setdefault(key, one)
            for ending in _endings(key):
                endings[ending].add(key)
    return tuple(ValueCount(_name(spelled[key], endings), photos[key]) for key in sorted(photos))


def _endings(key: str) -> list[str]:
    """``/photos/2012/`` has ``/2012/`` and itself."""
    names = key.strip("/").split("/")
    return ["/".join(("", *names[-count:], "")) for count in range(1, len(names) + 1)]


def _name(folder: Path, endings: dict[str, set[str]]) -> str:
    key = comparable_folder(str(folder))
    names = folder.parts[1:]
    for count, ending in enumerate(_endings(key)[: len(names)], start=1):
        # Whatever lies below the folder is found with it anyway.
        if all(other.startswith(key) for other in endings[ending]):
            name = "/".join(names[-count:])
            return str(folder) if count == len(names) or name.startswith("~") else name
    return str(folder)


def _most_used(names: Iterable[tuple[str, str, int]]) -> dict[str, str]:
    """For each comparable name the spelling that most photos have; blank ones are left out.

    Args:
        names: Comparable name, spelling, count of photos.
    """
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, spelling, count in names:
        if spelling.strip():
            spellings[name][spelling] += count
    return {name: counts.most_common(1)[0][0] for name, counts in spellings.items()}


def _largest_first(photos: dict[str, int]) -> tuple[ValueCount, ...]:
    order = sorted(photos.items(), key=lambda one: (-one[1], comparable(one[0])))
    return tuple(ValueCount(value, count) for value, count in order)
