"""`TagSpace`: the tags of a vocabulary in a model's space, and how far each leads on a photo.

The idea is that of `clipsearch.core.relevance`, for all tags at once. Everything that describes a
photo competes for it in one softmax: the tags, each by its name in the prompts of its domain, its
synonyms and its descriptors, and the everyday words. Scores are in standard deviations of the one
photo's, so scale and offset of a model vanish. The **advantage** of a tag is the logarithm of its
odds: its own share, with that of all tags below it (a photo of a boy who skis shows a person), over
that of all the rest. What means much the same competes less, and tags above and below not at all.

The shares are sums over the texts, so a few products of matrices make the advantages of a block of
photos. How texts are pooled was measured with the starter, by the recall at a precision of 0.8 that
the advantage alone gives: names alone 0.64; with synonyms, their shares summed (used) 0.70, the
largest of them 0.69, the mean of their embeddings 0.67. Templates and descriptors (arXiv
2210.07183) change less than half a point either way; they are for models that know names less
well. Contexts cost a point where the name says it all: give one only where it does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.classification import read_templates
from clipsearch.core.relevance import background_words
from clipsearch.core.tag_vocabulary import GENERAL, Tag, TagVocabulary
from clipsearch.core.types import Embeddings
from clipsearch.progress import Progress, no_progress
from clipsearch.resources import resource_path

_SHARPNESS = 3.0  # Of the softmax, per standard deviation of a photo's scores.
_SAME_MEANING = 0.8  # Cosine from which on nothing competes.
_LEAST = 1e-30

Floats = NDArray[np.float32]


class TextEmbedder(Protocol):
    """Embeds groups of prompts; `clipsearch.core.text_rows.TextRows` is the real one."""

    def embed(self, prompts: Sequence[Sequence[str]], *, progress: Progress) -> Embeddings:
        """One row for each group, ``(N, D) float32``, L2-normalised."""


@dataclass(frozen=True)
class TagSpace:
    """``T`` tags and the texts that say them.

    Attributes:
        names: Of the tags, ``T``.
        texts: ``X`` texts in the order of their tags: first the phrase, then synonyms, descriptors.
        starts: ``(T,)``: the first text of each tag.
        competitors: ``(W + X, D) float32``, L2-normalised: everyday words, then the texts.
        below: ``(T, T) float32``: 1 where the tag of the row is that of the column, or below it.
        rivals: ``(W + T, T) float32``: how much words and tags compete with the tag of the column.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]
    starts: NDArray[np.int64]
    competitors: Embeddings
    below: Floats
    rivals: Floats

    @classmethod
    def of(
        cls, vocabulary: TagVocabulary, rows: TextEmbedder, progress: Progress = no_progress
    ) -> "TagSpace":
        """Embed a vocabulary; the first time that takes a while.

        Args:
            vocabulary: Of ``T`` tags.
            rows: Embeds texts.
            progress: May cancel.
        """
        tags = vocabulary.tags
        said = [_texts(tag) for tag in tags]
        texts = tuple(text for some in said for text in some)
        starts = np.cumsum([0, *(len(some) for some in said[:-1])])
        words = [(word,) for word in background_words()]
        prompts = [*words, *(some for tag in tags for some in _prompts(tag, vocabulary))]
        embedded = rows.embed(prompts, progress=progress)
        competitors = _from_centre(embedded, np.r_[: len(words), len(words) + starts])
        below = _below(vocabulary)
        return cls(
            names=tuple(tag.name for tag in tags),
            texts=texts,
            starts=starts,
            competitors=competitors,
            below=below,
            rivals=_rivals(competitors, len(words), starts, below),
        )

    @property
    def word_count(self) -> int:
        """Everyday words that compete, ``W``."""
        return len(self.competitors) - len(self.texts)

    def advantages(self, photos: Embeddings) -> Floats:
        """How far each tag leads over, or falls behind, everything else that describes a photo.

        Args:
            photos: ``(M, D)``, L2-normalised; a block of some thousand at most.

        Returns:
            ``(M, T) float32``, log odds: 0 where a tag is worth as much as all the rest together.
        """
        words = self.word_count
        worth = self._worth(photos)
        tags = np.add.reduceat(worth[:, words:], self.starts, axis=1)
        rest = worth[:, :words] @ self.rivals[:words] + tags @ self.rivals[words:]
        own = tags @ self.below
        result: Floats = np.log(np.maximum(own, _LEAST)) - np.log(np.maximum(rest, _LEAST))
        return result

    def best_texts(self, photos: Embeddings, tag: int) -> NDArray[np.int64]:
        """Which of its texts, or of those of the tags below it, speaks most for a tag.

        Args:
            photos: ``(M, D)``, L2-normalised.
            tag: Its index.

        Returns:
            ``(M,)``: indices of `texts`.
        """
        speaking = np.flatnonzero(self.below[self._owners, tag])
        scores = photos @ self.competitors[self.word_count + speaking].T
        best: NDArray[np.int64] = speaking[scores.argmax(axis=1)]
        return best

    @cached_property
    def _owners(self) -> NDArray[np.int64]:
        """The tag of each text, ``(X,)``."""
        return np.repeat(np.arange(len(self.names)), np.diff([*self.starts, len(self.texts)]))

    def _worth(self, photos: Embeddings) -> Floats:
        """The softmax's numerators, ``(M, W + X)``, the largest of each photo 1."""
        scores = photos @ self.competitors.T
        compared = np.r_[: self.word_count, self.word_count + self.starts]
        spread = np.maximum(scores[:, compared].std(axis=1, keepdims=True), 1e-6)
        scores *= _SHARPNESS / spread
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return scores


