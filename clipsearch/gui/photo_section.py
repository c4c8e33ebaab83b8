"""The head of the inspector: which photos it tells of, and what can be done with them."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from clipsearch.core.thumbnails import STORED_EDGE
from clipsearch.core.types import Photo
from clipsearch.gui import photo_facts
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.flow_layout import FlowLayout
from clipsearch.gui.inspector_section import Chosen, Question, Section
from clipsearch.gui.selectable import SelectableLine
from clipsearch.gui.thumbnails import Thumbnails, load_tiles
from clipsearch.gui.work import number

_HEIGHT = 190
_GAP = 6
_CORNER = 5
_MOST = 4
"""Photos of several that are shown."""


class PhotoSection(Section):
    """A small picture, the file's name and folder, and actions."""

    def __init__(
        self,
        thumbnails: Thumbnails,
        source: PictureSource,
        actions: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        """Make the pictures and the buttons.

        Args:
            thumbnails: The grid's, which are there at once.
            source: Has a sharper one.
            actions: Those of the buttons.
            parent: Where it stands.
        """
        super().__init__("", parent)
        self._source = source
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

    def question(self, chosen: Chosen) -> Question | None:
        """A picture that is as sharp as the screen."""
        photo, ratio = chosen.only, self.devicePixelRatioF()
        if photo is None:
            return None
        edge = min(round(self._picture.edge * ratio), STORED_EDGE)
        return partial(load_tiles, self._source, [photo], edge, _CORNER * ratio)

    def show_answer(self, answer: object) -> None:
        """Show that picture in place of the thumbnail."""
        assert isinstance(answer, list)
        ((_, image),) = answer
        if image is not None:
            self._picture.show_sharp(QPixmap.fromImage(image))


class _Pictures(QWidget):
    """One photo, or a few side by side, as large as there is room."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._photos: Sequence[Photo] = ()
        self._sharp: QPixmap | None = None
        self.setFixedHeight(_HEIGHT)
        thumbnails.loaded.connect(self._repaint)

    @property
    def edge(self) -> int:
        """Logical pixels of the longer edge of the first photo."""
        area = self._areas()[0]
        return max(area.width(), area.height())

    def show_photos(self, photos: Sequence[Photo]) -> None:
        """Show photos, as sharp as their thumbnails are."""
        self._photos, self._sharp = photos, None
        self.setAccessibleName(", ".join(photo.path.name for photo in photos))
        self.update()

    def show_sharp(self, pixmap: QPixmap) -> None:
        """Show the only photo sharper, at the same place."""
        self._sharp = pixmap
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for photo, area in zip(self._photos, self._areas(), strict=True):
            pixmap = self._sharp or self._thumbnails.pixmap(photo)
            if pixmap is not None:
                painter.drawPixmap(area, pixmap)
            else:
                ground = self.palette().color(QPalette.ColorRole.Text)
                ground.setAlphaF(0.07)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ground)
                painter.drawRoundedRect(area, _CORNER, _CORNER)

    def _areas(self) -> list[QRect]:
        """Where the photos stand, each in its own aspect and never larger than it is."""
        ratio = self.devicePixelRatioF()
        sizes = [QSize(photo.width, photo.height) / ratio for photo in self._photos]
        return [_fitted(size, room) for size, room in zip(sizes, self._rooms(), strict=True)]

    def _rooms(self) -> list[QRect]:
        """All the room for one photo; else two in a row."""
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
