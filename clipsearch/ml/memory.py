"""Gives memory that is no longer used back to the system."""

import ctypes
import sys


def give_back() -> None:
    """Let the C library return its free memory; a few milliseconds.

    The GNU one keeps what each thread has freed, hundreds of megabytes after thousands of photos.
    Others return it by themselves.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # Not in musl.
        trim(0)
