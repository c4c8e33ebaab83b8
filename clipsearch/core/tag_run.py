"""`TagRun`: one look at photos for the tags of a vocabulary, block by block."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.suggestions import Suggestions
from clipsearch.core.tag_assignment import (
    NOT_IMPLIED,
    Decisions,
    Relations,
    TagDecider,
    TagLevels,
)
from clipsearch.core.tag_space import Floats, TagSpace
from clipsearch.core.tag_verdicts import Verdicts
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.types import Embeddings
from clipsearch.progress import Progress, no_progress

_BLOCK = 1_000
_SAMPLE = 5_000

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Contents:
    """The photos of a library, copies once.

    Attributes:
        hashes: Content hashes, ``C`` different ones.
        rows: ``(C,)``: where their embeddings stand.
        embeddings: ``(N, D) float32``, L2-normalised, of all files.
    """

    hashes: Sequence[str]
    rows: Rows
    embeddings: Embeddings

    @classmethod
    def of(cls, hashes: Sequence[str], embeddings: Embeddings) -> "Contents":
        """Those of files, ``N`` hashes with ``(N, D)`` embeddings."""
        first: dict[str, int] = {}
        for row, content in enumerate(hashes):
            first.setdefault(content, row)
        return cls(list(first), np.fromiter(first.values(), np.int64, len(first)), embeddings)

    def only(self, hashes: Collection[str]) -> "Contents":
        """Those of some hashes, as far as they are in the library."""
        some = [number for number, content in enumerate(self.hashes) if content in hashes]
        return Contents([self.hashes[n] for n in some], self.rows[some], self.embeddings)


@dataclass(frozen=True)
class TagRun:
    """A look for the tags of a vocabulary.

    Attributes:
        space: The vocabulary in the model's space.
        vocabulary: Of the same tags.
        digest: Of the vocabulary.
        line: The certainty from which on suggestions count.
    """

    space: TagSpace
    vocabulary: TagVocabulary
    digest: str
    line: float

    def everything(self, photos: Contents, verdicts: Verdicts, progress: Progress) -> Suggestions:
        """Look at all photos of a library; ``progress`` may cancel."""
        drawn = np.random.default_rng(0).permutation(photos.rows)[:_SAMPLE]
        levels = TagLevels.of(self._advantages(photos.embeddings, drawn, progress))
        return self._look(photos, photos, levels, verdicts, progress)

    def also(
        self,
        known: Suggestions,
        photos: Contents,
        verdicts: Verdicts,
        progress: Progress,
    ) -> Suggestions:
        """Look at what is new in a library, and forget what has left it.

        Args:
            known: Made with the same vocabulary in the same space.
            photos: Of the library.
            verdicts: What the user has said.
            progress: May cancel.
        """
        kept = known.only(set(photos.hashes))
        new = photos.only(set(photos.hashes) - set(kept.contents))
        if not len(new.hashes):
            return kept
        return kept.and_of(self._look(new, photos, known.levels, verdicts, progress))

    def _advantages(self, embeddings: Embeddings, rows: Rows, progress: Progress) -> Floats:
        """Of some photos, ``(M, T)``; a few thousand at most."""
        blocks = []
        for start in range(0, len(rows), _BLOCK):
            progress(start, len(rows), "comparing photos")
            blocks.append(self.space.advantages(embeddings[rows[start : start + _BLOCK]]))
        return np.concatenate(blocks)

    def _look(
        self,
        photos: Contents,
        library: Contents,
        levels: TagLevels,
        verdicts: Verdicts,
        progress: Progress,
    ) -> Suggestions:
        decider = TagDecider(self.space, Relations.of(self.vocabulary, self.space), levels)
        self._heed(decider, library, verdicts)
        decisions = self._decide(decider, photos, progress)
        return Suggestions(
            contents=photos.hashes,
            tags=self.space.names,
            texts=self.space.texts,
            photo=decisions.rows.astype(np.int32),
            tag=decisions.tags.astype(np.int32),
            certainty=decisions.certainties,
            text=self._texts(photos, decisions).astype(np.int32),
            via=decisions.via.astype(np.int32),
            advantage=decisions.advantages,
            threshold=decisions.thresholds,
            learned_from=np.zeros(len(decisions.tags), np.int32),
            levels=levels,
            vocabulary=self.digest,
            line=self.line,
        )

    def _heed(self, decider: TagDecider, library: Contents, verdicts: Verdicts) -> None:
        """Let the user's verdicts count; photos that many tags were decided for cost no more."""
        said: dict[int, dict[str, bool]] = {}
        for number, name in enumerate(self.space.names):
            accepted, rejected = verdicts.accepted(name), verdicts.rejected(name)
            if accepted or rejected:
                said[number] = dict.fromkeys(accepted, True) | dict.fromkeys(rejected, False)
        decided = library.only(set().union(*said.values()))
        if not decided.hashes:
            return
        row_of = {content: row for row, content in enumerate(decided.hashes)}
        logits = decider.logits(self._advantages(decided.embeddings, decided.rows, no_progress))
        for number, verdict in said.items():
            known = {row_of[one]: right for one, right in verdict.items() if one in row_of}
            rows, right = np.array(list(known), np.int64), np.array(list(known.values()), bool)
            decider.heed(number, logits[rows, number], right)

    def _decide(self, decider: TagDecider, photos: Contents, progress: Progress) -> Decisions:
        found = []
        for start in range(0, len(photos.rows), _BLOCK):
            progress(start, len(photos.rows), "looking for tags")
            block = photos.embeddings[photos.rows[start : start + _BLOCK]]
            found.append(decider.decide(block).moved(start))
        progress(len(photos.rows), len(photos.rows), "looking for tags")
        return Decisions.together(found).by_tag()

    def _texts(self, photos: Contents, decisions: Decisions) -> Rows:
        """What speaks most for each decision; of one that is implied, for what implies it."""
        best = np.empty(len(decisions.rows), np.int64)
        meant = np.where(decisions.via == NOT_IMPLIED, decisions.tags, decisions.via)
        for tag in np.unique(meant):
            entries = np.flatnonzero(meant == tag)
            rows = photos.rows[decisions.rows[entries]]
            best[entries] = self.space.best_texts(photos.embeddings[rows], int(tag))
        return best
