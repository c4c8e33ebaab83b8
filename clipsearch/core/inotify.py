"""`InotifyTree`: what happens under a folder, told by Linux.

Why not watchdog's own source for Linux: in version 6.0 it does not see into folders that are
moved in from elsewhere, drops the kernel's word that events were lost, is silent when a new
folder is beyond the limit, when the watched folder is renamed or unmounted, and loses file
descriptors with each failed attempt. All of these happen to photo folders. The kernel's
interface, inotify(7), has not changed since 2008.
"""

import ctypes
import errno
import os
import select
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clipsearch.core.places import Sieve, Sink, What

_ATTRIB, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO = 0x4, 0x8, 0x40, 0x80
_CREATE, _DELETE, _DELETE_SELF, _MOVE_SELF = 0x100, 0x200, 0x400, 0x800
_UNMOUNT, _OVERFLOW, _IGNORED, _IS_FOLDER = 0x2000, 0x4000, 0x8000, 0x40000000
_ONLY_FOLDERS, _NOT_UNLINKED = 0x01000000, 0x04000000
# Neither opening nor reading, which indexing itself does, and no single writes: a file that is
# being written is looked at until it rests.
_MASK = _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_MASK |= _DELETE_SELF | _MOVE_SELF | _ONLY_FOLDERS | _NOT_UNLINKED

