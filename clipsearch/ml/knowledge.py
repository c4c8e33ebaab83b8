"""What a tuned model still knows of the rest of the world: the forgetting gauge.

Each word is asked for the photo that the parent finds best for it, and each photo for the word that
the parent finds best: is it still among the first two of the model? The second place is allowed,
because two that fit alike change places without anybody minding.

What it has to tell is how much worse unrelated searches have become, and it was held against the
loss of recall@10 on Flickr8k's captions (300 photos; 503 words, 150 other photos; the starter after
naive fine-tuning of all weights, embeddings between before and after, and distorted ones):

====================  =====  =====  =====  =====  ======
points of recall@10   0.5    1.5    1.8    3.2    3.5
kept in the first     0.970  0.902  0.933  0.794  0.865
... first 2 (used)    0.993  0.963  0.987  0.931  0.956
... first 3           1.000  0.993  0.999  0.965  0.978
... first 10          1.000  1.000  1.000  0.998  0.999
first 10 in common    0.972  0.933  0.948  0.875  0.905
====================  =====  =====  =====  =====  ======

So 2 points of it are about 1 to 1.5 of recall@10. The first 10 of so few tell nothing; the very
first, and what the first 10 have in common, fall where no search gets worse.
"""

from dataclasses import dataclass

import numpy as np

from clipsearch.ml.ranked import Bools, Counts
from clipsearch.ml.space_statistics import Floats
from clipsearch.ml.zeroshot import Embeddings

CUT_OFF = 2


@dataclass(frozen=True)
class Knowledge:
    """Which of the parent's best finds a model still has among its first.

    A word that no photo shows counts too: what the parent finds is what users are used to.

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
        cls,
        parent: tuple[Embeddings, Embeddings],
        model: tuple[Embeddings, Embeddings],
        groups: Counts,
    ) -> "Knowledge":
        """Compare a model with its parent.

        Args:
            parent: ``(W, D)`` of words and ``(N, D)`` of photos that have nothing to do with what
                was learned; at least one of each.
            model: Of the same words and photos; its ``D`` may differ.
            groups: ``(N,)``; a photo of the same group, such as a copy, is as good a find.
        """
        before, after = (words @ photos.T for words, photos in (parent, model))
        first, word = before.argmax(axis=1), before.argmax(axis=0)
        is_other = groups != groups[first][:, None]
        words = (_ahead(after, first) & is_other).sum(axis=1) < CUT_OFF
        others = np.arange(len(after)) != word[:, None]
        return cls(first, words, (_ahead(after.T, word) & others).sum(axis=1) < CUT_OFF)

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


def _ahead(scores: Embeddings, wanted: Counts) -> Bools:
    """What scores as high as the wanted column of each row; and all, where one is no number."""
    own = scores[np.arange(len(scores)), wanted]
    result: Bools = ~(scores < own[:, None])
    return result
