"""From a query to its hits: filters first, then what is left is scored, ordered and cut."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.facets import Facets, Mask
from clipsearch.core.filtering import Labels, passing
from clipsearch.core.filters import Filter
from clipsearch.core.folders import absolute
from clipsearch.core.imaging import read_photo
from clipsearch.core.judging import Judge, Judged
from clipsearch.core.query import Part, Picture, Query, Sort
from clipsearch.core.ranking import Ranking, stand_out
from clipsearch.core.relevance import LINE
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.types import EmbeddingModel, Embeddings, Hit, Page
from clipsearch.core.vocabulary import Vocabulary
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


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits, and the ranking that it ends."""

    page: Page
    ranked: NDArray[np.int64]
    """``(R,)`` rows, the best first: those of earlier pages, then those of the page."""


def answer(
    query: Query,
    snapshot: Snapshot,
    labels: Labels,
    embed: Embed,
    vocabulary: Callable[[], Vocabulary],
    duplicates: Collection[str] | None = None,
) -> Answer:
    """Find the hits of a query: the same ones in the same order every time.

    Pages of ``k`` hits lie one behind another, and what is thought of a hit does not depend on the
    page. ``sort`` orders the certain hits; the less certain ones come behind them, the best first.
    Without parts all are certain, and the newest come first if nothing else is asked for.

    Args:
        query: Not empty.
        snapshot: What is searched.
        labels: The user's own words.
        embed: Makes embeddings of the snapshot's space.
        vocabulary: Gives the words of that space.
        duplicates: As of `clipsearch.core.filtering.passing`.

    Raises:
        InputError: There is no such collection.
        ImageError: A picture of the query cannot be read.
    """
    mask_of = partial(passing, facets=snapshot.facets, labels=labels, duplicates=duplicates)
    passes = mask_of(query.filters)
    if not passes.any():
        return Answer(Page([]), np.empty(0, np.int64))
    if not query.parts:
        order = _order(snapshot.facets, query.sort)
        return _ordered(query, snapshot, mask_of, order[passes[order]])
    embeddings = embed(query.parts)
    if all(part.excluded for part in query.parts):
        order = _left_over(query, snapshot, passes, embeddings)
        return _ordered(query, snapshot, mask_of, order)
    judge = Judge(snapshot.nearest, vocabulary(), query.parts, embeddings)
    return _judged(query, snapshot, mask_of, passes, judge)


def _ordered(
    query: Query,
    snapshot: Snapshot,
    mask_of: Callable[[Sequence[Filter]], Mask],
    order: NDArray[np.int64],
) -> Answer:
    """The answer to a query whose hits have no scores."""
    ranked = order[: _end(query, snapshot)]
    hits = _hits(query, snapshot, mask_of, ranked[query.offset :])
    return Answer(Page(hits, len(order), certain=len(order)), ranked)


def _judged(
    query: Query,
    snapshot: Snapshot,
    mask_of: Callable[[Sequence[Filter]], Mask],
    passes: Mask,
    judge: Judge,
) -> Answer:
    """The answer to a query by which photos are scored."""
    end, passing_rows = _end(query, snapshot), passes if query.filters else None
    judged = judge.best(end, passing_rows)
    if query.sort != "relevance":
        # The first of all certain hits, not of the best ones.
        if judged.certain > end:
            judged = judge.best(judged.certain, passing_rows)
        judged = _certain_in_order(judged, np.argsort(_order(snapshot.facets, query.sort)))
    ranked = judged.ranking.rows[:end]
    rows = ranked[query.offset :]
    hits = [
        replace(hit, score=score, relevance=relevance, above_cutoff=relevance >= LINE, parts=why)
        for hit, score, relevance, why in zip(
            _hits(query, snapshot, mask_of, rows),
            judged.ranking.scores[query.offset : end].tolist(),
            judged.relevance[query.offset : end].tolist(),
            judge.matches(rows),
            strict=True,
        )
    ]
    return Answer(Page(hits, int(np.count_nonzero(passes)), judged.certain), ranked)


def _certain_in_order(judged: Judged, place: NDArray[np.int64]) -> Judged:
    """Put the certain hits into the order of ``place``, ``(N,)``; the others stay behind them."""
    rows = judged.ranking.rows
    order = np.arange(len(rows))
    order[: judged.certain] = np.argsort(place[rows[: judged.certain]])
    ranking = Ranking(rows[order], judged.ranking.scores[order])
    return Judged(ranking, judged.relevance[order], judged.certain)


def _hits(
    query: Query,
    snapshot: Snapshot,
    mask_of: Callable[[Sequence[Filter]], Mask],
    rows: NDArray[np.int64],
) -> list[Hit]:
    """Photos without scores, with the filters that each passes."""
    # A single filter is one that all hits pass; of several, some may be alternatives.
    several = query.filters if len(query.filters) > 1 else ()
    masks = [mask_of([one])[rows] for one in several]
    passed = [
        tuple(one for one, mask in zip(several, masks, strict=True) if mask[at]) or query.filters
        for at in range(len(rows))
    ]
    photos = snapshot.photos(rows)
    return [Hit(photo, None, filters=met) for photo, met in zip(photos, passed, strict=True)]


def _left_over(
    query: Query, snapshot: Snapshot, passes: NDArray[np.bool_], embeddings: Embeddings
) -> NDArray[np.int64]:
    """All photos that pass, in the query's order, those that are excluded at the end."""
    order = _order(snapshot.facets, query.sort)
    order = order[passes[order]]
    unwanted = stand_out(snapshot.nearest, embeddings)[order]
    return np.concatenate([order[~unwanted], order[unwanted]])


def _order(facets: Facets, sort: Sort) -> NDArray[np.int64]:
    return facets.by_name if sort == "name" else facets.newest_first


def _end(query: Query, snapshot: Snapshot) -> int:
    """The rank behind the last one that is asked for."""
    return len(snapshot) if query.k is None else query.offset + query.k


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
