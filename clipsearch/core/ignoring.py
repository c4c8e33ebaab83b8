"""`IgnorePatterns`: the names that a user wants left out, written as in a ``.gitignore``."""

import fnmatch
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from clipsearch.errors import InputError

_Part = re.Pattern[str] | None
"""What one part of a path has to look like; ``None`` stands for ``**``, any number of parts."""


@dataclass(frozen=True, slots=True)
class _Rule:
    parts: tuple[_Part, ...]
    folders_only: bool


class IgnorePatterns:
    """Decides which paths below a folder are left out.

    A pattern without a slash (``*.tmp``, ``node_modules``) is held against every name; one with
    a slash (``Exports/*``, ``/Private``, ``raw/**/old``) against the path from the folder on. A
    slash at the end means folders only, ``**`` any number of folders. What lies in a folder that
    is left out is left out too; there is no taking back with ``!``. Upper and lower case count
    where the platform's file names have them.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        """Read patterns; empty ones and comments (``#``) say nothing.

        Raises:
            InputError: A pattern begins with ``!``.
        """
        self._rules = tuple(rule for pattern in patterns if (rule := _read(pattern)))

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return bool(self._rules)

    def matches(self, relative: str | PurePath, *, is_folder: bool = False) -> bool:
        """Whether a path, or a folder that it lies in, is left out.

        Args:
            relative: The path from the watched or scanned folder on.
            is_folder: Whether the path itself is a folder.
        """
        if not self._rules:
            return False
        names = [os.path.normcase(part) for part in PurePath(relative).parts]
        return any(
            _fits(rule.parts, names[:length])
            for length in range(1, len(names) + 1)
            for rule in self._rules
            if is_folder or length < len(names) or not rule.folders_only
        )


NOTHING = IgnorePatterns()
"""Leaves nothing out."""


def _read(pattern: str) -> _Rule | None:
    text = pattern.strip()
    if not text or text.startswith("#"):
        return None
    if text.startswith("!"):
        raise InputError(f"The pattern {text} cannot be used: '!' takes nothing back here.")
    names = [name for name in text.split("/") if name]
    if not names:
        return None
    anchored = "/" in text.rstrip("/")
    parts = tuple(None if name == "**" else _compiled(name) for name in names)
    return _Rule(parts if anchored else (None, *parts), folders_only=text.endswith("/"))


def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(os.path.normcase(name)))


def _fits(parts: Sequence[_Part], names: Sequence[str]) -> bool:
    if not parts:
        return not names
    first, rest = parts[0], parts[1:]
    if first is not None:
        return bool(names) and bool(first.match(names[0])) and _fits(rest, names[1:])
    if not rest:  # ``Exports/**`` is what lies in it, not the folder itself.
        return bool(names)
    return any(_fits(rest, names[skipped:]) for skipped in range(len(names) + 1))
