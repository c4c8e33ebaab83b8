"""Files on the disk: written whole or not at all, and counted."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name beside it and move it into place in one step.

    Raises:
        OSError: It could not be written; nothing is left behind.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.close()  # Windows moves no open file
            temporary.replace(path)
        finally:
            file.close()
            temporary.unlink(missing_ok=True)


def disk_bytes(folder: Path) -> int:
    """Size of all files below a folder, which may change meanwhile or not be there."""
    return sum(
        os.lstat(os.path.join(inner, name)).st_size
        for inner, _, names in os.walk(folder)
        for name in names
        if os.path.lexists(os.path.join(inner, name))
    )
