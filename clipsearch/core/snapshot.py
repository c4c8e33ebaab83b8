"""`Snapshot`: all rows of a space at one moment, and the columns they have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.contents import rows_of
from clipsearch.core.facets import Facets
from clipsearch.core.nearest import Nearest
from clipsearch.core.types import Embeddings, FileState, Metadata, Photo
from clipsearch.ml.background import Background

if TYPE_CHECKING:
    import pyarrow as pa

PHOTO_COLUMNS = (
    "path", "content_hash", "size", "modified_ns", "sidecar_ns", "width", "height"
)  # fmt: skip
"""What a `Photo` is made of, besides its metadata."""
METADATA_COLUMNS = tuple(field.name for field in fields(Metadata))
METADATA_VERSION = 1
"""Raised when more is read from the files: then all of them are read again."""


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
            *added_columns(),
        ],
    )


def added_columns() -> "list[pa.Field]":
    """The columns that tables of the first schema lack; empty where nothing is known."""
    import pyarrow as pa

    return [
        pa.field("sidecar_ns", pa.int64()),
        pa.field("metadata_version", pa.int16()),
        pa.field("taken_at", pa.timestamp("us")),
        pa.field("utc_offset", pa.int16()),
        pa.field("camera", pa.string()),
        pa.field("lens", pa.string()),
        pa.field("latitude", pa.float64()),
        pa.field("longitude", pa.float64()),
        pa.field("altitude", pa.float64()),
        pa.field("rating", pa.int8()),
        pa.field("keywords", pa.list_(pa.string())),
        pa.field("title", pa.string()),
        pa.field("description", pa.string()),
    ]


def with_added_columns(rows: "pa.Table") -> "pa.Table":
    """Rows of any schema, with nothing in the columns that they lack."""
    import pyarrow as pa

    for field in added_columns():
        if field.name not in rows.schema.names:
            rows = rows.append_column(field, pa.nulls(len(rows), field.type))
    return rows


def to_arrow(photos: Sequence[Photo], keys: Sequence[str], embeddings: Embeddings) -> "pa.Table":
    """Rows of photos.

    Args:
        photos: ``N`` photos.
        keys: ``N`` keys of their rows.
        embeddings: ``(N, D) float32``, L2-normalised.
    """
    import pyarrow as pa

    dimension = embeddings.shape[1]
    said = [photo.metadata or Metadata() for photo in photos]
    columns: dict[str, object] = {
        "key": list(keys),
        "path": [str(photo.path) for photo in photos],
        "content_hash": [photo.content_hash for photo in photos],
        "size": [photo.state.size for photo in photos],
        "modified_ns": [photo.state.modified_ns for photo in photos],
        "width": [photo.width for photo in photos],
        "height": [photo.height for photo in photos],
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(embeddings.reshape(-1)), dimension),
        "sidecar_ns": [photo.state.sidecar_ns for photo in photos],
        "metadata_version": [METADATA_VERSION if photo.metadata else None for photo in photos],
        **{name: [getattr(one, name) for one in said] for name in METADATA_COLUMNS},
    }
    return pa.table(columns, schema=schema(dimension))


def metadata_of(rows: "pa.Table") -> list[Metadata]:
    """The metadata of a table that has `METADATA_COLUMNS`."""
    return [
        Metadata(**{**row, "keywords": tuple(row["keywords"] or ())})
        for row in rows.select(METADATA_COLUMNS).to_pylist()
    ]


def photos_of(rows: "pa.Table") -> list[Photo]:
    """The photos of a table that has `PHOTO_COLUMNS`."""
    columns = (rows.column(name).to_pylist() for name in PHOTO_COLUMNS)
    return [
        Photo(Path(path), content_hash, FileState(size, modified, sidecar or 0), width, height)
        for path, content_hash, size, modified, sidecar, width, height in zip(*columns, strict=True)
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

    def contents_at(self, paths: Sequence[Path]) -> list[str | None]:
        """The content hash of the photo at each path; ``None`` where there is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = pc.index_in(pa.array(map(str, paths), pa.string()), self.columns.column("path"))
        found: list[str | None] = self.columns.column("content_hash").take(rows).to_pylist()
        return found

    def photos_with(self, content_hashes: Iterable[str]) -> list[Photo]:
        """The photos that have these contents, in this order; all files of each."""
        import pyarrow as pa

        contents = pa.array(list(content_hashes), pa.string())
        rows, _ = rows_of(self.facets.content_hashes, contents)
        return self.photos(rows)

    @cached_property
    def newest_first(self) -> NDArray[np.int64]:
        """Rows by modification time, the newest first."""
        modified = self.columns.column("modified_ns").to_numpy()
        return np.argsort(-modified, kind="stable")

    @cached_property
    def nearest(self) -> Nearest:
        """Searches the embeddings."""
        return Nearest(self.embeddings)

    @cached_property
    def background(self) -> Background:
        """What tags are learned against; there must be a photo."""
        return Background.of(self.embeddings)

    @cached_property
    def facets(self) -> Facets:
        """What filters and orders ask of the photos."""
        return Facets(self.columns)

    def photos(self, rows: Sequence[int] | NDArray[np.int64]) -> list[Photo]:
        """The photos of some rows, in their order."""
        return photos_of(self.columns.take(rows))

    def all_photos(self) -> list[Photo]:
        """Every photo, newest file first."""
        return self.photos(self.newest_first)
