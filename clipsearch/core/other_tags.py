"""`OtherTags`: tags without the user's word: suggested ones, and those that follow from others."""

import numpy as np

from clipsearch.core.label_types import TagColumns
from clipsearch.core.suggestions import Suggestions
from clipsearch.core.tag_verdicts import Decided
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.tagging import Tagging
from clipsearch.core.user_verdicts import UserVerdicts


class OtherTags:
    """The suggestions of a library that count, and the tags above those that were accepted."""

    def __init__(self, tagging: Tagging, verdicts: UserVerdicts) -> None:
        """Read nothing yet."""
        self._tagging = tagging
        self._verdicts = verdicts

    def revision(self) -> object:
        """Another one whenever something else is suggested, or the vocabulary has changed."""
        return self._tagging.revision()

    def columns(self) -> TagColumns | None:
        """All of them; ``None`` if there are none."""
        import pyarrow as pa

        vocabulary = self._tagging.vocabulary()
        names: list[str] = []
        contents: list[list[str]] = []
        for name, some in self._above(vocabulary) + self._suggested(vocabulary):
            names.append(name)
            contents.append(some)
        sizes = [len(some) for some in contents]
        if not sum(sizes):
            return None
        together = [content for some in contents for content in some]
        tags = np.repeat(np.arange(len(names)), sizes)
        return TagColumns(names, tags, pa.array(together, pa.string()))

    def _above(self, vocabulary: TagVocabulary) -> list[tuple[str, list[str]]]:
        """A photo with a tag has those above it too."""
        return [
            (above, list(self._verdicts.accepted(tag)))
            for tag in self._verdicts.tags()
            if tag in vocabulary
            for above in vocabulary.implied(tag)
        ]

    def _suggested(self, vocabulary: TagVocabulary) -> list[tuple[str, list[str]]]:
        found = self._tagging.current()
        if found is None:
            return []
        decided = Decided(vocabulary, self._verdicts)
        return [
            (name, [one for one in contents if one not in decided.photos(name)])
            for name, contents in _by_tag(found)
        ]


def _by_tag(found: Suggestions) -> list[tuple[str, list[str]]]:
    """The contents that each tag counts for."""
    counts = found.certainty >= found.line
    numbers, photos = found.tag[counts], found.photo[counts].tolist()
    bounds = np.searchsorted(numbers, np.arange(len(found.tags) + 1)).tolist()
    return [
        (name, [found.contents[photo] for photo in photos[first:last]])
        for name, first, last in zip(found.tags, bounds, bounds[1:], strict=False)
        if first < last
    ]
