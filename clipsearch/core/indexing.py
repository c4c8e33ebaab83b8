"""Brings a space up to date with folders: scan → read and decode → embed → write.

Reading and decoding run ahead in threads, bounded, while the model embeds. Photos are committed
in batches: a cancel, a crash or a kill keeps finished work.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.imaging import decode_picture, read_file
from clipsearch.core.photos import PhotoIndex, Snapshot
from clipsearch.core.scan import ScannedFile, compare, scan
from clipsearch.core.types import EmbeddingModel, FileState, IndexReport, Photo, Skipped
from clipsearch.errors import ImageError
from clipsearch.progress import Progress, no_progress

_T = TypeVar("_T")
_R = TypeVar("_R")

_PHOTOS_PER_WRITE = 256
_SECONDS_PER_WRITE = 5.0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file that has been read, and decoded where its embedding is not known yet."""

    photo: Photo
    pixels: NDArray[np.float32] | None
    """``(3, H, W)``; ``None`` where the content is known."""


@dataclass(slots=True)
class _Tally:
    """What has happened so far."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    embedded: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def index_folders(
    folders: Sequence[Path],
    index: PhotoIndex,
    model: EmbeddingModel,
    *,
    library_folders: Sequence[Path],
    batch_size: int = 32,
    max_pixels: int,
    progress: Progress = no_progress,
) -> IndexReport:
    """Make the index hold exactly the readable photos below some folders.

    Args:
        folders: Existing folders, none of which is scanned with another.
        index: The space of ``model``; its table exists.
        model: Embeds what is not known by its content hash.
        library_folders: All folders of the library; what lies in those that are not scanned
            now is left alone, also where one lies hidden in another.
        batch_size: Photos embedded together.
        max_pixels: Larger pictures are skipped.
        progress: Called for each photo; may cancel.

    Raises:
        FolderNotFound: A folder is missing.
        LibraryError: The index cannot be written.
        Cancelled: By ``progress``; finished photos are kept.
    """
    start = time.perf_counter()
    progress(0, None, "looking for photos")
    before = index.snapshot()
    known = _known_states(before)
    tally = _Tally()
    work: list[ScannedFile] = []
    missing: set[Path] = set()
    for folder in folders:
        found = scan(folder, progress=progress)
        changes = compare(found, known)
        work += [*changes.new, *changes.changed]
        missing.update(_of_folder(folder, changes.missing, library_folders))
        tally.unchanged += changes.unchanged
        tally.skipped += found.skipped
    run = _Run(before, index, model, batch_size, max_pixels, missing, tally)
    run.embed_all(work, progress)
    run.drop_missing()
    return _report(tally, time.perf_counter() - start)


def _of_folder(
    folder: Path, paths: Iterable[Path], library_folders: Sequence[Path]
) -> Iterator[Path]:
    """Those paths that a scan of this folder would have come upon."""
    inner = [other for other in library_folders if folder in other.parents]
    return (path for path in paths if not any(other in path.parents for other in inner))


def _known_states(before: Snapshot) -> dict[Path, FileState]:
    sizes = before.columns.column("size").to_pylist()
    times = before.columns.column("modified_ns").to_pylist()
    states = map(FileState, sizes, times)
    return dict(zip(map(Path, before.paths), states, strict=True))


def _report(tally: _Tally, seconds: float) -> IndexReport:
    return IndexReport(
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        moved=tally.moved,
        removed=tally.removed,
        skipped=tuple(sorted(tally.skipped, key=lambda skipped: skipped.path)),
        seconds=seconds,
        images_per_second=tally.embedded / seconds if seconds else 0.0,
    )


class _Run:
    """One run over the files that are new or changed."""

    def __init__(
        self,
        before: Snapshot,
        index: PhotoIndex,
        model: EmbeddingModel,
        batch_size: int,
        max_pixels: int,
        missing: set[Path],
        tally: _Tally,
    ) -> None:
        self._before = before
        self._index = index
        self._model = model
        self._batch_size = batch_size
        self._max_pixels = max_pixels
        self._missing = missing
        self._tally = tally
        hashes = before.columns.column("content_hash").to_pylist()
        self._rows_by_hash: dict[str, list[int]] = {}
        for row, content_hash in enumerate(hashes):
            self._rows_by_hash.setdefault(content_hash, []).append(row)
        self._writer = _Writer(index)
        self._waiting: list[_Prepared] = []
        # Where each content was first embedded: a path costs less than an embedding.
        self._embedded: dict[str, Path] = {}

    def embed_all(self, files: Sequence[ScannedFile], progress: Progress) -> None:
        """Read, embed and write all files; cancelled by ``progress``."""
        progress(0, len(files), "embedding photos")
        with self._writer.flushing(), _readers() as pool:
            results = _in_order(pool, self._prepare, files, ahead=2 * self._batch_size)
            for done, (file, result) in enumerate(results, start=1):
                self._take(file, result)
                progress(done, len(files), file.path.name)
            self._embed_waiting()

    def drop_missing(self) -> None:
        """Remove the rows of files that are gone and turned up nowhere else."""
        if self._missing:
            self._index.remove(sorted(self._missing))
            self._tally.removed += len(self._missing)

    def _prepare(self, file: ScannedFile) -> "_Prepared | Skipped":
        """Runs in the readers' threads."""
        try:
            content = read_file(file.path)
            row = self._row_of(content.content_hash)
            if row is not None:
                photo = replace(self._before.photo(row), path=file.path, state=content.state)
                return _Prepared(photo, None)
            picture = decode_picture(content.data, max_pixels=self._max_pixels, path=file.path)
            pixels = self._model.preprocess(picture.image)
        except ImageError as error:
            return Skipped(file.path, error.reason)
        except MemoryError:
            return Skipped(file.path, "there is not enough memory for it")
        size = picture.width, picture.height
        return _Prepared(Photo(file.path, content.content_hash, content.state, *size), pixels)

    def _row_of(self, content_hash: str) -> int | None:
        rows = self._rows_by_hash.get(content_hash)
        return rows[0] if rows else None

    def _take(self, file: ScannedFile, result: "_Prepared | Skipped") -> None:
        was_known = str(file.path) in self._before.rows
        if isinstance(result, Skipped):
            self._tally.skipped.append(result)
            if was_known:  # Its row shows a picture that is no longer there.
                self._missing.add(file.path)
        elif result.pixels is None:
            self._reuse(result.photo, was_known=was_known)
        else:
            self._count_new(was_known=was_known)
            if self._copy_of_this_run(result.photo):
                return
            self._waiting.append(result)
            if len(self._waiting) >= self._batch_size:
                self._embed_waiting()

    def _count_new(self, *, was_known: bool) -> None:
        if was_known:
            self._tally.changed += 1
        else:
            self._tally.added += 1

    def _reuse(self, photo: Photo, *, was_known: bool) -> None:
        """Take an embedding along by its content hash: never embedded twice."""
        rows = self._rows_by_hash[photo.content_hash]
        self._writer.add([photo], self._before.embeddings[rows[:1]])
        old_paths = [Path(self._before.paths[row]) for row in rows]
        if photo.path in old_paths:
            self._tally.unchanged += 1  # Touched: other times, same content.
            return
        source = next((path for path in old_paths if path in self._missing), None)
        if source is None:
            self._count_new(was_known=was_known)
            return
        self._missing.discard(source)
        self._writer.remove_after(source)
        self._tally.moved += 1

    def _copy_of_this_run(self, photo: Photo) -> bool:
        """Write a photo whose content this run has embedded already; returns whether it has."""
        first = self._embedded.get(photo.content_hash)
        if first is None:
            return False
        self._writer.flush()
        self._writer.add([photo], self._index.embedding(first))
        return True

    def _embed_waiting(self) -> None:
        if not self._waiting:
            return
        # Copies within one batch are embedded once.
        first = {item.photo.content_hash: item for item in reversed(self._waiting)}
        pixels = np.stack([item.pixels for item in first.values() if item.pixels is not None])
        embeddings = self._model.encode_pixels(pixels)
        row_of = {content_hash: row for row, content_hash in enumerate(first)}
        rows = [row_of[item.photo.content_hash] for item in self._waiting]
        self._writer.add([item.photo for item in self._waiting], embeddings[rows])
        self._tally.embedded += len(first)
        self._embedded |= {digest: item.photo.path for digest, item in first.items()}
        self._waiting.clear()


