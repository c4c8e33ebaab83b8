"""What the sources of events tell, and which places below a watched folder matter."""

import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeAlias

from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.imaging import SUFFIXES
from clipsearch.core.scan import is_left_out

_SIDECAR = ".xmp"


class What(Enum):
    """What a source of events has seen."""

    CHANGED = "changed"
    """A file appeared or was written to; it may still be."""
    TOUCHED = "touched"
    """A file's attributes changed, which does not tell whether it is being written."""
    COMPLETE = "complete"
    """A file was closed after writing, was renamed, or is gone: nothing more will come."""
    FOLDER = "folder"
    """A folder came, went or was renamed: anything under it may have changed."""
    LOST = "lost"
    """Events were dropped: anything under the watched folder may have changed."""
    GONE = "gone"
    """The watched folder itself was removed, renamed or unmounted."""
    LIMIT = "limit"
    """The system refuses to watch more folders: the source misses some from here on."""


Sink: TypeAlias = Callable[[What, str], None]
"""Takes what was seen and the path; called from the source's threads."""


class Source(Protocol):
    """Tells what happens under one folder, in threads of its own."""

    def start(self) -> None:
        """Begin; what happens after the return is told.

        Raises:
            OSError: It is not possible here: ENOSPC or EMFILE for a system limit.
        """

    def stop(self) -> None:
        """End all threads; nothing is told afterwards. May be called in any state."""


class Sieve:
    """Decides early, and by its name alone, whether a path below a folder matters."""

    def __init__(self, root: Path, ignored: IgnorePatterns) -> None:
        """Take a folder, absolute, and the patterns of what is left out below it."""
        self._root = os.fspath(root)
        self._prefix = os.path.join(self._root, "")
        self._ignored = ignored

    def wants_folder(self, path: str) -> bool:
        """Whether pictures in this folder are looked for."""
        return path == self._root or self._wants(path, is_folder=True)

    def wants_file(self, path: str) -> bool:
        """Whether this is a picture or a sidecar that is looked for."""
        suffix = _suffix(path)
        return (suffix in SUFFIXES or suffix == _SIDECAR) and self._wants(path, is_folder=False)

    def pictures(self, path: str) -> list[Path]:
        """The pictures that a change of this file concerns: itself, or those beside a sidecar."""
        if not self.wants_file(path):
            return []
        if _suffix(path) != _SIDECAR:
            return [Path(path)]
        return [Path(found) for found in _beside(path) if self._wants(found, is_folder=False)]

    def _wants(self, path: str, *, is_folder: bool) -> bool:
        if not path.startswith(self._prefix) or not _is_text(path):
            return False
        relative = path[len(self._prefix) :]
        if any(is_left_out(name) for name in relative.split(os.sep)):
            return False
        return not self._ignored.matches(relative, is_folder=is_folder)


def _beside(sidecar: str) -> list[str]:
    """Pictures beside ``photo.xmp`` (Lightroom) or ``photo.jpg.xmp`` (darktable, digiKam)."""
    stem = os.path.splitext(sidecar)[0]
    endings = [ending for suffix in sorted(SUFFIXES) for ending in (suffix, suffix.upper())]
    candidates = [stem, *(stem + ending for ending in endings)]
    return [path for path in candidates if _suffix(path) in SUFFIXES and os.path.isfile(path)]


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _is_text(path: str) -> bool:
    """Whether a path can be stored; the full scan is what reports one that cannot."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
