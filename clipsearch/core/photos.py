"""`PhotoIndex`: one space's table in LanceDB, derived from the files and rebuilt at will.

One row a file: path, content hash, what a `stat` told, size in pixels, embedding.
"""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from clipsearch.core.faults import disk_faults, index_faults
from clipsearch.core.snapshot import (
    METADATA_COLUMNS,
    METADATA_VERSION,
    PHOTO_COLUMNS,
    Snapshot,
    added_columns,
    embeddings_of,
    metadata_of,
    photos_of,
    schema,
    to_arrow,
    with_added_columns,
)
from clipsearch.core.sql import below
from clipsearch.core.table_condition import Condition, condition_of
from clipsearch.core.types import Embeddings, FileState, Metadata, Photo
from clipsearch.errors import LibraryTooNew

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb.db import DBConnection
    from lancedb.table import Table

# LanceDB logs a warning with every query that selects no distance.
os.environ.setdefault("LANCE_LOG", "error")

SCHEMA_VERSION = 2
_VERSION_KEY = b"clipsearch.schema"
_TABLE_KEY = b"clipsearch.table"
_MODEL_KEY = b"clipsearch.model"
_IMAGES_KEY = b"clipsearch.images"
_PREFIX, _SUFFIX, _DROPPED = "space_", ".lance", ".dropped"
_TEMPORARY = ".tmp*"  # What LanceDB calls a file until it is whole.
_KEYS_PER_DELETE = 1_000
# FAT's clock moves every two seconds.
_CLOCK_STEP_NS = 5_000_000_000
_CACHE_BYTES = 8_000_000
_EVERY_VERSION = timedelta(days=36_500)


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
        self._fingerprint = fingerprint
        self._name = f"{_PREFIX}{fingerprint}"
        self._dimension = dimension
        self._table: Table | None = None

    @property
    def folder(self) -> Path:
        """Where all spaces of the library lie."""
        return self._root / "index"

    @property
    def exists(self) -> bool:
        """Whether the table has been created."""
        return self.files.is_dir()

    @property
    def files(self) -> Path:
        """Folder of the table's files, which need not be there."""
        return self.folder / f"{self._name}{_SUFFIX}"

    @property
    def model(self) -> str:
        """The name of the model for which the table was created; may be empty."""
        return self._told(_MODEL_KEY)

    @property
    def images(self) -> str:
        """Equal of spaces in which photos have equal embeddings, whatever words mean in them."""
        return self._told(_IMAGES_KEY) or self._fingerprint

    def _told(self, key: bytes) -> str:
        """What was written down when the table was created; empty if that was nothing."""
        with index_faults(self._root):
            return str((self._open().schema.metadata or {}).get(key, b"").decode())

    def create(self, model: str = "", images: str = "") -> None:
        """Create the table unless it exists; give an older one the columns that it lacks.

        Args:
            model: Name of the model whose space it is, for lists.
            images: See `images`; the fingerprint if not given.

        Raises:
            DiskFull: No space left.
            LibraryReadOnly: No permission.
        """
        if self.exists:
            self._add_missing_columns()
            return
        metadata = {
            _VERSION_KEY: str(SCHEMA_VERSION).encode(),
            _TABLE_KEY: uuid.uuid4().hex.encode(),
            _MODEL_KEY: model.encode(),
            _IMAGES_KEY: images.encode(),
        }
        with index_faults(self._root):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._table = self._connection().create_table(
                self._name, schema=schema(self._dimension).with_metadata(metadata)
            )

    def _add_missing_columns(self) -> None:
        with index_faults(self._root):
            table = self._open()
            lacking = [field for field in added_columns() if field.name not in table.schema.names]
            if lacking:
                table.add_columns(lacking)

    def settled_change(self) -> int | None:
        """When the table was last written, if that is long enough ago to tell it from the next.

        Asks the folder of the versions alone, a hundred times faster than LanceDB tells.

        Returns:
            Nanoseconds since 1970; ``None`` if the clock of its disk is too coarse to be sure.
        """
        try:
            written = (self.files / "_versions").stat().st_mtime_ns
        except OSError:
            return None
        return written if time.time_ns() - written > _CLOCK_STEP_NS else None

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
            rows = with_added_columns(self._all_rows(table, version))
        return Snapshot(
            table=name,
            version=version,
            paths=rows.column("path").to_pylist(),
            columns=rows.drop_columns(["embedding", "key"]).combine_chunks(),
            embeddings=embeddings_of(rows, self._dimension),
        )

    def _all_rows(self, table: "Table", version: int) -> "pa.Table":
        try:
            rows: pa.Table = table.search().limit(table.count_rows()).to_arrow()
        except (RuntimeError, ValueError, OSError):
            # A process that slept on the way may find its version compacted and dropped.
            if table.version == version:
                raise
            rows = table.search().limit(table.count_rows()).to_arrow()
        return rows

    def states(self, folder: Path | None = None) -> dict[str, FileState]:
        """What was known of each file by its path, of all or of those below a folder.

        Texts: a hundred thousand `Path` objects would take longer than everything else.

        Args:
            folder: Absolute; a file's own path gives that file alone.
        """
        names = ["path", "size", "modified_ns", "sidecar_ns", "metadata_version"]
        with index_faults(self._root):
            rows = self._select(names, below(folder))
        columns = (rows.column(name).to_pylist() for name in names)
        return {
            # A file whose metadata were never read, or by an older clipsearch, is read again.
            path: FileState(size if read == METADATA_VERSION else -1, modified, sidecar or 0)
            for path, size, modified, sidecar, read in zip(*columns, strict=True)
        }

    def metadata(self, paths: Sequence[Path]) -> dict[Path, Metadata]:
        """What is known of some photos, by path, without those that are not in the index."""
        keys = ", ".join(f"'{_key(path)}'" for path in paths)
        with index_faults(self._root):
            rows = self._select(
                ["path", *METADATA_COLUMNS], f"key IN ({keys})" if keys else "false"
            )
        found = [Path(path) for path in rows.column("path").to_pylist()]
        return dict(zip(found, metadata_of(rows), strict=True))

    def outside(self, folders: Sequence[Path]) -> list[Path]:
        """The files that lie below none of some folders."""
        inside = " OR ".join(f"({below(folder)})" for folder in folders)
        with index_faults(self._root):
            rows = self._select(["path"], f"NOT ({inside})" if inside else None)
        return [Path(path) for path in rows.column("path").to_pylist()]

    def count(self, folder: Path | None = None) -> int:
        """How many photos there are, in all or below a folder."""
        with index_faults(self._root):
            return self._open().count_rows(below(folder))

    def contents(self) -> set[str]:
        """The content hashes of all photos."""
        with index_faults(self._root):
            rows = self._select(["content_hash"], None)
        return set(rows.column("content_hash").to_pylist())

    def with_contents(self, hashes: Collection[str]) -> tuple[list[Photo], Embeddings]:
        """All photos with one of these contents, and their embeddings ``(N, D) float32``."""
        wanted = ", ".join(f"'{content_hash}'" for content_hash in sorted(hashes))
        with index_faults(self._root):
            rows = self._select(
                [*PHOTO_COLUMNS, "embedding"], f"content_hash IN ({wanted})" if wanted else "false"
            )
        return photos_of(rows), embeddings_of(rows, self._dimension)

    def _select(self, columns: list[str], where: str | None) -> "pa.Table":
        table = self._open()
        query = table.search().select(columns)
        # A query without a limit gives ten rows.
        rows: pa.Table = (
            (query.where(where) if where else query).limit(max(1, table.count_rows())).to_arrow()
        )
        return rows

    def write(self, photos: Sequence[Photo], embeddings: Embeddings) -> None:
        """Add photos, replacing rows of the same path; committed when it returns.

        Args:
            photos: ``N`` photos.
            embeddings: ``(N, D) float32``, L2-normalised.

        Raises:
            DiskFull: No space left.
            LibraryReadOnly: No permission.
        """
        if photos:
            self.write_rows(to_arrow(photos, [_key(photo.path) for photo in photos], embeddings))

    def rows(self, together: int) -> "Iterator[pa.Table]":
        """All rows with all columns, some together; no more than these are in memory."""
        import pyarrow as pa

        with index_faults(self._root):
            table = self._open()
            query = table.search().select(schema(self._dimension).names)
            for batch in query.limit(max(1, table.count_rows())).to_batches(together):
                yield pa.Table.from_batches([batch])

    def write_rows(self, rows: "pa.Table") -> None:
        """Add rows as `rows` gives them, replacing those of the same path; see `write`."""
        with index_faults(self._root):
            # One version: no reader ever misses a row that is being replaced. The key has no
            # scalar index, with which LanceDB's merge is known to lose rows (lance #7596).
            merged = (
                self._open()
                .merge_insert("key")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .execute(rows)
            )
            written = merged.num_inserted_rows + merged.num_updated_rows
            if written != len(rows):
                raise RuntimeError(f"{len(rows)} rows were given, {written} were written")

    def remove(self, paths: Iterable[Path]) -> None:
        """Drop the rows of these paths; committed when it returns."""
        # Keys are hex digests, so nothing in them needs quoting.
        keys = [f"'{_key(path)}'" for path in paths]
        with index_faults(self._root):
            for start in range(0, len(keys), _KEYS_PER_DELETE):
                some = ", ".join(keys[start : start + _KEYS_PER_DELETE])
                self._open().delete(f"key IN ({some})")

    def move_to(self, folder: Path) -> None:
        """Move the table's files into another folder, as they are.

        Raises:
            OSError: They cannot be moved.
        """
        self._table = None
        folder.mkdir(parents=True, exist_ok=True)
        self.files.rename(folder / self.files.name)

    def drop(self) -> None:
        """Delete the table.

        Raises:
            LibraryReadOnly: No permission.
            LibraryError: Any other fault of the disk.
        """
        self._table = None
        with disk_faults(self._root):
            for left_over in self.folder.glob(f"*{_DROPPED}"):  # It may have the name needed here.
                shutil.rmtree(left_over)
            # Out of the way in one step: no reader ever finds half a table.
            shutil.rmtree(self.files.rename(self.folder / f"{self._name}{_DROPPED}"))

    @staticmethod
    def fingerprints(root: Path) -> list[str]:
        """The spaces of a library that have a table."""
        found = (root / "index").glob(f"{_PREFIX}*{_SUFFIX}")
        return sorted(path.name[len(_PREFIX) : -len(_SUFFIX)] for path in found)

    @staticmethod
    def left_overs(root: Path) -> list[Path]:
        """What killed processes have left: tables half dropped, files half written.

        Under the write lock only: what a living process works on looks the same.
        """
        index = root / "index"
        half_written = index.glob(f"{_PREFIX}*{_SUFFIX}/*/{_TEMPORARY}")
        return sorted([*index.glob(f"*{_DROPPED}"), *half_written])

    def condition(self) -> Condition:
        """How the table lies on the disk.

        Reads the list of every version: 3 ms, with 100 fragments 25, however many rows there are.
        """
        with index_faults(self._root):
            return condition_of(self._open())

    def compact(self) -> None:
        """Write the rows anew in few files, without those that were deleted; drops no version.

        Raises:
            DiskFull: There is no room for all rows once more. Nothing is lost.
        """
        with index_faults(self._root):
            self._open().optimize(cleanup_older_than=_EVERY_VERSION)

    def drop_versions(self, written_before: float) -> None:
        """Drop old versions, never the newest; compacts too if there is anything to compact.

        Args:
            written_before: Seconds since 1970.
        """
        with index_faults(self._root):
            age = max(time.time() - written_before, 0.001)  # LanceDB warns of none at all.
            self._open().optimize(cleanup_older_than=timedelta(seconds=age))

    def _connection(self) -> "DBConnection":
        import lancedb

        # By itself it would keep what it knows of every version, in gigabytes if need be.
        session = lancedb.Session(
            index_cache_size_bytes=_CACHE_BYTES, metadata_cache_size_bytes=_CACHE_BYTES
        )
        # Zero: every read sees what another process has committed.
        return lancedb.connect(self.folder, read_consistency_interval=timedelta(0), session=session)

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


def _table_id(table: "Table") -> str:
    return str((table.schema.metadata or {}).get(_TABLE_KEY, b"").decode())


def _key(path: Path) -> str:
    return hashlib.blake2b(str(path).encode(), digest_size=16).hexdigest()
