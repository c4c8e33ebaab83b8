"""A pace that is made when work first keeps it, so that the window is painted before."""

import threading
from typing import TYPE_CHECKING

from clipsearch.progress import Progress
from clipsearch.settings import Settings

if TYPE_CHECKING:
    from clipsearch.core.pace import Pace


class LatePace:
    """Stands in for a `Pace`, whose import brings psutil along. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        """Keep the pace that the user has set, until told otherwise."""
        self._settings = settings
        self._share = settings.background_share
        self._is_paused = False
        self._made: Pace | None = None
        self._lock = threading.Lock()

    @property
    def share(self) -> float:
        """Of the time that work may go on, in (0, 1]."""
        return self._share

    @share.setter
    def share(self, share: float) -> None:
        with self._lock:
            self._share = share
            if self._made is not None:
                self._made.share = share

    @property
    def is_paused(self) -> bool:
        """Whether the user has paused it."""
        return self._is_paused

    @property
    def waits_for(self) -> str | None:
        """Why work rests, in a few words; ``None`` while it goes on."""
        with self._lock:
            if self._made is not None:
                return self._made.waits_for
        return "paused" if self._is_paused else None

    def pause(self) -> None:
        """Let work rest until `resume`."""
        with self._lock:
            self._is_paused = True
            if self._made is not None:
                self._made.pause()

    def resume(self) -> None:
        """Let work go on."""
        with self._lock:
            self._is_paused = False
            if self._made is not None:
                self._made.resume()

    def apply(self, progress: Progress) -> Progress:
        """See `Pace`; for the one thread that works, since the first call imports it."""
        made = self._made or self._make()
        with self._lock:
            if self._made is None:
                made.share = self._share
                if self._is_paused:
                    made.pause()
                self._made = made
        return made.apply(progress)

    def _make(self) -> "Pace":
        from clipsearch.core.pace import Pace

        return Pace.of(self._settings)
