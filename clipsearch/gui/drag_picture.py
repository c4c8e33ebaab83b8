"""What hangs on the mouse while photos are dragged: small, so that it hides no target."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap

from clipsearch.gui.work import number

_EDGE = 72
"""Logical pixels."""


def drag_picture(thumbnail: QPixmap | None, count: int, palette: QPalette, ratio: float) -> QPixmap:
    """Draw the first photo small, and how many there are if there are more.

    Args:
        thumbnail: Of the first photo; ``None`` while it is not there.
        count: Of photos.
        palette: Whose colours it takes.
        ratio: Device pixels a logical pixel.
    """
    picture = QPixmap(QSize(_EDGE, _EDGE) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    size = QSize(_EDGE, _EDGE)
    if thumbnail is not None:
        size = thumbnail.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawPixmap(0, 0, size.width(), size.height(), thumbnail)
    else:
        painter.fillRect(0, 0, _EDGE, _EDGE, QColor(0, 0, 0, 60))
    if count > 1:
        words = number(count)
        width = painter.fontMetrics().horizontalAdvance(words) + 12
        badge = QRectF(size.width() - width - 3, 3, width, painter.fontMetrics().height() + 2)
        painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
        painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
        painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return picture
