"""`Duplicates`: exact copies, near-duplicates and bursts of a library, each group with its best.

Near-duplicates are found in two steps. Embeddings say which photos are close, loosely: by a
threshold on the model's own scale, and the nearest few of each photo. Then fingerprints decide
(`clipsearch.core.likeness`), which are made of the thumbnails and cached.

In groups of near-duplicates and in bursts, one file stands for all exact copies of its content. The
RAW half of a shot that the camera stored as a picture, too, is in none of them: the two belong
together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from clipsearch.core import keeper
from clipsearch.core.bursts import burst_pairs
from clipsearch.core.fingerprints import FingerprintStore
from clipsearch.core.folding import Folding
from clipsearch.core.groups import agreeing, connected
from clipsearch.core.neighbours import Rows, close_pairs, similarity_at
from clipsearch.core.sameness import Sameness
from clipsearch.core.shots import Shots, companions
from clipsearch.core.snapshot import Snapshot, metadata_of, photos_of
from clipsearch.core.types import DuplicateGroup, DuplicateKind, Page, Photo
from clipsearch.progress import Progress, no_progress

KINDS: tuple[DuplicateKind, ...] = get_args(DuplicateKind)

CLOSE = 0.7
"""Similarity of candidates, as a share of the way from a random pair's to 1. `benchmarks/
duplicates.py` says what share of changed copies lies above."""
_BURST = 0.6
"""The same for two shots of a burst, in which people move."""
_AT_HAND = 4000
"""Photos among which near-duplicates are found while the user types: in a seventh of a second."""


class Duplicates:
    """Finds them, and remembers what it found out. Thread-safe."""

    def __init__(self, fingerprints: FingerprintStore) -> None:
        """Use a cache of fingerprints."""
        self._fingerprints = fingerprints
        self._sameness = Sameness(fingerprints)
        self._view: _View | None = None
        self._contents: tuple[Snapshot, frozenset[str]] | None = None
        self._folded: tuple[_View, Folding] | None = None

    def groups(
        self,
        snapshot: Snapshot,
        kinds: Collection[DuplicateKind] = KINDS,
        *,
        progress: Progress = no_progress,
    ) -> list[DuplicateGroup]:
        """Find the groups of some kinds, kind by kind, the largest first, with metadata.

        Args:
            snapshot: The library's photos.
            kinds: Which ones.
            progress: May cancel; fingerprints that were made are kept.
        """
        view = self._view_of(snapshot)
        find = {"exact": self._exact, "near": self._near, "burst": self._bursts}
        found = [
            group
            for kind in KINDS
            if kind in kinds
            for group in self._named(view, kind, find[kind](view, progress))
        ]
        if "near" in kinds:
            near = {p.content_hash for g in found if g.kind == "near" for p in g.photos}
            self._contents = snapshot, frozenset(near.union(view.copies))
        return found

    def among(
        self,
        snapshot: Snapshot,
        rows: Sequence[int],
        *,
        patiently: bool = False,
        progress: Progress = no_progress,
    ) -> list[list[int]]:
        """Find exact copies and near-duplicates among some photos.

        Args:
            snapshot: The library's photos.
            rows: Some thousand at most.
            patiently: Whether fingerprints that are missing are made, of photos that are near one
                another; else nothing is decoded, and of these only exact copies are found.
            progress: May cancel; fingerprints that were made are kept.

        Returns:
            The rows of each group, best first.
        """
        view = self._view_of(snapshot)
        copies: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            copies[view.contents[row]].append(row)
        firsts = np.array([same[0] for same in copies.values()], np.int64)
        close = self._close(view, firsts, progress)
        if patiently:
            self._make_fingerprints(view, np.unique(close).tolist(), progress)
        groups = self._versions(view, close, progress)
        grouped = {row for group in groups for row in group}
        groups += [[row] for row in firsts.tolist() if row not in grouped]
        all_rows = [
            [r for first in group for r in copies[view.contents[first]]] for group in groups
        ]
        return [group for group in all_rows if len(group) > 1]

    def fold(
        self, snapshot: Snapshot, ranked: Rows, page: Page, *, patiently: bool = False
    ) -> Page:
        """Put copies and near-duplicates behind the best of them; see `Folding`.

        Args:
            snapshot: The library's photos.
            ranked: ``(R,)`` rows of the ranking, up to the last one of the page.
            page: Its hits are the last ones of the ranking, in any order.
            patiently: Whether fingerprints that are missing are made, of photos that are near one
                another; else nothing is decoded, and of these only exact copies are found.
        """
        view = self._view_of(snapshot)
        offset = len(ranked) - len(page.hits)
        behind = self._folding_of(view, ranked, offset, patiently).behind
        rank_of = {row: rank for rank, row in enumerate(ranked[offset:].tolist(), offset)}
        ranks = [rank_of[view.row_of[str(hit.photo.path)]] for hit in page.hits]
        folded: dict[int, list[Photo]] = defaultdict(list)
        for rank, hit in sorted(zip(ranks, page.hits, strict=True), key=itemgetter(0)):
            if behind[rank] != rank:
                folded[behind[rank]].append(hit.photo)
        hits = [
            replace(hit, duplicates=tuple(folded.get(rank, ())))
            for rank, hit in zip(ranks, page.hits, strict=True)
            if behind[rank] == rank
        ]
        earlier = {
            Path(snapshot.paths[ranked[rank]]): tuple(photos)
            for rank, photos in folded.items()
            if rank < offset
        }
        return replace(page, hits=hits, behind=earlier)

    def contents_at_hand(self, snapshot: Snapshot) -> frozenset[str] | None:
        """The content hashes that are in any group of exact copies or near-duplicates.

        All of them, once `groups` has looked for near-duplicates; before, what `among` finds in a
        library of some thousand photos, and ``None`` in a larger one.

        Args:
            snapshot: The library's photos.
        """
        if self._contents is not None and self._contents[0] is snapshot:
            return self._contents[1]
        if len(snapshot) > _AT_HAND:
            return None
        contents = self._view_of(snapshot).contents
        groups = self.among(snapshot, range(len(snapshot)))
        return frozenset(contents[row] for group in groups for row in group)

    def close(self) -> None:
        """Close the cache's file; it is opened again when it is needed."""
        self._fingerprints.close()

    def _view_of(self, snapshot: Snapshot) -> "_View":
        view = self._view
        if view is None or view.snapshot is not snapshot:
            view = self._view = _View(snapshot)
        return view

    def _folding_of(self, view: "_View", ranked: Rows, offset: int, patiently: bool) -> Folding:
        """The folding of a ranking; a page behind the first goes on with the one before it."""
        before, folding = self._folded or (None, Folding())
        if not (offset and before is view and folding.is_of(ranked)):
            folding = Folding()

        def same(pairs: Rows) -> NDArray[np.bool_]:
            if patiently:
                self._fingerprints.make(view.photos(np.unique(pairs).tolist()))
            return self._same(view, pairs, no_progress)

        folding = folding.extended(
            ranked,
            view.snapshot.embeddings,
            view.contents,
            view.least,
            same,
        )
        self._folded = view, folding
        return folding

    def _named(
        self, view: "_View", kind: DuplicateKind, found: list[list[Photo]]
    ) -> Iterator[DuplicateGroup]:
        hashes = {photo.content_hash for photos in found for photo in photos}
        known = self._fingerprints.known(hashes) if kind != "exact" else {}
        sharpness = {content: one.sharpness for content, one in known.items()}
        for photos in sorted(found, key=len, reverse=True):
            merit = keeper.merit(kind, photos, sharpness)
            yield DuplicateGroup(kind, tuple(view.with_metadata(photos)), merit)

    def _exact(self, view: "_View", progress: Progress) -> list[list[Photo]]:
        progress(0, None, "looking for exact copies")
        return list(view.copies.values())

    def _near(self, view: "_View", progress: Progress) -> list[list[Photo]]:
        pairs = self._close(view, view.rows, progress)
        self._make_fingerprints(view, np.unique(pairs).tolist(), progress)
        groups = self._versions(view, pairs, progress)
        return [view.photos(group) for group in groups]

    def _bursts(self, view: "_View", progress: Progress) -> list[list[Photo]]:
        least = similarity_at(_BURST, view.snapshot.embeddings)
        pairs = burst_pairs(view.shots, view.rows, view.snapshot.embeddings, least)
        bursts = connected(pairs)
        self._make_fingerprints(view, [row for burst in bursts for row in burst], progress)
        found = [self._distinct(view, burst) for burst in bursts]
        return [view.photos(burst) for burst in found if len(burst) > 1]

    def _close(
        self, view: "_View", rows: NDArray[np.int64], progress: Progress
    ) -> NDArray[np.int64]:
        """Pairs ``(P, 2)`` among some rows that are close, and are not known for two shots."""
        embeddings = view.snapshot.embeddings[rows]
        pairs = rows[close_pairs(embeddings, view.least, progress=progress)]
        return pairs[~view.shots.differ(pairs)]

    def _make_fingerprints(self, view: "_View", rows: list[int], progress: Progress) -> None:
        self._fingerprints.make(view.photos(rows), progress=progress)

    def _versions(
        self, view: "_View", close: NDArray[np.int64], progress: Progress
    ) -> list[list[int]]:
        """Group the rows of close pairs that show one picture, best first."""
        same = self._same(view, close, progress)
        chains = connected(close[same].tolist())
        return [
            group
            for chain in chains
            for group in agreeing(
                self._best_first(view, chain, keeper.versions_best_first),
                lambda pairs: self._same(view, pairs, progress),
            )
        ]

    def _distinct(self, view: "_View", burst: list[int]) -> list[int]:
        """The shots of a burst, best first, without other versions of a better one."""
        kept: list[int] = []
        for row in self._best_first(view, burst, keeper.shots_best_first):
            pairs = np.array([(other, row) for other in kept], np.int64).reshape(-1, 2)
            if not self._same(view, pairs, no_progress).any():
                kept.append(row)
        return kept

    def _same(
        self, view: "_View", pairs: NDArray[np.int64], progress: Progress
    ) -> NDArray[np.bool_]:
        same = ~view.shots.differ(pairs)
        contents = [(view.contents[a], view.contents[b]) for a, b in pairs[same].tolist()]
        same[same] = self._sameness.of(contents, progress=progress)
        return same

    def _best_first(self, view: "_View", rows: list[int], order: "keeper.Order") -> list[int]:
        known = self._fingerprints.known([view.contents[row] for row in rows])
        sharpness = {content: one.sharpness for content, one in known.items()}
        by_path = {photo.path: row for row, photo in zip(rows, view.photos(rows), strict=True)}
        return [by_path[photo.path] for photo in order(view.photos(rows), sharpness)]


class _View:
    """What is asked of a snapshot, column by column."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.contents: list[str] = snapshot.columns.column("content_hash").to_pylist()

    def photos(self, rows: Sequence[int]) -> list[Photo]:
        return photos_of(self.snapshot.columns.take(rows)) if rows else []

    def with_metadata(self, photos: Sequence[Photo]) -> list[Photo]:
        rows = [self.row_of[str(photo.path)] for photo in photos]
        said = metadata_of(self.snapshot.columns.take(rows))
        return [
            replace(photo, metadata=metadata) for photo, metadata in zip(photos, said, strict=True)
        ]

    @cached_property
    def row_of(self) -> dict[str, int]:
        return {path: row for row, path in enumerate(self.snapshot.paths)}

    @cached_property
    def shots(self) -> Shots:
        return Shots.of(self.snapshot)

    @cached_property
    def least(self) -> float:
        """Cosine similarity of candidates."""
        return similarity_at(CLOSE, self.snapshot.embeddings)

    @cached_property
    def copies(self) -> dict[str, list[Photo]]:
        """By content, the photos of which there are several, best first."""
        by_content: dict[str, list[int]] = defaultdict(list)
        for row, content in enumerate(self.contents):
            by_content[content].append(row)
        return {
            content: keeper.copies_best_first(self.photos(rows))
            for content, rows in by_content.items()
            if len(rows) > 1
        }

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """One row of each content, that of the best copy; without the RAW halves of shots."""
        best = {content: str(photos[0].path) for content, photos in self.copies.items()}
        paths = self.snapshot.paths
        is_best = np.array(
            [
                best.get(content, path) == path
                for content, path in zip(self.contents, paths, strict=True)
            ],
            bool,
        )
        return np.flatnonzero(is_best & ~companions(paths))