def name_prompts(tag: Tag, vocabulary: TagVocabulary) -> list[tuple[str, ...]]:
    """Groups of prompts: one for a tag's name, one for each synonym."""
    return _prompts(tag, vocabulary)[: 1 + len(tag.synonyms)]


def _texts(tag: Tag) -> list[str]:
    return [tag.phrase, *tag.synonyms, *(f"{tag.phrase} with {one}" for one in tag.descriptors)]


def _prompts(tag: Tag, vocabulary: TagVocabulary) -> list[tuple[str, ...]]:
    """A group for each of `_texts`; the phrase by itself weighs as much as all its templates."""
    known = tag.name in vocabulary
    templates = _templates(vocabulary.domain(tag.name) if known else GENERAL)
    filled = tuple(template.format(tag.phrase) for template in templates)
    alone = (tag.phrase,) * len(filled)
    return [(*alone, *filled), *((text,) for text in _texts(tag)[1:])]


@lru_cache
def _templates(domain: str) -> list[str]:
    return read_templates(resource_path(f"prompts/{domain}.txt"))


def _from_centre(embedded: Embeddings, main: NDArray[np.int64]) -> Embeddings:
    """Directions from what all words and names have in common."""
    directions = embedded - embedded[main].mean(axis=0)
    lengths = np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
    result: Embeddings = (directions / lengths).astype(np.float32, copy=False)
    return result


def _below(vocabulary: TagVocabulary) -> Floats:
    index = {tag.name: number for number, tag in enumerate(vocabulary.tags)}
    below = np.eye(len(index), dtype=np.float32)
    for name, row in index.items():
        below[row, [index[above] for above in vocabulary.implied(name)]] = 1
    return below


def _rivals(
    competitors: Embeddings, words: int, starts: NDArray[np.int64], below: Floats
) -> Floats:
    named = competitors[words + starts]
    everything = np.concatenate([competitors[:words], named])
    rivals = np.clip(1 - np.maximum(everything @ named.T, 0) / _SAME_MEANING, 0, 1)
    rivals[words:][(below + below.T) > 0] = 0
    return rivals.astype(np.float32, copy=False)
