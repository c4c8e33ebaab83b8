"""From a query to its hits: filters first, then what is left is scored, ordered and cut."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from clipsearch.core import search
from clipsearch.core.facets import Facets
from clipsearch.core.filtering import Labels, passing
from clipsearch.core.folders import absolute
from clipsearch.core.imaging import read_photo
from clipsearch.core.query import Part, Picture, Query, Sort
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.types import EmbeddingModel, Embeddings, Hit
from clipsearch.errors import InputError

Embed = Callable[[Sequence[Part]], Embeddings]
"""Embeds ``P`` parts to ``(P, D)``, L2-normalised."""


def check(query: Query) -> None:
    """Refuse a query that nothing can answer.

    Raises:
        InputError: It is empty, or asks for no hits.
    """
    if query.is_empty:
        raise InputError("There is nothing to look for: give words, a picture or a filter.")
    if query.k is not None and query.k < 1:
        raise InputError(f"The number of hits (-k) must be at least 1, not {query.k}.")
    if query.offset < 0:
        raise InputError(f"The first hit (--offset) must be at least 0, not {query.offset}.")


def answer(query: Query, snapshot: Snapshot, labels: Labels, embed: Embed) -> list[Hit]:
    """Find the hits of a query; exact, and the same ones in the same order every time.

    Pages of ``k`` hits lie one behind another. With parts, it is always the score that says which
    photos are on a page, and ``sort`` how they stand there. Without parts, the whole answer is
    ordered: by name if asked, else the newest first.

    Raises:
        InputError: There is no such collection.
        ImageError: A picture of the query cannot be read.
    """
    passes = passing(query.filters, snapshot.facets, labels=labels)
    if not query.parts:
        order = _order(snapshot.facets, query.sort)
        rows = _page(order[passes[order]], query)
        return [Hit(photo, None) for photo in snapshot.photos(rows)]
    rows = np.flatnonzero(passes)
    if not len(rows):
        return []
    scores = search.score_parts(snapshot.embeddings, rows, query.parts, embed(query.parts))
    wanted = len(rows) if query.k is None else query.offset + query.k
    page = _page(search.best(scores, wanted), query)
    if query.sort != "relevance":
        place = np.argsort(_order(snapshot.facets, query.sort))  # of each row
        page = page[np.argsort(place[rows[page]])]
    photos = snapshot.photos(rows[page])
    return [Hit(photo, float(scores[at])) for photo, at in zip(photos, page, strict=True)]


def _order(facets: Facets, sort: Sort) -> NDArray[np.int64]:
    return facets.by_name if sort == "name" else facets.newest_first


def _page(rows: NDArray[np.int64], query: Query) -> NDArray[np.int64]:
    return rows[query.offset :][: query.k]


def embed_parts(
    parts: Sequence[Part], model: EmbeddingModel, snapshot: Snapshot, *, max_pixels: int
) -> Embeddings:
    """Embed the parts of a query to ``(P, D)``, in their order.

    Args:
        parts: ``P``, at least 1.
        model: Of the snapshot's space.
        snapshot: Has the embeddings of pictures that are in the library.
        max_pixels: Larger pictures are refused.

    Raises:
        ImageError: A picture cannot be read.
    """
    return np.concatenate(
        [
            _embed_picture(part.content, model, snapshot, max_pixels)
            if isinstance(part.content, Picture)
            else model.encode_texts([part.content])
            for part in parts
        ]
    )


def _embed_picture(
    picture: Picture, model: EmbeddingModel, snapshot: Snapshot, max_pixels: int
) -> Embeddings:
    """Embed a picture to ``(1, D)``; if the index knows its content, it has been done before."""
    photo = read_photo(absolute(picture.path), max_pixels=max_pixels)
    if picture.region is not None:
        return model.encode_images([photo.image.crop(picture.region.box(*photo.image.size))])
    row = snapshot.row_of_content(photo.content_hash)
    if row is not None:
        return snapshot.embeddings[row : row + 1]
    return model.encode_images([photo.image])
