"""Files on the disk: written whole or not at all, and counted."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file under a temporary name beside it and move it into place in one step.

    Args:
        path: Replaced if it is there; a link is replaced too, not what it leads to.
        data: All of it.
        mode: For what cannot be made again: the file gets these permissions, and is on the disk
            before it replaces another. Else it is the user's alone.

    Raises:
        OSError: It could not be written; nothing is left behind.
    """
    # Hidden from those who watch the folder, ourselves among them.
    prefix = "tmp" if mode is None else ".clipsearch-"
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".tmp")
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            if mode is not None:
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(mode)
        temporary.replace(path)  # Once it is closed: Windows moves no open file.
    finally:
        temporary.unlink(missing_ok=True)


def disk_bytes(folder: Path) -> int:
    """Size of all files below a folder, which may change meanwhile or not be there."""
    return sum(
        os.lstat(os.path.join(inner, name)).st_size
        for inner, _, names in os.walk(folder)
        for name in names
        if os.path.lexists(os.path.join(inner, name))
    )
