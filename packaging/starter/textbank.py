"""Every text that the head is trained or measured against, tokenized once.

Rows of the bank stand for texts: captions and prompts are lists of row numbers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import torch

import phrases
from labels import ImageNetClass, phrases_of, readable
from text_tower import tokenize

if TYPE_CHECKING:
    from photos import PhotoSet

# Templates for class names; the first ones are also those of the zero-shot figures.
PROMPTS: Final = (
    "a photo of {a}", "{}", "{a}", "a picture of {a}", "a close-up of {a}", "photo of the {}",
    "a photo of a small {}", "{a} on a white background",
)  # fmt: skip
_SYNONYMS: Final = 3


@dataclass
class TextBank:
    """Distinct texts in order of their rows."""

    rows: dict[str, int] = field(default_factory=dict)

    def add(self, text: str) -> int:
        """Gives the row of a text, a new one if it is new."""
        return self.rows.setdefault(text, len(self.rows))

    def prompts(self, name: str) -> list[int]:
        """Rows of a class name in every prompt template."""
        return [self.add(phrases.fill(template, name)) for template in PROMPTS]

    def label_prompts(self, label: str) -> list[int]:
        """Rows for a raw label; as many as there are prompts, whatever kind of label it is."""
        ready = phrases_of(label)
        if not ready:
            return self.prompts(readable(label))
        return [self.add(ready[i % len(ready)]) for i in range(len(PROMPTS))]

    def class_prompts(self, classes: list[ImageNetClass]) -> torch.Tensor:
        """Rows for ImageNet classes, `(1000, S, T)`: synonyms by templates, first name leading."""
        table = []
        for one in classes:
            names = [one.names[i % len(one.names)] for i in range(_SYNONYMS)]
            names[1] = names[0] if len(one.names) == 1 else names[1]
            table.append([self.prompts(name) for name in names])
        return torch.tensor(table)

    def tokens(self) -> torch.Tensor:
        """Tokens of all rows, `(R, 32)` int32."""
        return tokenize(list(self.rows))


@dataclass
class Labelled:
    """A set's photos with texts, in rows of the bank.

    Attributes:
        texts: For each photo the rows of the texts that describe it.
        short: For each photo the rows of its captions as somebody would type them in a hurry.
        names: The set's raw labels; `(C, T)` rows of their prompts.
        marks: `(N, C)` bool, which labels a photo has.
    """

    texts: list[list[int]]
    short: list[list[int]]
    names: torch.Tensor
    marks: torch.Tensor


def describe(photos: PhotoSet, bank: TextBank) -> Labelled:
    """Enters a set's captions and label prompts into the bank."""
    labels = sorted({label for some in photos.labels for label in some})
    column = {label: i for i, label in enumerate(labels)}
    prompts = [bank.label_prompts(label) for label in labels]
    marks = torch.zeros(len(photos.keys), len(labels), dtype=torch.bool)
    texts, short = [], []
    for row, (some, captions) in enumerate(zip(photos.labels, photos.texts, strict=True)):
        described = [bank.add(caption) for caption in captions]
        for label in some:
            marks[row, column[label]] = True
        if len(some) == 1:  # a lone label describes the whole photo
            described += prompts[column[some[0]]]
        texts.append(described)
        short.append([bank.add(shorten(caption)) for caption in captions if photos.trained])
    return Labelled(texts, short, torch.tensor(prompts), marks)


def shorten(caption: str) -> str:
    """Keeps two to four of a caption's telling words, always the same ones of the same caption."""
    words = phrases.keywords(phrases.tidy(caption))
    rng = random.Random(caption)
    chosen = rng.sample(range(len(words)), min(len(words), rng.randint(2, 4)))
    return " ".join(words[i] for i in sorted(chosen)) or caption
