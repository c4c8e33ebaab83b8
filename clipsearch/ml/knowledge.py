"""What a tuned model still knows of the rest of the world: the forgetting gauge."""

from dataclasses import dataclass

import numpy as np

from clipsearch.ml.ranked import Bools, Counts
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.zeroshot import Embeddings

CUT_OFF = 10
_SHARE = 0.1  # Of few photos the first 10 would be all of them.


@dataclass(frozen=True)
class Knowledge:
    """Which of the parent's best finds a model still has among its first.

    Each word is asked for the photo that the parent finds best for it, and each photo for the word
    that the parent finds best: is it still among the first 10 (or the first tenth of fewer than
    100)? So a word that no photo shows and a photo that no word describes count too; what the
    parent finds is what users are used to.

    Attributes:
        first: ``(W,)``, the photo that the parent finds best for each word.
        words: ``(W,)``, whether the model has it among its first.
        photos: ``(N,)``, whether the word of each photo is among its first.
    """

    first: Counts
    words: Bools
    photos: Bools

    @classmethod
    def kept(
        cls, parent: tuple[Embeddings, Embeddings], model: tuple[Embeddings, Embeddings]
    ) -> "Knowledge":
        """Compare a model with its parent.

        Args:
            parent: ``(W, D)`` of words and ``(N, D)`` of photos that have nothing to do with what
                was learned; at least one of each.
            model: Of the same words and photos; its ``D`` may differ.
        """
        before, after = (words @ photos.T for words, photos in (parent, model))
        first = before.argmax(axis=1)
        return cls(first, _is_found(after, first), _is_found(after.T, before.argmax(axis=0)))

    def share(self, counts: Counts) -> Floats:
        """The mean of what words and what photos find, ``(R,)`` in [0, 1]; the parent has 1.

        Args:
            counts: ``(R, N)``, how often each photo is in each draw; with a photo come the words
                that it is the first of.
        """
        asked = np.bincount(self.first, minlength=len(self.photos))
        found = np.bincount(self.first[self.words], minlength=len(self.photos))
        by_words = counts @ found / np.maximum(counts @ asked, 1)
        by_photos = counts @ self.photos / np.maximum(counts.sum(axis=1), 1)
        result: Floats = (by_words + by_photos) / 2
        return result


def _is_found(scores: Embeddings, wanted: Counts) -> Bools:
    """Whether the wanted column of each row is among its first; ties count against it."""
    first = max(1, min(CUT_OFF, int(_SHARE * scores.shape[1])))
    own = scores[np.arange(len(scores)), wanted]
    # What is not a number counts against it too, on either side.
    ahead = (~(scores < own[:, None])).sum(axis=1) - 1
    result: Bools = ahead < first
    return result
