"""Takes rows over from spaces in which photos have the same embeddings: nothing is embedded again.

A model that was only taught new words embeds photos as its parent does.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from clipsearch.core.compaction import compact_if_due
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.survey import Survey
from clipsearch.errors import IndexDamaged, LibraryTooNew
from clipsearch.progress import Progress, no_progress

_ROWS_TOGETHER = 4_096


@dataclass(slots=True)
class TakenOver:
    """How many photos were taken over."""

    added: int = 0
    changed: int = 0
    """Of these the space had a row that was out of date."""


def take_over(
    index: PhotoIndex,
    sources: Iterable[PhotoIndex],
    survey: Survey,
    progress: Progress = no_progress,
) -> TakenOver:
    """Copy the rows of files that are as another space knows them.

    Args:
        index: The space to fill; its table exists.
        sources: Other spaces of the library, of which those are used that embed photos alike.
        survey: What there is to do; what was done of it is taken out.
        progress: Called for each batch; may cancel, and what was copied is kept.

    Raises:
        LibraryError: The index cannot be written.
        Cancelled: By ``progress``.
    """
    taken = TakenOver()
    images = index.images
    for source in sources:
        # One that is damaged is of no use; what it would have saved is embedded.
        with suppress(IndexDamaged, LibraryTooNew):
            if survey.work and source.images == images:
                states = source.states()
                same = {str(f.path) for f in survey.work if states.get(str(f.path)) == f.state}
                _copy(index, source, same, progress)
                _count(taken, survey, same)
    return taken


def _copy(index: PhotoIndex, source: PhotoIndex, paths: set[str], progress: Progress) -> None:
    """Copy the rows of some files."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not paths:
        return
    wanted, done = pa.array(sorted(paths), pa.string()), 0
    for rows in source.rows(_ROWS_TOGETHER):
        progress(done, len(paths), "taking embeddings over")
        found = rows.filter(pc.is_in(rows.column("path"), wanted))
        if len(found):
            index.write_rows(found)
            done += len(found)
    compact_if_due(index)


def _count(taken: TakenOver, survey: Survey, paths: set[str]) -> None:
    """Take files out of what there is to do."""
    done = [file for file in survey.work if str(file.path) in paths]
    survey.work = [file for file in survey.work if str(file.path) not in paths]
    for file in done:
        if file.path in survey.known:
            survey.known.discard(file.path)
            taken.changed += 1
        else:
            taken.added += 1
