"""Brings a space up to date with what a survey has found: read and decode → embed → write.

Reading and decoding run ahead in threads, bounded, while the model embeds. Photos are committed
in batches: a cancel, a crash or a kill keeps finished work.
"""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.compaction import compact_if_due
from clipsearch.core.imaging import FileContent, decode_picture, read_file
from clipsearch.core.lanes import Lanes
from clipsearch.core.metadata import read_metadata
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.readers import Readers, TooSlow
from clipsearch.core.scan import ScannedFile
from clipsearch.core.sidecars import read_sidecar
from clipsearch.core.survey import Survey
from clipsearch.core.thumbnails import ENOUGH_EDGE, ThumbnailStore
from clipsearch.core.types import EmbeddingModel, Embeddings, IndexReport, Photo, Skipped
from clipsearch.errors import ImageError
from clipsearch.ml.memory import give_back
from clipsearch.progress import Cancelled, Progress, no_progress

# Each write is a version and a fragment, so a fast run writes seldom.
_PHOTOS_PER_WRITE = 1_024
_REUSED_TOGETHER = 256
_SECONDS_PER_WRITE = 5.0
# Most runs have fewer, and leave the index to what comes after them. One of a day must not.
_COMMITS_PER_LOOK = 50
_HEADROOM = 2
# A large scan on a slow network disk takes tens of seconds.
_SECONDS_PER_PHOTO = 180.0
_TOO_SLOW = f"it could not be read within {_SECONDS_PER_PHOTO:.0f} seconds"


@dataclass(frozen=True, slots=True)
class Means:
    """With what photos are indexed."""

    max_pixels: int
    """Larger pictures are skipped."""
    thumbnails: ThumbnailStore | None = None
    """Where small pictures are kept for the window, from the same decode."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file that has been read, and decoded where its embedding is not known yet."""

    photo: Photo
    pixels: NDArray[np.uint8] | None
    """``(H, W, 3)``; ``None`` where the content is known."""


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


def bring_up_to_date(
    index: PhotoIndex,
    model: EmbeddingModel,
    survey: Survey,
    means: Means,
    *,
    progress: Progress = no_progress,
) -> IndexReport:
    """Make the index hold what a survey has found.

    Args:
        index: The space of ``model``; its table exists.
        model: Embeds what is not known by its content hash.
        survey: What there is to do.
        means: Sizes and the cache of thumbnails.
        progress: Called for each photo; may cancel.

    Raises:
        LibraryError: The index cannot be written.
        Cancelled: By ``progress``; finished photos are kept.
    """
    start = time.perf_counter()
    tally = _Tally(unchanged=survey.unchanged, skipped=list(survey.skipped))
    run = _Run(index, model, survey, means, tally)
    if survey.work:
        run.embed_all(progress)
    run.drop_missing()
    return _report(tally, time.perf_counter() - start)


