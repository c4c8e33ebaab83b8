"""Looks for what may be wrong with a library, and mends what can be recomputed."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from clipsearch.core.imaging import file_state, read_file
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.stores import Stores
from clipsearch.core.types import Photo, Problem
from clipsearch.errors import ImageError, IndexDamaged
from clipsearch.progress import Progress

# float16 weights and bfloat16 arithmetic stay far below this.
_NORM_TOLERANCE = 1e-3


def find_problems(
    stores: Stores, *, contents: bool, progress: Progress
) -> tuple[int, list[Problem]]:
    """Look at everything that a library has written; changes nothing.

    Args:
        stores: The library's files.
        contents: Whether to read every photo and compare its content, too.
        progress: Called for each photo that is read; may cancel.

    Returns:
        How many photos were looked at, and what is wrong.

    Raises:
        LibraryError: The folder cannot be used, or a newer clipsearch wrote it.
        Cancelled: By ``progress``.
    """
    problems = [*_of_the_labels(stores), *_left_over(stores.root)]
    if any(problem.kind == "labels" for problem in problems):
        return 0, problems  # They tell where everything else lies.
    try:
        space, snapshot = stores.current()
    except IndexDamaged as error:
        return 0, [*problems, Problem("index", stores.root, str(error))]
    if space is not None and stores.is_incomplete:
        problems.append(Problem("index", stores.root, "the index was lost and is not complete"))
    problems += _of_the_rows(snapshot)
    if contents:
        problems += _of_the_files(snapshot.all_photos(), progress)
    return len(snapshot), problems


def unsound_paths(problems: Sequence[Problem]) -> list[Path]:
    """Photos whose row must go before indexing can make a better one."""
    return sorted({p.path for p in problems if p.kind in {"embedding", "size", "content"}})


def remove_left_overs(problems: Sequence[Problem]) -> None:
    """Delete files that a process left when it was killed."""
    for problem in problems:
        if problem.kind == "left over":
            problem.path.unlink(missing_ok=True)


def temporary_files(root: Path) -> list[Path]:
    """Files of the user's own words that were, or are being, half written."""
    # Beside a half-written database lie files of SQLite's own.
    return sorted((*root.glob("*.tmp*"), *(root / "backups").glob("*.tmp*")))


def _of_the_labels(stores: Stores) -> Iterator[Problem]:
    found = stores.labels_damage(is_thorough=True)
    if found:
        yield Problem("labels", stores.root / "labels.sqlite", found)


def _left_over(root: Path) -> Iterator[Problem]:
    for path in temporary_files(root):
        yield Problem("left over", path, "a process was killed while it wrote this file")


def _of_the_rows(snapshot: Snapshot) -> Iterator[Problem]:
    norms = np.linalg.norm(snapshot.embeddings, axis=1)
    # Not "> tolerance": what is no number compares false with everything.
    unsound = ~(np.abs(norms - 1) <= _NORM_TOLERANCE)
    for row in np.flatnonzero(unsound).tolist():
        yield Problem("embedding", Path(snapshot.paths[row]), "its embedding is not sound")
    widths = snapshot.columns.column("width").to_numpy()
    heights = snapshot.columns.column("height").to_numpy()
    for row in np.flatnonzero((widths < 1) | (heights < 1)).tolist():
        yield Problem("size", Path(snapshot.paths[row]), "its size in pixels is not known")
    seen: set[str] = set()
    for path in snapshot.paths:
        if path in seen:
            yield Problem("embedding", Path(path), "it is in the index twice")
        seen.add(path)


def _of_the_files(photos: Sequence[Photo], progress: Progress) -> Iterator[Problem]:
    for done, photo in enumerate(photos):
        progress(done, len(photos), photo.path.name)
        try:
            now = file_state(os.stat(photo.path))
        except OSError:
            continue  # Gone or on a drive that is away: indexing knows which.
        if (now.size, now.modified_ns) == (photo.state.size, photo.state.modified_ns):
            yield from _of_the_content(photo)


def _of_the_content(photo: Photo) -> Iterator[Problem]:
    try:
        content = read_file(photo.path)
    except ImageError as error:
        yield Problem("content", photo.path, error.reason)
        return
    if content.content_hash != photo.content_hash:
        yield Problem(
            "content", photo.path, "its content is another one, though size and time are the same"
        )
