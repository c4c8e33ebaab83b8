"""What runs, what waits and what was left out: a panel below the photos."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.problems_view import ProblemsView
from clipsearch.gui.status import show_progress
from clipsearch.gui.work import State, Work, long_line, number

_WAITING_SHOWN = 3
"""Pieces of work that wait and have a row; the others are counted."""
_BAR_WIDTH = 140
_ROOM_FOR_BAR = 540
"""Logical pixels of a row from which on it has a bar."""


class WorkRow(QWidget):
    """One piece of work, with a button that stops it."""

    cancelled = Signal(object)
    """The `Work`."""

    def __init__(self, *, has_bar: bool) -> None:
        """Make a row without work; what runs has a bar."""
        super().__init__()
        self._work: Work | None = None
        self.words = ElidedLabel()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setMaximumHeight(10)
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(lambda: self.cancelled.emit(self._work))
        self._has_bar = has_bar
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.words, 1), (self._bar, 0), (self.cancel, 0)):
            self.row.addWidget(widget, stretch)

    def show_work(self, work: Work | None) -> None:
        """Show a piece of work; ``None`` if nothing is being done."""
        self._work = work
        words = self.tr("Nothing is being done.") if work is None else long_line(work)
        self.words.setText(words)
        self.words.setToolTip(words if work is not None else "")
        self._make_room()
        self.cancel.setEnabled(
            work is not None and work.can_stop and work.state is not State.STOPPING
        )
        if work is not None:
            show_progress(self._bar, work)
            self.cancel.setAccessibleName(self.tr("Cancel: {work}").format(work=work.task.title))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Do without the bar where there is little room for words."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        has_room = self._has_bar and self.width() >= _ROOM_FOR_BAR
        self._bar.setVisible(self._work is not None and has_room)


class Activity(QFrame):
    """Shows all work and the skipped files. GUI thread only."""

    closed = Signal()
    paused = Signal()
    """The user wants all work to rest, or to go on."""
    cancelled = Signal(object)
    """The `Work` that is to stop."""
    share_chosen = Signal(float)
    """Use so much of the machine at most, in (0, 1]."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the panel, with nothing to do."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Activity"))
        self.problems = ProblemsView()
        self.pause = QPushButton(self.tr("Pause"))
        self.pause.clicked.connect(self.paused)
        self.current = WorkRow(has_bar=True)
        self.current.row.insertWidget(2, self.pause)
        self._waiting = [WorkRow(has_bar=False) for _ in range(_WAITING_SHOWN)]
        self._more = QLabel()
        for row in (self.current, *self._waiting):
            row.cancelled.connect(self.cancelled)
        self.share = QComboBox()
        self.share.setAccessibleName(self.tr("Use of the machine, at most"))
        self.share.activated.connect(
            lambda row: self.share_chosen.emit(float(self.share.itemData(row)))
        )
        self._close = QToolButton(autoRaise=True)
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close the activity"))
        self._close.clicked.connect(self.closed)
        self._arrange()
        self._tint()
        self.show_works((), is_paused=False)

    def show_works(self, works: Sequence[Work], *, is_paused: bool) -> None:
        """Show what is being done and what waits for it."""
        self.current.show_work(works[0] if works else None)
        self.pause.setText(self.tr("Resume") if is_paused else self.tr("Pause"))
        can_rest = bool(works) and works[0].task.is_indexing
        self.pause.setEnabled(can_rest and self.current.cancel.isEnabled())
        waiting = works[1:]
        for number_of, row in enumerate(self._waiting):
            row.setVisible(number_of < len(waiting))
            if number_of < len(waiting):
                row.show_work(waiting[number_of])
        more = len(waiting) - _WAITING_SHOWN
        self._more.setVisible(more > 0)
        self._more.setText(self.tr("and {count} more").format(count=number(more)))

    def show_share(self, share: float) -> None:
        """Offer how much of the machine may be used; ``share`` is how much is, in (0, 1]."""
        self.share.clear()
        shares = {
            1.0: self.tr("All"),
            0.5: self.tr("Half"),
            0.25: self.tr("A quarter"),
        }
        # What the settings say may be none of these.
        percent = self.tr("{percent} %").format(percent=round(share * 100))
        shares = dict(sorted({share: percent, **shares}.items(), reverse=True))
        for value, words in shares.items():
            self.share.addItem(words, value)
        self.share.setCurrentIndex(list(shares).index(share))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the panel when the focus is in it."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self._close.setIcon(tinted_icon("close", self.palette()))

    def _arrange(self) -> None:
        title = QLabel(self.tr("Activity"))
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        use = ElidedLabel()
        use.setText(self.tr("Use of the machine, at most"))
        use.setBuddy(self.share)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        for widget in (use, self.share, self._close):
            head.addWidget(widget)
        # One width for both its words: what stands beside it does not move.
        self.pause.setText(self.tr("Resume"))
        self.pause.setMinimumWidth(self.pause.sizeHint().width())
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 6, 10, 8)
        column.addLayout(head)
        for row in (self.current, *self._waiting, self._more):
            column.addWidget(row)
        column.addWidget(self.problems, 1)
