"""`Stores`: a library's files on disk, opened when they are first needed."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from clipsearch.core.faults import disk_faults
from clipsearch.core.label_backups import LabelBackups
from clipsearch.core.label_rescue import rescue
from clipsearch.core.labels import LabelStore, Space
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.types import Metadata
from clipsearch.errors import IndexDamaged, InputError, LabelsDamaged


class Stores:
    """The user's words, and the photo index of each space. Reading creates nothing."""

    def __init__(self, root: Path) -> None:
        """Name a library's folder; nothing is opened yet."""
        self.root = root
        self._lock = threading.RLock()
        self._labels: LabelStore | None = None
        self._snapshot: Snapshot | None = None
        self._seen: tuple[Space, int | None] | None = None
        """What the snapshot was read of, and when that had changed last."""

    @property
    def exist(self) -> bool:
        """Whether anything was ever indexed."""
        return self._labels is not None or self._file.exists()

    @property
    def _file(self) -> Path:
        return self.root / "labels.sqlite"

    def labels(self) -> LabelStore:
        """The user's words; created if need be.

        Raises:
            LibraryError: The folder cannot be used, or a newer clipsearch wrote it.
        """
        with self._lock:
            if self._labels is None:
                with disk_faults(self.root):
                    self.root.mkdir(parents=True, exist_ok=True)
                self._labels = LabelStore(self._file)
            return self._labels

    @property
    def backups(self) -> LabelBackups:
        """Copies of the user's words."""
        return LabelBackups(self._file)

    def labels_damage(self, *, is_thorough: bool = False) -> str:
        """What is wrong with the user's words; empty if nothing, or if there never were any.

        Args:
            is_thorough: See `damage_of`.

        Raises:
            LibraryError: The folder cannot be used, or a newer clipsearch wrote it.
        """
        # SQLite would make a new, empty file of either.
        if not self._file.exists() or not self._file.stat().st_size:
            is_lost = self.backups.all()
            return "it is gone" if is_lost else ""
        try:
            return self.labels().file.damage(is_thorough=is_thorough)
        except LabelsDamaged as error:
            return str(error.__cause__ or error)

    def mend_labels(self) -> tuple[str, ...]:
        """Put sound words in the place of damaged ones; see `rescue`. Under the write lock.

        Returns:
            Sentences that the user should read.
        """
        with self._lock:
            # Looked at again: another process may just have mended them.
            damage = self.labels_damage(is_thorough=True)
            if not damage:
                return ()
            self.close()
            with disk_faults(self.root):
                return (rescue(self._file, damage),)

    def folders(self) -> tuple[Path, ...]:
        """The folders that the library keeps up to date."""
        return self.labels().folders() if self.exist else ()

    def space(self) -> Space | None:
        """The space that searches use; ``None`` before anything was indexed."""
        return self.labels().active_space() if self.exist else None

    def index(self, space: Space) -> PhotoIndex:
        """The photo index of a space, which need not exist."""
        return PhotoIndex(self.root, space.fingerprint, space.dimension)

    def metadata(self, paths: Sequence[Path]) -> list[Metadata]:
        """See `clipsearch.core.library.Library.metadata`; the paths are absolute."""
        space = self.space()
        index = self.index(space) if space else None
        found = index.metadata(paths) if index and index.exists else {}
        for path in paths:
            if path not in found:
                raise InputError(f"{path} is not in the library: index its folder first.")
        return [found[path] for path in paths]

    @property
    def is_incomplete(self) -> bool:
        """Whether the index was lost, and not all folders have been indexed since."""
        space = self.space()
        if space is None:
            return False
        return self.labels().rebuilding() or not self.index(space).exists

    def current(self) -> tuple[Space | None, Snapshot]:
        """The active space and its rows, which are read again only after a write.

        Raises:
            IndexDamaged: They cannot be read.
        """
        with self._lock:
            space = self.space()
            if space is None:
                return None, Snapshot.empty(0)
            index = self.index(space)
            if not index.exists:
                self._snapshot = None
                return space, Snapshot.empty(space.dimension)
            change = index.settled_change()
            if self._snapshot is None or change is None or self._seen != (space, change):
                self._snapshot = index.snapshot(self._snapshot)
                self._seen = (space, change)
            return space, self._snapshot

    def mend(self, space: Space) -> tuple[str, ...]:
        """Move a space's table aside if it cannot be read. Under the write lock.

        Returns:
            Sentences that the user should read.
        """
        index = self.index(space)
        try:
            if index.exists:
                index.snapshot()
        except IndexDamaged as error:
            stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
            aside = self.root / f"index.damaged-{stamp}"
            with disk_faults(self.root):
                index.move_to(aside)
            self._snapshot = None
            return (f"{error} It was moved to {aside.name} and is rebuilt from the photos.",)
        return ()

    def close(self) -> tuple[str, ...]:
        """Close the files; they are opened again when they are needed.

        Returns:
            Sentences that the user should read.
        """
        with self._lock:
            notices = self._labels.close() if self._labels is not None else ()
            self._labels = None
            self._snapshot = None
            return tuple(notices)
