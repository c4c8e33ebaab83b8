"""Tags, collections and ratings in the window: makes the parts of it and ties them to the rest."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.actions import Actions
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.inspector_section import Section
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.label_commands import LabelCommands
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.label_panel import LabelPanel
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Kind, Subject
from clipsearch.gui.originals import OriginalsWriter
from clipsearch.gui.photo_labels import PhotoLabels
from clipsearch.gui.review_commands import ReviewCommands
from clipsearch.gui.sidecar_commands import SidecarCommands
from clipsearch.gui.smart_collections import SmartCollections
from clipsearch.gui.tag_search import TagSearch
from clipsearch.gui.undo_commands import UndoCommands
from clipsearch.gui.vocabulary_commands import VocabularyCommands
from clipsearch.gui.window_state import WindowState
from clipsearch.gui.word_files import WordFiles
from clipsearch.gui.work_queue import WorkQueue

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter


class Labelling(QObject):
    """What the window does with the user's words. GUI thread only."""

    changed = Signal()
    """Something else is said of the photos than before, and has been read."""
    failed = Signal(object)
    """The exception: something was not kept, or cannot be read."""

    def __init__(
        self,
        library: PhotoLibrary,
        runner: JobRunner,
        make_tagger: TaggerMaker | None,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        window: QWidget,
    ) -> None:
        """Connect everything; nothing is read before the library has photos.

        Args:
            library: Keeps what is said.
            runner: Runs everything slow.
            make_tagger: Gives what suggests tags; ``None`` leaves that out.
            actions: Of the window.
            parts: Of the window.
            session: Tells when there are photos.
            window: The window.
        """
        super().__init__(window)
        self._library = library
        self._library_session = session
        self._runner = runner
        self._window = window
        self._make_tagger = make_tagger
        self._actions = actions
        self._parts = parts
        self._is_changed = False
        self.panel: LabelPanel | None = None
        self.session = LabelSession(library, runner, make_tagger, self)
        self.photos = PhotoLabels(actions, parts, self.session, window)
        UndoCommands(actions, self.session, parts.messages, self)
        SmartCollections(actions, parts, self.session, window)
        self.reviewing = ReviewCommands(actions, parts, self.session, window)
        self.files = WordFiles(actions, parts, session, self.session, window)
        self.sidecars = SidecarCommands(
            library, runner, actions, parts, session, self.session, window
        )
        self.originals = OriginalsWriter(
            library, runner, actions, parts, session, self.session, window
        )
        self.vocabulary = VocabularyCommands(actions, parts, session, self.session, window)
        session.photos_changed.connect(self._look)
        self.session.changed.connect(self._note)
        self.session.read.connect(self._follow)
        self.session.failed.connect(self.failed)
        self.session.noticed.connect(self._tell_of_backup)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was said has been read again, and is shown."""
        return self.session.is_settled and self.reviewing.is_settled

    @property
    def works(self) -> list[WorkQueue]:
        """The long work that this makes."""
        return [self.tag_search.work, self.sidecars.work, self.originals.work]

    def search_for_tags(self, state: WindowState, usual: float) -> None:
        """Let the user look for tags.

        Args:
            state: Remembers how many are wanted.
            usual: How many are wanted by the settings, in [0, 1].
        """
        self.tag_search = TagSearch(
            self._actions,
            self._parts,
            self._library_session,
            self.session,
            self._runner,
            self._make_tagger,
            state,
            usual,
            self._window,
        )

    def make_sections(self) -> list[Section]:
        """Make the inspector's sections on what is said of the chosen photos."""
        # Not before the first paint.
        from clipsearch.gui.collection_section import CollectionSection
        from clipsearch.gui.tag_section import TagSection

        tags = TagSection(self._library, self._make_tagger, self.session, self.photos.marks)
        tags.tag_wanted.connect(self.show_tag)
        collections = CollectionSection(self._library, self.session)
        collections.collection_wanted.connect(self.show_collection)
        collections.left.connect(self._parts.grid.enter)
        return [tags, collections]

    def show_tag(self, name: str) -> None:
        """Show the photos that have a tag."""
        from clipsearch.core.filters import Tag  # As above.

        self._show_photos(Tag(name))

    def show_collection(self, name: str) -> None:
        """Show the photos of a collection."""
        from clipsearch.core.filters import Collection  # As above.

        self._show_photos(Collection(name))

    def _show_photos(self, one: "Filter") -> None:
        self._parts.show_photos()
        self._parts.sidebar.leave_places()
        self._parts.search.search_by(one)

    def _look(self, photos: list[Photo]) -> None:
        if not photos:
            return
        if self.panel is None:
            self.panel = LabelPanel()
            commands = LabelCommands(
                self._actions, self._parts, self.session, self.photos, self.panel, self
            )
            commands.tag_wanted.connect(self.show_tag)
            commands.collection_wanted.connect(self.show_collection)
            commands.review_wanted.connect(self.reviewing.review)
            commands.edit_wanted.connect(self.vocabulary.edit)
            self._parts.sidebar.add_panel(self.panel, self.panel.tab_order)
        self.session.look()

    def _tell_of_backup(self, words: str) -> None:
        more = self.tr("What you say is kept all the same; a backup is tried again at the end.")
        told = f"{words} {more}"
        self._parts.messages.show_message(told, Kind.ERROR, subject=Subject.BACKUP)

    def _note(self) -> None:
        self._is_changed = True

    def _follow(self) -> None:
        if self._is_changed:
            self._is_changed = False
            self.changed.emit()
