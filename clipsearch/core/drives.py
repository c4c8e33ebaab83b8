"""Drives that come and go: an empty mount point does not mean that its photos were deleted."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Drive:
    """A place in a library that lies on a drive of its own."""

    place: Path
    """The outermost folder on it, in the library's spelling."""
    mount: Path
    """Where the drive is mounted."""

    @property
    def is_offline(self) -> bool:
        """Whether the drive is not there now.

        What was copied to where a drive used to be mounted counts as there.
        """
        return not os.path.ismount(self.mount) and _is_empty(self.place)


def drive_of(folder: Path) -> Drive | None:
    """The drive that a folder lies on; ``None`` for the system's own, which is always there."""
    mount = Path(os.path.realpath(folder))
    while not os.path.ismount(mount) and mount != mount.parent:
        mount = mount.parent
    return None if mount == mount.parent else Drive(folder, mount)


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True