_HEADER = struct.Struct("iIII")  # watch, mask, cookie, length of the name
_BUFFER = 1 << 16
_LIMITS = (errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


@dataclass(frozen=True, slots=True)
class _Event:
    watch: int
    mask: int
    name: str


class _Inotify:
    """The three system calls, and reading that can be woken up."""

    def __init__(self) -> None:
        """Raises OSError (EMFILE) where no more instances may be had."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = self._checked(self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK))
        try:
            self._woken, self._wake = os.pipe()
        except OSError:
            os.close(self._file)
            raise

    def add(self, folder: str) -> int:
        """Watch a folder; returns the watch, the same one for the same folder."""
        return self._checked(
            self._libc.inotify_add_watch(self._file, os.fsencode(folder), ctypes.c_uint32(_MASK))
        )

    def remove(self, watch: int) -> None:
        """Forget a watch; one that is gone already is no error."""
        self._libc.inotify_rm_watch(self._file, watch)

    def read(self) -> list[_Event] | None:
        """Wait for events; ``None`` once woken up."""
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        if any(file == self._woken for file, _ in poll.poll()):
            return None
        return list(_parse(os.read(self._file, _BUFFER)))

    def wake(self) -> None:
        """End `read`."""
        os.write(self._wake, b"!")

    def close(self) -> None:
        """Give back the file descriptors."""
        for file in (self._file, self._woken, self._wake):
            os.close(file)

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def _parse(data: bytes) -> Iterator[_Event]:
    start = 0
    while start < len(data):
        watch, mask, _, length = _HEADER.unpack_from(data, start)
        start += _HEADER.size + length
        yield _Event(watch, mask, os.fsdecode(data[start - length : start].rstrip(b"\0")))


class InotifyTree:
    """A `Source` for one folder: one inotify instance, one thread, a watch for each folder in it.

    Folders that are left out cost no watch. Folders that are symbolic links are watched under
    the link's name, as `scan` goes through them, unless they lie in the tree under their own;
    what a link to a single file points at is not watched.
    """

    def __init__(self, root: Path, sieve: Sieve, sink: Sink) -> None:
        """Name the folder; nothing is watched yet."""
        self._root = os.fspath(root)
        self._sieve = sieve
        self._sink = sink
        self._inotify: _Inotify | None = None
        self._folders: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._thread = threading.Thread(target=self._run, name="watch-inotify", daemon=True)

    def start(self) -> None:
        """Watch all folders; see `Source.start`."""
        self._inotify = _Inotify()
        try:
            self._add(self._root)
            self._watch_below(self._root)
            self._thread.start()
        except BaseException:
            self._inotify.close()
            self._inotify = None
            raise

    def stop(self) -> None:
        """End the thread; see `Source.stop`."""
        if self._inotify is None:
            return
        self._inotify.wake()
        self._thread.join()
        self._inotify.close()
        self._inotify = None

    def _run(self) -> None:
        inotify = self._inotify
        while inotify is not None and (events := inotify.read()) is not None:
            for event in events:
                try:
                    self._tell(event)
                except OSError as error:
                    # Whatever else it is: begin anew, rather than stop watching unnoticed.
                    is_limit = error.errno in _LIMITS
                    self._sink(What.LIMIT if is_limit else What.GONE, self._root)

    def _tell(self, event: _Event) -> None:
        if event.mask & _OVERFLOW:
            # Watches first: nothing that happens after the look that follows may be missed.
            self._watch_below(self._root)
            self._sink(What.LOST, self._root)
            return
        folder = self._folders.get(event.watch)
        if folder is None:
            return
        if event.mask & (_DELETE_SELF | _MOVE_SELF | _UNMOUNT | _IGNORED):
            self._lose(event, folder)
        elif not event.name:
            return  # A folder's own attributes; its parent tells of them too.
        elif event.mask & _IS_FOLDER:
            self._tell_folder(event.mask, os.path.join(folder, event.name))
        else:
            self._tell_file(event.mask, os.path.join(folder, event.name))

    def _lose(self, event: _Event, folder: str) -> None:
        if folder == self._root:
            self._sink(What.GONE, folder)
        elif event.mask & (_UNMOUNT | _IGNORED):
            # Nothing is told of a disk that was unmounted: its photos are not gone.
            self._forget(folder)
        else:
            self._sink(What.FOLDER, folder)  # What a link points at: no parent tells of it.

    def _tell_file(self, mask: int, path: str) -> None:
        if mask & (_CREATE | _MOVED_TO) and self._is_link_to_folder(path):
            self._tell_folder(_MOVED_TO, path)
        elif mask & (_DELETE | _MOVED_FROM) and path in self._watches:  # A link to a folder.
            self._tell_folder(mask, path)
        elif mask & (_CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _DELETE):
            self._sink(What.COMPLETE, path)
        else:
            self._sink(What.TOUCHED if mask & _ATTRIB else What.CHANGED, path)

    def _tell_folder(self, mask: int, path: str) -> None:
        if not self._sieve.wants_folder(path):
            return
        if mask & (_MOVED_FROM | _DELETE):
            # A renamed folder is watched anew under its new name: what happens in between is
            # found by the look at all of it, which comes later.
            self._forget_under(path)
            self._sink(What.FOLDER, path)
        elif mask & _CREATE:
            if self._add(path):
                # What was put in before the watch began. No look at all of it: its files may
                # be arriving for minutes, and are told one by one.
                self._watch_below(path, tells_files=True)
        elif mask & _MOVED_TO or path not in self._watches:  # Else it may be read only now.
            if self._add(path):
                self._watch_below(path)
            self._sink(What.FOLDER, path)

    def _is_link_to_folder(self, path: str) -> bool:
        return not self._sieve.wants_file(path) and os.path.islink(path) and os.path.isdir(path)

    def _watch_below(self, top: str, *, tells_files: bool = False) -> None:
        """Watch the folders in a watched folder, each before it is listed."""
        to_do, links = [top], list[str]()
        while to_do or links:
            if not to_do:
                to_do += [link for link in links[:1] if self._add(link)]
                del links[0]
                continue
            for entry in _entries(to_do.pop()):
                if _is_folder(entry) and self._sieve.wants_folder(entry.path):
                    if entry.is_symlink():
                        links.append(entry.path)
                    elif self._add(entry.path):
                        to_do.append(entry.path)
                elif tells_files:
                    self._sink(What.CHANGED, entry.path)

    def _add(self, folder: str) -> bool:
        """Watch one folder; returns whether it is there, and not watched by another name."""
        if self._inotify is None:
            return False
        try:
            watch = self._inotify.add(folder)
        except OSError as error:
            if folder == self._root or error.errno in _LIMITS:
                raise
            return False  # It is gone again, or may not be read; `scan` reports the latter.
        known = self._folders.get(watch)
        if known is not None and known != folder and _is_same(known, folder):
            return False
        if known is not None:
            self._watches.pop(known, None)
        self._folders[watch] = folder
        self._watches[folder] = watch
        return True

    def _forget_under(self, top: str) -> None:
        inside = os.path.join(top, "")
        for folder in [f for f in self._watches if f == top or f.startswith(inside)]:
            if self._inotify is not None:
                self._inotify.remove(self._watches[folder])
            self._forget(folder)

    def _forget(self, folder: str) -> None:
        watch = self._watches.pop(folder, None)
        if watch is not None:
            self._folders.pop(watch, None)


def _entries(folder: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []  # It is gone, or may not be read.


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # A link that leads in a circle.


def _is_same(known: str, folder: str) -> bool:
    try:
        return os.path.samefile(known, folder)
    except OSError:
        return False