def least_edge(model: EmbeddingModel) -> int:
    """Edge in pixels at which a photo is decoded for a model and for its thumbnail.

    Twice the model's own: scaling down by two or more from a reduced decode is as good as from
    the full picture; `benchmarks/indexing.py` holds the embeddings against each other.
    """
    return max(_HEADROOM * model.input_edge, ENOUGH_EDGE)


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
        index: PhotoIndex,
        model: EmbeddingModel,
        survey: Survey,
        means: Means,
        tally: _Tally,
    ) -> None:
        self._index = index
        self._model = model
        self._survey = survey
        self._means = means
        self._min_edge = least_edge(model)
        self._missing = set(survey.missing)
        self._tally = tally
        self._writer = _Writer(index)
        # Content that has a row, or is on its way to one. The readers look into it.
        self._contents: set[str] = set()
        self._lanes: Lanes[Photo] = Lanes(model)
        self._waiting: list[_Prepared] = []
        self._reusing: list[Photo] = []

    def embed_all(self, progress: Progress) -> None:
        """Read, embed and write all files; cancelled by ``progress``."""
        files = self._survey.work
        progress(0, len(files), "embedding photos")
        self._contents = self._index.contents()
        readers = Readers(self._prepare, _threads(), limit_s=_SECONDS_PER_PHOTO)
        ahead = (self._model.lanes + 1) * self._model.batch_size
        with self._writer.flushing(), self._lanes, readers:
            try:
                for done, (file, result) in enumerate(readers.in_order(files, ahead=ahead), 1):
                    self._take(file, _TOO_SLOW if isinstance(result, TooSlow) else result)
                    progress(done, len(files), file.path.name)
                self._reuse_gathered()
                self._embed_waiting()
                for batch in self._lanes.rest():
                    self._keep(*batch)
                    progress(len(files), len(files))
            except Cancelled:
                for batch in self._lanes.begun():
                    self._keep(*batch)
                raise

    def drop_missing(self) -> None:
        """Remove the rows of files that are gone and turned up nowhere else."""
        if self._missing:
            self._index.remove(sorted(self._missing))
            self._tally.removed += len(self._missing)

    def _prepare(self, file: ScannedFile) -> "_Prepared | str":
        """Runs in the readers' threads."""
        try:
            content = read_file(file.path)
            photo = _photo(file, content)
            if content.content_hash in self._contents:
                return _Prepared(photo, None)  # Its size in pixels comes with its row.
            picture = decode_picture(
                content.data,
                max_pixels=self._means.max_pixels,
                min_edge=self._min_edge,
                path=file.path,
            )
            pixels = self._model.preprocess(picture.image)
        except ImageError as error:
            return error.reason
        except MemoryError:
            return "there is not enough memory for it"
        if self._means.thumbnails is not None:
            self._means.thumbnails.keep(picture.image, content.content_hash)
        sized = replace(photo, width=picture.width, height=picture.height)
        return _Prepared(sized, pixels)

    def _take(self, file: ScannedFile, result: "_Prepared | str") -> None:
        """Take what became of a file, or the reason why it is skipped."""
        if isinstance(result, str):
            self._tally.skipped.append(Skipped(file.path, result))
            if file.path in self._survey.known:  # Its row shows a picture that is not there.
                self._missing.add(file.path)
        elif result.pixels is None or result.photo.content_hash in self._contents:
            # Also a copy that was decoded before the first of its kind had come this far.
            self._reusing.append(result.photo)
            if len(self._reusing) >= _REUSED_TOGETHER:
                self._reuse_gathered()
        else:
            self._count_new(file.path)
            self._contents.add(result.photo.content_hash)
            self._waiting.append(result)
            if len(self._waiting) >= self._model.batch_size:
                self._embed_waiting()

    def _count_new(self, path: Path) -> None:
        if path in self._survey.known:
            self._tally.changed += 1
        else:
            self._tally.added += 1

    def _reuse_gathered(self) -> None:
        """Take embeddings along by their content hash: nothing is embedded twice."""
        if not self._reusing:
            return
        # The first of their kind may be on their way.
        self._embed_waiting()
        for batch in self._lanes.rest():
            self._keep(*batch)
        self._writer.flush()
        found, embeddings = self._index.with_contents({p.content_hash for p in self._reusing})
        rows: dict[str, list[int]] = {}
        for row, photo in enumerate(found):
            rows.setdefault(photo.content_hash, []).append(row)
        gathered, self._reusing = self._reusing, []
        for photo in gathered:
            same = rows.get(photo.content_hash)
            if same is None:
                self._read_again(photo)
                continue
            first = found[same[0]]
            known = replace(photo, width=first.width, height=first.height)
            self._writer.add([known], embeddings[same[:1]])
            self._count_reused(photo, [found[row] for row in same])

    def _read_again(self, photo: Photo) -> None:
        """Embed a photo whose content had a row, under a name that has got other content since."""
        self._contents.discard(photo.content_hash)
        file = ScannedFile(photo.path, photo.state)
        self._take(file, self._prepare(file))

    def _count_reused(self, photo: Photo, rows: Sequence[Photo]) -> None:
        path = photo.path
        before = next((row.state for row in rows if row.path == path), None)
        if before is not None:
            if before.sidecar_ns == photo.state.sidecar_ns:
                self._tally.unchanged += 1  # Touched: other times, same content.
            else:
                self._tally.changed += 1  # What is said of it.
            return
        others = [row.path for row in rows]
        source = next((other for other in others if other in self._missing), None)
        if source is None:
            self._count_new(path)
            return
        self._missing.discard(source)
        self._writer.remove_after(source)
        self._tally.moved += 1

    def _embed_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        pixels = [item.pixels for item in waiting if item.pixels is not None]
        if pixels:
            for batch in self._lanes.put([item.photo for item in waiting], np.stack(pixels)):
                self._keep(*batch)

    def _keep(self, photos: Sequence[Photo], embeddings: Embeddings) -> None:
        """Write a batch that was embedded."""
        self._tally.embedded += len(photos)
        sound: NDArray[np.bool_] = np.all(np.isfinite(embeddings), axis=1)
        taken = [photo for photo, is_sound in zip(photos, sound, strict=True) if is_sound]
        self._writer.add(taken, embeddings[sound])
        for photo, is_sound in zip(photos, sound, strict=True):
            if not is_sound:
                self._refuse(photo)

    def _refuse(self, photo: Photo) -> None:
        """Skip a photo that was counted, but of which the model makes no numbers."""
        path = photo.path
        self._contents.discard(photo.content_hash)
        if path in self._survey.known:
            self._tally.changed -= 1
            self._missing.add(path)
        else:
            self._tally.added -= 1
        self._tally.skipped.append(Skipped(path, "the model cannot embed it"))


