"""The window: puts the parts together and says what follows from what."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMainWindow

from clipsearch.core.types import FolderState, LibraryInfo
from clipsearch.errors import ClipSearchError, QueryError
from clipsearch.gui import excepthook
from clipsearch.gui.actions import Actions
from clipsearch.gui.adding import Adding
from clipsearch.gui.contracts import (
    ModelShelf,
    PhotoLibrary,
    PictureSource,
    Remover,
    SampleMaker,
    WatcherMaker,
    WorkPace,
)
from clipsearch.gui.dialogs import show_about
from clipsearch.gui.duplicates_commands import DuplicatesCommands
from clipsearch.gui.duplicates_session import DuplicatesSession
from clipsearch.gui.finetune_commands import TrainingCommands
from clipsearch.gui.folder_commands import FolderCommands
from clipsearch.gui.gallery import Gallery
from clipsearch.gui.inspecting import Inspecting
from clipsearch.gui.intake import Intake
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.known_values import KnownValues
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.labelling import Labelling
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.maintaining import Maintaining
from clipsearch.gui.message_bar import Kind, Subject
from clipsearch.gui.messages import sentence
from clipsearch.gui.mime import is_welcome
from clipsearch.gui.model_commands import ModelCommands
from clipsearch.gui.model_session import ModelSession
from clipsearch.gui.photo_commands import PhotoCommands
from clipsearch.gui.result_options import ResultOptions
from clipsearch.gui.search_commands import SearchCommands
from clipsearch.gui.search_session import SearchSession
from clipsearch.gui.side_panes import SidePanes
from clipsearch.gui.thumbnails import load_preview
from clipsearch.gui.tuning_contracts import TunerMaker
from clipsearch.gui.watching import Watching
from clipsearch.gui.window_state import WindowState
from clipsearch.gui.work_commands import WorkCommands
from clipsearch.settings import Settings

if TYPE_CHECKING:
    from clipsearch.gui.chips import PictureChip


class MainWindow(QMainWindow):
    """One search field, one grid. GUI thread only; everything slow is a job."""

    ready = Signal()
    """The model is loaded."""

    def __init__(
        self,
        library: PhotoLibrary,
        source: PictureSource,
        runner: JobRunner,
        settings: Settings,
        scratch: Path,
        *,
        pace: WorkPace,
        make_samples: SampleMaker | None = None,
        make_watcher: WatcherMaker | None = None,
        models: ModelShelf | None = None,
        remove: Remover | None = None,
        make_tagger: TaggerMaker | None = None,
        make_tuner: TunerMaker | None = None,
    ) -> None:
        """Build the window; nothing is opened before `start`.

        Args:
            library: What is shown and searched.
            source: Where thumbnails and previews come from.
            runner: Runs everything slow; closed by whoever made it, after the window.
            settings: Read once.
            scratch: Folder for pasted pictures, emptied by whoever made it.
            pace: How fast the library is worked on.
            make_samples: Puts the sample photos into the cache; ``None`` hides their button.
            make_watcher: Watches the library's folders; ``None`` leaves that out.
            models: The models that there are; ``None`` leaves them out.
            remove: Moves duplicates to the bin; ``None`` leaves that out.
            make_tagger: Gives what suggests tags; ``None`` leaves that out.
            make_tuner: Gives what trains models; ``None`` leaves that out.
        """
        super().__init__()
        self._runner = runner
        self._source = source
        self._index_first: Sequence[Path] = ()
        self.commands = Actions(self)
        self.parts = Parts(
            self, source, runner, settings, self.commands, has_samples=make_samples is not None
        )
        self._state = WindowState(self, self.parts.splitters)
        self._sides = SidePanes(self.commands, self.parts, self._state, self)
        self.session = LibrarySession(library, runner, pace, self)
        self.maintaining = Maintaining(library, self.session, runner, pace, self)
        if make_watcher is not None:
            watching = Watching(make_watcher, runner, self)
            watching.serve(self.session)
            watching.noticed.connect(self._notice)
            watching.failed.connect(excepthook.hand_over)
        Adding(self.commands, self.parts, self.session, self._state, make_samples, self)
        self.searches = SearchSession(library, runner, self)
        self.values = KnownValues(library, runner, self)
        self.gallery = Gallery(self.parts, self.session, self.searches, settings.results, self)
        self.labels = Labelling(
            library, runner, make_tagger, self.commands, self.parts, self.session, self
        )
        self.labels.search_for_tags(self._state, settings.tag_amount)
        ResultOptions(self.commands, self.parts.sort, self.gallery, self._state, self)
        said = self.labels.make_sections
        self.inspecting = Inspecting(library, source, self.commands, self.parts, runner, said, self)
        self.intake = Intake(runner, scratch, self)
        self._photo_commands = PhotoCommands(self.commands, self.parts, self)
        self._folder_commands = FolderCommands(
            self.commands, self.parts.sidebar, self.session, self
        )
        self.search_commands = SearchCommands(
            self.commands, self.parts, self.session, self.searches, library, runner, scratch, self
        )
        self.models = ModelSession(models, runner, self) if models is not None else None
        found = DuplicatesSession(library, runner, self)
        self.duplicates = DuplicatesCommands(
            self.parts, self.session, found, self.gallery, source, runner, remove, self
        )
        self.training = TrainingCommands(
            self.commands,
            self.parts,
            self.session,
            self.labels.session,
            source,
            runner,
            make_tuner,
            self,
        )
        self._work_commands = WorkCommands(
            self.commands,
            self.parts,
            self.session,
            self._state,
            settings,
            self,
            beside=[
                found.work,
                *self.labels.works,
                *self.training.works,
                *([self.models.work] if self.models else []),
            ],
        )
        self._connect_models()
        self._connect_commands()
        self._connect_parts()
        self._connect_sessions()
        self.resize(1180, 800)
        self.parts.search.field.setFocus(Qt.FocusReason.OtherFocusReason)

    # What the composition root calls

    def start(self, *, index_first: Sequence[Path] = (), query: str = "") -> None:
        """Open the library in the background, and load the model after it.

        Args:
            index_first: Folders to index at once.
            query: Words to search for as soon as there is something to search.
        """
        self._index_first = index_first
        self._open()
        if query:
            self.parts.search.set_words(query)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to wait for: no job, no typing, no thumbnail."""
        parts = self.parts
        shown = (parts.grid, self.duplicates, self.inspecting, self.labels, self.training)
        is_shown = all(one.is_settled for one in shown)
        return self._runner.is_idle and not parts.search.is_waiting and is_shown

    @property
    def trouble(self) -> str:
        """Sentences on what went wrong and is still so; empty if nothing did."""
        bar = self.parts.messages
        return self.gallery.why_unopened or (bar.text if bar.kind is Kind.ERROR else "")

    # Searching

    def _load_chip(self, chip: "PictureChip") -> None:
        edge = round(chip.wanted_edge * self.devicePixelRatioF())
        job = self._runner.submit(Lane.THUMBNAILS, load_preview, self._source, chip.path, edge)
        job.succeeded.connect(chip.set_picture)
        job.failed.connect(self._search_failed)

    def _search_failed(self, error: Exception) -> None:
        self._tell(error, Subject.SEARCH)

    def _misread(self, error: QueryError | None) -> None:
        if error is None:
            self.parts.messages.clear(Subject.SEARCH)
        else:
            self.parts.messages.show_message(sentence(error), subject=Subject.SEARCH)

    # The library

    def _open(self) -> None:
        self.gallery.set_unopened("")
        self.parts.status.set_loading(True)
        self.gallery.choose_page()
        self.session.start()

    def _opened(self) -> None:
        if self._index_first:
            self.session.add_folders(self._index_first)
            self._index_first = ()
        query = self.parts.search.query
        if query.is_empty:
            self.gallery.choose_page()
        else:
            self.gallery.search(query)

    def _unreadable(self, error: Exception) -> None:
        if self.session.is_open:
            self._tell(error, Subject.READING)
            return
        self.parts.status.set_loading(False)
        if isinstance(error, ClipSearchError):
            self.gallery.set_unopened(sentence(error))
        else:
            self.gallery.set_unopened(self.tr("Something went wrong in clipsearch itself."))
            excepthook.hand_over(error)
        self.gallery.choose_page()

    def _take_info(self, info: LibraryInfo) -> None:
        self.gallery.set_unopened("")
        self.parts.messages.clear(Subject.READING)
        self.commands.update.setEnabled(bool(info.folders))
        self.parts.status.set_info(info)
        self.parts.sidebar.show_total(info.photos)

    def _take_folders(self, folders: list[FolderState]) -> None:
        self.parts.sidebar.show_folders(folders)
        self._sides.set_has_folders(bool(folders))

    def _model_ready(self) -> None:
        self.parts.status.set_loading(False)
        self.parts.messages.clear(Subject.MODEL)
        self.ready.emit()

    def _model_failed(self, error: Exception) -> None:
        self.parts.status.set_loading(False)
        self._tell(error, Subject.MODEL)

    def _outdated(self) -> None:
        words = self.tr("The model has changed: all photos are looked at anew.")
        self.parts.messages.show_message(words, subject=Subject.MODEL)

    # Messages

    def _tell(self, error: Exception, subject: Subject) -> None:
        """Tell the user what went wrong; what is our own fault goes to the excepthook."""
        if isinstance(error, ClipSearchError):
            self.parts.messages.show_message(sentence(error), Kind.ERROR, subject=subject)
        else:
            excepthook.hand_over(error)

    def _notice(self, words: str) -> None:
        self.parts.messages.show_message(words, subject=Subject.LIBRARY)

    # Paste, drop, keys, colours, state

    def _paste(self) -> None:
        if not self.intake.take(QGuiApplication.clipboard().mimeData()):
            words = self.tr("The clipboard holds no picture: copy one, then paste.")
            self.parts.messages.show_message(words, subject=Subject.SEARCH)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files, folders and pictures."""
        if is_welcome(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Search by what was dropped, or index it."""
        if self.intake.take(event.mimeData()):
            event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the whole library."""
        if event.key() == Qt.Key.Key_Escape:
            self.parts.search.clear()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icons readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.commands.tint(self.palette())
        elif event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            # Drives come and go while the user is elsewhere.
            self.session.look_at_folders()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the photos where there is little."""
        super().resizeEvent(event)
        self._sides.fit(self.width())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where the window was."""
        self._state.save()
        super().closeEvent(event)

    def restore_state(self) -> None:
        """Put the window where it was when it was closed last."""
        self._state.restore()

    def _toggle_full_screen(self, on: bool) -> None:
        self.showFullScreen() if on else self.showNormal()

    def _connect_commands(self) -> None:
        commands = self.commands
        commands.quit.triggered.connect(self.close)
        commands.paste.triggered.connect(self._paste)
        commands.full_screen.toggled.connect(self._toggle_full_screen)
        commands.about.triggered.connect(lambda: show_about(self))
        self.labels.failed.connect(lambda error: self._tell(error, Subject.LABELS))
        self._photo_commands.failed.connect(lambda error: self._tell(error, Subject.PHOTO))
        self.duplicates.failed.connect(lambda error: self._tell(error, Subject.DUPLICATES))
        self.search_commands.failed.connect(lambda error: self._tell(error, Subject.SAVED))
        self._folder_commands.failed.connect(lambda error: self._tell(error, Subject.FOLDERS))
        self._work_commands.failed.connect(lambda error: self._tell(error, Subject.PHOTO))
        self._photo_commands.done.connect(lambda: self.parts.messages.clear(Subject.PHOTO))

    def _connect_parts(self) -> None:
        parts = self.parts
        parts.search.searched.connect(self.gallery.search)
        parts.search.misread.connect(self._misread)
        parts.search.values_wanted.connect(self.values.want)
        self.values.read.connect(parts.search.set_values)
        self.values.failed.connect(self._search_failed)
        parts.search.tray.picture_added.connect(self._load_chip)
        parts.search.field.picture_pasted.connect(self._paste)
        parts.grid.typed.connect(parts.search.type_on)
        parts.preview.closed.connect(self.gallery.refresh)
        parts.sidebar.chosen.connect(self.gallery.show_place)
        parts.empty.clear_search.connect(parts.search.clear)
        parts.empty.try_again.connect(self._open)
        self.intake.picture.connect(parts.search.add_picture)
        self.intake.folders.connect(self.session.add_folders)
        self.intake.failed.connect(self._search_failed)

    def _connect_models(self) -> None:
        self.commands.models.setVisible(self.models is not None)
        if self.models is not None:
            self.model_commands = ModelCommands(self, self.parts, self.session, self.models)
            self.commands.models.triggered.connect(self.model_commands.show_models)

    def _model_changed(self) -> None:
        self.parts.status.set_loading(True)
        self.gallery.doubt_answers()

    def _connect_sessions(self) -> None:
        session = self.session
        session.opened.connect(self._opened)
        session.unreadable.connect(self._unreadable)
        session.photos_changed.connect(self.gallery.take_photos)
        session.photos_changed.connect(self.values.doubt)
        session.info_changed.connect(self._take_info)
        session.ready.connect(self._model_ready)
        session.model_failed.connect(self._model_failed)
        session.model_changed.connect(self._model_changed)
        session.outdated.connect(self._outdated)
        session.noticed.connect(self._notice)
        session.folders_changed.connect(self._take_folders)
        session.work.started.connect(self.gallery.choose_page)
        session.work.ended.connect(self.gallery.choose_page)
        self.gallery.failed.connect(self._search_failed)
        self.labels.changed.connect(self.values.doubt)
        self.labels.files.replaced.connect(self.search_commands.kept.read)
        self.labels.changed.connect(self.gallery.find_by_labels)
