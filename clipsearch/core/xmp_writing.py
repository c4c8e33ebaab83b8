"""Writes tags and ratings into XMP sidecars, as digiKam and Lightroom read them.

``dc:subject``, ``lr:hierarchicalSubject`` and ``xmp:Rating`` are written. What digiKam and Windows
say a second time in properties of their own is kept alike where it is there; everything else in a
sidecar stays as it was, to the byte. The record of what clipsearch did stands in a namespace of its
own.

Source: XMP specification, part 2; digiKam's and exiftool's tables of these properties.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from clipsearch.core.fields import Fields
from clipsearch.core.label_names import key_of
from clipsearch.core.sidecar_merge import (
    Merged,
    Said,
    SidecarTags,
    Stars,
    keys_of,
    levels,
    merge_stars,
    merge_tags,
    split_keywords,
)
from clipsearch.core.xmp_editing import NEW_PACKET, XmpEdit

_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "clipsearch": "clipsearch:ns:1.0/",
}
# Programs disagree about the slash at the end of this one.
_MICROSOFT = (_NAMESPACES["MicrosoftPhoto"], _NAMESPACES["MicrosoftPhoto"].rstrip("/"))
_PREFIXES = {namespace: prefix for prefix, namespace in _NAMESPACES.items()}
_PREFIXES |= dict.fromkeys(_MICROSOFT, "MicrosoftPhoto")


def _name(property_name: str) -> str:
    prefix, local = property_name.split(":")
    return f"{_NAMESPACES[prefix]} {local}"


_WORDS, _TAGS = _name("dc:subject"), _name("lr:hierarchicalSubject")
_ADDED, _REMOVED = _name("clipsearch:added"), _name("clipsearch:removed")
_TITLE, _DESCRIPTION = _name("dc:title"), _name("dc:description")
_RATING = _name("xmp:Rating")
_CONTENT = _name("clipsearch:content")
_WRITTEN, _BEFORE = _name("clipsearch:rating"), _name("clipsearch:ratingBefore")
# Lists that say the tags again, and what parts the levels in them.
_OTHER_LISTS = {
    _name("digiKam:TagsList"): "/",
    _name("mediapro:CatalogSets"): "|",
    **{f"{namespace} LastKeywordXMP": "/" for namespace in _MICROSOFT},
}
_PERCENT = [f"{namespace} Rating" for namespace in _MICROSOFT]
_PERCENT_OF_STARS = {"-1": "0", "0": "0", "1": "1", "2": "25", "3": "50", "4": "75", "5": "99"}


def merged(
    sidecar: bytes, content_hash: str, said: Said, keywords: Callable[[], Sequence[str]]
) -> bytes:
    """Return a sidecar in which stands what the user says; the same bytes if it did already.

    Args:
        sidecar: As it is now; `NEW_PACKET` where there is none.
        content_hash: Of the photo. What clipsearch wrote when the photo had another content counts
            as said by others: nobody takes it back, for it is said of a file that is no more.
        said: Of the photo.
        keywords: Gives those that count for the photo while the sidecar has none; once it has
            some, they alone count. Called only where that is so.

    Raises:
        NotWritable: The sidecar cannot be changed safely.
    """
    edit = XmpEdit(sidecar, _PREFIXES)
    tags = SidecarTags(*(tuple(edit.items(name)) for name in (_WORDS, _TAGS, _ADDED, _REMOVED)))
    stars = Stars(edit.text(_RATING), edit.text(_WRITTEN), edit.text(_BEFORE))
    if edit.text(_CONTENT) == content_hash:
        result, rated = _merge(tags, said, keywords), merge_stars(stars, said.stars)
    else:
        result = _merge(replace(tags, added=(), removed=()), said, keywords)
        rated = merge_stars(Stars(stars.value), said.stars)
    _write_tags(edit, tags, result)
    _write_stars(edit, stars, rated)
    is_ours = result.lists.added or result.lists.removed or rated.written
    _set(edit, _CONTENT, content_hash if is_ours else None)
    return edit.result()


def new_sidecar(fields: Fields) -> bytes:
    """Return a sidecar that says no more than title, description and rating, where there are any.

    Args:
        fields: What was said of the photo in a sidecar that is read no more once this one is there.
    """
    edit = XmpEdit(NEW_PACKET, _PREFIXES)
    for name, value in ((_TITLE, fields.title), (_DESCRIPTION, fields.description)):
        edit.change_items(name, lambda _: False, [value] if value else [], kind="Alt")
    edit.set_text(_RATING, None if fields.rating is None else str(fields.rating))
    return edit.result()


def _merge(found: SidecarTags, said: Said, keywords: Callable[[], Sequence[str]]) -> Merged:
    if found.words or found.tags:
        return merge_tags(found, said)
    own = split_keywords(keywords())
    result = merge_tags(replace(found, words=own.words, tags=own.tags), said)
    # Without a list of its own it lets the file speak; an empty one is none to any reader.
    if result.lists.words and _visible(result.lists) != _visible(own):
        return result
    return Merged(found)


def _visible(lists: SidecarTags) -> tuple[set[str], set[str]]:
    return keys_of(lists.words), keys_of(lists.tags)


def _write_tags(edit: XmpEdit, found: SidecarTags, result: Merged) -> None:
    lists = result.lists
    _change(edit, _WORDS, result.words_gone, _new(lists.words, found.words))
    _change(edit, _TAGS, result.tags_gone, _new(lists.tags, found.tags))
    _change(edit, _ADDED, _outdated(found.added, lists.added), _new(lists.added, found.added))
    _change(
        edit, _REMOVED, _outdated(found.removed, lists.removed), _new(lists.removed, found.removed)
    )
    for name, separator in _OTHER_LISTS.items():
        if edit.has(name):
            _write_alike(edit, name, separator, result)


def _write_alike(edit: XmpEdit, name: str, separator: str, result: Merged) -> None:
    gone = keys_of(_as_written(tag, separator) for tag in result.tags_gone)
    wanted = [_as_written(tag, separator) for tag in result.wanted]
    _change(edit, name, gone - keys_of(wanted), _new(wanted, edit.items(name)))


def _as_written(tag: str, separator: str) -> str:
    # As digiKam writes a slash inside a name where slashes part levels.
    tidy = (level.replace(separator, "\\") for level in levels(tag))
    return separator.join(tidy)


def _change(edit: XmpEdit, name: str, gone: Collection[str], new: Sequence[str]) -> None:
    edit.change_items(name, lambda item: key_of(item) in gone, new)


def _new(tags: Sequence[str], known: Sequence[str]) -> list[str]:
    keys = keys_of(known)
    return [tag for tag in tags if key_of(tag) not in keys]


def _outdated(before: Sequence[str], after: Sequence[str]) -> set[str]:
    return keys_of(before) - keys_of(after)


def _write_stars(edit: XmpEdit, before: Stars, after: Stars) -> None:
    _set(edit, _RATING, after.value)
    _set(edit, _WRITTEN, after.written)
    _set(edit, _BEFORE, after.before)
    for name in _PERCENT:
        if before.value != after.value and edit.has(name):
            edit.set_text(name, _PERCENT_OF_STARS.get(after.value or ""))


def _set(edit: XmpEdit, name: str, value: str | None) -> None:
    if edit.text(name) != value:
        edit.set_text(name, value)
