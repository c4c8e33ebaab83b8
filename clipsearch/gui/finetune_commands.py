"""What follows from what on the page of training: choosing, training, keeping, going back."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.core.types import LibraryInfo, Photo
from clipsearch.errors import ClipSearchError
from clipsearch.gui import excepthook
from clipsearch.gui.actions import Actions
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.finetune_session import Trained, TrainingSession, Wish
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Kind, Subject
from clipsearch.gui.messages import sentence
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.tuning_contracts import Run, Survey, TunerMaker
from clipsearch.gui.work_queue import WorkQueue

if TYPE_CHECKING:
    # Whoever never trains does not wait for it before the first paint.
    from clipsearch.gui.finetune_page import TrainingPage


class TrainingCommands(QObject):
    """Ties sidebar, page and runs together; makes the page when it is first asked for.

    GUI thread only.
    """

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        labels: LabelSession,
        source: PictureSource,
        runner: JobRunner,
        make_tuner: TunerMaker | None,
        window: QWidget,
    ) -> None:
        """Connect everything.

        Args:
            actions: Of the window.
            parts: Of the window.
            session: Changes to the model that was made.
            labels: Knows the collections.
            source: Where thumbnails come from.
            runner: Runs everything slow.
            make_tuner: Gives what trains; ``None`` leaves it all out.
            window: The window.
        """
        super().__init__(window)
        self._actions = actions
        self._parts = parts
        self._session = session
        self._labels = labels
        self._source = source
        self._runner = runner
        self._photos: list[Photo] = []
        self._by_path: dict[Path, Photo] | None = None
        self._surveyed: object = None
        self._model = self._previous = self._kept = ""
        self.page: TrainingPage | None = None
        self.training: TrainingSession | None = None
        actions.train.setVisible(make_tuner is not None)
        if make_tuner is not None:
            self.training = TrainingSession(make_tuner, runner, self)
            parts.sidebar.model.offer_training()
            self._connect(self.training)

    @property
    def works(self) -> list[WorkQueue]:
        """The long work that this makes."""
        return [] if self.training is None else [self.training.queue]

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self.page is None or not self.page.isVisible() or self.page.is_settled

    def _connect(self, training: TrainingSession) -> None:
        self._actions.train.setEnabled(False)
        self._actions.train.triggered.connect(self._parts.sidebar.show_training)
        self._parts.sidebar.chosen.connect(self._show_place)
        self._session.photos_changed.connect(self._take_photos)
        self._session.info_changed.connect(self._take_info)
        self._session.model_changed.connect(self._take_model)
        self._session.model_stopped.connect(self._note_unused)
        self._session.work.failed.connect(lambda task, _: self._note_unused(task.model))
        self._labels.read.connect(self._show_collections)
        training.surveyed.connect(self._show_survey)
        training.unsurveyed.connect(self._show_unsurveyed)
        training.listed.connect(self._show_runs)
        training.told.connect(self._show_news)
        training.moved.connect(self._show_work)
        training.trained.connect(self._show_trained)
        training.stopped.connect(self._show_choice)
        training.kept.connect(self._use)
        training.dropped.connect(self._show_choice)
        training.compared.connect(lambda both: self._made().outcome.gallery.show_found(*both))
        training.uncompared.connect(self._show_uncompared)
        training.failed.connect(self._fail)

    # The page

    def _show_place(self) -> None:
        if not self._parts.sidebar.is_training or self.training is None:
            return
        page = self._made()
        self._parts.show_page(page)
        self.training.look()
        if page.view is page.choice:
            self._show_collections()

    def _made(self) -> "TrainingPage":
        if self.page is None:
            from clipsearch.gui.finetune_page import TrainingPage

            self.page = TrainingPage(self._make_thumbnails, self._photo_at)
            self._connect_page(self.page)
        return self.page

    def _connect_page(self, page: "TrainingPage") -> None:
        training = self.training
        assert training is not None
        page.choice.changed.connect(self._survey)
        page.choice.described.connect(self._describe)
        page.choice.wanted.connect(self._train)
        page.waiting.resumed.connect(self._resume)
        page.waiting.opened.connect(self._open)
        page.waiting.dropped.connect(training.drop)
        page.running.paused.connect(training.set_paused)
        page.running.cancelled.connect(training.cancel)
        page.outcome.keep_wanted.connect(self._keep)
        page.outcome.drop_wanted.connect(training.drop)
        page.outcome.asked.connect(training.compare)
        page.outcome.going_back.connect(self._go_back)
        page.outcome.left.connect(self._show_choice)

    def _make_thumbnails(self) -> Thumbnails:
        from clipsearch.gui.finetune_strip import EDGE

        return Thumbnails(self._source, self._runner, EDGE, self)

    def _photo_at(self, path: Path) -> Photo | None:
        if self._by_path is None:
            self._by_path = {photo.path: photo for photo in self._photos}
        return self._by_path.get(path)

    def _take_photos(self, photos: list[Photo]) -> None:
        self._photos, self._by_path = photos, None
        self._actions.train.setEnabled(bool(photos))

    def _take_info(self, info: LibraryInfo) -> None:
        self._model = info.model

    # Choosing

    def _show_choice(self) -> None:
        if self.page is not None:
            self.page.show_view(self.page.choice)
            self._show_collections()

    def _show_collections(self) -> None:
        page = self.page
        if page is not None and page.isVisible() and page.view is page.choice:
            page.choice.show_collections(self._labels.state.collections)
            self._survey()

    def _survey(self) -> None:
        page, training = self._made(), self.training
        assert training is not None
        chosen = page.choice.concepts.chosen
        known = tuple(one for one in self._labels.state.collections if one.name in chosen)
        if self._surveyed == (known, self._model):
            return
        self._surveyed = known, self._model
        if chosen:
            page.choice.show_looking()
            training.survey(chosen)
        else:
            page.choice.show_unsurveyed(self.tr("Choose what the model is to learn."))

    def _show_survey(self, survey: Survey) -> None:
        if self._made().choice.concepts.chosen:
            self._made().choice.show_survey(survey)

    def _show_unsurveyed(self, error: Exception) -> None:
        self._surveyed = None
        if isinstance(error, ClipSearchError):
            self._made().choice.show_unsurveyed(sentence(error))
        else:
            excepthook.hand_over(error)

    def _describe(self, name: str, note: str) -> None:
        self._labels.change(lambda labels: labels.collections.describe(name, note=note))

    def _show_runs(self, runs: list[Run]) -> None:
        if self.page is not None:
            self.page.waiting.show_runs(runs)
            self.page.show_view(self.page.view)

    # The run

    def _train(self, wish: Wish) -> None:
        assert self.training is not None
        self._parts.messages.clear(Subject.TRAINING)
        self.training.train(wish)
        page = self._made()
        page.running.show_news(self.training.news)
        page.show_view(page.running)

    def _resume(self, run: Run) -> None:
        self._train(Wish(_concepts(run), run=run.name))

    def _show_news(self) -> None:
        if self.training is not None and self.page is not None:
            self.page.running.show_news(self.training.news)

    def _show_work(self) -> None:
        training, page = self.training, self.page
        if training is not None and page is not None and training.work is not None:
            page.running.show_work(training.work, is_paused=training.is_paused)

    def _fail(self, error: Exception) -> None:
        page = self._made()
        if page.view is page.running:
            self._show_choice()
        else:
            page.outcome.offer_again()
        if isinstance(error, ClipSearchError):
            self._tell(sentence(error), Kind.ERROR)
        else:
            excepthook.hand_over(error)

    # What came of it

    def _show_trained(self, trained: Trained) -> None:
        assert self.training is not None
        assert self.training.wish is not None
        self._show_outcome(trained, self.training.wish.concepts)
        if self._parts.page is not self.page:
            words = " ".join(trained.outcome.judgement.sentences[:1])
            show = self.tr("Show"), self._parts.sidebar.show_training
            self._parts.messages.show_message(words, subject=Subject.TRAINING, action=show)

    def _open(self, run: Run) -> None:
        if run.result is not None:
            self._show_outcome(Trained(run.name, run.result.outcome), _concepts(run))

    def _show_outcome(self, trained: Trained, names: tuple[str, ...]) -> None:
        page = self._made()
        page.outcome.show_trained(trained, names)
        page.show_view(page.outcome)

    def _show_uncompared(self, error: Exception) -> None:
        if isinstance(error, ClipSearchError):
            self._made().outcome.gallery.show_failed(sentence(error))
        else:
            excepthook.hand_over(error)

    def _keep(self, run: str, strength: float) -> None:
        assert self.training is not None
        self._made().outcome.show_keeping(self.tr("The model is being written…"))
        self.training.keep(run, strength)

    def _use(self, name: str) -> None:
        self._kept, self._previous = name, self._model
        words = self.tr(
            "'{model}' is made. Searches change to it as soon as it has looked at all photos; the "
            "line below tells how far it has come."
        )
        self._made().outcome.show_keeping(words.format(model=name))
        self._session.use_model(name)

    def _take_model(self, name: str) -> None:
        if not self._kept:
            return
        if name == self._kept:
            words = self.tr("Searching with the new model '{model}'.").format(model=name)
            back = self.tr("Go Back"), self._go_back
            self._parts.messages.show_message(words, subject=Subject.MODELS, action=back)
        else:
            words = self.tr("Searching with '{model}', as before.").format(model=name)
        self._made().outcome.show_kept(words, can_go_back=name == self._kept)

    def _note_unused(self, name: str) -> None:
        if self._kept and name == self._kept:
            words = self.tr(
                "'{model}' is made, but searches do not use it: choose it in the list of models "
                "(Ctrl+M)."
            )
            self._made().outcome.show_kept(words.format(model=name), can_go_back=False)

    def _go_back(self) -> None:
        self._parts.messages.clear(Subject.MODELS)
        words = self.tr("Searches change back to '{model}'…").format(model=self._previous)
        self._made().outcome.show_keeping(words)
        self._session.use_model(self._previous)

    def _tell(self, words: str, kind: Kind) -> None:
        self._parts.messages.show_message(words, kind, subject=Subject.TRAINING)


def _concepts(run: Run) -> tuple[str, ...]:
    return tuple(one.name for one in run.order.plan.lessons.concepts)
