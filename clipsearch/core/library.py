"""`Library`: the one facade over stores, model and search that window and command line use."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from clipsearch.core.duplicates import KINDS, Duplicates
from clipsearch.core.filter_types import FilterValues
from clipsearch.core.filter_values import filter_values
from clipsearch.core.fingerprints import FingerprintStore
from clipsearch.core.folders import absolute
from clipsearch.core.labelling import Labelling
from clipsearch.core.library_info import describe
from clipsearch.core.loaded_models import LoadedModels
from clipsearch.core.maintenance import maintain
from clipsearch.core.originals import Originals
from clipsearch.core.other_tags import OtherTags
from clipsearch.core.query import Query
from clipsearch.core.query_language import parse_query
from clipsearch.core.searches import Searches
from clipsearch.core.searching import Searching
from clipsearch.core.sidecar_exchange import SidecarExchange
from clipsearch.core.spaces import Spaces
from clipsearch.core.stores import Stores
from clipsearch.core.tagging import Tagging
from clipsearch.core.tuning import Tuning
from clipsearch.core.types import (
    DuplicateGroup,
    DuplicateKind,
    EmbeddingModel,
    FolderState,
    Hit,
    IndexReport,
    LibraryInfo,
    MaintenanceReport,
    Metadata,
    Page,
    Photo,
    SpaceState,
    Verification,
)
from clipsearch.core.upkeep import Upkeep
from clipsearch.core.user_verdicts import UserVerdicts
from clipsearch.core.verification import find_problems
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings, cache_folder

DEFAULT_MODEL = "starter"


def load_encoder(name: str, settings: Settings) -> EmbeddingModel:
    """Make an encoder for a model; torch is imported here, not before.

    Raises:
        ModelError: The model is not on this machine.
    """
    from clipsearch.ml.encoder import Encoder

    return Encoder(name, settings)


class Library:
    """A library: its folder, its stores, its model.

    Cheap to construct; stores are opened and the model is loaded on first use. Methods may be
    called from several threads, reads beside one write.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        load_model: Callable[[str], EmbeddingModel] | None = None,
    ) -> None:
        """Name a library.

        Args:
            root: Its folder; created when something is first indexed.
            settings: Device, precision, limits.
            load_model: Makes an encoder from a model's name; open_clip's by default.
        """
        self.root = absolute(root)
        self._settings = settings
        self._stores = Stores(self.root)
        self._models = LoadedModels(
            self._stores, load_model or (lambda name: load_encoder(name, settings))
        )
        self._upkeep = Upkeep(self._stores, settings, self._models.encoder)
        self._spaces = Spaces(self._stores)
        max_pixels = settings.max_megapixels * 1_000_000
        self._duplicates = Duplicates(
            FingerprintStore.in_cache(cache_folder(), max_pixels=max_pixels)
        )
        self._searching = Searching(
            self._stores, self._models, self._duplicates, max_pixels=max_pixels
        )
        verdicts = UserVerdicts(self._stores)
        self.tagging = Tagging(self._stores, self._models, settings, verdicts)
        self.tuning = Tuning(self, self._stores, self._duplicates)
        self._searching.other_tags = OtherTags(self.tagging, verdicts)

    @property
    def settings(self) -> Settings:
        """As given."""
        return self._settings

    def open(self) -> tuple[str, ...]:
        """Open the stores; a damaged index is moved aside, to be rebuilt by `index`.

        Damaged words of the user's are mended; see `mend_labels`.

        Returns:
            Sentences that the user should read.

        Raises:
            LibraryError: The folder cannot be used, or a newer clipsearch wrote it.
        """
        notices = self._upkeep.mend_labels() + self._upkeep.mend_active()
        return notices + tuple(self.labels.take_notices() if self._stores.exist else ())

    def mend_labels(self) -> tuple[str, ...]:
        """Mend the user's words if they are not sound, see `rescue`; sentences for the user."""
        return self._upkeep.mend_labels()

    @property
    def needs_rebuild(self) -> bool:
        """Whether the index was lost; `index` without folders mends it."""
        return self._stores.is_incomplete

    def photos(self) -> list[Photo]:
        """All photos, newest file first."""
        return self._stores.current()[1].all_photos()

    def metadata(self, *paths: Path) -> list[Metadata]:
        """What file and sidecar say of photos of the library, in the order of the paths.

        Raises:
            InputError: One is not in the library.
        """
        return self._stores.metadata([absolute(path) for path in paths])

    def folders(self) -> tuple[Path, ...]:
        """The folders that the library keeps up to date."""
        return self._stores.folders()

    def search(self, query: Query, *, patiently: bool = False) -> list[Hit]:
        """Find the photos that fit a query; see `search_page`."""
        return self.search_page(query, patiently=patiently).hits

    def search_page(self, query: Query, *, patiently: bool = False) -> Page:
        """Find the photos that fit a query, and count them; see `clipsearch.core.answering.answer`.

        What is folded behind a hit of an earlier page is not among the hits, so that the pages
        fit together, and a page may have fewer hits than it was asked for, even none.

        Args:
            query: Not empty.
            patiently: Whether to look at hits that may be versions of one picture, where nobody has
                yet; else duplicates are folded as far as they are known.

        Raises:
            InputError: The query is empty, or names a collection that is not there.
            ImageError: A picture in the query cannot be read.
            LibraryError: The library is empty, or its model has changed since it was indexed.
        """
        return self._searching.page(query, patiently=patiently)

    @property
    def labels(self) -> Labelling:
        """What the user says of the photos: tags, ratings and collections."""
        return Labelling(self._stores, self._searching)

    @property
    def sidecars(self) -> SidecarExchange:
        """What the user says, into sidecars and out of them."""
        return SidecarExchange(self.labels, self.tagging, self._settings)

    @property
    def originals(self) -> Originals:
        """Writes what the user says of photos into the photos themselves, if asked to."""
        return Originals(self._stores, self.labels, self.tagging, self._settings)

    @property
    def searches(self) -> Searches:
        """What was searched for, and what the user has saved of it."""
        return Searches(self._stores, keeps_history=self._settings.history)

    def filter_values(self) -> FilterValues:
        """What photos can be filtered by: folders, cameras, lenses, tags and types."""
        return filter_values(
            self._stores.current()[1].facets, self.folders(), self._searching.labels
        )

    def duplicates(
        self, kinds: Collection[DuplicateKind] = KINDS, *, progress: Progress = no_progress
    ) -> list[DuplicateGroup]:
        """Find exact copies, near-duplicates and bursts; see `clipsearch.core.duplicates`.

        Args:
            kinds: Which of them.
            progress: May cancel; what was made of the photos for it is kept.

        Raises:
            LibraryError: The library cannot be used.
            Cancelled: By ``progress``.
        """
        return self._duplicates.groups(self._stores.current()[1], kinds, progress=progress)

    def index(
        self,
        folders: Sequence[Path] = (),
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """Bring the library up to date with some folders, and remember them.

        Another model than the active one fills a space of its own with all folders of the
        library; searches switch over to it when it is complete.

        Args:
            folders: Folders to add or to bring up to date; none means all of the library's.
            model: ``starter``, ``NAME:TAG`` or a path; the active one if none is given.
            progress: May cancel; finished photos are kept.

        Raises:
            FolderNotFound: A folder is missing.
            LibraryError: Another process is writing, the disk is full or read-only.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        report = self._upkeep.index(
            folders, model=model, default_model=DEFAULT_MODEL, progress=progress
        )
        self._searching.learn_words()
        self.tagging.follow(report, progress=progress)
        return report

    def update(self, places: Collection[Path], *, progress: Progress = no_progress) -> IndexReport:
        """Bring some files and folders inside the library's folders up to date.

        Costs what these places cost, however large the library is; but if its index is not
        complete, or its model has changed, everything is indexed.

        Args:
            places: Where something has happened; they need not be there any more.
            progress: May cancel; finished photos are kept.

        Raises:
            InputError: The library has no folders.
            LibraryError: Another process is writing, the disk is full or read-only.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        report = self._upkeep.update(places, default_model=DEFAULT_MODEL, progress=progress)
        self.tagging.follow(report, progress=progress)
        return report

    def remove_folder(self, folder: Path) -> int:
        """Forget a folder: its photos leave the results, and what was said of them stays.

        Returns:
            How many photos left.

        Raises:
            FolderNotFound: It is none of the library's folders.
            LibraryError: Another process is writing, the disk is full or read-only.
        """
        return self._upkeep.remove_folder(folder)

    def verify(
        self,
        *,
        repair: bool = False,
        contents: bool = False,
        progress: Progress = no_progress,
    ) -> Verification:
        """Look for what may be wrong, and mend what can be recomputed if asked.

        Args:
            repair: Drop what is not sound, and index the library's folders again; mend the
                user's words.
            contents: Read every photo and compare its content with what was indexed.
            progress: May cancel.

        Raises:
            LibraryError: The library cannot be used.
            Cancelled: By ``progress``.
        """
        photos, problems = find_problems(self._stores, contents=contents, progress=progress)
        if not (repair and problems):
            return Verification(photos, tuple(problems), is_repaired=not problems)
        notices = self._upkeep.repair(problems, default_model=DEFAULT_MODEL, progress=progress)
        _, left = find_problems(self._stores, contents=contents, progress=progress)
        return Verification(photos, tuple(problems), is_repaired=not left, notices=notices)

    def maintain(self, *, progress: Progress = no_progress) -> MaintenanceReport:
        """Tidy up index and cache as far as it is due: mostly a look that takes milliseconds.

        Args:
            progress: May cancel; what was done is kept.

        Raises:
            LibraryError: Another process is writing, the disk is full or read-only.
            Cancelled: By ``progress``.
        """
        return maintain(self._stores, self._settings, progress=progress)

    def folder_states(self) -> list[FolderState]:
        """The library's folders, with how many photos each holds and whether it is there."""
        return self._upkeep.folder_states()

    def use_model(self, model: str, *, progress: Progress = no_progress) -> IndexReport:
        """Change to another model: index all folders with it, then let searches use it.

        In a library without folders the choice is remembered for the first of them.

        Args:
            model: ``starter``, ``NAME``, ``NAME:TAG`` or a path.
            progress: May cancel; finished photos are kept, and the old model goes on answering.

        Raises:
            LibraryError: Another process is writing, the disk is full or read-only.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        self._models.forget_others()
        report = self._upkeep.use_model(model, progress)
        self._searching.learn_words()
        self.tagging.follow(report, progress=progress)
        return report

    def revert_model(self, *, progress: Progress = no_progress) -> IndexReport:
        """Go back to the model that was used before, at once if its index is there.

        Then that is brought up to date; once more goes back to where one came from.

        Args:
            progress: May cancel the bringing up to date.

        Raises:
            LibraryError: No other was used, another process is writing, the disk is full.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        self._models.forget_others()
        return self.use_model(self._upkeep.switch_back(), progress=progress)

    def spaces(self) -> list[SpaceState]:
        """The indexes that the library's models have made, the active one first."""
        return self._spaces.states()

    def forget_space(self, name: str) -> SpaceState:
        """Delete the index of a model that is not in use, free its disk, and return what it was.

        Args:
            name: The model's, or the fingerprint.

        Raises:
            LibraryError: It is the active one, there is none or are several of this name,
                another process is writing, or the disk is read-only.
        """
        return self._spaces.forget(name)

    def encoder(self, model: str | None = None) -> EmbeddingModel:
        """The active model's encoder, or that of a named model.

        Raises:
            ModelError: The model cannot be used.
        """
        if model is None:
            space = self._stores.space()
            model = space.model if space else DEFAULT_MODEL
        return self._models.encoder(model)

    def warm_up(self) -> None:
        """Load model and embeddings, so that the next query is instant.

        Raises:
            ModelError: The model cannot be used.
        """
        parse_query("warm up")  # Making the parser takes a moment, once.
        self.encoder().encode_texts(["warm up"])
        self._searching.warm_up()

    def release_idle_model(self) -> bool:
        """Let models that nobody uses free their memory; returns whether any did."""
        return self._models.release_idle()

    def info(self) -> LibraryInfo:
        """Describe the library; loads no model and writes nothing."""
        return describe(self._stores, self._models, DEFAULT_MODEL)

    def close(self) -> tuple[str, ...]:
        """Close the stores, which may be used again; returns sentences for the user."""
        self._duplicates.close()
        return self._stores.close()
