"""`Models`: the models that there are, and what a library has made with each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from clipsearch.core.types import LibraryInfo, ModelState, SpaceState
from clipsearch.errors import InputError, ModelError
from clipsearch.ml import downloads, exports, imports, own_models, tuned_models
from clipsearch.ml.catalogue import ModelEntry, catalogue, describe
from clipsearch.ml.downloads import Offer
from clipsearch.ml.exports import Exported
from clipsearch.ml.figures import Pace, figures_of
from clipsearch.ml.models import STARTER
from clipsearch.ml.tuned_models import base_name
from clipsearch.progress import Progress, no_progress

_POOR = 0.5
"""Recall below which weights are of interest to researchers alone."""
_STARTER_LICENCE = "see its model card: some training photos are for research use only"


class ModelLibrary(Protocol):
    """What is needed of a `Library`."""

    def info(self) -> LibraryInfo:
        """Its state."""

    def spaces(self) -> list[SpaceState]:
        """The indexes that models have made of it."""

    def forget_space(self, name: str) -> SpaceState:
        """Delete an index that is not in use, by its fingerprint."""


class Models:
    """The models of this machine and of the catalogue, as one library sees them."""

    def __init__(self, library: ModelLibrary) -> None:
        """Look at them from a library."""
        self._library = library

    def states(self) -> list[ModelState]:
        """List what can be used or downloaded, and what has left an index behind.

        Those on this machine come first, then what can be downloaded: the quick before the slow,
        and of these the good before the poor. Touches no network.
        """
        active, spaces = self._library.info().model, self._library.spaces()
        entries = catalogue()
        known = {name for entry in entries for name in _spellings(entry.name)}
        strangers = dict.fromkeys(m for s in spaces if (m := base_name(s.model)) not in known)
        entries[1:1] = [_described(name) for name in strangers]
        states = [_state(entry, active, _of(entry.name, spaces)) for entry in entries]
        shown = [s for s in states if s.is_here or s.spaces or s.is_removable or _is_offered(s)]
        return sorted(shown, key=_rank)

    def architectures(self) -> list[str]:
        """The architectures that a weights file can be of."""
        import open_clip

        names: list[str] = open_clip.list_models()
        return names

    def offer(self, name: str) -> Offer:
        """Ask the hub what downloading a model would mean; see `downloads.find`."""
        return downloads.find(name)

    def download(self, offer: Offer, *, progress: Progress = no_progress) -> str:
        """Fetch a model's weights, see `downloads.download`; returns its name."""
        downloads.download(offer, progress=progress)
        return offer.name

    def take(
        self,
        path: Path,
        *,
        name: str | None = None,
        architecture: str | None = None,
        progress: Progress = no_progress,
    ) -> str:
        """Copy a model of the user's own; see `imports.import_model`."""
        return imports.import_model(path, name=name, architecture=architecture, progress=progress)

    def spaces_of(self, name: str) -> list[SpaceState]:
        """The indexes that a model has made of the library."""
        return _of(own_models.normalised(name), self._library.spaces())

    def remove(self, name: str) -> int:
        """Delete the weights of a model that was imported or downloaded; its indexes stay.

        Returns:
            How many bytes that frees.

        Raises:
            InputError: It is the starter, the one that the library searches with, or one that
                others were tuned from.
            UnknownModel: It was neither imported nor downloaded.
            ModelError: It cannot be deleted, or another process is changing the models.
        """
        name = own_models.normalised(name)
        self._require_idle(name)
        freed = own_models.weights_bytes(name) + own_models.partial_bytes(name)
        own_models.remove(name)
        return freed

    def delete(self, name: str) -> int:
        """Delete a model and its indexes of the library, at whatever strength; see `remove`.

        Returns:
            How many bytes that frees.

        Raises:
            InputError: As `remove` does, before anything is deleted.
            UnknownModel: It was neither imported nor downloaded.
            LibraryError: Another process is writing to the library.
            ModelError: It cannot be deleted, or another process is changing the models.
        """
        name = own_models.normalised(name)
        self._require_idle(name)
        own_models.require_removable(name)
        spaces = [self._library.forget_space(s.fingerprint) for s in self.spaces_of(name)]
        return self.remove(name) + sum(space.disk_bytes for space in spaces)

    def export(self, name: str, target: Path, *, progress: Progress = no_progress) -> Exported:
        """Write a model as others read it; see `exports.export_model`."""
        return exports.export_model(name, target, progress=progress)

    def at_strength(self, name: str, strength: float) -> str:
        """The name under which a tuned model is used at a strength; see `tuned_models`."""
        return tuned_models.at_strength(name, strength)

    def _require_idle(self, name: str) -> None:
        if name == STARTER:
            raise InputError("The starter comes with clipsearch and cannot be removed.")
        if any(space.active for space in self.spaces_of(name)):
            raise InputError(
                f"The library {self._library.info().path} searches with '{name}': change to "
                "another model with 'clipsearch models use' first."
            )
        children = tuned_models.children(name)
        if children:
            raise InputError(
                f"'{name}' is what {', '.join(children)} was tuned from, and of no use without: "
                "delete what was tuned first, or export it."
            )


def _spellings(name: str) -> set[str]:
    """How the index of a model may call it: one in the models folder may be used by its path.

    A tuned one may be used at several strengths, which `base_name` leaves out.
    """
    return {name, str(own_models.folder_of(name))}


def _of(name: str, spaces: Iterable[SpaceState]) -> list[SpaceState]:
    return [space for space in spaces if base_name(space.model) in _spellings(name)]


def _described(name: str) -> ModelEntry:
    """What is known of a model that no catalogue has: a path, or one that is gone."""
    try:
        return describe(name)
    except ModelError:
        return ModelEntry(name, "local", False, None, None, "")


def _state(entry: ModelEntry, active: str, spaces: list[SpaceState]) -> ModelState:
    is_owned = own_models.find(entry.name) is not None
    fetched = own_models.partial_bytes(entry.name)
    return ModelState(
        name=entry.name,
        source=entry.source,
        is_here=entry.available,
        is_damaged=is_owned and not entry.available,
        is_removable=is_owned or fetched > 0,
        is_active=base_name(active) in _spellings(entry.name),
        disk_bytes=_weights_bytes(entry, is_owned=is_owned) + fetched,
        dimension=entry.dimension,
        image_size=entry.image_size,
        licence=_STARTER_LICENCE if entry.name == STARTER else own_models.licence_of(entry.name),
        figures=figures_of(entry.name),
        spaces=tuple(spaces),
        tuned=entry.tuned,
    )


def _weights_bytes(entry: ModelEntry, *, is_owned: bool) -> int:
    if is_owned:
        return own_models.weights_bytes(entry.name)
    weights = Path(entry.location)
    return weights.stat().st_size if entry.available and weights.is_file() else 0


def _is_offered(state: ModelState) -> bool:
    return state.source == "open_clip" and downloads.is_offered(state.name)


def _rank(state: ModelState) -> tuple[int, int, float]:
    """Places in the list; what is equal keeps the catalogue's order."""
    if state.is_here or state.spaces or state.is_removable:
        return 0, 0, 0
    recall, pace = state.figures.recall, state.figures.pace
    if recall is None or pace is None:
        return 2, 0, 0
    return (1 if recall >= _POOR else 3), list(Pace).index(pace), -recall
