"""`LearnedWords`: names whose meaning a model has learned, where texts are embedded."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from clipsearch.resources import resource_path

Embeddings = NDArray[np.float32]


class LearnedWords:
    """The names, and what they mean in a model's space.

    A text that is nothing but a name, or a name in one of the usual prompt templates, is embedded
    as what was learned. In a longer text the name moves it by as much as it was moved itself.
    """

    def __init__(
        self, names: Sequence[str], known: Embeddings, learned: Embeddings, strength: float
    ) -> None:
        """Mix what the names meant with what they have come to mean.

        Args:
            names: ``K`` of them, in any case.
            known: ``(K, D)``, L2-normalised: what they mean to the model by itself.
            learned: ``(K, D)``, L2-normalised.
            strength: How much of the new meaning, 0 to 1.
        """
        self.names = tuple(map(_comparable, names))
        mixed = (1 - strength) * known + strength * learned
        self._in_use: Embeddings = _normalised(mixed)
        self._shifts: Embeddings = self._in_use - known
        self._rows = {name: row for row, name in enumerate(self.names)}
        # The longest first: "Lotte's cabin" is not "Lotte".
        longest_first = sorted(map(re.escape, self._rows), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")

    def embed(
        self, texts: Sequence[str], encode: Callable[[Sequence[str]], Embeddings]
    ) -> Embeddings:
        """Embed texts.

        Args:
            texts: ``N`` texts.
            encode: How the model embeds them by itself, to ``(N, D)``, L2-normalised.

        Returns:
            ``(N, D) float32``, L2-normalised; bit for bit the model's own of texts without a name.
        """
        rows = encode(texts)
        named = [(place, found) for place, text in enumerate(texts) if (found := self._found(text))]
        if not named:
            return rows
        rows = rows.copy()
        for place, (name, shifting) in named:
            if name is not None:
                rows[place] = self._in_use[name]
            else:
                rows[place] = _normalised(rows[place] + self._shifts[shifting].sum(axis=0))
        return rows

    def _found(self, text: str) -> tuple[int | None, list[int]] | None:
        """The row of the name that a text is, or the rows of those in it; ``None`` without any."""
        text = _comparable(text)
        alone = [self._rows[inner] for inner in _fillings(text) if inner in self._rows]
        if alone:
            return alone[0], []
        within = {self._rows[match] for match in self._pattern.findall(text)}
        return (None, sorted(within)) if within else None


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def _fillings(text: str) -> list[str]:
    """What a text may be about: all of it, and what fills a prompt template to it."""
    return [
        text[len(start) : len(text) - len(end)]
        for start, end in _templates()
        if len(text) > len(start) + len(end) and text.startswith(start) and text.endswith(end)
    ]


@cache
def _templates() -> list[tuple[str, str]]:
    """What stands before and behind the name in each of the usual prompt templates."""
    lines = resource_path("prompts/general.txt").read_text(encoding="utf-8").splitlines()
    halves = [line.partition("{}") for line in lines if "{}" in line and not line.startswith("#")]
    return [("", ""), *((start.lower(), end.lower()) for start, _, end in halves)]


def _normalised(rows: Embeddings) -> Embeddings:
    normalised: Embeddings = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return normalised.astype(np.float32, copy=False)
