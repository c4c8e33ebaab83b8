"""Lets threads and processes give way to what the user is doing."""

import ctypes
import os
import sys
import threading
from contextlib import suppress

import psutil

_NICE = 10
_BELOW_NORMAL = -1  # THREAD_PRIORITY_BELOW_NORMAL
_UTILITY = 0x11  # QOS_CLASS_UTILITY


def give_way() -> None:
    """Lower the calling thread's priority; for good.

    It works as fast as before while nobody else wants the processor. Where the platform does not
    allow it, the thread keeps its priority.
    """
    try:
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _BELOW_NORMAL)
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(_UTILITY, 0)
        else:
            # Linux counts niceness by thread, against POSIX.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    except (OSError, AttributeError):
        return


def let_process_give_way() -> None:
    """Lower the priority of this process and the threads that it will start; for good.

    Where the platform does not allow it, it keeps its priority.
    """
    process = psutil.Process()
    with suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            process.nice(max(process.nice(), _NICE))
