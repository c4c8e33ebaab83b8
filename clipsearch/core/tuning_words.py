"""Everyday words that have nothing to do with what a model is to learn."""

import re
from collections.abc import Iterable

from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.ml.tuning_types import Concept


def unrelated_words(vocabulary: TagVocabulary, concepts: Iterable[Concept]) -> tuple[str, ...]:
    """Names of tags that share no word with a concept's name, synonyms or description.

    Args:
        vocabulary: The one that ships, so that runs are alike whatever the user made of it.
        concepts: To be learned.

    Returns:
        In the vocabulary's order, in which neighbours mean similar things: every other one is a
        fair sample.
    """
    taken = {
        word
        for one in concepts
        for text in (one.name, one.description, *one.synonyms)
        for word in _words(text)
    }
    names = (tag.name.split("|")[-1] for tag in vocabulary.tags)
    return tuple(dict.fromkeys(name for name in names if not taken & _words(name)))


def _words(text: str) -> set[str]:
    """In lower case, without the plural's ending: "boats" is about boats."""
    return {word.removesuffix("s") for word in re.findall(r"\w+", text.lower())}
