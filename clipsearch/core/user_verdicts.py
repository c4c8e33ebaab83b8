"""What the user's verdicts on tags say about suggestions."""

from typing import TYPE_CHECKING

from clipsearch.core.label_names import key_of
from clipsearch.core.label_types import Verdict
from clipsearch.core.stores import Stores
from clipsearch.core.suggestions import Suggestion
from clipsearch.core.tag_assignment import Verdicts
from clipsearch.core.tag_vocabulary import TagVocabulary

if TYPE_CHECKING:
    from clipsearch.core.labels import LabelStore

_Contents = dict[tuple[str, Verdict], frozenset[str]]
"""By the tag's key."""


class UserVerdicts:
    """The verdicts of a library's user, for `Verdicts`. Thread-safe."""

    def __init__(self, stores: Stores) -> None:
        """Read nothing yet.

        Args:
            stores: Of the library; it need not exist.
        """
        self._stores = stores
        self._read: tuple[LabelStore, tuple[int, int], _Contents] | None = None

    def tags(self) -> list[str]:
        """Names of the tags that are accepted for any photo; levels as the user writes them."""
        if not self._stores.exist:
            return []
        return [tag.name for tag in self._stores.labels().tags.tags() if tag.accepted]

    def accepted(self, tag: str) -> frozenset[str]:
        """Content hashes of the photos that have a tag because the user says so."""
        return self._contents(tag, "accepted")

    def rejected(self, tag: str) -> frozenset[str]:
        """Content hashes of the photos that do not have it because the user says so."""
        return self._contents(tag, "rejected")

    def _contents(self, tag: str, verdict: Verdict) -> frozenset[str]:
        if not self._stores.exist:
            return frozenset()
        labels = self._stores.labels()
        # Read again after each change.
        revision, read = labels.file.revision, self._read
        if read is None or read[:2] != (labels, revision):
            read = self._read = labels, revision, labels.tags.by_verdict()
        return read[2].get((key_of(tag), verdict), frozenset())


class Decided:
    """What the user has accepted and rejected, and what follows from that."""

    def __init__(self, vocabulary: TagVocabulary, verdicts: Verdicts) -> None:
        """Ask when it is needed.

        Args:
            vocabulary: Says what implies what.
            verdicts: The user's.
        """
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
