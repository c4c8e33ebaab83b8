"""`UserVerdicts`: what the user has said of tags, as a library keeps it."""

from typing import TYPE_CHECKING

from clipsearch.core.label_names import key_of
from clipsearch.core.label_types import Verdict
from clipsearch.core.stores import Stores

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
