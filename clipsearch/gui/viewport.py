"""Zoom and place that several pictures share, so that one sees the same part of each."""

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Signal

_MOST = 32.0


class Viewport(QObject):
    """In parts of a picture, so that pictures of different sizes agree. GUI thread only."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Show pictures whole."""
        super().__init__(parent)
        self.zoom = 1.0
        """How many times larger than the whole picture would be shown."""
        self._centre = QPointF(0.5, 0.5)

    def reset(self) -> None:
        """Show pictures whole."""
        self.zoom, self._centre = 1.0, QPointF(0.5, 0.5)
        self.changed.emit()

    def area(self, picture: QSizeF, room: QSizeF) -> QRectF:
        """Where a whole picture lies, in logical pixels, of which ``room`` is to be seen.

        Args:
            picture: Its size; only the shape counts.
            room: From the origin, logical pixels.
        """
        scale = min(room.width() / picture.width(), room.height() / picture.height()) * self.zoom
        width, height = picture.width() * scale, picture.height() * scale
        left = _start(self._centre.x(), width, room.width())
        return QRectF(left, _start(self._centre.y(), height, room.height()), width, height)

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """Enlarge, and leave a point where it is.

        Args:
            factor: Above 1 enlarges.
            at: In parts of the picture, from its upper left.
        """
        before, self.zoom = self.zoom, min(max(1.0, self.zoom * factor), _MOST)
        self._centre = at + (self._centre - at) * (before / self.zoom)
        self._settle()

    def pan(self, by: QPointF) -> None:
        """Move, by so many parts of the picture."""
        self._centre += by
        self._settle()

    def _settle(self) -> None:
        # A picture cannot be pushed further than its edge: a pan back takes effect at once.
        half = 0.5 / self.zoom
        x, y = (min(max(half, c), 1 - half) for c in (self._centre.x(), self._centre.y()))
        self._centre = QPointF(x, y)
        self.changed.emit()


def _start(centre: float, length: float, room: float) -> float:
    if length <= room:
        return (room - length) / 2
    return min(0.0, max(room - length, room / 2 - centre * length))
