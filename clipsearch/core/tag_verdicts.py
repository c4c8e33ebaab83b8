"""What the user has said of tags, and what follows from that."""

from collections.abc import Collection
from typing import Protocol

from clipsearch.core.suggestions import Suggestion
from clipsearch.core.tag_vocabulary import TagVocabulary


class Verdicts(Protocol):
    """What the user has said of tags."""

    def tags(self) -> Collection[str]:
        """Names of the tags that the user has used, in the vocabulary or not."""

    def accepted(self, tag: str) -> Collection[str]:
        """Content hashes of the photos that have a tag because the user says so."""

    def rejected(self, tag: str) -> Collection[str]:
        """Content hashes of the photos that do not have it because the user says so."""


class NoVerdicts:
    """A user who has said nothing."""

    def tags(self) -> Collection[str]:
        """None."""
        return ()

    def accepted(self, tag: str) -> Collection[str]:
        """None."""
        return ()

    def rejected(self, tag: str) -> Collection[str]:
        """None."""
        return ()


class Decided:
    """What the user has accepted and rejected, and what follows from that."""

    def __init__(self, vocabulary: TagVocabulary, verdicts: Verdicts) -> None:
        """Ask for the verdicts on a tag when it first matters."""
        self._vocabulary = vocabulary
        self._verdicts = verdicts
        self._known: dict[str, frozenset[str]] = {}

    def on(self, suggestion: Suggestion) -> bool:
        """Whether nothing is left to be asked about a suggestion."""
        return suggestion.content_hash in self.photos(suggestion.tag)

    def photos(self, tag: str) -> frozenset[str]:
        """Content hashes of the photos that nothing is left to be asked about."""
        if tag not in self._known:
            self._known[tag] = self._photos(tag)
        return self._known[tag]

    def _photos(self, tag: str) -> frozenset[str]:
        # A photo with a tag has those above it too, and one without it has none below it.
        known = tag in self._vocabulary
        above = self._vocabulary.implied(tag) if known else frozenset()
        below = self._vocabulary.implying(tag) if known else frozenset()
        return frozenset().union(
            *(self._verdicts.accepted(one) for one in {tag, *below}),
            *(self._verdicts.rejected(one) for one in {tag, *above}),
        )
