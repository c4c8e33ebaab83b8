"""The folders that a library keeps up to date."""

from collections.abc import Sequence
from pathlib import Path


def outermost(folders: Sequence[Path]) -> list[Path]:
    """Drop folders that lie inside others, and repeats."""
    unique = list(dict.fromkeys(folders))
    return [f for f in unique if not any(other in f.parents for other in unique)]


def reachable(
    folders: Sequence[Path], required: Sequence[Path]
) -> tuple[list[Path], tuple[str, ...]]:
    """Split off folders that are not there now: an unplugged drive is no reason to forget it.

    Args:
        folders: Where to look.
        required: Folders of which it is an error to be missing; they are kept.

    Returns:
        The folders that can be indexed, and a sentence for each other one.
    """
    there = [f for f in folders if f in required or f.is_dir()]
    notices = tuple(
        f"The folder {folder} is not there now; its photos stay in the library."
        for folder in folders
        if folder not in there
    )
    return there, notices
