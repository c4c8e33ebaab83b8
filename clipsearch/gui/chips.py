"""Chips: what a query holds besides its words, each with a cross that takes it away."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from clipsearch.core.query import Part, Picture
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.query_words import filter_words, picture_words
from clipsearch.gui.small_pictures import small_picture, wanted_edge

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter

CHIP_EDGE = 32
"""Logical pixels of the small picture in a chip."""
_TEXT_WIDTH = 220
_RADIUS = 6


class Chip(QWidget):
    """Something that is searched by: a click changes it, the cross or Delete takes it away."""

    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a chip that says nothing yet."""
        super().__init__(parent)
        self.body = QToolButton(autoRaise=True)
        self.body.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.remove = QToolButton(autoRaise=True)
        self.remove.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.remove.setIcon(tinted_icon("close", self.palette()))
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        row.addWidget(self.body)
        row.addWidget(self.remove)

    @property
    def text(self) -> str:
        """What it says, before it is shortened."""
        return self.accessibleName()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go away on Delete and Backspace."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A rounded ground, which can be told from the window's in light and dark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS
        )

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.remove.setIcon(tinted_icon("close", self.palette()))

    def _say(self, text: str, tip: str) -> None:
        middle = Qt.TextElideMode.ElideMiddle
        shown = self.fontMetrics().elidedText(text, middle, _TEXT_WIDTH)
        self.body.setText(shown.replace("&", "&&"))
        self.body.setToolTip(tip)
        self.body.setAccessibleName(text)
        self.setAccessibleName(text)
        without = self.tr("Search without “{what}”").format(what=text)
        self.remove.setToolTip(without)
        self.remove.setAccessibleName(without)


class FilterChip(Chip):
    """One filter."""

    wants_editing = Signal()

    def __init__(self, content: "Filter", parent: QWidget | None = None) -> None:
        """Make the chip of a filter."""
        super().__init__(parent)
        self.body.clicked.connect(self.wants_editing)
        self.set_content(content)

    @property
    def content(self) -> "Filter":
        """The filter."""
        return self._content

    def set_content(self, content: "Filter") -> None:
        """Stand for another filter."""
        self._content = content
        text = filter_words(content)
        self._say(text, self.tr("{filter}: click to change").format(filter=text))


class PictureChip(Chip):
    """One picture, or a part of it, that is searched by."""

    changed = Signal()

    def __init__(self, content: Part, parent: QWidget | None = None) -> None:
        """Make a chip without its picture; `set_picture` brings it.

        Args:
            content: A part whose content is a `Picture`.
            parent: Where it stands.
        """
        super().__init__(parent)
        self.body.setIconSize(QSize(CHIP_EDGE, CHIP_EDGE))
        self.body.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # Not the button's own menu, since Qt would draw an arrow into its corner.
        menu = QMenu(self)
        self.unlike = menu.addAction(self.tr("&Not Like This"))
        self.unlike.setCheckable(True)
        self.unlike.triggered.connect(self._exclude)
        self.whole = menu.addAction(self.tr("The &Whole Picture"))
        self.whole.triggered.connect(self._drop_region)
        self.body.clicked.connect(lambda: menu.popup(self.mapToGlobal(QPoint(0, self.height()))))
        self._image: QImage | None = None
        self.set_content(content)

    @property
    def content(self) -> Part:
        """The part of the query."""
        return self._content

    @property
    def path(self) -> Path:
        """The picture's file."""
        return self._picture.path

    @property
    def wanted_edge(self) -> int:
        """Logical pixels of the longer edge of the picture that `set_picture` wants."""
        return wanted_edge(self._picture, CHIP_EDGE)

    def set_content(self, content: Part) -> None:
        """Stand for another part; the picture that is shown stays."""
        assert isinstance(content.content, Picture)
        self._content, self._picture = content, content.content
        region = self._picture.region
        self.unlike.setChecked(content.excluded)
        self.whole.setVisible(region is not None)
        words = picture_words(self._picture, excluded=content.excluded)
        self._say(words, str(self.path))
        if self._image is not None:
            self.set_picture(self._image)

    def set_picture(self, image: QImage) -> None:
        """Show the whole picture, or its region, small and sharp on this screen."""
        self._image = image
        pixmap = small_picture(self._picture, image, CHIP_EDGE, self.devicePixelRatioF())
        self.body.setIcon(pixmap)

    def _exclude(self, excluded: bool) -> None:
        self.set_content(replace(self._content, excluded=excluded))
        self.changed.emit()

    def _drop_region(self) -> None:
        self.set_content(replace(self._content, content=Picture(self.path)))
        self.changed.emit()
