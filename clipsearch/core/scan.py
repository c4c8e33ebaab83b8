"""Finds the picture files under a folder and what changed since they were indexed.

Only names and `stat` are looked at; no file is opened.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from clipsearch.core.drives import Drive, drive_of
from clipsearch.core.ignoring import NOTHING, IgnorePatterns
from clipsearch.core.imaging import SUFFIXES, file_state
from clipsearch.core.sidecars import SUFFIX as SIDECAR_SUFFIX
from clipsearch.core.sidecars import find_sidecar, sidecar_names
from clipsearch.core.types import FileState, Skipped
from clipsearch.errors import FolderNotFound
from clipsearch.progress import Progress, no_progress

# What systems, servers and archivers leave behind; compared in lower case. Names with a leading
# dot (._*, .DS_Store, .thumbnails, .Trash-1000) are left out as hidden.
_JUNK = frozenset(
    {"@eadir", "#recycle", "#snapshot", "__macosx", "$recycle.bin", "lost+found"}
    | {"system volume information", "thumbs.db", "desktop.ini"}
)

# Files on a slow disk between two chances to cancel.
_FILES_PER_REPORT = 500


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A picture file that lies under the scanned folder."""

    path: Path
    """Absolute; the folder's own spelling, with its symbolic links kept."""
    state: FileState


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies under a folder."""

    folder: Path
    """Absolute, as given."""
    files: tuple[ScannedFile, ...]
    """In the order of their paths."""
    skipped: tuple[Skipped, ...]
    """Files and folders that could not be looked at, or are certainly no pictures."""
    unseen: tuple[Path, ...]
    """Files and folders whose content could not be seen: nothing under them is known missing."""
    drives: tuple[Drive, ...] = ()
    """The drives that were come upon, but for the system's own."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between a folder and what is known of it."""

    new: tuple[ScannedFile, ...]
    changed: tuple[ScannedFile, ...]
    unchanged: int
    missing: tuple[Path, ...]


def scan(
    folder: Path,
    *,
    ignored: IgnorePatterns = NOTHING,
    root: Path | None = None,
    progress: Progress = no_progress,
) -> Scan:
    """Look for pictures in a folder and everything under it.

    Hidden and system folders are left out. Symbolic links are followed; a folder that can be
    reached in several ways is entered once.

    Args:
        folder: Where to look; relative paths are taken from the current folder.
        ignored: What is left out.
        root: The folder that the patterns are relative to, if not ``folder``.
        progress: Called now and then with the number of pictures found so far.

    Raises:
        FolderNotFound: There is no such folder, or it is a file.
        Cancelled: `progress` asked for it.
    """
    start = Path(os.path.abspath(folder.expanduser()))
    require_folder(start)
    walk = _Walk(progress, root or start, ignored)
    walk.enter(start)
    while (current := walk.next_folder()) is not None:
        walk.look_into(current)
    return Scan(
        folder=start,
        files=tuple(sorted(walk.files, key=lambda file: os.fspath(file.path))),
        skipped=tuple(sorted(walk.skipped, key=lambda item: os.fspath(item.path))),
        unseen=tuple(walk.unseen),
        drives=tuple(drive for drive in walk.drives.values() if drive),
    )


def look_at_file(path: Path) -> Scan:
    """Look at one file the way that `scan` looks at each.

    Args:
        path: Absolute. If it is not there, or no picture, the result holds nothing.
    """
    walk = _Walk(no_progress, path.parent, NOTHING)
    walk.look_at_file(path, partial(os.stat, path), partial(_found_beside, path))
    return Scan(path, tuple(walk.files), tuple(walk.skipped), tuple(walk.unseen))


def compare(
    scanned: Scan, known: Mapping[str, FileState], offline: Collection[Path] = ()
) -> Changes:
    """Tell what is new, changed and gone.

    Args:
        scanned: The folder as it is now.
        known: What was indexed, by path; those outside of the scanned folder are left alone.
        offline: Places whose drive is not there: nothing under them is known missing.
    """
    new: list[ScannedFile] = []
    changed: list[ScannedFile] = []
    present: set[str] = set()
    for file in scanned.files:
        name = str(file.path)
        present.add(name)
        before = known.get(name)
        if before is None:
            new.append(file)
        elif before != file.state:
            changed.append(file)
    unseen = frozenset((*scanned.unseen, *offline))
    missing = [
        path
        for path in (Path(name) for name in known if name not in present)
        if path.is_relative_to(scanned.folder)
        # An unreadable folder hides its photos; that does not mean that they are gone.
        and not (unseen and (path in unseen or not unseen.isdisjoint(path.parents)))
    ]
    unchanged = len(scanned.files) - len(new) - len(changed)
    return Changes(tuple(new), tuple(changed), unchanged, tuple(sorted(missing)))


