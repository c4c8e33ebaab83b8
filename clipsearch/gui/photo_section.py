"""The head of the inspector: which photos it tells of, and what can be done with them."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolButton, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui import photo_facts
from clipsearch.gui.flow_layout import FlowLayout
from clipsearch.gui.inspector_section import Chosen, Section
from clipsearch.gui.selectable import SelectableLine
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.work import number

_HEIGHT = 190
_GAP = 6
_MOST = 4
"""Photos of several that are shown."""


class PhotoSection(Section):
    """A small picture, the file's name and folder, and actions."""

    def __init__(
        self, thumbnails: Thumbnails, actions: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        """Show pictures out of the grid's thumbnails, and buttons for some actions."""
        super().__init__(parent=parent)
        self._picture = _Pictures(thumbnails)
        self.name = SelectableLine(self.tr("File name"))
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.folder = SelectableLine(self.tr("Folder"))
        buttons = QWidget()
        row = FlowLayout(buttons)
        for action in actions:
            row.addWidget(_button(action))
        self.column.addWidget(self._picture)
        self.column.addWidget(self.name)
        self.column.addWidget(self.folder)
        self.column.addWidget(buttons)

    def show_chosen(self, chosen: Chosen) -> None:
        """Show the photo, or that there are several, and the first of them."""
        photo = chosen.only
        self._picture.show_photos(chosen.photos[:_MOST])
        if photo is None:
            self.name.set_words(
                self.tr("{count} photos selected").format(count=number(len(chosen.photos)))
            )
        else:
            self.name.set_words(photo.path.name)
            self.folder.set_words(photo_facts.folder(photo))
        self.folder.setVisible(photo is not None)


class _Pictures(QWidget):
    """One photo, or a few side by side, as large as there is room; from memory alone."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._photos: Sequence[Photo] = ()
        self.setFixedHeight(_HEIGHT)
        thumbnails.loaded.connect(self._repaint)

    def show_photos(self, photos: Sequence[Photo]) -> None:
        self._photos = photos
        self.setAccessibleName(", ".join(photo.path.name for photo in photos))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for photo, room in zip(self._photos, self._rooms(), strict=True):
            self._paint_photo(painter, photo, room)

    def _paint_photo(self, painter: QPainter, photo: Photo, room: QRect) -> None:
        pixmap = self._thumbnails.pixmap(photo)
        if pixmap is not None:
            area = _fitted(pixmap.deviceIndependentSize().toSize(), room)
            painter.drawPixmap(area, pixmap)
            return
        ground = self.palette().color(QPalette.ColorRole.Text)
        ground.setAlphaF(0.07)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(_fitted(QSize(photo.width, photo.height), room), 5, 5)

    def _rooms(self) -> list[QRect]:
        """Where the photos stand: all of it, or two in a row."""
        count = len(self._photos)
        if count == 1:
            return [self.rect()]
        lines = (count + 1) // 2
        width, height = (self.width() - _GAP) // 2, (self.height() + _GAP) // lines - _GAP
        return [
            QRect(at % 2 * (width + _GAP), at // 2 * (height + _GAP), width, height)
            for at in range(count)
        ]

    def _repaint(self, photos: list[Photo]) -> None:
        if any(photo in photos for photo in self._photos):
            self.update()


def _fitted(size: QSize, room: QRect) -> QRect:
    """In the middle of the room, in the photo's aspect, and never larger than it is."""
    if size.width() > room.width() or size.height() > room.height():
        size = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    area = QRect(0, 0, size.width(), size.height())
    area.moveCenter(room.center())
    return area


def _button(action: QAction) -> QToolButton:
    button = QToolButton(autoRaise=True)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
