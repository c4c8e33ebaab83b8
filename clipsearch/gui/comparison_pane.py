"""One of the photos that are compared: the picture, and its facts with what differs in bold."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Signal
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui import photo_facts
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.viewport import Viewport

_STEP = 1.25
"""Of the zoom, for a notch of the wheel."""


class ComparisonCanvas(QWidget):
    """Paints a part of a picture, the same as its neighbours."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        """Make an empty canvas."""
        super().__init__(parent)
        self._viewport = viewport
        self._pixmap = QPixmap()
        self._size = QSize(1, 1)
        self._grip: QPointF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        viewport.changed.connect(self.update)

    def show_size(self, size: QSize) -> None:
        """Await a picture of this shape."""
        self._pixmap, self._size = QPixmap(), size
        self.update()

    def show_image(self, image: QImage) -> None:
        """Show the picture, as far as its pixels are there."""
        self._pixmap = QPixmap.fromImage(image)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is to be seen; a quiet ground as long as there are no pixels."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = self._area()
        if self._pixmap.isNull():
            ground = self.palette().color(QPalette.ColorRole.Text)
            ground.setAlphaF(0.06)
            painter.fillRect(area, ground)
            return
        painter.drawPixmap(area, self._pixmap, QRectF(self._pixmap.rect()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom all pictures, around what is under the mouse."""
        notches = event.angleDelta().y() / 120
        self._viewport.zoom_by(_STEP**notches, self._part_at(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the pictures."""
        self._grip = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move all pictures by the hand."""
        if self._grip is not None:
            moved, self._grip = self._grip - event.position(), event.position()
            area = self._area()
            self._viewport.pan(QPointF(moved.x() / area.width(), moved.y() / area.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge at a point, or show everything again."""
        if self._viewport.zoom > 1:
            self._viewport.reset()
        else:
            self._viewport.zoom_by(4, self._part_at(event.position()))

    def _area(self) -> QRectF:
        size = self._size.expandedTo(QSize(1, 1))
        room = QSizeF(self.size().expandedTo(QSize(1, 1)))
        return self._viewport.area(QSizeF(size), room)

    def _part_at(self, point: QPointF) -> QPointF:
        area = self._area()
        return QPointF(
            (point.x() - area.x()) / area.width(), (point.y() - area.y()) / area.height()
        )


class ComparisonPane(QWidget):
    """A photo with its facts. GUI thread only."""

    resized = Signal()
    """There may be room for more pixels."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        """Make an empty pane."""
        super().__init__(parent)
        self.canvas = ComparisonCanvas(viewport)
        self.photo: Photo | None = None
        self._fate = ElidedLabel()
        self._facts = [ElidedLabel() for _ in range(5)]
        self._is_active = False
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(2)
        column.addWidget(self.canvas, 1)
        column.addSpacing(4)
        for label in (self._fate, *self._facts):
            column.addWidget(label)

    @property
    def fate(self) -> str:
        """What becomes of the photo, as shown."""
        return self._fate.text()

    @property
    def emphasised(self) -> list[str]:
        """The facts that differ, as shown."""
        return [label.text() for label in self._facts if label.font().bold()]

    def show_photo(self, photo: Photo, fate: str, *, is_active: bool) -> bool:
        """Show a photo; tells whether it is another one than before, and has no pixels yet."""
        is_new = self.photo is None or self.photo != photo
        self.photo = photo
        self._fate.setText(fate)
        self._is_active = is_active
        self.setAccessibleName(f"{photo.path.name}, {fate}")
        if is_new:
            self.canvas.show_size(QSize(photo.width, photo.height))
        self.update()
        return is_new

    def show_facts(self, others: Sequence[Photo]) -> None:
        """Write what is known of the photo; what is not the same of the others is in bold."""
        if self.photo is None:
            return
        theirs = [_facts(other) for other in others]
        for place, (label, words) in enumerate(zip(self._facts, _facts(self.photo), strict=True)):
            differs = any(facts[place] != words for facts in theirs)
            font = label.font()
            font.setBold(differs)
            label.setFont(font)
            role = QPalette.ColorRole.Text if differs else QPalette.ColorRole.PlaceholderText
            label.setForegroundRole(role)
            label.setText(words)
            label.setToolTip(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame the photo that keys are about."""
        if self._is_active:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 6, 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell that there may be room for more pixels."""
        super().resizeEvent(event)
        self.resized.emit()


def _facts(photo: Photo) -> tuple[str, ...]:
    return (
        photo.path.name,
        photo_facts.pixels(photo),
        photo_facts.file_size(photo),
        photo_facts.date(photo),
        photo_facts.folder(photo),
    )
