"""When a space's table is written anew in one piece, and when its old versions go."""

import shutil
import time
from pathlib import Path

from clipsearch.core.faults import disk_faults
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.table_condition import Condition
from clipsearch.errors import DiskFull

# `benchmarks/maintenance.py`, 2 cores, D = 256, 20 photos a write:
#
#     fragments  | 1     21    51    101   201   401   1,001
#     100,000 rows
#       a write  | -     15    19    25    35    55    151    ms
#       reading  | 143   156   177   231   302   509   1,344  ms
#       on disk  | 109   110   111   113   117   130   199    MB
#       compaction: 0.3 s, writes all 109 MB anew
#     1,000,000 rows
#       reading  | 1.8           1.7         1.8                 s
#       compaction: 2.5 s, writes all 1,092 MB anew
#
# Reading gets at most 0.8 ms slower with every fragment, however many rows there are, and
# compaction costs what all rows cost. So the larger the library, the more fragments are borne:
# reading is never more than 40 ms or a third slower, and each write stands for 2.2 MB of
# compaction.
_FEWEST_FRAGMENTS = 50
_ROWS_A_FRAGMENT = 2_000
# Every version lists all fragments: with this many they take some 15 MB.
_MOST_FRAGMENTS = 500
# Versions that only deleted rows have no fragment, but files that say so.
_OLD_VERSIONS_A_FRAGMENT = 4
# For the disk alone: deleted rows slow nothing. LanceDB compacts from a tenth on.
_DELETED_SHARE = 0.2
# LanceDB leaves fragments of so many rows alone.
_LARGEST_FRAGMENT = 1 << 20

KEPT_S = 600.0
"""Seconds after which a version goes that is no longer the newest: another process may be reading
it, and has read a million rows from a slow disk by then."""

# Version times are those of the clock on the wall, and LanceDB counts ages from when it is done.
_MARGIN_S = 60.0
_ROOM_LEFT = 16_000_000  # bytes


def compact_if_due(index: PhotoIndex) -> bool:
    """Compact a table that has become slow or large, and drop versions that nobody reads any more.

    Under the write lock. Compaction drops no version itself: a search of another process that has
    begun before it finds all its files until `KEPT_S` later.

    Args:
        index: Its table exists.

    Returns:
        Whether it was compacted.

    Raises:
        DiskFull: There is no room for the table once more. Nothing is lost.
        LibraryError: The index cannot be read or written.
    """
    before = index.condition()
    due = is_due(before)
    if due:
        _require_room(index, before.size)
        index.compact()
    drop_old_versions(index)
    return due


def is_due(condition: Condition) -> bool:
    """Whether compaction gains more than it costs."""
    borne = condition.rows // _ROWS_A_FRAGMENT
    borne = min(max(borne, _FEWEST_FRAGMENTS), _MOST_FRAGMENTS)
    return (
        condition.fragments > borne
        or len(_old(condition.versions)) > borne * _OLD_VERSIONS_A_FRAGMENT
        or condition.deleted > _DELETED_SHARE * (condition.rows + condition.deleted)
    )


def _old(versions: tuple[float, ...]) -> list[float]:
    return [written for written in versions if written < time.time() - KEPT_S]


def drop_old_versions(index: PhotoIndex) -> None:
    """Drop the versions that were overtaken long ago, if nothing was written since compaction.

    Dropping them compacts, too, and that is nothing only where there is nothing to compact: so
    this is to be called before writing as well, or the disk holds what compaction has replaced
    until the next one. Under the write lock.

    Args:
        index: Its table exists.
    """
    state = index.condition()
    old = _old(state.versions)
    if len(old) < 2 or state.fragments > 1 + state.rows // _LARGEST_FRAGMENT:
        return
    # A version's own age tells nothing: the last of the old ones may have been the newest until a
    # moment ago. LanceDB never drops the newest.
    if old[-1] == state.versions[-1]:
        index.drop_versions(written_before=time.time() - KEPT_S)
    elif old[0] < old[-1] - _MARGIN_S:
        index.drop_versions(written_before=old[-1] - _MARGIN_S)


def _require_room(index: PhotoIndex, size: int) -> None:
    """Not to fill the disk on the way: others write to it, too."""
    with disk_faults(index.folder.parent):
        free = shutil.disk_usage(index.folder).free
    if free < size + _ROOM_LEFT:
        raise DiskFull(_no_room(index.folder.parent, size + _ROOM_LEFT - free))


def _no_room(root: Path, lacking: int) -> str:
    return (
        f"The disk that holds the library {root} is too full to tidy up its index: make space "
        f"({lacking / 1e6:.0f} MB more). Nothing was lost."
    )