class _Writer:
    """Gathers rows and commits them now and then."""

    def __init__(self, index: PhotoIndex) -> None:
        self._index = index
        self._photos: list[Photo] = []
        self._embeddings: list[NDArray[np.float32]] = []
        self._gone: list[Path] = []
        self._last = time.monotonic()

    def add(self, photos: Sequence[Photo], embeddings: NDArray[np.float32]) -> None:
        """Take rows; commits if enough have gathered."""
        self._photos += photos
        self._embeddings.append(embeddings)
        late = time.monotonic() - self._last > _SECONDS_PER_WRITE
        if late or len(self._photos) >= _PHOTOS_PER_WRITE:
            self.flush()

    def remove_after(self, path: Path) -> None:
        """Remove a row once those taken so far are committed."""
        self._gone.append(path)

    def flush(self) -> None:
        """Commit: new rows first, so that a moved photo is never nowhere."""
        if self._photos:
            self._index.write(self._photos, np.concatenate(self._embeddings))
        if self._gone:
            self._index.remove(self._gone)
        self._photos, self._embeddings, self._gone = [], [], []
        self._last = time.monotonic()

    @contextmanager
    def flushing(self) -> Iterator[None]:
        """Commit what was embedded, also when the work is cancelled or fails."""
        try:
            yield
        finally:
            self.flush()


@contextmanager
def _readers() -> Iterator[ThreadPoolExecutor]:
    # Pillow decodes outside of the interpreter lock, so threads do.
    pool = ThreadPoolExecutor(min(8, (os.cpu_count() or 1) + 1), thread_name_prefix="read")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor, function: Callable[[_T], _R], items: Iterable[_T], *, ahead: int
) -> Iterator[tuple[_T, _R]]:
    """Like ``pool.map``, with at most ``ahead`` results waiting."""
    waiting: deque[tuple[_T, Future[_R]]] = deque()
    for item in items:
        waiting.append((item, pool.submit(function, item)))
        if len(waiting) > ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()
