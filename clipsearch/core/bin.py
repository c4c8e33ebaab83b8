"""The system's bin, from which everything can be taken back. Nothing is ever deleted instead."""

import sys
from pathlib import Path

from clipsearch.errors import BinRefused

_FIXED_DRIVE = 3  # Windows, GetDriveTypeW


def move_to_bin(path: Path) -> None:
    """Move a file to the bin.

    Args:
        path: Absolute.

    Raises:
        BinRefused: There is no bin for that drive, or no permission; the file is where it was.
    """
    from send2trash import send2trash

    if not _has_bin(path):
        raise BinRefused(f"{path} was not removed: its drive has no bin.")
    try:
        send2trash(str(path))
    except OSError as error:
        why = error.strerror or "the system gives no reason"
        raise BinRefused(
            f"{path} was not removed: it could not be moved to the bin ({why})."
        ) from error


def _has_bin(path: Path) -> bool:
    """Whether Windows would keep the file: from other drives than fixed ones it deletes at once."""
    if sys.platform != "win32":
        return True
    import ctypes

    return bool(ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == _FIXED_DRIVE)
