"""The chips of a query, in rows below the search field."""

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from clipsearch.core.query import Part
from clipsearch.gui.chips import Chip, FilterChip, PictureChip
from clipsearch.gui.flow_layout import FlowLayout

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter

Content: TypeAlias = "Filter | Part"
"""What a chip stands for: a filter, or a part whose content is a picture."""

_MOST_HEIGHT = 130
"""Logical pixels: about three rows. More of them scroll, so that the photos keep their room."""


class ChipTray(QScrollArea):
    """Holds the chips, each content once; hidden while there are none. GUI thread only."""

    changed = Signal()
    """The user has changed or removed a chip."""
    wants_editing = Signal(object)
    """The `FilterChip` that was clicked."""
    picture_added = Signal(object)
    """A `PictureChip` that wants its picture."""

    def __init__(self, behind: QWidget) -> None:
        """Make an empty tray, whose chips Tab reaches behind a widget."""
        super().__init__()
        self._behind = behind
        self._chips: list[FilterChip | PictureChip] = []
        self._inside = QWidget()
        self._flow = FlowLayout(self._inside)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for ground in (self.viewport(), self._inside):
            ground.setAutoFillBackground(False)
        self.hide()

    @property
    def chips(self) -> tuple[FilterChip | PictureChip, ...]:
        """All chips, as they stand."""
        return tuple(self._chips)

    @property
    def filters(self) -> "tuple[Filter, ...]":
        """What the chips filter by."""
        return tuple(chip.content for chip in self._chips if isinstance(chip, FilterChip))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The pictures that photos are compared with."""
        return tuple(chip.content for chip in self.pictures)

    @property
    def pictures(self) -> tuple[PictureChip, ...]:
        """The chips of pictures."""
        return tuple(chip for chip in self._chips if isinstance(chip, PictureChip))

    def add(self, content: Content) -> None:
        """Put a chip at the end, unless there is one of this content."""
        if any(chip.content == content for chip in self._chips):
            return
        chip = PictureChip(content) if isinstance(content, Part) else FilterChip(content)
        self._chips.append(chip)
        chip.removed.connect(lambda: self._remove(chip))
        self._flow.addWidget(chip)
        self._order_tabs()
        if isinstance(chip, PictureChip):
            chip.changed.connect(self.changed)
            self.picture_added.emit(chip)
        else:
            chip.wants_editing.connect(lambda: self.wants_editing.emit(chip))
        self._fit()

    def change(self, chip: FilterChip, content: "Filter") -> None:
        """Let a chip stand for another filter; it goes if there is one of that already."""
        if any(other.content == content for other in self._chips if other is not chip):
            self.drop(chip)
        else:
            chip.set_content(content)
            self._fit()

    def drop(self, *gone: Chip) -> None:
        """Take chips away."""
        self._chips = [chip for chip in self._chips if chip not in gone]
        for chip in gone:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._fit()

    def clear(self) -> None:
        """Take all chips away."""
        self.drop(*self._chips)

    def minimumSizeHint(self) -> QSize:
        """No width of its own: the chips wrap."""
        return QSize(0, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many rows as the chips need at this width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setVisible(bool(self._chips))
        height = self._flow.heightForWidth(self.viewport().width())
        self.setFixedHeight(min(height, _MOST_HEIGHT))

    def _order_tabs(self) -> None:
        last = self._behind
        for chip in self._chips:
            for widget in (chip.body, chip.remove):
                QWidget.setTabOrder(last, widget)
                last = widget

    def _remove(self, chip: Chip) -> None:
        self.drop(chip)
        self.changed.emit()
