"""The spaces of a library: one for each model that has filled one, of which searches use one."""

from pathlib import Path

from clipsearch.core.files import disk_bytes
from clipsearch.core.folders import absolute
from clipsearch.core.locking import write_lock
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.stores import Stores
from clipsearch.core.suggestions import SuggestionFile
from clipsearch.core.types import SpaceState
from clipsearch.errors import IndexDamaged, LibraryError, LibraryTooNew

_UNKNOWN = "unknown"


class Spaces:
    """Lists the spaces of a library, and deletes those that nobody needs any more."""

    def __init__(self, stores: Stores) -> None:
        """Works on a library's stores."""
        self._stores = stores

    def states(self) -> list[SpaceState]:
        """See `Library.spaces`."""
        active = self._stores.space()
        if active is None:
            return []
        # An active one that was lost is there all the same: indexing makes it anew.
        fingerprints = {*PhotoIndex.fingerprints(self._stores.root), active.fingerprint}
        names = self._stores.labels().model_names()
        states = [self._state(f, names.get(f), active.fingerprint) for f in fingerprints]
        return sorted(states, key=lambda state: (not state.active, state.model, state.fingerprint))

    def _state(self, fingerprint: str, name: str | None, active: str) -> SpaceState:
        index = self._index(fingerprint)
        photos: int | None = 0
        try:
            if index.exists:
                photos = index.count()
                # Of one that never became active, because it is not complete, the table knows.
                name = name or index.model
        except (IndexDamaged, LibraryTooNew):
            photos = None
        return SpaceState(
            model=name or _UNKNOWN,
            fingerprint=fingerprint,
            photos=photos,
            disk_bytes=disk_bytes(index.files),
            active=fingerprint == active,
        )

    def forget(self, name: str) -> SpaceState:
        """See `Library.forget_space`."""
        if not self._stores.exist:
            raise self._none_of(name)
        with write_lock(self._stores.root):
            state = self._idle(name)
            self._index(state.fingerprint).drop()
            SuggestionFile(self._stores.root, state.fingerprint).remove()
            return state

    def _idle(self, name: str) -> SpaceState:
        """The one space that is meant, if it is not in use."""
        spellings = {name, str(absolute(Path(name)))}
        named = [s for s in self.states() if s.fingerprint == name or s.model in spellings]
        if not named:
            raise self._none_of(name)
        idle = [state for state in named if not state.active]
        if not idle:
            raise LibraryError(
                f"The index of '{named[0].model}' is the one that searches use: change to another "
                "model with 'clipsearch models use' first."
            )
        if len(idle) > 1:
            fingerprints = ", ".join(state.fingerprint for state in idle)
            raise LibraryError(
                f"There are several indexes of '{name}', since its weights have changed: name one "
                f"of them by its fingerprint ({fingerprints})."
            )
        return idle[0]

    def _none_of(self, name: str) -> LibraryError:
        return LibraryError(
            f"The library {self._stores.root} has no index of '{name}': "
            "'clipsearch models spaces' lists those that it has."
        )

    def _index(self, fingerprint: str) -> PhotoIndex:
        # Its dimension does not matter where no embedding is read or written.
        return PhotoIndex(self._stores.root, fingerprint, dimension=0)
