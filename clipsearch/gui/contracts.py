"""What the window needs of the core; `clipsearch.app` brings the real ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from clipsearch.core.types import Hit, IndexReport, LibraryInfo, Photo, Query
from clipsearch.progress import Progress, no_progress

if TYPE_CHECKING:
    from PIL import Image


class PhotoLibrary(Protocol):
    """The part of `clipsearch.core.library.Library` that the window uses, from any thread."""

    def open(self) -> tuple[str, ...]:
        """Open the stores; returns sentences that the user should read."""

    def photos(self) -> list[Photo]:
        """All photos, the newest file first."""

    def search(self, query: Query) -> list[Hit]:
        """The best hits first."""

    def index(
        self,
        folders: Sequence[Path],
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """Add the photos of folders, and bring them up to date."""

    def folders(self) -> tuple[Path, ...]:
        """The folders that are indexed."""

    def info(self) -> LibraryInfo:
        """The state of the library."""

    def warm_up(self) -> None:
        """Load what the first query needs."""

    def release_idle_model(self) -> bool:
        """Free the memory of a model that has not been used for long."""

    def close(self) -> None:
        """Close the stores."""


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Small and large pictures for the screen, from any thread."""

    load: "Callable[[Photo, int], Image.Image]"
    """A thumbnail: its longer edge is at most so many device pixels; upright RGB."""
    preview: "Callable[[Path, int], Image.Image]"
    """Any picture file, its longer edge at most so many device pixels; upright RGB."""


SampleMaker = Callable[[], Path]
"""Puts the sample photos somewhere and returns their folder; called in a worker thread."""
