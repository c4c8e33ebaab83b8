"""Reads and writes a vocabulary of tags.

It is kept as TOML that users edit with any editor, one tag a line::

    bird           = { in = "animal", also = ["birds"], looks = ["feathers", "a beak"] }
    "crane (bird)" = { in = "bird", means = "crane, a bird", prompts = "animals" }
    night          = { in = "time of day", either = "day or night" }
    "time of day"  = { heading = true }

========  ==========================================================================================
in        the tags that this one implies, one or a list: a crane is a bird
also      synonyms, which mean the same and help to recognise it
looks     descriptors: what can be seen of it (arXiv 2210.07183)
means     what a model is told instead of the name, where that has several meanings
prompts   the domain whose templates say it (``resources/prompts/NAME.txt``); else its parent's
either    a name that tags share of which a photo has one at most
heading   true for what only gathers others, and is no tag by itself
========  ==========================================================================================
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from clipsearch.core.files import write_whole
from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
from clipsearch.errors import InputError
from clipsearch.resources import resource_path

_KEYS = {
    "in": "parents",
    "also": "synonyms",
    "looks": "descriptors",
    "means": "context",
    "prompts": "domain",
    "either": "group",
    "heading": "is_heading",
}
_LISTS = ("in", "also", "looks")
_LONGEST = 100
_DEEPEST = 50
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_HEADER = """\
# Tags of clipsearch, one a line. Edit the file, then: clipsearch vocabulary import FILE
#   in = what it implies       also = synonyms            looks = what can be seen of it
#   means = what a model is told instead of the name      prompts = the domain of its templates
#   either = a name shared by tags that exclude each other
#   heading = true: no tag by itself

"""


@lru_cache
def shipped_vocabulary() -> TagVocabulary:
    """The vocabulary that ships with clipsearch."""
    return read_vocabulary(resource_path("tags"))


def read_vocabulary(path: Path) -> TagVocabulary:
    """Read a vocabulary from a file, or from all ``.toml`` files of a folder.

    Raises:
        InputError: A file cannot be read, or says something that makes no sense; names it.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    entries: list[Tag] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise InputError(f"The vocabulary {file} cannot be read: {reason}.") from error
        entries += _entries(text, str(file))
    return checked(entries, str(path))


def parse_vocabulary(text: str, source: str = "the vocabulary") -> TagVocabulary:
    """Read a vocabulary from its text.

    Args:
        text: As `format_vocabulary` writes it.
        source: Named in errors.

    Raises:
        InputError: It is not TOML, or says something that makes no sense.
    """
    return checked(_entries(text, source), source)


def format_vocabulary(vocabulary: TagVocabulary) -> str:
    """Write a vocabulary so that `parse_vocabulary` reads the same again."""
    lines = (f"{_key(tag.name)} = {{{_values(tag)}}}\n" for tag in vocabulary.entries)
    return _HEADER + "".join(lines)


def description_of(tag: Tag) -> dict[str, str | bool | tuple[str, ...]]:
    """What is said of a tag, by the keys of the file."""
    said = {key: getattr(tag, attribute) for key, attribute in _KEYS.items()}
    return {key: value for key, value in said.items() if value}


def write_vocabulary(vocabulary: TagVocabulary, file: Path, *, may_replace: bool = False) -> None:
    """Write a vocabulary into a file, whole or not at all.

    Args:
        vocabulary: Written as `format_vocabulary` does.
        file: Its folder must exist.
        may_replace: Whether the file may be another vocabulary, which is replaced.

    Raises:
        InputError: The file is already there, is something else, or cannot be written.
    """
    if file.exists():
        if not may_replace:
            raise InputError(f"{file} is already there: name another file.")
        try:
            read_vocabulary(file)
        except InputError as error:
            raise InputError(
                f"{file} is something else than a vocabulary: name another file."
            ) from error
    try:
        write_whole(file, format_vocabulary(vocabulary).encode())
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}.") from error


def _values(tag: Tag) -> str:
    said = description_of(tag)
    written = ", ".join(f"{key} = {_value(value)}" for key, value in said.items())
    return f" {written} " if written else ""


