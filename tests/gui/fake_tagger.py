"""Suggests a tag for drawn photos, as the core's tagging does for real ones."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from clipsearch.core.tag_file import parse_vocabulary, shipped_vocabulary
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.types import Photo
from clipsearch.progress import Progress
from tests.gui.fake_labels import FakeLabels


@dataclass(frozen=True)
class FakeReason:
    """See `SuggestionReason`."""

    text: str = "a photo of a dog"
    via: str = ""
    learned_from: int = 0


@dataclass(frozen=True)
class FakeSuggestion:
    """See `TagSuggestion`."""

    content_hash: str
    tag: str
    certainty: float
    reason: FakeReason = FakeReason()


_WORDS = parse_vocabulary("animal = {}\ncat = {}\ndog = { in = 'animal', also = 'hound' }")


@dataclass(frozen=True, slots=True)
class FakeTagsFound:
    """See `TagsFound`."""

    photos: int
    tagged: int


class FakeTagger:
    """Suggests ``dog`` for all photos, the last one of the library being the surest."""

    def __init__(self, photos: Sequence[Photo], labels: FakeLabels) -> None:
        """Suggest it for these photos, unless something was decided."""
        self._photos = photos
        self._labels = labels
        self.suggested: dict[str, int] | None = None
        self.amounts: list[float] = []
        """With which it was asked to look, or to draw the line."""
        self.certainties: dict[str, float] = {}
        """Of contents, instead of the usual one; those of 0 are not suggested."""
        self.kept: list[bool] = []
        """Whether what was found was to be kept, each time that candidates were asked for."""
        self.error: Exception | None = None
        self.wait: Callable[[], None] | None = None
        """Called before candidates are found: the model may have to be loaded."""

    def vocabulary(self) -> TagVocabulary:
        """See `Tagger`; what ships would be much."""
        own = self._labels.vocabulary.read()
        return _WORDS if own == shipped_vocabulary() else own

    def suggest(self, *, slider: float, progress: Progress) -> FakeTagsFound:
        """See `Tagger`."""
        if self.error is not None:
            raise self.error
        self.amounts.append(slider)
        progress(1, 1)
        self.suggested = {"cat": 2}
        return FakeTagsFound(len(self._photos), 2)

    def draw_line(self, slider: float) -> None:
        """See `Tagger`."""
        self.amounts.append(slider)

    def counts(self) -> dict[str, int]:
        """See `Tagger`."""
        return {"dog": len(self._photos)} if self.suggested is None else self.suggested

    def suggestions_of(self, contents: Collection[str]) -> dict[str, list[FakeSuggestion]]:
        """See `Tagger`."""
        found = self.candidates("dog")
        return {
            content: [one for one in found if one.content_hash == content] for content in contents
        }

    def candidates(self, tag: str, *, ask: int = 0, keep: bool = True) -> list[FakeSuggestion]:
        """See `Tagger`; the least sure is the one to ask about."""
        if self.wait is not None:
            self.wait()
        decided = {one.content_hash for one in self._labels.tags.of_tag(tag)}
        self.kept.append(keep)
        certainties = {one.content_hash: (1 + row) / 10 for row, one in enumerate(self._photos)}
        certainties |= self.certainties
        found = [
            FakeSuggestion(content, tag, certainty)
            for content, certainty in sorted(certainties.items(), key=lambda one: -one[1])
            if tag == "dog" and certainty and content not in decided
        ]
        return [*found[-1:], *found[:-1]] if ask else found
