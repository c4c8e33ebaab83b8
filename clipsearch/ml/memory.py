"""Gives memory that is no longer used back, and keeps the garbage collector from vain work."""

import atexit
import ctypes
import gc
import sys
from functools import cache
from typing import Any


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


def release(device_type: str) -> None:
    """Free what nothing refers to any more, on a device too; a name of torch's."""
    gc.collect()
    give_back()
    if device_type != "cpu":
        import torch

        backend: Any = getattr(torch, device_type)
        backend.empty_cache()


def pass_over_what_stays() -> None:
    """Let the garbage collector pass over all that there is, once a model has been loaded.

    That is half a million objects of the libraries and the tokenizer, which live as long as the
    process. To look through them takes the collector 0.3 s, in which all threads stand still, the
    window's too. What is passed over and used no more is freed all the same, but for cycles, of
    which models have none.
    """
    gc.freeze()
    _take_down_at_the_end()


@cache
def _take_down_at_the_end() -> None:
    """Libraries complain of what is left of them when the process ends."""
    atexit.register(gc.unfreeze)
