"""Photos of a group side by side, over everything else: same zoom, same place."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.comparison_pane import ComparisonPane
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.duplicate_choices import Choice
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.overlay import Overlay
from clipsearch.gui.photo_facts import fate
from clipsearch.gui.thumbnails import load_preview
from clipsearch.gui.viewport import Viewport
from clipsearch.gui.work import number

_PANES = 4
"""Photos side by side, at most."""
_SHARP_EDGE = 4096
"""Device pixels of pictures that are looked at closely."""


class Comparison(Overlay):
    """Covers its parent while open: at the left what is kept, at the right the others.

    They are shown one at a time, or as many as there is room for. GUI thread only.
    """

    closed = Signal(int, int)
    """The row and the place of the photo that was looked at last."""
    changed = Signal(int)
    """In the group of this row another photo is kept, or is to go."""
    failed = Signal(object)
    """The exception: a photo cannot be shown."""

    def __init__(self, source: PictureSource, runner: JobRunner, parent: QWidget) -> None:
        """Make it, hidden, over the whole of ``parent``."""
        super().__init__(parent)
        self._source = source
        self._runner = runner
        self._choices: Sequence[Choice] = ()
        self._row = 0
        self._place = 1
        self.viewport = Viewport(self)
        self.panes = [ComparisonPane(self.viewport) for _ in range(_PANES)]
        self._caption = ElidedLabel()
        self._caption.setForegroundRole(QPalette.ColorRole.Text)
        self._tick = QPushButton()
        self._all = QPushButton(self.tr("Show All (A)"))
        self._all.setCheckable(True)
        self._all.toggled.connect(self._show)
        self._close = QToolButton(autoRaise=True)
        self._close.setIconSize(QSize(24, 24))
        self._close.setToolTip(self.tr("Close (Escape)"))
        self._close.setAccessibleName(self.tr("Close"))
        self._close.clicked.connect(self.leave)
        self._loading = QTimer(self, interval=150, singleShot=True)
        self._loading.timeout.connect(self._load)
        self.viewport.changed.connect(self._sharpen)
        self._edge = 0
        self._arrange()
        self._tint()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAccessibleName(self.tr("Comparison"))
        self.setAccessibleDescription(
            self.tr(
                "Left and Right show other photos of the group, Up and Down other groups. "
                "K keeps the framed photo, X ticks it, A shows several, Escape goes back."
            )
        )

    @property
    def is_settled(self) -> bool:
        """Whether no picture has still to be asked for."""
        return not self._loading.isActive()

    @property
    def caption(self) -> str:
        """The line below the photos."""
        return self._caption.text()

    def open_group(self, choices: Sequence[Choice], row: int, place: int) -> None:
        """Compare the photos of a group, the one at a place with the one that is kept."""
        self._choices = choices
        self.cover()
        self._enter(row, place)

    def leave(self) -> None:
        """Go back to what is below."""
        if self.isVisible():
            self.hide()
            self.closed.emit(self._row, self._place)

    def keep(self) -> None:
        """Keep the framed photo; the one that was kept becomes one of the others."""
        kept = self._choice.kept
        self._choice.keep(self._place)
        self._place = kept
        self.changed.emit(self._row)
        self._show()

    def toggle(self) -> None:
        """Let the framed photo go, or stay."""
        self._choice.toggle(self._place)
        self.changed.emit(self._row)
        self._show()

    def go(self, step: int) -> None:
        """Frame another photo of the group, and show it."""
        others = self._others
        at = others.index(self._place) + step
        if 0 <= at < len(others):
            self._place = others[at]
            self._show()

    def go_to_group(self, step: int) -> None:
        """Compare the photos of another group, if there is one."""
        row = self._row + step
        if 0 <= row < len(self._choices):
            self._enter(row, self._choices[row].kept)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As `accessibleDescription` says; 0 shows the photos whole."""
        acts: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Left: lambda: self.go(-1),
            Qt.Key.Key_Right: lambda: self.go(1),
            Qt.Key.Key_Up: lambda: self.go_to_group(-1),
            Qt.Key.Key_Down: lambda: self.go_to_group(1),
            Qt.Key.Key_K: self.keep,
            Qt.Key.Key_X: self.toggle,
            Qt.Key.Key_A: self._all.click,
            Qt.Key.Key_0: self.viewport.reset,
            **dict.fromkeys(
                (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space),
                self.leave,
            ),
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    @property
    def _choice(self) -> Choice:
        return self._choices[self._row]

    @property
    def _others(self) -> list[int]:
        choice = self._choice
        return [place for place in range(len(choice.photos)) if place != choice.kept]

    @property
    def _places(self) -> list[int]:
        """What is shown: the photo that is kept, and the framed one with its neighbours."""
        others = self._others
        beside = len(self.panes) - 1 if self._all.isChecked() else 1
        at = others.index(self._place)
        # Page by page: the frame moves, and the photos stay as long as they can.
        first = at - at % beside
        return [self._choice.kept, *others[first : first + beside]]

    def _enter(self, row: int, place: int) -> None:
        self._row = row
        self._place = place if place != self._choice.kept else self._others[0]
        self.viewport.reset()
        self._show()

    def _show(self) -> None:
        choice, places = self._choice, self._places
        shown = [choice.photos[place] for place in places]
        for number_of, pane in enumerate(self.panes):
            pane.setVisible(number_of < len(places))
        for pane, place in zip(self.panes, places, strict=False):
            is_new = pane.show_photo(
                choice.photos[place], fate(choice, place), is_active=place == self._place
            )
            pane.show_facts(shown)
            if is_new:
                self._edge = 0
        is_going = choice.is_going(self._place)
        self._tick.setText(self.tr("Let It Stay (X)") if is_going else self.tr("To the Bin (X)"))
        self._all.setEnabled(len(choice.photos) > 2)
        is_all = self._all.isChecked()
        self._all.setText(self.tr("Show Two (A)") if is_all else self.tr("Show All (A)"))
        self._write_caption()
        self._sharpen()

    def _write_caption(self) -> None:
        others = self._others
        position = self.tr("{place} of {count} beside the one that is kept").format(
            place=number(others.index(self._place) + 1), count=number(len(others))
        )
        group = self.tr("group {row} of {count}").format(
            row=number(self._row + 1), count=number(len(self._choices))
        )
        self._caption.setText(f"{position}  ·  {group}")

    def _sharpen(self) -> None:
        """Ask for as many pixels as can be seen, a moment later: wheel and edge move in steps."""
        if self.isVisible() and self._wanted_edge() > self._edge:
            self._loading.start()

    def _wanted_edge(self) -> int:
        if self.viewport.zoom > 1:
            return _SHARP_EDGE
        canvas = self.panes[0].canvas
        return round(max(canvas.width(), canvas.height()) * self.devicePixelRatioF())

    def _load(self) -> None:
        self._edge = self._wanted_edge()
        for number_of, pane in enumerate(self.panes):
            if pane.photo is None or not pane.isVisible():
                continue
            job = self._runner.submit(
                Lane.THUMBNAILS,
                load_preview,
                self._source,
                pane.photo.path,
                self._edge,
                topic=f"comparison {number_of}",
            )
            job.succeeded.connect(partial(_fill, pane, pane.photo))
            job.failed.connect(self.failed)

    def _tint(self) -> None:
        self._close.setIcon(tinted_icon("close", self.palette()))

    def _arrange(self) -> None:
        middle = QHBoxLayout()
        for pane in self.panes:
            middle.addWidget(pane, 1)
            pane.resized.connect(self._sharpen)
        foot = QHBoxLayout()
        foot.addWidget(self._caption, 1)
        for button, act in (
            (QPushButton(self.tr("Keep This One (K)")), self.keep),
            (self._tick, self.toggle),
            (QPushButton(self.tr("Previous")), lambda: self.go(-1)),
            (QPushButton(self.tr("Next")), lambda: self.go(1)),
        ):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(act)
            foot.addWidget(button)
        self._all.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        foot.addWidget(self._all)
        foot.addWidget(self._close)
        column = QVBoxLayout(self)
        column.addLayout(middle, 1)
        column.addLayout(foot)


def _fill(pane: ComparisonPane, photo: Photo, image: QImage) -> None:
    if pane.photo == photo:
        pane.canvas.show_image(image)