def _photo(file: ScannedFile, content: FileContent) -> Photo:
    """What is known of a file before it is decoded."""
    sidecar = read_sidecar(file.path) if file.state.sidecar_ns else None
    return Photo(
        path=file.path,
        content_hash=content.content_hash,
        state=replace(content.state, sidecar_ns=file.state.sidecar_ns),
        width=0,
        height=0,
        metadata=read_metadata(content.data, sidecar=sidecar),
    )


def _threads() -> int:
    # One more than cores: there is always one that waits for the disk.
    return min(8, (os.cpu_count() or 1) + 1)


class _Writer:
    """Gathers rows, and commits them now and then in a thread of its own."""

    def __init__(self, index: PhotoIndex) -> None:
        self._index = index
        self._photos: list[Photo] = []
        self._embeddings: list[NDArray[np.float32]] = []
        self._gone: list[Path] = []
        self._last = time.monotonic()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._pending: Future[None] | None = None
        self._commits = 0

    def add(self, photos: Sequence[Photo], embeddings: NDArray[np.float32]) -> None:
        """Take rows; commits if enough have gathered."""
        self._photos += photos
        self._embeddings.append(embeddings)
        late = time.monotonic() - self._last > _SECONDS_PER_WRITE
        if late or len(self._photos) >= _PHOTOS_PER_WRITE:
            self._start()

    def remove_after(self, path: Path) -> None:
        """Remove a row once those taken so far are committed."""
        self._gone.append(path)

    def flush(self) -> None:
        """Commit everything, and wait for it."""
        self._start()
        self._wait()

    @contextmanager
    def flushing(self) -> Iterator[None]:
        """Commit what was embedded, also when the work is cancelled or fails."""
        try:
            yield
        finally:
            try:
                self.flush()
            finally:
                self._pool.shutdown()

    def _start(self) -> None:
        self._wait()  # One commit at a time, and no more rows in memory than two need.
        if self._photos or self._gone:
            self._pending = self._pool.submit(
                self._commit, self._photos, self._embeddings, self._gone
            )
        self._photos, self._embeddings, self._gone = [], [], []
        self._last = time.monotonic()

    def _wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def _commit(
        self, photos: list[Photo], embeddings: list[NDArray[np.float32]], gone: list[Path]
    ) -> None:
        # New rows first, so that a moved photo is never nowhere.
        if photos:
            self._index.write(photos, np.concatenate(embeddings))
        if gone:
            self._index.remove(gone)
        give_back()
        self._commits += 1
        if self._commits % _COMMITS_PER_LOOK == 0:
            compact_if_due(self._index)
