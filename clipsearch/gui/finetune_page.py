"""The page on which a model is trained: choosing, the run, and what came of it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from clipsearch.gui.finetune_choice import ChoiceView
from clipsearch.gui.finetune_gallery import PhotoOf
from clipsearch.gui.finetune_outcome import OutcomeView
from clipsearch.gui.finetune_running import RunningView
from clipsearch.gui.finetune_runs import WaitingRuns
from clipsearch.gui.thumbnails import Thumbnails


class TrainingPage(QWidget):
    """Stands in place of the photos while "Train" is chosen. GUI thread only."""

    def __init__(self, make_thumbnails: Callable[[], Thumbnails], photo_of: PhotoOf) -> None:
        """Make the page, with nothing to choose yet; see `GalleryView`."""
        super().__init__()
        self.setAccessibleName(self.tr("Train"))
        self.waiting = WaitingRuns()
        self.choice = ChoiceView(make_thumbnails, photo_of)
        self.running = RunningView()
        self.outcome = OutcomeView(make_thumbnails, photo_of)
        self._pages = QStackedWidget()
        self._areas: dict[QWidget, QScrollArea] = {}
        for view in (self.choice, self.running, self.outcome):
            area = QScrollArea(widgetResizable=True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidget(view)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self._areas[view] = area
            self._pages.addWidget(area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.waiting)
        column.addWidget(self._pages, 1)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return all(one.is_settled for one in (self.choice, self.running, self.outcome))

    @property
    def view(self) -> QWidget:
        """What is shown: `choice`, `running` or `outcome`."""
        shown = self._pages.currentWidget()
        return next(view for view, area in self._areas.items() if area is shown)

    def show_view(self, view: QWidget) -> None:
        """Show one of the three, from its top."""
        self._pages.setCurrentWidget(self._areas[view])
        self._areas[view].verticalScrollBar().setValue(0)
        self.waiting.setVisible(view is self.choice and bool(self.waiting.runs))
