"""Writing files that are either whole or not there."""

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
