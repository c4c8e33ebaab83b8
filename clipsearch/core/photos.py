"""`PhotoIndex`: one space's table in LanceDB, derived from the files and rebuilt at will.

One row a file: path, content hash, what a `stat` told, size in pixels, embedding.
"""

import hashlib
import logging
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.faults import index_faults
from clipsearch.core.types import Embeddings, FileState, Photo
from clipsearch.errors import LibraryTooNew

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.db import DBConnection
    from lancedb.table import Table

# LanceDB logs a warning with every query that selects no distance.
os.environ.setdefault("LANCE_LOG", "error")

SCHEMA_VERSION = 1
_VERSION_KEY = b"clipsearch.schema"
_TABLE_KEY = b"clipsearch.table"
_KEYS_PER_DELETE = 1_000
_VERSIONS_BEFORE_COMPACTION = 20
# Another process may be reading a version that is no longer the newest; it takes seconds.
_VERSIONS_KEPT_FOR = timedelta(minutes=1)

logger = logging.getLogger(__name__)


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
        values = self.columns.slice(row, 1).to_pylist()[0]
        return Photo(
            path=Path(values["path"]),
            content_hash=values["content_hash"],
            state=FileState(values["size"], values["modified_ns"]),
            width=values["width"],
            height=values["height"],
        )

    @classmethod
    def empty(cls, dimension: int) -> "Snapshot":
        """A space without photos."""
        import pyarrow as pa

        columns = pa.schema([f for f in _schema(dimension) if f.name not in {"key", "embedding"}])
        return cls("", 0, (), columns.empty_table(), np.empty((0, dimension), np.float32))

    def row_of_content(self, content_hash: str) -> int | None:
        """A row with this content, if there is one."""
        return self._rows_by_content.get(content_hash)

    @cached_property
    def _rows_by_content(self) -> dict[str, int]:
        hashes = self.columns.column("content_hash").to_pylist()
        return {content_hash: row for row, content_hash in enumerate(hashes)}

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by path."""
        return {path: row for row, path in enumerate(self.paths)}

    @cached_property
    def newest_first(self) -> NDArray[np.int64]:
        """Rows by modification time, the newest first."""
        modified = self.columns.column("modified_ns").to_numpy()
        return np.argsort(-modified, kind="stable")

    def all_photos(self) -> list[Photo]:
        """Every photo, newest file first."""
        names = ("path", "content_hash", "size", "modified_ns", "width", "height")
        ordered = self.columns.take(self.newest_first)
        columns = (ordered.column(name).to_pylist() for name in names)
        return [
            Photo(Path(path), content_hash, FileState(size, modified), width, height)
            for path, content_hash, size, modified, width, height in zip(*columns, strict=True)
        ]


class PhotoIndex:
    """One space's table. Reads may run beside one writer."""

    def __init__(self, root: Path, fingerprint: str, dimension: int) -> None:
        """Name a space's table; nothing is opened or created yet.

        Args:
            root: The library's folder.
            fingerprint: Names the space.
            dimension: Embedding dimension ``D``.
        """
        self._root = root
        self._name = f"space_{fingerprint}"
        self._dimension = dimension
        self._table: Table | None = None
        self._writes = 0

    @property
    def folder(self) -> Path:
        """Where all spaces of the library lie."""
        return self._root / "index"

    @property
    def exists(self) -> bool:
        """Whether the table has been created."""
        return self._files.is_dir()

    @property
    def _files(self) -> Path:
        return self.folder / f"{self._name}.lance"

    def create(self) -> None:
        """Create the table unless it exists.

        Raises:
            DiskFull: No space left.
            LibraryReadOnly: No permission.
        """
        if self.exists:
            return
        metadata = {
            _VERSION_KEY: str(SCHEMA_VERSION).encode(),
            _TABLE_KEY: uuid.uuid4().hex.encode(),
        }
        with index_faults(self._root):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._table = self._connection().create_table(
                self._name, schema=_schema(self._dimension).with_metadata(metadata)
            )

    def snapshot(self, known: Snapshot | None = None) -> Snapshot:
        """Read all rows; returns ``known`` if nothing was written since.

        Raises:
            IndexDamaged: The table cannot be read.
            LibraryTooNew: A newer clipsearch wrote it.
        """
        with index_faults(self._root):
            table = self._open()
            name, version = _table_id(table), table.version
            if known is not None and (known.table, known.version) == (name, version):
                return known
            rows: pa.Table = table.search().limit(table.count_rows()).to_arrow()
        return Snapshot(
            table=name,
            version=version,
            paths=rows.column("path").to_pylist(),
            columns=rows.drop_columns(["embedding", "key"]).combine_chunks(),
            embeddings=self._embeddings(rows),
        )

    def _embeddings(self, rows: "pa.Table") -> Embeddings:
        flat = rows.column("embedding").combine_chunks().values.to_numpy(zero_copy_only=False)
        matrix: Embeddings = flat.reshape(-1, self._dimension).astype(np.float32, copy=False)
        return matrix

    def write(self, photos: Sequence[Photo], embeddings: Embeddings) -> None:
        """Add photos, replacing rows of the same path; committed when it returns.

        Args:
            photos: ``N`` photos.
            embeddings: ``(N, D) float32``, L2-normalised.

        Raises:
            DiskFull: No space left.
            LibraryReadOnly: No permission.
        """
        if not photos:
            return
        with index_faults(self._root):
            # One version: no reader ever misses a row that is being replaced. The key has no
            # scalar index, with which LanceDB's merge is known to lose rows (lance #7596).
            merged = (
                self._open()
                .merge_insert("key")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .execute(self._to_arrow(photos, embeddings))
            )
            written = merged.num_inserted_rows + merged.num_updated_rows
            if written != len(photos):
                raise RuntimeError(f"{len(photos)} rows were given, {written} were written")
        self._compact_now_and_then()

    def remove(self, paths: Iterable[Path]) -> None:
        """Drop the rows of these paths; committed when it returns."""
        # Keys are hex digests, so nothing in them needs quoting.
        keys = [f"'{_key(path)}'" for path in paths]
        with index_faults(self._root):
            for start in range(0, len(keys), _KEYS_PER_DELETE):
                some = ", ".join(keys[start : start + _KEYS_PER_DELETE])
                self._open().delete(f"key IN ({some})")
        self._compact_now_and_then()

    def embedding(self, path: Path) -> Embeddings:
        """The embedding of a path that is in the table, ``(1, D) float32``."""
        with index_faults(self._root):
            rows = self._open().search().where(f"key = '{_key(path)}'").limit(1).to_arrow()
        return self._embeddings(rows)

    def move_to(self, folder: Path) -> None:
        """Move the table's files into another folder, as they are.

        Raises:
            OSError: They cannot be moved.
        """
        self._table = None
        folder.mkdir(parents=True, exist_ok=True)
        self._files.rename(folder / self._files.name)

    def compact(self) -> None:
        """Merge small files and drop old versions, which otherwise fill the disk."""
        with index_faults(self._root):
            self._open().optimize(cleanup_older_than=_VERSIONS_KEPT_FOR)

    def _compact_now_and_then(self) -> None:
        # Every write is a version. Counted where they lie: most runs make one or two.
        versions = self._files / "_versions"
        self._writes += 1
        due = self._writes % _VERSIONS_BEFORE_COMPACTION == 0
        if due or (self._writes == 1 and len(os.listdir(versions)) > _VERSIONS_BEFORE_COMPACTION):
            self.compact()

    def _connection(self) -> "DBConnection":
        import lancedb

        # Zero: every read sees what another process has committed.
        return lancedb.connect(self.folder, read_consistency_interval=timedelta(0))

    def _open(self) -> "Table":
        if self._table is None:
            table = self._connection().open_table(self._name)
            version = int((table.schema.metadata or {}).get(_VERSION_KEY, 0))
            if version > SCHEMA_VERSION:
                raise LibraryTooNew(
                    f"The index of the library {self._root} was written by a newer clipsearch "
                    f"(schema {version}, this one knows {SCHEMA_VERSION}): update clipsearch."
                )
            self._table = table
        return self._table

    def _to_arrow(self, photos: Sequence[Photo], embeddings: Embeddings) -> "pa.Table":
        import pyarrow as pa

        vectors = pa.FixedSizeListArray.from_arrays(
            pa.array(embeddings.reshape(-1)), self._dimension
        )
        return pa.table(
            {
                "key": [_key(photo.path) for photo in photos],
                "path": [str(photo.path) for photo in photos],
                "content_hash": [photo.content_hash for photo in photos],
                "size": [photo.state.size for photo in photos],
                "modified_ns": [photo.state.modified_ns for photo in photos],
                "width": [photo.width for photo in photos],
                "height": [photo.height for photo in photos],
                "embedding": vectors,
            },
            schema=_schema(self._dimension),
        )


def _table_id(table: "Table") -> str:
    return str((table.schema.metadata or {}).get(_TABLE_KEY, b"").decode())


def _key(path: Path) -> str:
    return hashlib.blake2b(str(path).encode(), digest_size=16).hexdigest()


def _schema(dimension: int) -> "pa.Schema":
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
