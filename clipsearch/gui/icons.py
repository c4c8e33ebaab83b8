"""Icons of our own drawing, in the colours of the palette."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from clipsearch.resources import resource_path

_EDGES = (16, 24, 32, 48)
"""Device pixels: the usual logical sizes at ratios 1 and 2; drawn at the start, so only these."""


def app_icon() -> QIcon:
    """The application's icon."""
    return QIcon(str(resource_path("icons/clipsearch.svg")))


def tinted_icon(name: str, palette: QPalette) -> QIcon:
    """A line icon in the colour of button text; make it anew when the palette changes.

    Args:
        name: File name below ``resources/icons``, without its ending.
        palette: Whose colours it takes.
    """
    icon = QIcon()
    colour = palette.color(QPalette.ColorRole.ButtonText)
    for edge in _EDGES:
        icon.addPixmap(tinted_pixmap(name, colour, edge))
    return icon


def tinted_pixmap(name: str, colour: QColor, edge: int) -> QPixmap:
    """Draw a line icon, ``edge`` device pixels wide and high."""
    svg = _source(name).replace("currentColor", colour.name())
    pixmap = QPixmap(edge, edge)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    return pixmap


@lru_cache
def _source(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
