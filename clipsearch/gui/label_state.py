"""What the window shows of the user's words: tags, collections, stars; read in a worker thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clipsearch.core.filter_types import FilterValues, ValueCount
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.label_contracts import LabelKeeper, TaggerMaker


@dataclass(frozen=True, slots=True)
class KnownTag:
    """A tag of the library."""

    name: str
    """Levels are parted by ``|``."""
    photos: int
    """How many a search for it finds."""
    suggested: int = 0
    """For about how many of these it is only suggested."""
    is_own: bool = True
    """Whether the user has said something of it; else only files or suggestions name it."""

    @property
    def given(self) -> int:
        """How many photos have it by the word of the user or of their files."""
        return self.photos - self.suggested


@dataclass(frozen=True, slots=True)
class KnownCollection:
    """A collection of the user's."""

    name: str
    photos: int | None
    """``None`` of a smart one: only its search can tell."""
    query: str | None
    """In the query language, of a smart one."""
    note: str


@dataclass(frozen=True, slots=True)
class LabelState:
    """Everything that is said of the library's photos, at one moment."""

    tags: tuple[KnownTag, ...] = ()
    """By name."""
    collections: tuple[KnownCollection, ...] = ()
    """By name."""
    stars: Mapping[str, int] = field(default_factory=dict)
    """By content; none is 0, rejected -1."""
    favourites: frozenset[str] = frozenset()
    """Contents."""
    vocabulary: tuple[str, ...] = ()
    """Further tags that may be given."""
    undo_title: str | None = None
    redo_title: str | None = None

    @property
    def values(self) -> FilterValues:
        """The names that can be given, as the editors of filters take them."""
        own = tuple(ValueCount(tag.name, tag.photos or None) for tag in self.tags)
        more = tuple(ValueCount(name, None) for name in self.vocabulary)
        by_hand = (one for one in self.collections if one.query is None)
        return FilterValues(
            tags=own + more,
            collections=tuple(ValueCount(one.name, one.photos) for one in by_hand),
        )


def read_labels(library: PhotoLibrary, make_tagger: TaggerMaker | None) -> LabelState:
    """Read everything; for a worker thread.

    Args:
        library: With photos.
        make_tagger: Gives what suggests tags; ``None`` if nothing does.
    """
    labels = library.labels
    values = library.filter_values()
    tagger = make_tagger() if make_tagger is not None else None
    tags = _tags(labels, values, tagger.counts() if tagger is not None else {})
    known = {tag.name for tag in tags}
    names = [one.name for one in tagger.vocabulary().tags] if tagger is not None else []
    return LabelState(
        tags=tags,
        collections=_collections(labels, values),
        stars=labels.stars(),
        favourites=labels.ratings.favourites(),
        vocabulary=tuple(name for name in names if name not in known),
        undo_title=labels.undo_title,
        redo_title=labels.redo_title,
    )


def _tags(
    labels: LabelKeeper, values: FilterValues, suggested: Mapping[str, int]
) -> tuple[KnownTag, ...]:
    """The user's tags, the levels of the files' keywords beside them, and what is suggested."""
    from clipsearch.core.label_names import key_of  # It imports NumPy.

    open_ones = {key_of(name): count for name, count in suggested.items()}
    found = {key_of(one.value): one for one in values.tags}
    tags: dict[str, KnownTag] = {}
    for own in labels.tags.tags():
        key = key_of(own.name)
        photos = (found[key].photos or 0) if key in found else own.accepted
        # What was accepted was mostly suggested before, and counts once.
        more = min(max(0, photos - own.accepted), open_ones.get(key, 0))
        tags[key] = KnownTag(own.name, photos, more)
        # The levels of this tag are no tags of their own.
        found.pop(key, None)
        for level in key.split("|"):
            found.pop(level, None)
    for key, value in found.items():
        photos = value.photos or 0
        more = min(photos, open_ones.get(key, 0))
        tags[key] = KnownTag(value.value, photos, more, is_own=False)
    return tuple(tags[key] for key in sorted(tags))


def _collections(labels: LabelKeeper, values: FilterValues) -> tuple[KnownCollection, ...]:
    photos = {one.value: one.photos for one in values.collections}
    return tuple(
        KnownCollection(one.name, photos.get(one.name), one.query, one.note)
        for one in labels.collections.all()
    )
