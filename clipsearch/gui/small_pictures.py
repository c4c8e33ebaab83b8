"""Small pictures of what is searched by: a whole picture, or the region of it that matters."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPixmap

from clipsearch.core.query import Picture

_MOST_PIXELS = 1024
"""Of the longer edge of the picture that a region is cut from."""


def wanted_edge(picture: Picture, edge: int) -> int:
    """How large the whole picture must be for `small_picture`, in logical pixels.

    Args:
        picture: What is searched by.
        edge: Logical pixels of the longer edge of the small picture.
    """
    region = picture.region
    part = 1.0 if region is None else max(region.width, region.height)
    return min(round(edge / part), _MOST_PIXELS)


def small_picture(picture: Picture, image: QImage, edge: int, ratio: float) -> QPixmap:
    """Cut out the region if there is one, and shrink it, sharp on the screen.

    Args:
        picture: What is searched by.
        image: The whole of it.
        edge: Logical pixels of the longer edge.
        ratio: Device pixels a logical pixel.
    """
    if picture.region is not None:
        left, top, right, bottom = picture.region.box(image.width(), image.height())
        image = image.copy(QRect(left, top, right - left, bottom - top))
    pixmap = QPixmap.fromImage(
        image.scaled(
            QSize(edge, edge) * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
