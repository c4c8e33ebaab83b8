"""How a table of LanceDB lies on the disk."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lancedb.table import Table


@dataclass(frozen=True, slots=True)
class Condition:
    """How a space's table lies on the disk."""

    rows: int
    deleted: int
    """Rows that nobody sees any more, but that still take their room."""
    fragments: int
    """Files that hold rows, one more with every write."""
    size: int
    """Bytes of the newest version's files."""
    versions: tuple[float, ...]
    """When each version was written, the oldest first, in seconds since 1970."""


def condition_of(table: "Table") -> Condition:
    """Look at the versions of a table; see `clipsearch.core.photos.PhotoIndex.condition`."""
    versions = sorted(table.list_versions(), key=lambda version: int(version["version"]))
    newest = versions[-1]["metadata"]
    return Condition(
        rows=int(newest["total_rows"]),
        deleted=int(newest["total_deletion_file_rows"]),
        fragments=int(newest["total_fragments"]),
        size=int(newest["total_files_size"]),
        versions=tuple(version["timestamp"].timestamp() for version in versions),
    )
