"""One photo large, over the grid: arrow keys go on, Escape goes back.

A rectangle that is drawn on it is a part to search by.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QImage, QKeyEvent, QMouseEvent, QPalette, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from clipsearch.core.query import Picture
from clipsearch.core.types import Photo
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.overlay import Overlay
from clipsearch.gui.photo_canvas import PhotoCanvas
from clipsearch.gui.photo_model import PhotoModel
from clipsearch.gui.thumbnails import Thumbnails, load_preview

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
"""Across and down."""


class Preview(Overlay):
    """Covers its parent while open. GUI thread only."""

    closed = Signal(int)
    """The row that was shown last."""
    moved = Signal(int)
    """Another row is shown."""
    failed = Signal(object)
    """The exception: the photo cannot be shown."""
    part_drawn = Signal(bool)
    """Whether there is a rectangle on the photo now."""
    part_accepted = Signal(bool)
    """Enter, with a rectangle on the photo; tells whether it is added to the search (Shift)."""

    def __init__(
        self,
        model: PhotoModel,
        thumbnails: Thumbnails,
        source: PictureSource,
        runner: JobRunner,
        parent: QWidget,
    ) -> None:
        """Make the preview, hidden, over the whole of ``parent``."""
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._source = source
        self._runner = runner
        self._row = 0
        self._canvas = PhotoCanvas()
        self._canvas.region_changed.connect(self._take_region)
        self._caption = ElidedLabel()
        self._caption.setForegroundRole(QPalette.ColorRole.Text)
        self._hint = ElidedLabel()
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._part_buttons: list[QToolButton] = []
        self._back = self._button("close", self.tr("Close (Escape)"), self.leave)
        self._previous = self._button("previous", self.tr("Previous"), lambda: self.go(-1))
        self._next = self._button("next", self.tr("Next"), lambda: self.go(1))
        self._foot = QHBoxLayout()
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAccessibleName(self.tr("Photo"))
        self.setAccessibleDescription(
            self.tr("Arrow keys show the previous and the next photo, Escape goes back.")
        )
        self._take_region()
        model.modelReset.connect(self.leave)
        model.rowsInserted.connect(self._take_more)

    @property
    def row(self) -> int:
        """The row that is shown."""
        return self._row

    @property
    def caption(self) -> str:
        """The line below the photo."""
        return self._caption.text()

    @property
    def part(self) -> Picture | None:
        """The part of the photo that is drawn, if one is."""
        region = self._canvas.region
        return Picture(self._model.photo(self._row).path, region) if region else None

    @property
    def canvas(self) -> PhotoCanvas:
        """Where the photo is painted."""
        return self._canvas

    def add_actions(self, actions: list[QAction]) -> None:
        """Offer what can be done with the photo as buttons."""
        for action in actions:
            self._add_button(action)

    def add_part_actions(self, actions: list[QAction]) -> None:
        """Offer what can be done with a part of the photo, as soon as one is drawn."""
        self._part_buttons = [self._add_button(action) for action in actions]
        self._canvas.addActions(actions)
        self._canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._take_region()

    def open_row(self, row: int) -> None:
        """Show a row, over everything else in the parent."""
        self.cover()
        self._show_row(row)

    def leave(self) -> None:
        """Go back to what is below."""
        self._canvas.clear_region()
        if self.isVisible():
            self.hide()
            self.closed.emit(self._row)

    def go(self, step: int) -> None:
        """Show another row, if there is one."""
        row = self._row + step
        if 0 <= row < self._model.rowCount():
            self._show_row(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, right and the like navigate; Escape, Enter and Space go back.

        R puts a rectangle on the photo, Ctrl and Shift with the arrow keys move and stretch it,
        Escape takes it away and Enter searches by it.
        """
        if self._canvas.region is not None and self._has_used(event):
            return
        if event.key() == Qt.Key.Key_R and not event.modifiers():
            self._canvas.place_region()
            return
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageUp: -1,
            Qt.Key.Key_Backspace: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageDown: 1,
            Qt.Key.Key_Home: -self._row,
            Qt.Key.Key_End: self._model.rowCount() - 1 - self._row,
        }
        leaving = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in leaving:
            self.leave()
        elif event.key() in steps:
            self.go(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _has_used(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.part_accepted.emit(is_shifted)
        elif event.key() == Qt.Key.Key_Escape:
            self._canvas.clear_region()
        elif event.key() in _STEPS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._canvas.move_region(*_STEPS[Qt.Key(event.key())])
        elif event.key() in _STEPS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._canvas.stretch_region(*_STEPS[Qt.Key(event.key())])
        else:
            return False
        return True

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click goes back as it came."""
        self.leave()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icons readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button, icon in (
                (self._back, "close"),
                (self._previous, "previous"),
                (self._next, "next"),
            ):
                button.setIcon(tinted_icon(icon, self.palette()))

    def _show_row(self, row: int) -> None:
        self._row = row
        photo = self._model.photo(row)
        self._canvas.clear_region()
        # The thumbnail at once; the sharp picture takes its place without a jump.
        self._canvas.show_pixmap(self._thumbnails.pixmap(photo) or QPixmap(), _size(photo))
        self._write_caption()
        self._previous.setEnabled(row > 0)
        self._enable_next()
        self._load(photo)
        self.moved.emit(row)

    def _take_more(self) -> None:
        """More photos have come below."""
        if self.isVisible():
            self._write_caption()
            self._enable_next()

    def _enable_next(self) -> None:
        self._next.setEnabled(self._row + 1 < self._model.rowCount())

    def _load(self, photo: Photo) -> None:
        edge = round(max(self.width(), self.height()) * self.devicePixelRatioF())
        job = self._runner.submit(
            Lane.THUMBNAILS, load_preview, self._source, photo.path, edge, topic="preview"
        )
        job.succeeded.connect(self._sharpen)
        job.failed.connect(self.failed)

    def _sharpen(self, image: QImage) -> None:
        if self.isVisible():
            photo = self._model.photo(self._row)
            self._canvas.show_pixmap(QPixmap.fromImage(image), _size(photo))

    def _write_caption(self) -> None:
        photo = self._model.photo(self._row)
        position = self.tr("{row} of {count}").format(
            row=self._row + 1, count=self._model.rowCount()
        )
        words = f"{photo.path.name}  ·  {photo.width} \u00d7 {photo.height}  ·  {position}"
        self._caption.setText(words)
        self._caption.setToolTip(str(photo.path))

    def _take_region(self) -> None:
        is_drawn = self._canvas.region is not None
        for button in self._part_buttons:
            button.setVisible(is_drawn)
        if is_drawn:
            words = self.tr("Enter searches by this part, Shift+Enter adds it, Escape drops it")
        else:
            words = self.tr("Draw a rectangle (or press R) to search by a part of the photo")
        self._hint.setText(words)
        self.part_drawn.emit(is_drawn)

    def _add_button(self, action: QAction) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._foot.insertWidget(self._foot.count() - 1, button)
        return button

    def _button(self, icon: str, name: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setIcon(tinted_icon(icon, self.palette()))
        button.setIconSize(QSize(24, 24))
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        return button

    def _arrange(self) -> None:
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self._caption)
        lines.addWidget(self._hint)
        self._foot.addLayout(lines, 1)
        self._foot.addWidget(self._back)
        middle = QHBoxLayout()
        middle.addWidget(self._previous)
        middle.addWidget(self._canvas, 1)
        middle.addWidget(self._next)
        column = QVBoxLayout(self)
        column.addLayout(middle, 1)
        column.addLayout(self._foot)


def _size(photo: Photo) -> QSize:
    return QSize(photo.width, photo.height)
