"""Why a photo was found: the parts of the query that it met, and how well, and the filters."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPalette, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from clipsearch.core.query import Part, Picture
from clipsearch.core.types import Hit
from clipsearch.errors import ClipSearchError
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.fit_bar import FitBar, verdict, widest_verdict
from clipsearch.gui.inspector_section import Chosen, Question, Section
from clipsearch.gui.photo_model import relevance_text
from clipsearch.gui.query_words import filter_words, part_words
from clipsearch.gui.selectable import SelectableText
from clipsearch.gui.small_pictures import small_picture, wanted_edge
from clipsearch.gui.thumbnails import load_preview
from clipsearch.gui.work import number

log = logging.getLogger(__name__)

_EDGE = 48
"""Logical pixels of the small picture of what was searched by."""
_TICK = "\u2713"


class WhySection(Section):
    """A row for each part of the query; hidden where nothing was searched for."""

    def __init__(self, source: PictureSource, parent: QWidget | None = None) -> None:
        """Show nothing yet; pictures that are searched by come from ``source``."""
        super().__init__(self.tr("Why it was found"), parent)
        self._source = source
        self._pictures: dict[Picture, QImage | None] = {}
        self._rows: list[_PartRow] = []
        self._whole = _text(self.tr("All in all"))
        self._filters = _text(self.tr("Filters"))
        self._duplicates = _text(self.tr("Duplicates"))
        self._parts = QWidget()
        self._grid = QGridLayout(self._parts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for widget in (self._whole, self._parts, self._filters, self._duplicates):
            self.column.addWidget(widget)

    @property
    def lines(self) -> list[str]:
        """Everything that is said, from the top."""
        rows = [row.accessibleName() for row in self._rows if row.is_used]
        below = [*self._filters.words.splitlines(), *self._duplicates.words.splitlines()]
        return [*self._whole.words.splitlines(), *rows, *below]

    @property
    def pictures(self) -> list[QPixmap | None]:
        """What is shown of the pictures that were searched by; ``None`` of those not there."""
        return [row.picture for row in self._rows if row.is_used]

    def show_chosen(self, chosen: Chosen) -> None:
        """Say why the photo is here, if it was searched for."""
        hit = chosen.hit
        is_told = hit is not None and bool(hit.parts or hit.filters or hit.duplicates)
        self.setVisible(is_told)
        if hit is not None and is_told:
            self._show_hit(hit)

    def question(self, chosen: Chosen) -> Question | None:
        """The pictures that were searched by, unless they are here already."""
        missing = [one for one in _pictures_of(chosen.hit) if one not in self._pictures]
        if not missing:
            return None
        return partial(load_pictures, self._source, missing, self.devicePixelRatioF())

    def show_answer(self, answer: object) -> None:
        """Show the pictures that were searched by."""
        assert isinstance(answer, dict)
        self._pictures |= answer
        for row in self._rows:
            row.show_picture(self._pictures)

    def _show_hit(self, hit: Hit) -> None:
        used = _pictures_of(hit)
        self._pictures = {one: image for one, image in self._pictures.items() if one in used}
        _say(self._whole, self._all_in_all(hit))
        _say(self._filters, "\n".join(f"{_TICK} {filter_words(one)}" for one in hit.filters))
        behind = self.tr("Duplicates behind it: {count}")
        count = len(hit.duplicates)
        _say(self._duplicates, behind.format(count=number(count)) if count else "")
        self._show_parts(hit)

    def _all_in_all(self, hit: Hit) -> str:
        """Sum the parts up, as the tile does; a single part needs no sum."""
        if len(hit.parts) < 2:
            return ""
        pattern = (
            self.tr("All in all {percent} certain")
            if hit.above_cutoff
            else self.tr("All in all less certain, {percent}")
        )
        return pattern.format(percent=relevance_text(hit.relevance))

    def _show_parts(self, hit: Hit) -> None:
        # A single part is the whole query: it is as certain as the tile says.
        certainties = [one.met for one in hit.parts] if len(hit.parts) > 1 else [hit.relevance]
        self._parts.setVisible(bool(hit.parts))
        while len(self._rows) < len(hit.parts):
            row = _PartRow()
            self._grid.addWidget(row, len(self._rows), 0)
            self._rows.append(row)
        for row in self._rows[len(hit.parts) :]:
            row.put_away()
        for row, match, certainty in zip(self._rows, hit.parts, certainties, strict=False):
            row.show_part(match.part, certainty)
            row.show_picture(self._pictures)


class _PartRow(QWidget):
    """A part of the query, in words or as a picture, above how well it was met."""

    def __init__(self) -> None:
        super().__init__()
        self._part: Part | None = None
        self._picture = QLabel()
        self._picture.setFixedSize(_EDGE, _EDGE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words = _text(self.tr("Part of the query"))
        self._bar = FitBar()
        self._verdict = QLabel()
        self._verdict.setMinimumWidth(widest_verdict(self._verdict.fontMetrics()))
        self._verdict.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._picture, 0, 0, 2, 1)
        grid.addWidget(self._words, 0, 1, 1, 2)
        grid.addWidget(self._bar, 1, 1)
        grid.addWidget(self._verdict, 1, 2)
        grid.setColumnStretch(1, 1)

    @property
    def is_used(self) -> bool:
        """Whether it stands for a part."""
        return self._part is not None

    @property
    def picture(self) -> QPixmap | None:
        """The picture that is shown, if there is one."""
        pixmap = self._picture.pixmap()
        return None if pixmap.isNull() else pixmap

    def show_part(self, part: Part, certainty: float) -> None:
        """Stand for a part that was met with so much certainty."""
        self._part = part
        self._words.set_words(part_words(part))
        self._bar.set_certainty(certainty)
        self._verdict.setText(verdict(certainty))
        self.setAccessibleName(f"{self._words.words}: {self._verdict.text()}")
        self._picture.setVisible(isinstance(part.content, Picture))
        self.show()

    def show_picture(self, pictures: Mapping[Picture, QImage | None]) -> None:
        """Show the picture that the part is, if it has come."""
        content = self._part.content if self._part is not None else None
        image = pictures.get(content) if isinstance(content, Picture) else None
        if image is None or not isinstance(content, Picture):
            self._picture.clear()
        else:
            ratio = self.devicePixelRatioF()
            self._picture.setPixmap(small_picture(content, image, _EDGE, ratio))

    def put_away(self) -> None:
        """Stand for nothing."""
        self._part = None
        self.hide()


def load_pictures(
    source: PictureSource, pictures: Sequence[Picture], ratio: float
) -> dict[Picture, QImage | None]:
    """Read what was searched by; for a worker thread.

    Args:
        source: Reads them.
        pictures: Whole ones, and regions of some.
        ratio: Device pixels a logical pixel.

    Returns:
        Each with the whole picture, or ``None`` where that cannot be read any more.
    """
    found: dict[Picture, QImage | None] = {}
    for picture in pictures:
        edge = round(wanted_edge(picture, _EDGE) * ratio)
        try:
            found[picture] = load_preview(source, picture.path, edge)
        except ClipSearchError as error:
            log.info("No picture of what was searched by: %s", error)
            found[picture] = None
    return found


def _pictures_of(hit: Hit | None) -> list[Picture]:
    contents = (match.part.content for match in hit.parts) if hit is not None else ()
    return [content for content in contents if isinstance(content, Picture)]


def _text(name: str) -> SelectableText:
    """Make a text that breaks long words, such as file names, and that Tab passes by."""
    text = SelectableText(name)
    text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return text


def _say(text: SelectableText, words: str) -> None:
    text.set_words(words)
    text.setVisible(bool(words))
