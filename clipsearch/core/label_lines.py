"""The lines of an exported file of labels: one JSON object each, the first one a header."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from clipsearch.core.answering import check
from clipsearch.core.files import write_whole
from clipsearch.core.label_names import collection_name, now, tag_name
from clipsearch.core.query_language import parse_query
from clipsearch.errors import ClipSearchError, InputError

FORMAT, VERSION = "clipsearch labels", 2
"""Version 1 knew no vocabulary; it is read like this one."""

Line: TypeAlias = tuple[int, str, dict[str, Any]]
"""Its number, from 1; its kind; its fields."""


# The same few names stand on very many lines.
_tag_name = lru_cache(maxsize=4096)(tag_name)
_collection_name = lru_cache(maxsize=4096)(collection_name)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    if not value.isascii():
        value.encode()  # SQLite keeps no half of a surrogate pair.
    return value


def _filled(value: object) -> str:
    if not _text(value).strip():
        raise ValueError("is empty")
    return _text(value)


def _content(value: object) -> str:
    if not _text(value).isalnum():
        raise ValueError("is no hash of a content")
    return str(value)


def _time(value: object) -> str:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("is a time without its zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _verdict(value: object) -> str:
    if value not in ("accepted", "rejected"):
        raise ValueError("is neither 'accepted' nor 'rejected'")
    return str(value)


def _stars(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value <= 5:
        raise ValueError("is no number from -1 to 5")
    return value


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("is no object in braces")
    return value


def _query(value: object) -> str:
    check(parse_query(_text(value)))
    return _text(value)


def _query_or_none(value: object) -> str | None:
    return None if value is None else _query(value)


KINDS: dict[str, dict[str, Callable[[object], Any]]] = {
    "tag": {"name": lambda value: _tag_name(_text(value)), "created_at": _time},
    "decision": {
        "tag": lambda value: _tag_name(_text(value)),
        "content_hash": _content,
        "verdict": _verdict,
        "source": _filled,
        "decided_at": _time,
    },
    "rating": {"content_hash": _content, "stars": _stars, "source": _filled, "rated_at": _time},
    "favourite": {"content_hash": _content, "since": _time},
    "collection": {
        "name": lambda value: _collection_name(_text(value)),
        "query": _query_or_none,
        "note": _text,
        "created_at": _time,
    },
    "collected": {
        "collection": lambda value: _collection_name(_text(value)),
        "content_hash": _content,
        "caption": _text,
        "added_at": _time,
    },
    "saved_search": {"name": _filled, "query": _query, "saved_at": _time},
    "vocabulary": {"name": _filled, "description": _object},
}
"""What each kind of line says, and what reads each field of it."""


def write_lines(file: Path, lines: Iterable[tuple[str, dict[str, Any]]]) -> int:
    """Write a header and lines; a file that is there is replaced if it is an export, too.

    Args:
        file: Its folder must exist.
        lines: Kinds and fields.

    Returns:
        How many lines, without the header.

    Raises:
        InputError: The file is something else, or cannot be written.
    """
    header = {"format": FORMAT, "version": VERSION, "exported_at": now()}
    objects = [header, *({"kind": kind} | fields for kind, fields in lines)]
    # Names of files may hold what UTF-8 cannot: such a letter is escaped, as JSON does it.
    data = b"".join(
        json.dumps(one, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        for one in objects
    )
    try:
        if file.exists() and file.stat().st_size and not _is_export(file):
            raise InputError(f"{file} is something else than exported labels: name another file.")
        write_whole(file, data)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}.") from error
    return len(objects) - 1


def _is_export(file: Path) -> bool:
    with file.open("rb") as stream:
        first = stream.readline(1000)
    with suppress(ValueError):
        header = json.loads(first)
        return isinstance(header, dict) and header.get("format") == FORMAT
    return False


def read_lines(file: Path) -> list[Line]:
    """Read an exported file, all of it.

    Raises:
        InputError: It cannot be read, is no such file, or one of its lines, which is named, is
            wrong.
    """
    lines: list[Line] = []
    number = 0
    try:
        with file.open(encoding="utf-8-sig") as stream:
            for number, text in enumerate(stream, 1):
                if number == 1:
                    _check_header(text)
                elif text.strip():
                    lines.append((number, *_line(text)))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: what follows line {number} is no text in UTF-8.") from error
    except (ValueError, ClipSearchError, RecursionError) as error:
        raise InputError(
            f"{file}, line {number}: {str(error).rstrip('.')}. Nothing was imported."
        ) from error
    if not number:
        raise InputError(f"{file} is empty: name a file that 'clipsearch labels export' wrote.")
    return lines


def _check_header(text: str) -> None:
    header: object = None
    with suppress(ValueError):
        header = json.loads(text)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("this is no file that 'clipsearch labels export' wrote")
    if header.get("version") not in range(1, VERSION + 1):
        raise ValueError("a newer clipsearch wrote this file: update clipsearch")


def _line(text: str) -> tuple[str, dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no JSON ({error})") from error
    if not isinstance(found, dict) or found.get("kind") not in KINDS:
        raise ValueError(f"its 'kind' is none of {', '.join(KINDS)}")
    kind = found["kind"]
    return kind, {name: _field(found, name, read) for name, read in KINDS[kind].items()}


def _field(found: dict[str, Any], name: str, read: Callable[[object], Any]) -> Any:
    if name not in found:
        raise ValueError(f"'{name}' is missing")
    try:
        return read(found[name])
    except (ValueError, ClipSearchError) as error:
        raise ValueError(f"'{name}': {error}") from error
