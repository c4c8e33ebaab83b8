"""`Tuning`: fine-tuning a model on what the user has said of a library's photos.

`Tuning.prepare` writes a plan into the folder of a run, `Tuning.run` trains in a process of its own
and can be called again for a run that was stopped, and `Tuning.keep` makes a model of what came of
it. Nothing that searches use changes before `Library.use_model` is given that model.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from clipsearch.core.duplicates import Duplicates
from clipsearch.core.labelling import Labelling
from clipsearch.core.stores import Stores
from clipsearch.core.tagging import Tagging
from clipsearch.core.tuning_confusions import confusions
from clipsearch.core.tuning_gallery import Gallery, GalleryPhoto
from clipsearch.core.tuning_lessons import Gathered, gather
from clipsearch.core.tuning_process import Learn, learn
from clipsearch.core.tuning_proposal import proposal
from clipsearch.core.tuning_run import RunFolders, RunInfo
from clipsearch.core.tuning_warnings import ConceptSurvey
from clipsearch.core.tuning_worker import OnEvent, TuningWorker, no_events
from clipsearch.core.types import EmbeddingModel
from clipsearch.errors import InputError, TrainingError
from clipsearch.ml import own_models, tuned_models
from clipsearch.ml.tuning_types import Loss, Method, Outcome, TuningPlan
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings

MethodChoice: TypeAlias = Method | Literal["auto"]

_NOT_OF_A_NAME = re.compile(r"[^\w.-]+")
_LONGEST = 40  # Characters of the concepts in a model's name.


class TuningLibrary(Protocol):
    """What is needed of a `Library`."""

    tagging: Tagging

    @property
    def settings(self) -> Settings:
        """As given."""

    @property
    def labels(self) -> Labelling:
        """What the user says of the photos."""

    def encoder(self, model: str | None = None) -> EmbeddingModel:
        """The active model's encoder, or that of a named model."""


@dataclass(frozen=True, slots=True)
class TakenFor:
    """A photo that the model takes for something else today."""

    path: Path
    concept: str
    taken_for: str


@dataclass(frozen=True, slots=True)
class TuningSurvey:
    """What there is to learn, and how it would be learned."""

    model: str
    """That would be trained."""
    concepts: tuple[ConceptSurvey, ...]
    warnings: tuple[str, ...]
    """Sentences on the concepts together; each has its own besides."""
    confusions: tuple[TakenFor, ...]
    """The clearest first."""
    method: Method
    """Proposed."""
    reason: str
    """Why, in a sentence."""
    is_enough: bool
    """Whether something can be taught and judged at all."""


