"""`WatchedFolder`: one folder that is watched as well as is possible, here and now."""

import errno
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clipsearch.core.mounts import is_remote
from clipsearch.core.places import Sieve, Sink, Source, What
from clipsearch.core.polling import PollingTree
from clipsearch.core.scan import is_left_out

_LIMITS = {
    errno.ENOSPC: "fs.inotify.max_user_watches=1048576",
    errno.EMFILE: "fs.inotify.max_user_instances=1024",
}


class MakePoller(Protocol):
    """Makes the source for folders that cannot be watched."""

    def __call__(
        self, root: Path, sieve: Sieve, sink: Sink, *, announce: Callable[[float], None]
    ) -> Source:
        """Make a source; see `PollingTree`."""


def native_source(root: Path, sieve: Sieve, sink: Sink) -> Source:
    """The system's own way of telling what happens under a folder."""
    # Imported late: the window starts without it.
    if sys.platform == "linux":
        from clipsearch.core.inotify import InotifyTree

        return InotifyTree(root, sieve, sink)
    from clipsearch.core.native_watch import WatchdogTree

    return WatchdogTree(root, sieve, sink)


@dataclass(frozen=True, slots=True)
class Ways:
    """How folders are watched; tests put others in."""

    native: Callable[[Path, Sieve, Sink], Source] = native_source
    poller: MakePoller = PollingTree
    is_remote: Callable[[Path], bool] = is_remote


@dataclass(frozen=True, slots=True)
class _Identity:
    device: int
    inode: int


class WatchedFolder:
    """One folder, its source of events, and whether it is there. Not thread-safe.

    The folder is watched by the system, or looked through now and then, or is away.
    """

    def __init__(
        self,
        folder: Path,
        sieve: Sieve,
        ways: Ways,
        *,
        sink: Sink,
        notice: Callable[[str], None],
        wake: Callable[[], None],
    ) -> None:
        """Name the folder; nothing is watched yet.

        Args:
            folder: Absolute.
            sieve: What matters in it.
            ways: How it can be watched.
            sink: Takes what is seen, from several threads.
            notice: Takes sentences for the user, from several threads.
            wake: Called from any thread when `check` should be called soon.
        """
        self.folder = folder
        self.sieve = sieve
        self._ways = ways
        self._sink = sink
        self._notice = notice
        self._wake = wake
        self._source: Source | None = None
        self._is_polled = False
        self._identity: _Identity | None = None
        self._is_lost = threading.Event()
        self._is_over_limit = threading.Event()

    def start(self) -> None:
        """Begin to watch, or to wait for the folder to come."""
        identity = _identity(self.folder)
        if identity is None:
            self._tell_away()
        else:
            self._begin(identity)

    def check(self) -> None:
        """See whether the folder has gone, was replaced or is back; called every few seconds."""
        identity = _identity(self.folder)
        if identity is not None and self._is_bare_mount_point(identity):
            identity = None
        if self._source is None:
            if identity is not None:
                self._notice(f"The folder {self.folder} is there again.")
                self._begin_anew(identity)
        elif identity is None:
            self.stop()
            self._tell_away()
        elif self._is_lost.is_set() or self._is_another(identity):
            self.stop()
            self._begin_anew(identity)
        elif self._is_over_limit.is_set():
            self.stop()
            self._poll(identity, self._why_limited(errno.ENOSPC))

    def stop(self) -> None:
        """Stop watching; nothing is told afterwards."""
        if self._source is not None:
            self._source.stop()
            self._source = None

    def _begin_anew(self, identity: _Identity) -> None:
        self._begin(identity)
        if self._source is not None:
            self._sink(What.LOST, str(self.folder))

    def _begin(self, identity: _Identity) -> None:
        if self._ways.is_remote(self.folder):
            why = f"The folder {self.folder} is on a network drive, which tells of no changes"
            self._poll(identity, why)
            return
        source = self._ways.native(self.folder, self.sieve, self._take)
        try:
            self._settle(identity, source, is_polled=False)
        except OSError as error:
            self._source = None
            if _identity(self.folder) is None:
                self._tell_away()
            else:
                self._poll(identity, self._why_limited(error.errno, error.strerror))

    def _poll(self, identity: _Identity, why: str) -> None:
        def announce(seconds: float) -> None:
            self._notice(f"{why}: it is looked through every {max(1, round(seconds))} s instead.")

        poller = self._ways.poller(self.folder, self.sieve, self._take, announce=announce)
        self._settle(identity, poller, is_polled=True)

    def _settle(self, identity: _Identity, source: Source, *, is_polled: bool) -> None:
        self._is_lost.clear()
        self._is_over_limit.clear()
        self._identity, self._is_polled = identity, is_polled
        source.start()
        self._source = source

    def _why_limited(self, number: int | None, reason: str | None = None) -> str:
        setting = _LIMITS.get(number or 0)
        if setting is None:
            return (
                f"The system cannot watch the folder {self.folder} ({reason or 'no reason given'})"
            )
        return (
            f"The system watches no more folders, so not {self.folder} "
            f"(to raise the limit: sudo sysctl {setting})"
        )

    def _take(self, what: What, path: str) -> None:
        """Called from the source's threads."""
        if what is What.GONE:
            self._is_lost.set()
            self._wake()
        elif what is What.LIMIT:
            self._is_over_limit.set()
            self._wake()
        else:
            self._sink(what, path)

    def _tell_away(self) -> None:
        self._notice(
            f"The folder {self.folder} is not there now: its photos stay in the library, "
            "and it is watched again when it is back."
        )

    def _is_another(self, identity: _Identity) -> bool:
        if self._is_polled:  # File systems of the network may number their files anew.
            return self._identity is None or identity.device != self._identity.device
        return identity != self._identity

    def _is_bare_mount_point(self, identity: _Identity) -> bool:
        """Whether a disk was unmounted, and what is left is the empty folder to mount it on.

        Its photos are not gone, and nobody should think so.
        """
        if self._identity is None or identity.device == self._identity.device:
            return False
        try:
            return all(is_left_out(name) for name in os.listdir(self.folder))
        except OSError:
            return True


def _identity(folder: Path) -> _Identity | None:
    try:
        status = os.stat(os.path.join(folder, ""))
    except OSError:
        return None
    return _Identity(status.st_dev, status.st_ino)
