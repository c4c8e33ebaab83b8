"""`Upkeep`: everything that writes to a library, under its write lock."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from clipsearch.core.compaction import drop_old_versions
from clipsearch.core.faults import disk_faults
from clipsearch.core.folders import absolute, is_within, outermost, reachable
from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.indexing import Means, bring_up_to_date
from clipsearch.core.labels import Space
from clipsearch.core.locking import write_lock
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.scan import require_folder
from clipsearch.core.stores import Stores
from clipsearch.core.survey import Survey, survey_folders, survey_places
from clipsearch.core.taking_over import take_over
from clipsearch.core.thumbnails import ThumbnailStore
from clipsearch.core.types import EmbeddingModel, FolderState, IndexReport, Problem
from clipsearch.core.verification import remove_left_overs, unsound_paths
from clipsearch.errors import (
    FolderNotFound,
    IndexDamaged,
    InputError,
    LibraryError,
    UnknownModel,
)
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings, cache_folder


class Upkeep:
    """Keeps a library's index in step with its folders."""

    def __init__(
        self, stores: Stores, settings: Settings, encoder: Callable[[str], EmbeddingModel]
    ) -> None:
        """Works on a library's stores.

        Args:
            stores: The library's files.
            settings: Batch size and limits.
            encoder: Makes an encoder of a model's name.
        """
        self._stores = stores
        self._settings = settings
        self._encoder = encoder

    def index(
        self,
        folders: Sequence[Path],
        *,
        model: str | None,
        default_model: str,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """See `Library.index`."""
        wanted = outermost([absolute(folder) for folder in folders])
        for folder in wanted:
            require_folder(folder)
        if not wanted and not self._stores.folders():
            raise InputError("Name a folder to index: the library has none yet.")
        with write_lock(self._stores.root):
            active = self._stores.space()
            if model is None:
                model = active.model if active else default_model
            encoder = self._encoder(model)
            space = Space(encoder.name, encoder.fingerprint, encoder.dimension)
            notices = self.mend(space)
            everything = self._prepare(wanted, space, active, encoder.image_fingerprint)
            progress(0, None, "looking for photos")
            survey, offline = self._survey(wanted, space, progress, everything=everything)
            taken = take_over(self._stores.index(space), self._others(space), survey, progress)
            report = self._write(space, encoder, survey, progress)
            self._finish(space, everything=everything)
            return replace(
                report,
                added=report.added + taken.added,
                changed=report.changed + taken.changed,
                notices=notices + offline,
            )

    def _others(self, space: Space) -> list[PhotoIndex]:
        """All other spaces, the active one first; those of another dimension embed otherwise."""
        active = self._stores.space()
        names = [f for f in PhotoIndex.fingerprints(self._stores.root) if f != space.fingerprint]
        names.sort(key=lambda name: active is None or name != active.fingerprint)
        return [PhotoIndex(self._stores.root, name, space.dimension) for name in names]

    def use_model(self, model: str, progress: Progress = no_progress) -> IndexReport:
        """See `Library.use_model`."""
        if self._stores.folders():
            return self.index((), model=model, default_model=model, progress=progress)
        with write_lock(self._stores.root):
            encoder = self._encoder(model)
            space = Space(encoder.name, encoder.fingerprint, encoder.dimension)
            notices = self.mend(space)
            self._stores.index(space).create(space.model, encoder.image_fingerprint)
            self._finish(space, everything=True)
            chosen = (
                f"The library {self._stores.root} has no folders yet: "
                f"the first one that is added is indexed with {space.model}."
            )
            return IndexReport(notices=(*notices, chosen))

    def switch_back(self, progress: Progress = no_progress) -> None:
        """Let searches use the model before the active one; see `Library.revert_model`."""
        progress(0, None, "loading the model")
        with write_lock(self._stores.root):
            encoder = self._model_before()
            space = Space(encoder.name, encoder.fingerprint, encoder.dimension)
            is_there = self._stores.index(space).exists and not self.mend(space)
            if is_there:
                self._stores.labels().activate(space)
        if not is_there:
            self.use_model(space.model, progress)

    def _model_before(self) -> EmbeddingModel:
        """The model that was used last before the active one, of those that are still here."""
        used = self._stores.labels().models_used() if self._stores.exist else []
        for name in used[1:]:
            with suppress(UnknownModel):
                return self._encoder(name)
        raise LibraryError(
            f"The library {self._stores.root} has used no other model that is still here: "
            "'clipsearch models list' names those that there are."
        )

    def update(
        self, places: Collection[Path], *, default_model: str, progress: Progress = no_progress
    ) -> IndexReport:
        """See `Library.update`."""
        with write_lock(self._stores.root):
            space = self._stores.space()
            encoder = self._encoder(space.model) if space else None
            is_whole = not self._stores.is_incomplete
            if space and encoder and is_whole and encoder.fingerprint == space.fingerprint:
                return self._update(places, space, encoder, progress)
        return self.index([], model=None, default_model=default_model, progress=progress)

    def _update(
        self,
        places: Collection[Path],
        space: Space,
        encoder: EmbeddingModel,
        progress: Progress,
    ) -> IndexReport:
        self._stores.index(space).create(space.model, encoder.image_fingerprint)
        survey = survey_places(
            [absolute(place) for place in places],
            self._stores.index(space),
            library_folders=self._stores.folders(),
            offline=self._offline(),
            ignored=self._ignored(),
            progress=progress,
        )
        return self._write(space, encoder, survey, progress)

    def remove_folder(self, folder: Path) -> int:
        """See `Library.remove_folder`."""
        folder = absolute(folder)
        with write_lock(self._stores.root):
            labels = self._stores.labels()
            folders = labels.folders()
            if folder not in folders:
                known = ", ".join(map(str, folders)) or "none"
                raise FolderNotFound(
                    f"{folder} is not a folder of the library: its folders are {known}."
                )
            rest = [other for other in folders if other != folder]
            labels.file.back_up()
            labels.set_folders(rest)
            space = self._stores.space()
            if space is None or not self._stores.index(space).exists:
                return 0
            index = self._stores.index(space)
            gone = [p for p in index.outside(rest) if is_within(p, folder)]
            index.remove(gone)
            return len(gone)

    def folder_states(self) -> list[FolderState]:
        """See `Library.folder_states`."""
        space, folders = self._stores.space(), self._stores.folders()
        index = self._stores.index(space) if space else None
        there, _ = reachable(folders, self._offline() if folders else [])
        return [
            FolderState(f, index.count(f) if index and index.exists else 0, f in there)
            for f in folders
        ]

    def repair(
        self, problems: Sequence[Problem], *, default_model: str, progress: Progress
    ) -> tuple[str, ...]:
        """Mend what can be recomputed; sentences on what was done. See `Library.verify`."""
        with write_lock(self._stores.root):
            notices: tuple[str, ...] = ()
            if any(problem.kind == "labels" for problem in problems):
                notices = self._stores.mend_labels()
            space = self._stores.space()
            notices += self.mend(space) if space else ()
            with disk_faults(self._stores.root):
                remove_left_overs(problems)
            if space is not None and self._stores.index(space).exists:
                self._stores.index(space).remove(unsound_paths(problems))
        if self._stores.folders():
            report = self.index([], model=None, default_model=default_model, progress=progress)
            notices += report.notices
        return notices

    def mend_labels(self) -> tuple[str, ...]:
        """See `Library.mend_labels`."""
        if not self._stores.labels_damage():
            return ()
        with write_lock(self._stores.root):
            return self._stores.mend_labels()

    def mend_active(self) -> tuple[str, ...]:
        """Move the active table aside if it is damaged; sentences that the user should read."""
        try:
            self._stores.current()
        except IndexDamaged:
            # Under the lock: what looked damaged may be another process at work.
            with write_lock(self._stores.root):
                space = self._stores.space()
                return self.mend(space) if space else ()
        return ()

    def mend(self, space: Space) -> tuple[str, ...]:
        """Move a damaged table aside; sentences that the user should read. Under the lock."""
        notices = self._stores.mend(space)
        if notices and space == self._stores.space():
            self._stores.labels().set_rebuilding(True)
        return notices

    def _prepare(
        self, wanted: Sequence[Path], space: Space, active: Space | None, images: str
    ) -> bool:
        """Write down what is about to happen; returns whether all folders must be indexed."""
        labels = self._stores.labels()
        labels.set_folders(outermost([*labels.folders(), *wanted]))
        index = self._stores.index(space)
        if active is None:
            labels.activate(space)  # Nothing else could answer meanwhile.
        elif space == active and not index.exists:
            labels.set_rebuilding(True)
        labels.file.back_up()  # With the space: who restores it finds the photos again.
        index.create(space.model, images)
        starts_over = active is not None and (space != active or labels.rebuilding())
        return starts_over or not wanted

    def _survey(
        self, wanted: Sequence[Path], space: Space, progress: Progress, *, everything: bool
    ) -> tuple[Survey, tuple[str, ...]]:
        """What there is to do, and sentences on the folders that are not there."""
        index, folders = self._stores.index(space), self._stores.folders()
        offline = self._offline()
        targets, notices = reachable(
            folders if everything else wanted,
            offline,
            is_kept=lambda folder: index.count(folder) > 0,
        )
        survey = survey_folders(
            targets,
            index,
            library_folders=folders,
            offline=offline,
            ignored=self._ignored(),
            progress=progress,
        )
        if everything:  # Folders may have been removed while another space was the active one.
            survey.missing.update(index.outside(folders))
        return survey, notices

    def _ignored(self) -> IgnorePatterns:
        return IgnorePatterns(self._settings.ignore)

    def _offline(self) -> list[Path]:
        return [drive.place for drive in self._stores.labels().drives() if drive.is_offline]

    def _write(
        self, space: Space, encoder: EmbeddingModel, survey: Survey, progress: Progress
    ) -> IndexReport:
        self._stores.labels().remember_drives(survey.drives)
        max_pixels = self._settings.max_megapixels * 1_000_000
        index = self._stores.index(space)
        if survey.work or survey.missing:
            drop_old_versions(index)  # Costs nothing now, and a compaction once there is more.
        return bring_up_to_date(
            index,
            encoder,
            survey,
            Means(
                max_pixels,
                ThumbnailStore(cache_folder() / "thumbnails", max_pixels=max_pixels),
            ),
            progress=progress,
        )

    def _finish(self, space: Space, *, everything: bool) -> None:
        labels = self._stores.labels()
        if labels.active_space() != space:
            labels.activate(space)
        if everything:
            labels.set_rebuilding(False)