def _value(value: str | bool | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "true"
    if isinstance(value, str):
        return _quoted(value)
    if len(value) == 1:
        return _quoted(value[0])
    return f"[{', '.join(map(_quoted, value))}]"


def _key(name: str) -> str:
    return name if set(name) <= _BARE else _quoted(name)


def _quoted(text: str) -> str:
    # JSON's strings are TOML's, since `_text` lets no control character pass.
    return json.dumps(text, ensure_ascii=False)


def _entries(text: str, source: str) -> list[Tag]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The vocabulary {source} is not TOML: {error}.") from error
    return [described_tag(name, values, source) for name, values in document.items()]


def described_tag(name: str, values: object, source: str) -> Tag:
    """A tag from what is said of it; whether it fits to others is for `checked`.

    Args:
        name: Of the tag.
        values: By the keys of the file.
        source: Named in errors.

    Raises:
        InputError: It makes no sense.
    """
    if not isinstance(values, dict):
        raise InputError(
            f"In {source}, the tag '{name}' needs braces: {_key(name)} = {{ in = \"…\" }}."
        )
    unknown = sorted(set(values) - set(_KEYS))
    if unknown:
        raise InputError(
            f"In {source}, the tag '{name}' has '{unknown[0]}', which is none of "
            f"{', '.join(_KEYS)}."
        )
    said = {_KEYS[key]: _read(key, value, name, source) for key, value in values.items()}
    return Tag(_text(name, "name", name, source), **said)


def _read(key: str, value: object, name: str, source: str) -> Any:
    if key == "heading":
        if not isinstance(value, bool):
            raise InputError(f"In {source}, 'heading' of '{name}' is neither true nor false.")
        return value
    if key not in _LISTS:
        return _text(value, key, name, source)
    texts = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(_text(text, key, name, source) for text in texts))


def _text(value: object, key: str, name: str, source: str) -> str:
    usable = isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= _LONGEST
    if not usable or value != str(value).strip():
        raise InputError(
            f"In {source}, '{key}' of '{name}' must be a text of 1 to {_LONGEST} characters in "
            "quotes, without line breaks or spaces around it."
        )
    return str(value)


def checked(entries: Iterable[Tag], source: str) -> TagVocabulary:
    """A vocabulary of some entries.

    Args:
        entries: Tags and headings.
        source: Named in errors.

    Raises:
        InputError: They do not fit to each other.
    """
    entries = tuple(entries)
    vocabulary = TagVocabulary(entries)
    if not vocabulary.tags:
        raise InputError(f"The vocabulary {source} holds no tags: write one a line.")
    _check_names(entries, source)
    _check_parents(vocabulary, source)
    for tag in entries:
        if tag.domain and tag.domain not in prompt_domains():
            raise InputError(
                f"In {source}, 'prompts' of '{tag.name}' is '{tag.domain}', which is none of "
                f"{', '.join(prompt_domains())}."
            )
    return vocabulary


def with_tag(vocabulary: TagVocabulary, tag: Tag, source: str) -> TagVocabulary:
    """A vocabulary that describes a tag so, instead of how it did before.

    Args:
        vocabulary: It need not have the tag.
        tag: Tags above it that are not there are made. Names stay spelled as they are.
        source: The vocabulary, in errors.

    Raises:
        InputError: The tag makes no sense, or does not fit to the others.
    """
    spelled = {one.name.casefold(): one.name for one in vocabulary.entries}
    name = spelled.setdefault(tag.name.casefold(), tag.name)
    parents = tuple(spelled.get(one.casefold(), one) for one in tag.parents)
    tag = described_tag(name, description_of(replace(tag, parents=parents)), source)
    entries = {one.name: one for one in vocabulary.entries} | {name: tag}
    for parent in tag.parents:
        entries.setdefault(parent, Tag(parent))
    return checked(entries.values(), source)


@lru_cache
def prompt_domains() -> tuple[str, ...]:
    """The domains that templates ship for."""
    return tuple(sorted(file.stem for file in resource_path("prompts").glob("*.txt")))


def _check_names(entries: Iterable[Tag], source: str) -> None:
    """No name, and no synonym, may stand for another tag."""
    owner: dict[str, str] = {}
    for tag in entries:
        if tag.name.casefold() in owner:
            raise InputError(f"In {source}, there are two tags '{tag.name}': rename one of them.")
        owner[tag.name.casefold()] = tag.name
    headings = {tag.name for tag in entries if tag.is_heading}
    for tag in entries:
        for synonym in tag.synonyms:
            other = owner.get(synonym.casefold())
            if other is not None and other not in headings:
                raise InputError(
                    f"In {source}, '{synonym}' is a synonym of '{tag.name}' and the name of the "
                    f"tag '{other}': drop one of them."
                )


def _check_parents(vocabulary: TagVocabulary, source: str) -> None:
    """Every parent is there, and none is above itself."""
    for tag in vocabulary.entries:
        for parent in tag.parents:
            if parent not in vocabulary:
                raise InputError(
                    f"In {source}, the tag '{tag.name}' is in '{parent}', which is not there: "
                    "write a line for it."
                )
    done: set[str] = set()
    for tag in vocabulary.entries:
        _climb(vocabulary, tag.name, [], done, source)


def _climb(
    vocabulary: TagVocabulary, name: str, way: list[str], done: set[str], source: str
) -> None:
    if name in way:
        circle = " in ".join(f"'{one}'" for one in [*way[way.index(name) :], name])
        raise InputError(f"In {source}, tags lie in a circle: {circle}. Take one out.")
    if len(way) > _DEEPEST:
        raise InputError(
            f"In {source}, the tag '{way[0]}' lies more than {_DEEPEST} tags deep: lift it."
        )
    if name in done:
        return
    for parent in vocabulary[name].parents:
        _climb(vocabulary, parent, [*way, name], done, source)
    done.add(name)