@dataclass(slots=True)
class _Walk:
    """The state of one scan."""

    progress: Progress
    root: Path
    ignored: IgnorePatterns
    files: list[ScannedFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unseen: list[Path] = field(default_factory=list)
    drives: dict[int, Drive | None] = field(default_factory=dict)
    _to_do: list[Path] = field(default_factory=list)
    _links: list[Path] = field(default_factory=list)
    _visited: set[tuple[int, int]] = field(default_factory=set)

    def enter(self, folder: Path, *, is_link: bool = False) -> None:
        """Plan to look into a folder."""
        (self._links if is_link else self._to_do).append(folder)

    def next_folder(self) -> Path | None:
        """Return the next folder that was not visited by another name.

        Links come last, so that a folder inside the tree goes by its own name.
        """
        while self._to_do or self._links:
            folder = self._to_do.pop() if self._to_do else self._links.pop(0)
            try:
                status = os.stat(folder)
            except OSError as error:
                self._hidden_from_us(folder, error)
                continue
            identity = (status.st_dev, status.st_ino)
            if identity not in self._visited:
                self._visited.add(identity)
                self._note_drive(folder, status.st_dev)
                return folder
        return None

    def look_into(self, folder: Path) -> None:
        """Take note of a folder's files and subfolders."""
        try:
            with os.scandir(folder) as entries:
                names = sorted(_visible(entries), key=lambda entry: entry.name)
        except OSError as error:
            self._hidden_from_us(folder, error)
            return
        sidecars = {e.name: e for e in names if e.name.lower().endswith(SIDECAR_SUFFIX)}
        for number, entry in enumerate(names):
            if number % _FILES_PER_REPORT == 0:
                self.progress(len(self.files), None, f"Looking through {folder.name or folder}")
            self._look_at(entry, sidecars)

    def _look_at(
        self, entry: "os.DirEntry[str]", sidecars: Mapping[str, "os.DirEntry[str]"]
    ) -> None:
        path = Path(entry.path)
        try:
            is_folder = entry.is_dir()
            if self.ignored and self._is_ignored(path, is_folder=is_folder):
                return
            if is_folder:
                if self._has_valid_name(path):
                    self.enter(path, is_link=entry.is_symlink())
                return
        except OSError as error:
            self._hidden_from_us(path, error)
            return
        # Not os.stat: Windows has told it with the name already.
        self.look_at_file(path, entry.stat, partial(_beside, path, sidecars))

    def _is_ignored(self, path: Path, *, is_folder: bool) -> bool:
        return self.ignored.matches(path.relative_to(self.root), is_folder=is_folder)

    def look_at_file(
        self,
        path: Path,
        status: Callable[[], os.stat_result],
        sidecar: Callable[[], os.stat_result | None],
    ) -> None:
        """Take note of a file if it is a picture."""
        if path.suffix.lower() not in SUFFIXES or not self._has_valid_name(path):
            return
        try:
            self._take(path, status(), sidecar)
        except FileNotFoundError:
            if path.is_symlink():
                self.skipped.append(Skipped(path, "it is a link to a file that is not there"))
            # else it was deleted this moment
        except OSError as error:
            self._hidden_from_us(path, error)

    def _note_drive(self, folder: Path, device: int) -> None:
        if device not in self.drives:
            self.drives[device] = drive_of(folder)

    def _take(
        self,
        path: Path,
        status: os.stat_result,
        sidecar: Callable[[], os.stat_result | None],
    ) -> None:
        if not stat.S_ISREG(status.st_mode):
            self.skipped.append(Skipped(path, "it is not an ordinary file"))
        elif status.st_size == 0:
            self.skipped.append(Skipped(path, "the file is empty"))
        else:
            beside = sidecar()
            state = file_state(status)
            if beside is not None:
                state = replace(state, sidecar_ns=beside.st_mtime_ns)
            self.files.append(ScannedFile(path, state))

    def _has_valid_name(self, path: Path) -> bool:
        try:
            os.fspath(path).encode()
        except UnicodeEncodeError:
            # The path itself could be neither printed nor stored: show it as file managers do.
            shown = Path(os.fsencode(path).decode(errors="replace"))
            self.skipped.append(Skipped(shown, "its name is not valid text: rename it"))
            return False
        return True

    def _hidden_from_us(self, path: Path, error: OSError) -> None:
        if isinstance(error, PermissionError):
            reason = "there is no permission to read it"
        else:
            reason = f"it cannot be read ({error.strerror or error})"
        self.skipped.append(Skipped(path, reason))
        self.unseen.append(path)


def _beside(path: Path, sidecars: Mapping[str, "os.DirEntry[str]"]) -> os.stat_result | None:
    """What is known of a picture's sidecar, among those of its folder."""
    if not sidecars:
        return None
    found = (sidecars.get(name.name) for name in sidecar_names(path))
    entry = next((one for one in found if one is not None), None)
    try:
        return None if entry is None else entry.stat()
    except OSError:
        return None  # Reading it will fail too.


def _found_beside(path: Path) -> os.stat_result | None:
    sidecar = find_sidecar(path)
    try:
        return None if sidecar is None else os.stat(sidecar)
    except OSError:
        return None


def require_folder(root: Path) -> None:
    """Make sure that a folder is there.

    Raises:
        FolderNotFound: It is missing, no folder, or cannot be looked at.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(root).st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FolderNotFound(f"There is no folder {root}: check its name.") from error
    except (OSError, ValueError) as error:
        raise FolderNotFound(f"The folder {root} cannot be read ({error}).") from error
    if not is_folder:
        raise FolderNotFound(f"{root} is not a folder: name the folder that it lies in.")


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is hidden or junk."""
    return name.startswith(".") or name.lower() in _JUNK


def _visible(entries: "Iterator[os.DirEntry[str]]") -> "Iterator[os.DirEntry[str]]":
    for entry in entries:
        if is_left_out(entry.name):
            continue
        if not _has_hidden_attribute(entry):
            yield entry


def _has_hidden_attribute(entry: "os.DirEntry[str]") -> bool:
    if os.name != "nt":
        return False
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)
