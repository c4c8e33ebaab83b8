"""Models that are looked at when they are first asked for, so that the window is painted before."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clipsearch.core.types import ModelState
from clipsearch.gui.contracts import ModelShelf
from clipsearch.progress import Progress, no_progress

if TYPE_CHECKING:
    from clipsearch.ml.downloads import Offer


class LateModels:
    """Stands in for a `ModelShelf`; importing the real one brings open_clip along."""

    def __init__(self, make: Callable[[], ModelShelf]) -> None:
        """Call ``make`` once, in the first thread that needs the models."""
        self._make = make
        self._made: ModelShelf | None = None
        self._lock = threading.Lock()

    def states(self) -> list[ModelState]:
        """See `ModelShelf`."""
        return self._shelf().states()

    def architectures(self) -> list[str]:
        """See `ModelShelf`."""
        return self._shelf().architectures()

    def offer(self, name: str) -> "Offer":
        """See `ModelShelf`."""
        return self._shelf().offer(name)

    def download(self, offer: "Offer", *, progress: Progress = no_progress) -> str:
        """See `ModelShelf`."""
        return self._shelf().download(offer, progress=progress)

    def take(
        self,
        path: Path,
        *,
        name: str | None = None,
        architecture: str | None = None,
        progress: Progress = no_progress,
    ) -> str:
        """See `ModelShelf`."""
        return self._shelf().take(path, name=name, architecture=architecture, progress=progress)

    def remove(self, name: str) -> int:
        """See `ModelShelf`."""
        return self._shelf().remove(name)

    def _shelf(self) -> ModelShelf:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
