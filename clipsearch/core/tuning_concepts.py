"""What the user's collections and tags are to teach, by the contents of the photos."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clipsearch.core.label_names import key_of
from clipsearch.core.label_types import CollectionInfo
from clipsearch.core.labelling import Labelling
from clipsearch.core.query_language import parse_query
from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
from clipsearch.errors import QueryError
from clipsearch.ml.tuning_types import Concept


@dataclass(frozen=True)
class Taught:
    """A concept, and what the user has said of photos by it; content hashes."""

    concept: Concept
    shown_by: tuple[str, ...]
    """Each once; what has left the library may be among them."""
    rejected: frozenset[str] = frozenset()
    """None of them shows it."""
    is_found_by_words: bool = False
    """Whether the model itself chose some of the photos: those of a smart collection."""


def taught_by(
    labels: Labelling,
    vocabulary: TagVocabulary,
    collections: Sequence[str] | None,
    tags: Sequence[str],
) -> list[Taught]:
    """Gather what collections and tags are to teach; those of one name are one concept.

    Args:
        labels: The user's words.
        vocabulary: Says what tags mean, and a collection of a tag's name too.
        collections: Their names; ``None`` for all, unless tags are named.
        tags: Names of tags.

    Raises:
        InputError: There is no such collection or tag, or the query of a smart collection cannot
            be answered.
    """
    named = labels.collections
    if collections is None:
        infos = [] if tags else named.all()
    else:
        infos = [named.named(name) for name in collections]
    tags_of_names = _Tags(labels, vocabulary)
    found: dict[str, Taught] = {}
    for one in (
        *(_of_collection(labels, info, tags_of_names) for info in infos),
        *(tags_of_names.taught(labels.tags.named(tag).name) for tag in tags),
    ):
        key = key_of(one.concept.name)
        found[key] = _together(found[key], one) if key in found else one
    return list(found.values())


def captions_of(labels: Labelling) -> dict[str, tuple[str, ...]]:
    """The captions that the user has given photos in collections, each once, by content hash."""
    found: dict[str, dict[str, None]] = {}
    for info in labels.collections.all():
        if info.query is None:
            for one in labels.collections.photos(info.name):
                if one.caption:
                    found.setdefault(one.content_hash, {})[one.caption] = None
    return {content: tuple(captions) for content, captions in found.items()}


def described_by(note: str) -> str:
    """What a collection's note says that it shows: its first line, without the full stop."""
    lines = note.strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else ""


class _Tags:
    """What is known and said of tags."""

    def __init__(self, labels: Labelling, vocabulary: TagVocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: Mapping[str, Tag] = {key_of(tag.name): tag for tag in vocabulary.tags}
        self._said = labels.tags.by_verdict()

    def meaning(self, name: str, description: str = "") -> Concept:
        """A name and what the vocabulary says of it, unless the user describes it."""
        tag = self._known.get(key_of(name))
        if tag is None:
            return Concept(name, description)
        return Concept(name, description or _described(tag), tag.synonyms)

    def taught(self, tag: str) -> Taught:
        name = tag.rsplit("|", 1)[-1]
        shown = self._contents([tag, *self._below(tag)], "accepted")
        return Taught(self.meaning(name), tuple(sorted(shown)), self.rejected(tag) - shown)

    def rejected(self, tag: str) -> frozenset[str]:
        """Photos that lack the tag: a photo without one has none below it either."""
        known = self._known.get(key_of(tag))
        above = self._vocabulary.implied(known.name) if known else ()
        return self._contents([tag, *above], "rejected")

    def _below(self, tag: str) -> Iterable[str]:
        """Tags that imply it, by the vocabulary or by their levels."""
        known = self._known.get(key_of(tag))
        yield from self._vocabulary.implying(known.name) if known else ()
        yield from (key for key, _ in self._said if key.startswith(f"{key_of(tag)}|"))

    def _contents(self, tags: Iterable[str], verdict: str) -> frozenset[str]:
        wanted = {key_of(tag) for tag in tags}
        return frozenset().union(
            *(some for (key, said), some in self._said.items() if said == verdict and key in wanted)
        )


def _described(tag: Tag) -> str:
    """``a bird`` of a crane that models are told is ``crane, a bird``."""
    start = f"{tag.name}, "
    return tag.context.removeprefix(start) if tag.context.startswith(start) else ""


def _of_collection(labels: Labelling, info: CollectionInfo, tags: _Tags) -> Taught:
    concept = tags.meaning(info.name, described_by(info.note))
    contents = tuple(dict.fromkeys(labels.contents_of_collection(info.name)))
    rejected = tags.rejected(info.name)
    if info.query is None:  # What was put in by hand is in, whatever was said of the tag.
        return Taught(concept, contents, rejected - frozenset(contents))
    kept = tuple(content for content in contents if content not in rejected)
    return Taught(concept, kept, rejected, _asks_for_words(info.query))


def _asks_for_words(query: str) -> bool:
    try:
        return bool(parse_query(query).parts)
    except QueryError:  # It was answered just now.
        return False


def _together(first: Taught, other: Taught) -> Taught:
    shown = tuple(dict.fromkeys((*first.shown_by, *other.shown_by)))
    return replace(
        first,
        shown_by=shown,
        rejected=(first.rejected | other.rejected) - frozenset(shown),
        is_found_by_words=first.is_found_by_words or other.is_found_by_words,
    )
