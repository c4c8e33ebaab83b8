"""`Snapshot`: all rows of a space at one moment, and the columns they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.types import Embeddings, FileState, Photo

if TYPE_CHECKING:
    import pyarrow as pa

PHOTO_COLUMNS = ("path", "content_hash", "size", "modified_ns", "width", "height")
"""What a `Photo` is made of."""


def schema(dimension: int) -> "pa.Schema":
    """The columns of a space's table.

    Args:
        dimension: Embedding dimension ``D``.
    """
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("key", pa.string(), nullable=False),
            pa.field("path", pa.string(), nullable=False),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("size", pa.int64(), nullable=False),
            pa.field("modified_ns", pa.int64(), nullable=False),
            pa.field("width", pa.int32(), nullable=False),
            pa.field("height", pa.int32(), nullable=False),
            pa.field("embedding", pa.list_(pa.float32(), dimension), nullable=False),
        ],
    )


def photos_of(rows: "pa.Table") -> list[Photo]:
    """The photos of a table that has `PHOTO_COLUMNS`."""
    columns = (rows.column(name).to_pylist() for name in PHOTO_COLUMNS)
    return [
        Photo(Path(path), content_hash, FileState(size, modified), width, height)
        for path, content_hash, size, modified, width, height in zip(*columns, strict=True)
    ]


def embeddings_of(rows: "pa.Table", dimension: int) -> Embeddings:
    """The embeddings of a table, ``(N, D) float32``."""
    flat = rows.column("embedding").combine_chunks().values.to_numpy(zero_copy_only=False)
    matrix: Embeddings = flat.reshape(-1, dimension).astype(np.float32, copy=False)
    return matrix


@dataclass(frozen=True)
class Snapshot:
    """All rows of a space at one moment."""

    table: str
    """Names the table: another one of the same space counts its versions anew."""
    version: int
    paths: Sequence[str]
    columns: "pa.Table"
    """Everything but the embeddings."""
    embeddings: Embeddings
    """``(N, D) float32``, L2-normalised; row ``i`` belongs to path ``i``."""

    def __len__(self) -> int:
        """Count of photos."""
        return len(self.paths)

    def photo(self, row: int) -> Photo:
        """The photo of a row."""
        return photos_of(self.columns.slice(row, 1))[0]

    @classmethod
    def empty(cls, dimension: int) -> "Snapshot":
        """A space without photos."""
        import pyarrow as pa

        columns = pa.schema([f for f in schema(dimension) if f.name not in {"key", "embedding"}])
        return cls("", 0, (), columns.empty_table(), np.empty((0, dimension), np.float32))

    def row_of_content(self, content_hash: str) -> int | None:
        """A row with this content, if there is one."""
        return self._rows_by_content.get(content_hash)

    @cached_property
    def _rows_by_content(self) -> dict[str, int]:
        hashes = self.columns.column("content_hash").to_pylist()
        return {content_hash: row for row, content_hash in enumerate(hashes)}

    @cached_property
    def newest_first(self) -> NDArray[np.int64]:
        """Rows by modification time, the newest first."""
        modified = self.columns.column("modified_ns").to_numpy()
        return np.argsort(-modified, kind="stable")

    def all_photos(self) -> list[Photo]:
        """Every photo, newest file first."""
        return photos_of(self.columns.take(self.newest_first))
