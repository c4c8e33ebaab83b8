"""`Library`: the one facade over stores, model and search that window and command line use."""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from clipsearch.core import indexing, search
from clipsearch.core.faults import disk_faults
from clipsearch.core.folders import outermost, reachable
from clipsearch.core.imaging import read_photo
from clipsearch.core.labels import LabelStore, Space
from clipsearch.core.locking import write_lock
from clipsearch.core.photos import PhotoIndex, Snapshot
from clipsearch.core.scan import require_folder
from clipsearch.core.types import (
    EmbeddingModel,
    Embeddings,
    Hit,
    IndexReport,
    LibraryInfo,
    Photo,
    Query,
)
from clipsearch.errors import (
    IndexDamaged,
    InputError,
    LibraryError,
)
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings

DEFAULT_MODEL = "starter"

logger = logging.getLogger(__name__)


def load_encoder(name: str, settings: Settings) -> EmbeddingModel:
    """Make an encoder for a model; torch is imported here, not before.

    Raises:
        ModelError: The model is not on this machine.
    """
    from clipsearch.ml.encoder import Encoder

    return Encoder(name, settings)


class Library:
    """A library: its folder, its stores, its model.

    Cheap to construct; stores are opened and the model is loaded on first use. Methods may be
    called from several threads, reads beside one write.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        load_model: Callable[[str], EmbeddingModel] | None = None,
    ) -> None:
        """Name a library.

        Args:
            root: Its folder; created on first use.
            settings: Device, precision, limits.
            load_model: Makes an encoder from a model's name; open_clip's by default.
        """
        self.root = root.expanduser().absolute()
        self._settings = settings
        self._load_model = load_model or (lambda name: load_encoder(name, settings))
        self._lock = threading.RLock()
        self._labels_store: LabelStore | None = None
        self._model: tuple[str, EmbeddingModel] | None = None
        self._snapshot: tuple[str, Snapshot] | None = None

    def open(self) -> tuple[str, ...]:
        """Open the stores; a damaged index is moved aside, to be rebuilt by `index`.

        Returns:
            Sentences that the user should read.

        Raises:
            LibraryError: The folder cannot be used, or a newer clipsearch wrote it.
        """
        with self._lock:
            try:
                self._current()
                return ()
            except IndexDamaged:
                # Under the lock: what looked damaged may be another process at work.
                with write_lock(self.root):
                    return self._mend()

    @property
    def needs_rebuild(self) -> bool:
        """Whether photos were indexed but the index is gone; `index` without folders mends it."""
        space = self._labels().active_space()
        return space is not None and not self._index_of(space).exists

    def photos(self) -> list[Photo]:
        """All photos, newest file first."""
        return self._current().all_photos()

    def folders(self) -> tuple[Path, ...]:
        """The folders that the library keeps up to date."""
        return self._labels().folders()

    def search(self, query: Query) -> list[Hit]:
        """Find the photos that fit a query, best first; exact.

        Raises:
            InputError: The query is empty.
            ImageError: A picture in the query cannot be read.
            LibraryError: The library is empty, or its model has changed since it was indexed.
        """
        if query.is_empty:
            raise InputError("There is nothing to look for: give words or a picture.")
        if query.k < 1:
            raise InputError(f"The number of hits must be at least 1, not {query.k}.")
        snapshot = self._current()
        if not len(snapshot):
            raise LibraryError(
                f"The library {self.root} holds no photos yet: index a folder first."
            )
        parts = self._parts(query, snapshot)
        scores = search.score_parts(snapshot.embeddings, parts)
        rows = search.best(scores, query.k)
        return [Hit(snapshot.photo(row), float(scores[row])) for row in rows]

    def index(
        self,
        folders: Sequence[Path] = (),
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """Bring the library up to date with some folders, and remember them.

        Another model than the active one fills a space of its own with all folders of the
        library; searches switch over to it when it is complete.

        Args:
            folders: Folders to add or to bring up to date; none means all of the library's.
            model: ``starter``, ``NAME:TAG`` or a path; the active one if none is given.
            progress: May cancel; finished photos are kept.

        Raises:
            FolderNotFound: A folder is missing.
            LibraryError: Another process is writing, the disk is full or read-only.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        wanted = [folder.expanduser().absolute() for folder in folders]
        for folder in wanted:
            require_folder(folder)
        with write_lock(self.root):
            notices = self._mend()
            labels = self._labels()
            known = labels.folders()
            if not wanted and not known:
                raise InputError("Name a folder to index: the library has none yet.")
            active = labels.active_space()
            encoder = self._encoder(model or (active.model if active else DEFAULT_MODEL))
            space = Space(encoder.name, encoder.fingerprint, encoder.dimension)
            index = self._index_of(space)
            starts_over = active is not None and (space != active or not index.exists)
            labels.set_folders(outermost([*known, *wanted]))
            labels.back_up()
            index.create()
            if active is None:
                labels.activate(space)  # Nothing else could answer meanwhile.
            everything = starts_over or not wanted
            targets, offline = reachable(labels.folders() if everything else wanted, wanted)
            report = indexing.index_folders(
                targets,
                index,
                encoder,
                batch_size=self._settings.batch_size,
                max_pixels=self._settings.max_megapixels * 1_000_000,
                progress=progress,
            )
            if active is not None and space != active:
                labels.activate(space)
            return replace(report, notices=notices + offline)

    def encoder(self, model: str | None = None) -> EmbeddingModel:
        """The active model's encoder, or that of a named model.

        Raises:
            ModelError: The model cannot be used.
        """
        if model is None:
            space = self._labels().active_space() if self._exists else None
            model = space.model if space else DEFAULT_MODEL
        return self._encoder(model)

    def warm_up(self) -> None:
        """Load model and embeddings, so that the next query is instant.

        Raises:
            ModelError: The model cannot be used.
        """
        self.encoder().encode_texts(["warm up"])
        self._current()

    def release_idle_model(self) -> bool:
        """Let an unused model free its memory; returns whether it did."""
        with self._lock:
            model = self._model[1] if self._model else None
        unload = getattr(model, "unload_if_idle", None)
        return bool(unload and unload())

    def info(self) -> LibraryInfo:
        """Describe the library; loads no model and writes nothing."""
        if not self._exists:
            return LibraryInfo(
                self.root, 0, (), DEFAULT_MODEL, None, "not loaded", "not loaded", "empty", 0
            )
        space = self._labels().active_space()
        state, photos = self._index_state(space)
        model = self._model[1] if self._model and self._is_loaded(self._model[1]) else None
        return LibraryInfo(
            path=self.root,
            photos=photos,
            folders=self.folders(),
            model=space.model if space else DEFAULT_MODEL,
            dimension=space.dimension if space else None,
            device=model.device if model else "not loaded",
            precision=model.precision if model else "not loaded",
            index_state=state,
            disk_bytes=_disk_bytes(self.root),
        )

    def close(self) -> None:
        """Close the stores; the library may be used again afterwards."""
        with self._lock:
            if self._labels_store is not None:
                self._labels_store.close()
            self._labels_store = None
            self._snapshot = None

    @property
    def _exists(self) -> bool:
        return self._labels_store is not None or self._labels_file.exists()

    @property
    def _labels_file(self) -> Path:
        return self.root / "labels.sqlite"

    @staticmethod
    def _is_loaded(model: EmbeddingModel) -> bool:
        return bool(getattr(model, "is_loaded", True))

    def _index_state(self, space: Space | None) -> tuple[str, int]:
        try:
            photos = len(self._current())
        except IndexDamaged:
            return "damaged", 0
        if self.needs_rebuild:
            return "missing", 0
        model = self._model[1] if self._model and self._is_loaded(self._model[1]) else None
        if space and model and model.name == space.model and model.fingerprint != space.fingerprint:
            return "outdated", photos
        return ("ready" if space and photos else "empty"), photos

    def _labels(self) -> LabelStore:
        with self._lock:
            if self._labels_store is None:
                with disk_faults(self.root):
                    self.root.mkdir(parents=True, exist_ok=True)
                self._labels_store = LabelStore(self._labels_file)
            return self._labels_store

    def _index_of(self, space: Space) -> PhotoIndex:
        return PhotoIndex(self.root, space.fingerprint, space.dimension)

    def _current(self) -> Snapshot:
        """The active space's rows, read again only after a write."""
        with self._lock:
            space = self._labels().active_space()
            if space is None:
                return Snapshot.empty(0)
            index = self._index_of(space)
            if not index.exists:
                return Snapshot.empty(space.dimension)
            known = self._snapshot
            previous = known[1] if known and known[0] == space.fingerprint else None
            snapshot = index.snapshot(previous)
            self._snapshot = (space.fingerprint, snapshot)
            return snapshot

    def _encoder(self, name: str) -> EmbeddingModel:
        with self._lock:
            if self._model is None or self._model[0] != name:
                self._model = (name, self._load_model(name))
            return self._model[1]

    def _parts(self, query: Query, snapshot: Snapshot) -> Embeddings:
        encoder = self.encoder()
        space = self._labels().active_space()
        if space is None or encoder.fingerprint != space.fingerprint:
            raise LibraryError(
                f"The model '{encoder.name}' has changed since the library was indexed: "
                "index its folders again."
            )
        rows: list[Embeddings] = []
        if query.words.strip():
            rows.append(encoder.encode_texts([query.words.strip()]))
        rows += [self._picture(image, encoder, snapshot) for image in query.images]
        return np.concatenate(rows)

    def _picture(self, image: Path, encoder: EmbeddingModel, snapshot: Snapshot) -> Embeddings:
        """Embedding ``(1, D)`` of a picture, from the index if the file is in it unchanged."""
        photo = read_photo(
            image.expanduser().absolute(), max_pixels=self._settings.max_megapixels * 1_000_000
        )
        row = snapshot.row_of_content(photo.content_hash)
        if row is not None:
            return snapshot.embeddings[row : row + 1]
        return encoder.encode_images([photo.image])

    def _mend(self) -> tuple[str, ...]:
        """Move a damaged index aside; returns what to tell the user. Under the write lock."""
        try:
            self._current()
        except IndexDamaged as error:
            aside = self._move_index_aside()
            return (f"{error} It was moved to {aside.name} and is rebuilt from the photos.",)
        return ()

    def _move_index_aside(self) -> Path:
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        aside = self.root / f"index.damaged-{stamp}"
        with disk_faults(self.root):
            (self.root / "index").rename(aside)
        self._snapshot = None
        return aside


def _disk_bytes(root: Path) -> int:
    return sum(
        os.lstat(os.path.join(folder, name)).st_size
        for folder, _, names in os.walk(root)
        for name in names
        if os.path.lexists(os.path.join(folder, name))
    )
