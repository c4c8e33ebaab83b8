"""The line at the foot of the window: what there is, and what is being done."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from clipsearch.core.types import LibraryInfo
from clipsearch.gui.elided import ElidedButton, ElidedLabel
from clipsearch.gui.work import State, Work, number, short_line

_BAR_WIDTH = 140
_FINEST = 1_000_000
"""Steps of a bar, at most."""
_ROOM_FOR_ALL = 640
"""Logical pixels of the window below which the words of the work have the place of the bar."""


class StatusLine(QWidget):
    """Facts at the left, work with its buttons at the right. GUI thread only."""

    cancelled = Signal()
    """The user wants indexing to stop."""
    paused = Signal()
    """The user wants indexing to rest, or to go on."""
    asked = Signal()
    """The user wants to know more of the work, or of what was skipped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the line, without facts or work."""
        super().__init__(parent)
        self._info: LibraryInfo | None = None
        self._hits: int | None = None
        self._place: tuple[str, int] | None = None
        self._loading = False
        self._skipped = 0
        self._current: Work | None = None
        self._facts = ElidedLabel()
        self._facts.setAccessibleName(self.tr("Library"))
        self._work = ElidedButton()
        self._work.setToolTip(self.tr("Show all activity"))
        self._work.setAccessibleDescription(self.tr("Shows all work, and the skipped files."))
        self._work.clicked.connect(self.asked)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setMaximumHeight(10)
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        self._pause = QPushButton(self.tr("Pause"), flat=True)
        self._pause.clicked.connect(self.paused)
        self._cancel = QPushButton(self.tr("Cancel"), flat=True)
        self._cancel.setAccessibleDescription(
            self.tr("Stops indexing; what is finished stays in the library.")
        )
        self._cancel.clicked.connect(self.cancelled)
        self._arrange()
        self.show_work(None)

    @property
    def facts(self) -> str:
        """The left part, as shown."""
        return self._facts.text()

    @property
    def work(self) -> str:
        """The right part, as shown."""
        return self._work.words

    def set_info(self, info: LibraryInfo) -> None:
        """Show the number of photos, the model and the device."""
        self._info = info
        self._refresh()

    def set_hits(self, hits: int | None) -> None:
        """Show how many photos a query found; ``None`` when nothing is searched."""
        self._hits = hits
        self._refresh()

    def set_loading(self, loading: bool) -> None:
        """Show that the model is on its way."""
        self._loading = loading
        self._refresh()

    def set_place(self, name: str, photos: int) -> None:
        """Show that the photos of one folder are shown, and how many; of none if it is empty."""
        self._place = (name, photos) if name else None
        self._refresh()

    def set_skipped(self, count: int) -> None:
        """Show how many files were left out, while there is no work to tell of."""
        self._skipped = count
        if self._current is None:
            self.show_work(None)

    def show_work(self, work: Work | None, *, is_paused: bool = False) -> None:
        """Show what is being done; ``None`` if nothing is."""
        self._current = work
        self._work.set_words(self._skipped_words() if work is None else short_line(work))
        self._work.setVisible(bool(self._work.words))
        if work is not None:
            show_progress(self._bar, work)
            self._pause.setText(self.tr("Resume") if is_paused else self.tr("Pause"))
            self._cancel.setEnabled(work.can_stop and work.state is not State.STOPPING)
            self._pause.setEnabled(self._cancel.isEnabled() and work.task.is_indexing)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Do without the bar where there is little room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        works = self._current is not None
        has_room = self.width() >= _ROOM_FOR_ALL
        self._bar.setVisible(works and has_room)
        self._pause.setVisible(works and has_room)
        self._cancel.setVisible(works)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 10, 3)
        row.setSpacing(10)
        row.addWidget(self._facts, 1)
        for widget in (self._work, self._bar, self._pause, self._cancel):
            row.addWidget(widget)
        # One width for both its words: what stands beside it does not move.
        self._pause.setText(self.tr("Resume"))
        self._pause.setMinimumWidth(self._pause.sizeHint().width())
        # One height whether or not there is work: the grid above does not move.
        self.setFixedHeight(max(self.sizeHint().height(), self._cancel.sizeHint().height() + 6))

    def _skipped_words(self) -> str:
        if not self._skipped:
            return ""
        if self._skipped == 1:
            return self.tr("1 file skipped")
        return self.tr("{count} files skipped").format(count=number(self._skipped))

    def _refresh(self) -> None:
        parts = []
        photos = "" if self._info is None else self._photos(self._info.photos)
        if self._place is not None:
            name, shown_photos = self._place
            shown = self._photos(shown_photos)
            parts.append(self.tr("{folder}: {photos}").format(folder=name, photos=shown))
        elif self._hits is None:
            parts.append(photos)
        else:
            parts += [self.tr("{count} found").format(count=number(self._hits)), photos]
        if self._info is not None:
            parts.append(self._info.model)
        if self._loading:
            parts.append(self.tr("loading the model…"))
        elif self._info is not None and self._info.device:
            parts.append(self._info.device)
        self._facts.setText(" · ".join(part for part in parts if part))
        self._facts.setToolTip(self._facts.text())

    def _photos(self, count: int) -> str:
        if count == 1:
            return self.tr("1 photo")
        return self.tr("{count} photos").format(count=number(count))


def show_progress(bar: QProgressBar, work: Work) -> None:
    """Fill a bar as far as work has come; it moves to and fro while nobody knows how far."""
    if work.total:
        unit = 1 + work.total // _FINEST  # Bytes do not fit into C's int.
        bar.setRange(0, work.total // unit)
        bar.setValue(work.done // unit)
        return
    # What rests must not seem to move.
    bar.setRange(0, 0 if work.state is State.RUNNING else 1)
    bar.setValue(0)
