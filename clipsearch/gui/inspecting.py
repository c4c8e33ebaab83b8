"""Follows the choice of photos in the grid, and lets the inspector tell of them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from clipsearch.errors import ClipSearchError
from clipsearch.gui import excepthook
from clipsearch.gui.actions import Actions
from clipsearch.gui.contracts import PhotoLibrary, PictureSource
from clipsearch.gui.inspector_section import Chosen, Section
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.gui.layout import Parts

_LOOK_MS = 30
"""Between two looks at the choice, which may change with every move of the mouse."""
_REST_MS = 150
"""The arrow keys repeat faster than this: nothing is read of photos that are passed by."""


class Inspecting(QObject):
    """Does nothing while the inspector is hidden. GUI thread only."""

    def __init__(
        self,
        library: PhotoLibrary,
        source: PictureSource,
        actions: Actions,
        parts: Parts,
        runner: JobRunner,
        make_said: Callable[[], Sequence[Section]],
        parent: QObject,
    ) -> None:
        """Tell of nothing yet.

        Args:
            library: Knows of the photos.
            source: Reads pictures that are searched by.
            actions: Some of which the inspector offers.
            parts: With the grid and the inspector.
            runner: Answers the sections' questions.
            make_said: Makes the sections on what the user says of the photos.
            parent: Owns this.
        """
        super().__init__(parent)
        self._library = library
        self._source = source
        self._actions = actions
        self._thumbnails = parts.thumbnails
        self._grid, self._model = parts.grid, parts.model
        self._inspector = parts.inspector
        self._runner = runner
        self._make_said = make_said
        self._shown: Chosen | None = None
        self._jobs: list[Job] = []
        self._looking = QTimer(self, interval=_LOOK_MS, singleShot=True)
        self._looking.timeout.connect(self._look)
        self._resting = QTimer(self, interval=_REST_MS, singleShot=True)
        self._resting.timeout.connect(self._ask)
        selection = parts.grid.selectionModel()
        selection.currentChanged.connect(self._look_soon)
        selection.selectionChanged.connect(self._look_soon)
        # A reset forgets the selection without a word.
        parts.model.modelReset.connect(self._look_soon)
        parts.inspector.visibility_changed.connect(self._follow_visibility)
        parts.inspector.left.connect(parts.grid.enter)

    @property
    def is_settled(self) -> bool:
        """Whether the inspector tells of what is chosen, and has asked all it wants to know."""
        return not (self._looking.isActive() or self._resting.isActive())

    def _follow_visibility(self) -> None:
        if self._inspector.isVisible():
            self._look_soon()
        else:
            self._stop()

    def _stop(self) -> None:
        self._looking.stop()
        self._forget()

    def _look_soon(self) -> None:
        if self._inspector.isVisible() and not self._looking.isActive():
            self._looking.start()

    def _look(self) -> None:
        chosen = self._chosen()
        if chosen == self._shown:
            return
        self._forget()
        self._shown = chosen
        if not chosen.photos:
            self._inspector.show_nothing()
            return
        if not self._inspector.sections:
            self._inspector.fill(self._make_sections())
        for section in self._inspector.sections:
            section.show_chosen(chosen)
        self._inspector.show_sections()
        self._resting.start()

    def _make_sections(self) -> list[Section]:
        """Make all sections, as they stand from the top; not before the window's first paint."""
        from clipsearch.gui.facts_section import FactsSection
        from clipsearch.gui.photo_section import PhotoSection
        from clipsearch.gui.why_section import WhySection

        return [
            PhotoSection(self._thumbnails, self._source, self._actions.of_a_photo),
            WhySection(self._source),
            *self._make_said(),
            FactsSection(self._library, self._source),
        ]

    def _chosen(self) -> Chosen:
        photos = self._grid.selected_photos()
        if len(photos) > 1:
            return Chosen(tuple(photos))
        index = self._grid.currentIndex()
        if not index.isValid():
            return Chosen()
        return Chosen((self._model.photo(index.row()),), self._model.hit(index.row()))

    def _ask(self) -> None:
        assert self._shown is not None
        for number, section in enumerate(self._inspector.sections):
            question = section.question(self._shown)
            if question is None:
                continue
            job = self._runner.submit(Lane.INSPECTOR, question, topic=f"inspector {number}")
            job.succeeded.connect(section.show_answer)
            job.failed.connect(lambda error, section=section: self._fail(section, error))
            self._jobs.append(job)

    def _fail(self, section: Section, error: Exception) -> None:
        if isinstance(error, ClipSearchError):
            section.show_failure(error)
        else:
            excepthook.hand_over(error)

    def _forget(self) -> None:
        """Want no answers any more; what was shown is to be asked for again."""
        self._resting.stop()
        self._shown = None
        for job in self._jobs:
            job.cancel()
        self._jobs.clear()
