"""What can be done with models: the dialog that lists them, the questions and the news."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.core.types import LibraryInfo, ModelState, SpaceState
from clipsearch.errors import ClipSearchError
from clipsearch.gui import excepthook
from clipsearch.gui.dialogs import ask, ask_for_folder, ask_for_weights
from clipsearch.gui.import_dialog import ImportDialog
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Kind, MessageBar, Subject
from clipsearch.gui.messages import sentence
from clipsearch.gui.model_session import Fetched, ModelSession, Removed
from clipsearch.gui.model_words import idle_spaces
from clipsearch.gui.models_dialog import ModelsDialog
from clipsearch.gui.work import Task, Work, size

if TYPE_CHECKING:
    from clipsearch.ml.downloads import Offer

_Action = tuple[str, Callable[[], object]]


class ModelCommands(QObject):
    """Ties the dialog of the models to the library and to the models folder. GUI thread only."""

    def __init__(
        self, window: QWidget, parts: Parts, session: LibrarySession, models: ModelSession
    ) -> None:
        """Connect everything; the dialog is made when it is first asked for."""
        super().__init__(window)
        self._window = window
        self._parts = parts
        self._session = session
        self._models = models
        self._photos = 0
        self._next = ""
        self._dialog: ModelsDialog | None = None
        session.info_changed.connect(self._take_info)
        session.work.changed.connect(self._show_works)
        session.work.failed.connect(self._change_failed)
        session.model_changed.connect(self._changed)
        session.model_stopped.connect(self._change_stopped)
        session.space_forgotten.connect(self._forgotten)
        models.work.changed.connect(self._show_works)
        models.listed.connect(self._take_states)
        models.offered.connect(self._ask_to_download)
        models.fetched.connect(self._fetched)
        models.removed.connect(self._removed)
        models.stopped.connect(self._download_stopped)
        models.failed.connect(self._failed)

    def show_models(self) -> None:
        """Open the dialog, or bring it to the front."""
        if self._dialog is None:
            self._dialog = self._make_dialog()
        self._models.look()
        self._dialog.show()
        self._show_works()
        self._dialog.activateWindow()
        self._dialog.list.setFocus()

    @property
    def dialog(self) -> ModelsDialog | None:
        """The dialog; ``None`` before it was first asked for."""
        return self._dialog

    def _make_dialog(self) -> ModelsDialog:
        dialog = ModelsDialog(self._window)
        dialog.used.connect(lambda state: self._use(state.name))
        dialog.download_wanted.connect(lambda state: self._ask_hub(state.name))
        dialog.removal_wanted.connect(self._ask_to_remove)
        dialog.forgetting_wanted.connect(self._ask_to_forget)
        dialog.folder_import_wanted.connect(self._import_folder)
        dialog.file_import_wanted.connect(self._import_file)
        dialog.cancelled.connect(self._cancel)
        return dialog

    # What there is, and what is being done

    def _take_info(self, info: LibraryInfo) -> None:
        self._photos = info.photos
        if self._is_open:
            self._models.look()

    def _take_states(self, states: list[ModelState]) -> None:
        if self._dialog is not None:
            self._dialog.show_states(states, self._photos)
            self._dialog.choose(self._next)
            self._next = ""

    def _show_works(self) -> None:
        if self._dialog is None or not self._is_open:
            return
        works = (*self._session.work.works, *self._models.work.works)
        of_models = {work.task.model: work for work in works if work.task.model}
        busy = [*of_models.values(), *self._models.work.works]
        self._dialog.show_works(of_models, busy[0] if busy else None)

    def _cancel(self, work: Work) -> None:
        self._session.work.cancel(work)
        self._models.work.cancel(work)

    # Changing to another model

    def _use(self, name: str) -> None:
        self._clear()
        self._session.use_model(name)

    def _changed(self, name: str) -> None:
        self._say(self.tr("Searches use {model} now.").format(model=name))

    def _change_stopped(self, name: str) -> None:
        words = self.tr(
            "The change to {model} was stopped: searches go on as before, and what was embedded "
            "is kept."
        )
        self._say(words.format(model=name), action=(self.tr("Go On"), lambda: self._use(name)))

    def _change_failed(self, task: Task, error: Exception) -> None:
        # The window tells it anyway, but the dialog may be before it.
        if task.model and self._is_open and isinstance(error, ClipSearchError):
            self._failed(error)

    # Downloading

    def _ask_hub(self, name: str) -> None:
        self._say(self.tr("Asking for size and licence of {model}…").format(model=name))
        self._models.ask_for(name)

    def _ask_to_download(self, offer: "Offer") -> None:
        self._clear()
        facts = [
            self.tr("Size: {size}").format(size=size(offer.file.size)),
            self.tr("Licence: {name}").format(name=offer.licence or self.tr("not stated")),
            self.tr("From: {address}").format(address=offer.file.url.partition("/resolve/")[0]),
        ]
        if offer.fetched:
            here = self.tr("{size} of it are here already.")
            facts.append(here.format(size=size(offer.fetched)))
        ask(
            self._parent,
            self.tr("Download a model"),
            self.tr("Download {model}?").format(model=offer.name),
            "\n".join(facts),
            self.tr("Download"),
            lambda: self._models.download(offer),
        )

    def _fetched(self, fetched: Fetched) -> None:
        name = fetched.name
        words = self.tr("{model} is on this machine now.").format(model=name)
        self._say(words, action=(self.tr("Use It"), lambda: self._use(name)))
        self._next = name
        if self._dialog is not None:
            self._dialog.filter.clear()

    def _download_stopped(self, name: str) -> None:
        words = self.tr("The download of {model} was stopped: what was fetched is kept.")
        go_on = (self.tr("Go On…"), lambda: self._ask_hub(name))
        self._say(words.format(model=name), action=go_on)

    # Importing

    def _import_folder(self) -> None:
        title = self.tr("Import the folder of a model")
        ask_for_folder(self._parent, Path.home(), self._ask_to_import, title=title)

    def _import_file(self) -> None:
        ask_for_weights(self._parent, Path.home(), self._ask_to_import)

    def _ask_to_import(self, path: Path) -> None:
        self._clear()
        question = ImportDialog(self._parent, path, self._models.take)
        self._models.architectures_known.connect(question.show_architectures)
        self._models.look_for_architectures()
        question.open()

    # Deleting

    def _ask_to_remove(self, state: ModelState) -> None:
        more = self.tr("This frees {size}.").format(size=size(state.disk_bytes))
        if state.source == "open_clip":
            more += " " + self.tr("It can be downloaded again.")
        if state.spaces:
            more += " " + self.tr("Its index of this library stays until it is deleted, too.")
        ask(
            self._parent,
            self.tr("Remove a model"),
            self.tr("Remove {model} from this machine?").format(model=state.name),
            more,
            self.tr("Remove"),
            lambda: self._models.remove(state.name),
        )

    def _ask_to_forget(self, state: ModelState) -> None:
        spaces = idle_spaces(state)
        freed = size(sum(space.disk_bytes for space in spaces))
        more = self.tr(
            "This frees {size}. Photos and model stay; to use the model again, all photos are "
            "embedded anew."
        )
        ask(
            self._parent,
            self.tr("Delete an index"),
            self.tr("Delete the index of {model}?").format(model=state.name),
            more.format(size=freed),
            self.tr("Delete"),
            lambda: self._forget(spaces),
        )

    def _forget(self, spaces: list[SpaceState]) -> None:
        for space in spaces:
            self._session.forget_space(space)

    def _removed(self, removed: Removed) -> None:
        words = self.tr("{model} was removed, which frees {size}.")
        self._say(words.format(model=removed.name, size=size(removed.freed)))

    def _forgotten(self, space: SpaceState) -> None:
        words = self.tr("The index of {model} was deleted, which frees {size}.")
        self._say(words.format(model=space.model, size=size(space.disk_bytes)))
        self._models.look()

    # Telling

    @property
    def _is_open(self) -> bool:
        return self._dialog is not None and self._dialog.isVisible()

    @property
    def _parent(self) -> QWidget:
        """Where questions belong."""
        return self._dialog if self._dialog is not None and self._is_open else self._window

    @property
    def _messages(self) -> MessageBar:
        """Where the user looks."""
        if self._dialog is not None and self._is_open:
            return self._dialog.messages
        return self._parts.messages

    def _say(self, words: str, kind: Kind = Kind.NOTE, action: _Action | None = None) -> None:
        self._clear()
        self._messages.show_message(words, kind, subject=Subject.MODELS, action=action)

    def _clear(self) -> None:
        self._parts.messages.clear(Subject.MODELS)
        if self._dialog is not None:
            self._dialog.messages.clear(Subject.MODELS)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, ClipSearchError):
            self._say(sentence(error), Kind.ERROR)
        else:
            excepthook.hand_over(error)
