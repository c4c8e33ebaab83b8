"""A library that is made when it is first used, so that the window is painted before."""

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from clipsearch.core.filter_types import FilterValues
from clipsearch.core.query import Query
from clipsearch.core.types import (
    DuplicateGroup,
    DuplicateKind,
    FolderState,
    IndexReport,
    LibraryInfo,
    MaintenanceReport,
    Metadata,
    Page,
    Photo,
    SpaceState,
)
from clipsearch.gui.contracts import PhotoLibrary, SearchStore
from clipsearch.gui.label_contracts import LabelKeeper, PhotoWriter, SidecarKeeper, Tagger
from clipsearch.gui.tuning_contracts import Tuner
from clipsearch.progress import Progress, no_progress

_log = logging.getLogger(__name__)


class LateLibrary:
    """Stands in for a `PhotoLibrary`; importing the real one takes a quarter of a second."""

    def __init__(self, make: Callable[[], PhotoLibrary]) -> None:
        """Call ``make`` once, in the first thread that needs the library."""
        self._make = make
        self._made: PhotoLibrary | None = None
        self._lock = threading.Lock()

    def open(self) -> tuple[str, ...]:
        """See `PhotoLibrary`."""
        return self._library().open()

    def photos(self) -> list[Photo]:
        """See `PhotoLibrary`."""
        return self._library().photos()

    def metadata(self, *paths: Path) -> list[Metadata]:
        """See `PhotoLibrary`."""
        return self._library().metadata(*paths)

    def search_page(self, query: Query, *, patiently: bool = False) -> Page:
        """See `PhotoLibrary`."""
        return self._library().search_page(query, patiently=patiently)

    @property
    def labels(self) -> LabelKeeper:
        """See `PhotoLibrary`."""
        return self._library().labels

    @property
    def sidecars(self) -> SidecarKeeper:
        """See `PhotoLibrary`."""
        return self._library().sidecars

    @property
    def originals(self) -> PhotoWriter:
        """See `PhotoLibrary`."""
        return self._library().originals

    @property
    def tagging(self) -> Tagger:
        """See `PhotoLibrary`."""
        return self._library().tagging

    @property
    def tuning(self) -> Tuner:
        """See `PhotoLibrary`."""
        return self._library().tuning

    @property
    def searches(self) -> SearchStore:
        """See `PhotoLibrary`."""
        return self._library().searches

    def filter_values(self) -> FilterValues:
        """See `PhotoLibrary`."""
        return self._library().filter_values()

    def duplicates(
        self, kinds: Collection[DuplicateKind], *, progress: Progress = no_progress
    ) -> list[DuplicateGroup]:
        """See `PhotoLibrary`."""
        return self._library().duplicates(kinds, progress=progress)

    def index(
        self,
        folders: Sequence[Path],
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """See `PhotoLibrary`."""
        return self._library().index(folders, model=model, progress=progress)

    def update(self, places: Collection[Path], *, progress: Progress = no_progress) -> IndexReport:
        """See `PhotoLibrary`."""
        return self._library().update(places, progress=progress)

    def remove_folder(self, folder: Path) -> int:
        """See `PhotoLibrary`."""
        return self._library().remove_folder(folder)

    def folders(self) -> tuple[Path, ...]:
        """See `PhotoLibrary`."""
        return self._library().folders()

    def folder_states(self) -> list[FolderState]:
        """See `PhotoLibrary`."""
        return self._library().folder_states()

    def use_model(self, model: str, *, progress: Progress = no_progress) -> IndexReport:
        """See `PhotoLibrary`."""
        return self._library().use_model(model, progress=progress)

    def spaces(self) -> list[SpaceState]:
        """See `PhotoLibrary`."""
        return self._library().spaces()

    def forget_space(self, name: str) -> SpaceState:
        """See `PhotoLibrary`."""
        return self._library().forget_space(name)

    def info(self) -> LibraryInfo:
        """See `PhotoLibrary`."""
        return self._library().info()

    def warm_up(self) -> None:
        """See `PhotoLibrary`."""
        self._library().warm_up()

    def release_idle_model(self) -> bool:
        """See `PhotoLibrary`; a library that was never made has no model."""
        return self._made is not None and self._made.release_idle_model()

    def maintain(self, *, progress: Progress = no_progress) -> MaintenanceReport:
        """See `PhotoLibrary`."""
        return self._library().maintain(progress=progress)

    def close(self) -> tuple[str, ...]:
        """Close the library if it was ever made."""
        notices = self._made.close() if self._made is not None else ()
        for sentence in notices:  # The window that would show it is gone.
            _log.warning("%s", sentence)
        return notices

    def _library(self) -> PhotoLibrary:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
