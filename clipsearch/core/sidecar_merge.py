"""What a sidecar shall say, given what stands in it and what the user said in clipsearch.

What other programs wrote stays, but for what the user rejected. What clipsearch wrote itself goes
when it is taken back, and what it took out comes back: so a sidecar keeps a record of both.

``dc:subject`` holds words, ``lr:hierarchicalSubject`` whole tags, ``Places|Italy|Rome``. As digiKam
does, the last level of each tag goes into the former, and every tag into the latter, those without
levels too: digiKam reads the words only where there are no tags.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clipsearch.core.label_names import key_of

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Said:
    """What the user says of one photo."""

    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    stars: int | None = None
    """-1 (rejected) to 5; ``None`` lets the file speak."""


@dataclass(frozen=True, slots=True)
class SidecarTags:
    """The lists of one sidecar."""

    words: tuple[str, ...] = ()
    """``dc:subject``."""
    tags: tuple[str, ...] = ()
    """``lr:hierarchicalSubject``."""
    added: tuple[str, ...] = ()
    """Those of either that clipsearch wrote."""
    removed: tuple[str, ...] = ()
    """Tags of others that clipsearch took out."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What the lists become, and the difference, for lists that say the same in other ways."""

    lists: SidecarTags
    tags_gone: frozenset[str] = frozenset()
    """Keys of tags that must not be there."""
    words_gone: frozenset[str] = frozenset()
    """Keys of words that must not be there."""
    wanted: tuple[str, ...] = ()
    """Tags that must be there."""


@dataclass(frozen=True, slots=True)
class Stars:
    """The rating of one sidecar, as it is written, and the record of what clipsearch did to it."""

    value: str | None = None
    written: str | None = None
    """What clipsearch wrote last."""
    before: str | None = None
    """What stood there before that."""


def merge_tags(found: SidecarTags, said: Said) -> Merged:
    """Lay the user's tags over those of a sidecar.

    Args:
        found: The sidecar's lists.
        said: Tags are the same if only case differs; the spelling that is there stays.
    """
    rejected, accepted = keys_of(said.rejected), keys_of(said.accepted)
    ours = keys_of(found.added)
    back = [tag for tag in found.removed if key_of(tag) not in rejected]
    wanted = _unique([*back, *said.accepted])
    gone = (rejected | (ours - accepted)) - keys_of(back)
    tags = [tag for tag in found.tags if key_of(tag) not in gone]
    needed = keys_of(_last_level(tag) for tag in [*tags, *wanted])
    # The last level of a tag that another program wrote came with it, and goes with it.
    left_over = {key_of(_last_level(tag)) for tag in found.tags if key_of(tag) in rejected - ours}
    out = (rejected | ours | left_over) - needed
    words = [word for word in found.words if key_of(word) not in out]
    if not tags and wanted:
        tags = _words_alone(words, wanted)
    lists = SidecarTags(
        words=_unique([*words, *map(_last_level, wanted)]), tags=_unique([*tags, *wanted])
    )
    return Merged(_recorded(lists, found, rejected, back), frozenset(gone), frozenset(out), wanted)


def _recorded(
    lists: SidecarTags, found: SidecarTags, rejected: set[str], back: Sequence[str]
) -> SidecarTags:
    """The lists with the record of what is ours in them, and of what was taken out."""
    ours = keys_of(found.added)
    foreign = (keys_of(found.words) | keys_of(found.tags)) - ours | keys_of(back)
    here = (*lists.words, *lists.tags)
    taken_out = (tag for tag in (*found.words, *found.tags) if key_of(tag) not in ours)
    lost = rejected - keys_of(here)
    return replace(
        lists,
        added=_unique(tag for tag in here if key_of(tag) not in foreign),
        removed=_unique(tag for tag in (*found.removed, *taken_out) if key_of(tag) in lost),
    )


def merge_stars(found: Stars, stars: int | None) -> Stars:
    """Lay the user's stars over those of a sidecar; without any, what stood there comes back."""
    if stars is None:
        is_ours = found.written is not None and _number(found.value) == _number(found.written)
        return Stars(found.before if is_ours else found.value)
    if _number(found.value) == stars:
        return found
    is_ours = found.written is not None and _number(found.value) == _number(found.written)
    return Stars(str(stars), str(stars), found.before if is_ours else found.value)


def split_keywords(keywords: Iterable[str]) -> SidecarTags:
    """The lists in which the keywords of a photo's own file stand."""
    keywords = tuple(keywords)
    return SidecarTags(
        words=tuple(word for word in keywords if _SEPARATOR not in word),
        tags=tuple(word for word in keywords if _SEPARATOR in word),
    )


def levels(tag: str) -> list[str]:
    """The levels of a tag, the topmost first."""
    return [level.strip() for level in tag.split(_SEPARATOR)]


def own_tags(keywords: Sequence[str]) -> list[str]:
    """The keywords that say something by themselves: not what is a level of another one."""
    return _words_alone(keywords, keywords)


def _words_alone(words: Sequence[str], tags: Sequence[str]) -> list[str]:
    """Words that are no level of any of these tags."""
    known = keys_of(level for tag in tags for level in levels(tag) if _SEPARATOR in tag)
    return [word for word in words if key_of(word) not in known]


def _last_level(tag: str) -> str:
    return levels(tag)[-1]


def keys_of(tags: Iterable[str]) -> set[str]:
    """What tells tags apart; see `key_of`."""
    return {key_of(tag) for tag in tags}


def _unique(tags: Iterable[str]) -> tuple[str, ...]:
    """In their order, the first spelling of each; no empty ones."""
    kept: dict[str, str] = {}
    for tag in tags:
        if tag:
            kept.setdefault(key_of(tag), tag)
    return tuple(kept.values())


def _number(stars: str | None) -> float | None:
    try:
        return None if stars is None else float(stars)
    except ValueError:
        return None
