"""Gives memory that is no longer used back, and keeps the garbage collector from vain work."""

import atexit
import ctypes
import gc
import importlib
import sys
from functools import cache


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


@cache
def pass_over_modules() -> None:
    """Import what models are made with, and let the garbage collector pass over it; once.

    It is half a million objects that live as long as the process. To look through them takes the
    collector 0.3 s, which stop all threads, the window's too. What was made before the first model
    is passed over, so no model is: it must be found when it is unloaded.
    """
    importlib.import_module("open_clip")
    gc.freeze()
    # At the end it is to be taken down as ever: libraries complain of what is left.
    atexit.register(gc.unfreeze)
