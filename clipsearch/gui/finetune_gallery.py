"""What a query finds before training and after, side by side."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from clipsearch.core.types import Photo
from clipsearch.gui.finetune_strip import PhotoStrip, Tile
from clipsearch.gui.finetune_words import heading
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.tuning_contracts import GalleryPhoto

PhotoOf = Callable[[Path], Photo | None]
"""The photo of the library at a path, if it still holds one."""


class GalleryView(QWidget):
    """A query, and the photos that it finds. GUI thread only."""

    asked = Signal(str)
    """What is to be looked for."""

    def __init__(self, make_thumbnails: Callable[[], Thumbnails], photo_of: PhotoOf) -> None:
        """Make an empty view.

        Args:
            make_thumbnails: Of the edge of a strip.
            photo_of: See there.
        """
        super().__init__()
        self._photo_of = photo_of
        self.query = QComboBox()
        self.query.setEditable(True)
        self.query.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.query.setAccessibleName(self.tr("Words to try before and after"))
        self.query.setMinimumContentsLength(20)
        self.query.activated.connect(self._ask)
        line = self.query.lineEdit()
        assert line is not None
        line.setPlaceholderText(self.tr("Try words…"))
        line.returnPressed.connect(self._ask)
        self._words = QLabel(wordWrap=True)
        self._words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.before = PhotoStrip(make_thumbnails())
        self.after = PhotoStrip(make_thumbnails())
        self.before.setAccessibleName(self.tr("Found before"))
        self.after.setAccessibleName(self.tr("Found after"))
        self._arrange()

    @property
    def is_settled(self) -> bool:
        """Whether all thumbnails have arrived."""
        return self.before.thumbnails.is_complete and self.after.thumbnails.is_complete

    @property
    def words(self) -> str:
        """What is said of the photos."""
        return self._words.text()

    def show_names(self, names: Sequence[str]) -> None:
        """Offer the names of concepts, and ask for the first."""
        self.query.clear()
        self.query.addItems(list(names))
        self._ask()

    def show_found(self, before: Sequence[GalleryPhoto], after: Sequence[GalleryPhoto]) -> None:
        """Show what the query finds."""
        for strip, photos in ((self.before, before), (self.after, after)):
            strip.show_tiles([tile for one in photos if (tile := self._tile(one)) is not None])
        counts = [sum(bool(one.fits) for one in photos) for photos in (before, after)]
        if all(one.fits is None for one in (*before, *after)):
            self._words.setText(self.tr("Among the photos that were held back."))
            return
        words = self.tr(
            "Among the photos that were held back. Framed are those that show it: {before} before, "
            "{after} after."
        )
        self._words.setText(words.format(before=counts[0], after=counts[1]))

    def show_failed(self, sentence: str) -> None:
        """There is no answer."""
        self.before.show_tiles(())
        self.after.show_tiles(())
        self._words.setText(sentence)

    def _tile(self, one: GalleryPhoto) -> Tile | None:
        photo = self._photo_of(one.path)
        spoken = self.tr("shows it") if one.fits else ""
        return None if photo is None else Tile(photo, "", bool(one.fits), spoken)

    def _ask(self) -> None:
        words = self.query.currentText().strip()
        if words:
            self.asked.emit(words)

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.query)
        line.addWidget(self._words, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        sides = ((self.tr("Before"), self.before), (self.tr("After"), self.after))
        for column, (name, strip) in enumerate(sides):
            grid.addWidget(heading(name), 0, column)
            grid.addWidget(strip, 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(2, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(line)
        rows.addLayout(grid)
