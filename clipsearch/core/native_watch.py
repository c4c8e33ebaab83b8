"""`WatchdogTree`: what happens under a folder, told by macOS or Windows through watchdog.

Subfolders that are symbolic links are not watched on these systems: changes in them are found
when their library is next brought up to date as a whole.
"""

import os
import sys
from pathlib import Path
from typing import Final

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from clipsearch.core.imaging import SUFFIXES
from clipsearch.core.places import Sieve, Sink, What

# Neither opening nor reading, which indexing itself does.
_EVENTS: Final[list[type[FileSystemEvent]]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class WatchdogTree:
    """A `Source` for one folder: one watchdog observer, which is two threads or three."""

    def __init__(self, root: Path, sieve: Sieve, sink: Sink) -> None:
        """Name the folder; nothing is watched yet."""
        del sieve  # watchdog watches whole trees; what does not matter is dropped later.
        self._root = os.fspath(root)
        self._handler = _Handler(self._root, sink)
        self._observer = Observer()

    def start(self) -> None:
        """Watch all folders; see `Source.start`."""
        self._observer.schedule(self._handler, self._root, recursive=True, event_filter=_EVENTS)
        self._observer.start()

    def stop(self) -> None:
        """End all threads; see `Source.stop`."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()


class _Handler(FileSystemEventHandler):
    """Translates events; called in the observer's thread."""

    def __init__(self, root: str, sink: Sink) -> None:
        self._root = root
        self._sink = sink

    def dispatch(self, event: FileSystemEvent) -> None:
        """Tell one event."""
        path = os.fsdecode(event.src_path)
        if isinstance(event, DirDeletedEvent) and path == self._root:
            self._sink(What.GONE, path)
        elif event.event_type == "moved":
            what = What.FOLDER if event.is_directory else What.COMPLETE
            self._sink(what, path)
            self._sink(what, os.fsdecode(event.dest_path))
        elif event.is_directory or _may_be_folder(event, path):
            self._sink(What.FOLDER, path)
        elif event.event_type in ("closed", "deleted"):
            self._sink(What.COMPLETE, path)
        else:
            self._sink(What.CHANGED, path)


def _may_be_folder(event: FileSystemEvent, path: str) -> bool:
    """Windows does not say what it was that was deleted."""
    if sys.platform != "win32" or not isinstance(event, FileDeletedEvent):
        return False
    return os.path.splitext(path)[1].lower() not in SUFFIXES