class Tuning:
    """The runs of a library. Thread-safe, one thread for each run."""

    def __init__(
        self,
        library: TuningLibrary,
        stores: Stores,
        duplicates: Duplicates,
        *,
        learn: Learn = learn,
    ) -> None:
        """Begin nothing yet.

        Args:
            library: Whose photos and words teach.
            stores: Of the library.
            duplicates: Say which photos are one picture: they are never parted by the split.
            learn: What the process does; importable by name.
        """
        self._library, self._stores, self._duplicates = library, stores, duplicates
        self._learn = learn
        self._folders = RunFolders(stores.root)
        self._workers: dict[str, TuningWorker] = {}
        self._gallery: tuple[str, Gallery] | None = None

    def survey(
        self, collections: Sequence[str] | None = None, *, tags: Sequence[str] = ()
    ) -> TuningSurvey:
        """Say what there is to learn from, what is confused today, and which method fits.

        Args:
            collections: Names; ``None`` for all, unless tags are named.
            tags: Names.

        Raises:
            InputError: There is no such collection or tag, or not one photo to learn from.
            LibraryError: The library cannot be used.
            ModelError: The model cannot be used.
        """
        gathered, model = self._gathered(collections, tags, seed=0)
        method, reason = proposal(gathered.lessons, model.device)
        embeddings = self._stores.current()[1].embeddings[gathered.rows]
        names = [concept.name for concept in gathered.lessons.concepts]
        taken = confusions(gathered.lessons, embeddings, gathered.names)
        return TuningSurvey(
            model=model.name,
            concepts=gathered.surveys,
            warnings=gathered.warnings,
            confusions=tuple(
                TakenFor(one.path, names[one.concept], names[one.taken_for]) for one in taken
            ),
            method=method,
            reason=reason,
            is_enough=gathered.is_enough,
        )

    def prepare(
        self,
        collections: Sequence[str] | None = None,
        *,
        tags: Sequence[str] = (),
        method: MethodChoice = "auto",
        loss: Loss = "clip",
        epochs: int = 10,
        keeps_knowledge: bool = True,
        seed: int = 0,
    ) -> str:
        """Make a run of what the user has said until now.

        Args:
            collections: Names; ``None`` for all, unless tags are named.
            tags: Names.
            method: ``auto`` for the one that `survey` proposes.
            loss: Of the methods that take steps.
            epochs: Each shows every photo of a concept once.
            keeps_knowledge: See `TuningPlan`.
            seed: Of the split and of training.

        Returns:
            The run's name.

        Raises:
            InputError: There is no such collection or tag, or no photo to learn from.
            TrainingError: There is too little to teach and to judge.
            LibraryError: The library cannot be used.
            ModelError: The model cannot be used, or is tuned and its parent is not here.
        """
        gathered, model = self._gathered(collections, tags, seed=seed)
        if not gathered.is_enough:
            raise TrainingError(_too_little(gathered))
        proposed, _ = proposal(gathered.lessons, model.device)
        plan = TuningPlan(
            model=model.name,
            fingerprint=model.fingerprint,
            lessons=gathered.lessons,
            method=proposed if method == "auto" else method,
            loss=loss,
            epochs=epochs,
            keeps_knowledge=keeps_knowledge,
            seed=seed,
        )
        return self._folders.create(plan, model.input_edge).name

    def run(
        self, run: str, *, progress: Progress = no_progress, on_event: OnEvent = no_events
    ) -> Outcome:
        """Train, in a process of its own; one that was stopped goes on from its checkpoint.

        Args:
            run: Its name; of a finished one, the outcome is only read.
            progress: May cancel; the run can be gone on with.
            on_event: Told what happens, see `clipsearch.core.tuning_run.Event`.

        Raises:
            InputError: There is no such run.
            TrainingError: It cannot go on, or runs in another process.
            Cancelled: By ``progress``.
        """
        folder = self._folders.named(run)
        result = folder.result()
        if result is None:
            worker = TuningWorker(folder, self._library.settings, self._learn)
            with self._working(run, worker):
                result = worker.run(progress=progress, on_event=on_event)
        return result.outcome

    def pause(self, run: str) -> None:
        """Let a run rest after its step; nothing happens to one that does not run here."""
        if run in self._workers:
            self._workers[run].pause()

    def resume(self, run: str) -> None:
        """Let a paused run go on; one that was stopped goes on by `run`."""
        if run in self._workers:
            self._workers[run].resume()

    def runs(self) -> list[RunInfo]:
        """The runs that there are, the latest first; those that cannot be read are left out."""
        found = []
        for folder in self._folders.all():
            try:
                found.append(folder.info())
            except TrainingError:
                continue
        return found

    def drop(self, run: str) -> None:
        """Delete a run, not the model that may have been made of it.

        Raises:
            InputError: There is no such run.
            TrainingError: It is running.
            LibraryError: It cannot be deleted.
        """
        self._folders.named(run).remove()
        if self._gallery is not None and self._gallery[0] == run:
            self._gallery = None

    def keep(
        self,
        run: str,
        *,
        name: str | None = None,
        strength: float | None = None,
        force: bool = False,
    ) -> str:
        """Make a model of what a run has learned; `Library.use_model` searches with it.

        Args:
            run: A finished one.
            name: What the model will be called; else a name is made of the concepts'.
            strength: How far it is tuned, in [0, 1]; as the run chose if not given.
            force: Keep it though it is not better: at the user's explicit word alone.

        Returns:
            The model's name.

        Raises:
            InputError: There is no such run, or the strength is out of its range.
            TrainingError: It is not finished or was kept already, or what it learned is not better.
            ModelError: The name cannot be used or is taken, or the folder cannot be written.
            DiskFull: No space left.
        """
        folder = self._folders.named(run)
        result = folder.result()
        if result is None:
            raise TrainingError(f"The run {run} is not finished: let it go on first.")
        kept = folder.kept_as()
        if kept is not None and own_models.find(kept) is not None:
            raise TrainingError(f"The run {run} was kept already, as '{kept}'.")
        if result.outcome.judgement.conclusion != "better" and not force:
            raise TrainingError(
                f"What the run {run} learned is not kept: "
                + " ".join(result.outcome.judgement.sentences)
            )
        plan = folder.order().plan
        manifest = tuned_models.Manifest.of(plan, result.outcome, result.words, strength=strength)
        made = tuned_models.create(name or _free_name(plan), manifest, folder.adapter)
        folder.keep_as(made)
        return made

    def gallery(
        self, run: str, query: str, *, k: int = 12
    ) -> tuple[list[GalleryPhoto], list[GalleryPhoto]]:
        """Find held-out photos by words, before and after.

        Args:
            run: A finished one.
            query: Words.
            k: How many photos.

        Returns:
            The best first, as the parent finds them, and as the tuned model does.

        Raises:
            InputError: There is no such run.
            TrainingError: It is not finished, or its files are damaged.
            ModelError: The model cannot be used.
        """
        if self._gallery is None or self._gallery[0] != run:
            folder = self._folders.named(run)
            self._gallery = run, Gallery.of(folder, self._library.settings)
        return self._gallery[1].find(query, k)

    def _gathered(
        self, collections: Sequence[str] | None, tags: Sequence[str], seed: int
    ) -> tuple[Gathered, EmbeddingModel]:
        """The lessons, gathered in the space that searches use, and the model to train."""
        space, snapshot = self._stores.current()
        if space is None or not len(snapshot):
            raise InputError("The library is empty: index a folder of photos first.")
        active = self._library.encoder()
        gathered = gather(
            self._library.labels,
            snapshot,
            self._library.tagging.vocabulary(),
            active.encode_texts,
            partial(self._duplicates.among, snapshot, patiently=True),
            collections=collections,
            tags=tags,
            seed=seed,
        )
        trainable = tuned_models.trainable(active.name)
        model = active if trainable == active.name else self._library.encoder(trainable)
        return gathered, model

    @contextmanager
    def _working(self, run: str, worker: TuningWorker) -> Iterator[None]:
        if self._workers.setdefault(run, worker) is not worker:
            raise TrainingError(f"The run {run} is being trained already.")
        try:
            yield
        finally:
            del self._workers[run]


def _too_little(gathered: Gathered) -> str:
    warnings = [warning for one in gathered.surveys for warning in one.warnings]
    return " ".join(warnings) or "There are too few photos to learn from and to judge by: add more."


def _free_name(plan: TuningPlan) -> str:
    """A name of the parent's and the concepts' that no model has yet."""
    words = "-".join(concept.name for concept in plan.lessons.concepts)
    told = _NOT_OF_A_NAME.sub("-", words)[:_LONGEST].strip("-.") or "tuned"
    parent = _NOT_OF_A_NAME.sub("-", Path(plan.model).name).strip("-.")
    name, number = f"{parent}-{told}", 2
    while own_models.find(name) is not None:
        name, number = f"{parent}-{told}-{number}", number + 1
    return name
