"""The folders that a library keeps up to date."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from clipsearch.core.scan import is_left_out
from clipsearch.errors import InputError


def absolute(path: Path) -> Path:
    """The one spelling under which a path is remembered: absolute, without ``..``.

    Symbolic links stay: the user's own name for a folder is the one that is shown.

    Raises:
        InputError: The name is not valid text, and could not be remembered.
    """
    spelled = os.path.abspath(os.path.expanduser(path))
    try:
        spelled.encode("utf-8")
    except UnicodeEncodeError as error:
        shown = spelled.encode("utf-8", "replace").decode()
        raise InputError(f"The name {shown} is not valid text: rename the folder.") from error
    return Path(spelled)


def is_covered(folder: Path, other: Path) -> bool:
    """Whether scanning ``other`` comes through ``folder``, which lies below it."""
    if other not in folder.parents:
        return False
    return not any(is_left_out(part) for part in folder.relative_to(other).parts)


def outermost(folders: Sequence[Path]) -> list[Path]:
    """Drop folders that are scanned with others, and repeats."""
    unique = list(dict.fromkeys(folders))
    return [f for f in unique if not any(is_covered(f, other) for other in unique)]


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies below it."""
    return path == folder or folder in path.parents


def reachable(
    folders: Sequence[Path],
    offline: Sequence[Path] = (),
    *,
    is_kept: Callable[[Path], bool] = lambda _: True,
) -> tuple[list[Path], tuple[str, ...]]:
    """Split off folders that are not there now: an unplugged drive is no reason to forget it.

    Args:
        folders: Where to look.
        offline: Places whose drive is not there, even if there is an empty folder.
        is_kept: Whether the index still holds photos of a folder: one that starts anew, after
            damage or for another model, holds none.

    Returns:
        The folders that can be indexed, and a sentence for each folder and place that cannot.
    """
    there = [f for f in folders if f.is_dir() and not any(is_within(f, o) for o in offline)]
    hidden = [place for place in offline if any(folder in place.parents for folder in there)]
    kept = "its photos stay in the library"
    lost = "its photos come back when it is there and is indexed again"
    notices = tuple(
        f"The folder {folder} is not there now; {kept if is_kept(folder) else lost}."
        for folder in (*folders, *hidden)
        if folder not in there
    )
    return there, notices
