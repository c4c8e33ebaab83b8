"""What the photos' files and sidecars say as the index knows it, by content."""

from collections import defaultdict
from collections.abc import Collection

import numpy as np

from clipsearch.core.contents import places_of
from clipsearch.core.facets import Facets


def file_keywords(facets: Facets, contents: Collection[str]) -> dict[str, list[str]]:
    """The keywords of contents that have some; of copies, those of all files.

    Args:
        facets: Of all photos.
        contents: Different content hashes.
    """
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    hashes = list(contents)
    places, is_wanted = places_of(facets.content_hashes, hashes)
    keywords, rows = facets.keywords
    kept = is_wanted[rows]
    for place, code in zip(places[rows[kept]], keywords.codes[kept], strict=True):
        found[hashes[place]][keywords.spellings[code]] = None
    return {content: list(words) for content, words in found.items()}


def file_ratings(facets: Facets, contents: Collection[str]) -> dict[str, int]:
    """The stars of contents that have some, -1 to 5 but not 0; of copies, the most.

    Args:
        facets: Of all photos.
        contents: Different content hashes.
    """
    hashes = list(contents)
    places, is_wanted = places_of(facets.content_hashes, hashes)
    stars = facets.ratings
    found: dict[str, int] = {}
    for row in np.flatnonzero(is_wanted & (stars != 0)):
        content = hashes[places[row]]
        found[content] = max(int(stars[row]), found.get(content, -1))
    return found
