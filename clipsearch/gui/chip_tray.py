"""The chips of a query, in rows below the search field."""

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from clipsearch.core.query import Part

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter
    from clipsearch.gui.chips import Chip, FilterChip, PictureChip

Content: TypeAlias = "Filter | Part"
"""What a chip stands for: a filter, or a part whose content is a picture."""

_MOST_HEIGHT = 130
"""Logical pixels: about three rows. More of them scroll, so that the photos keep their room."""


class ChipTray(QWidget):
    """Holds the chips, each content once; hidden while there are none. GUI thread only.

    Everything inside is made for the first chip, and not before the window's first paint.
    """

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
        self._rows: _Rows | None = None
        self._chips: list[FilterChip | PictureChip] = []
        self.hide()

    @property
    def chips(self) -> "tuple[FilterChip | PictureChip, ...]":
        """All chips, as they stand."""
        return tuple(self._chips)

    @property
    def filters(self) -> "tuple[Filter, ...]":
        """What the chips filter by."""
        return tuple(c.content for c in self._chips if not isinstance(c.content, Part))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The pictures that photos are compared with."""
        return tuple(c.content for c in self._chips if isinstance(c.content, Part))

    @property
    def pictures(self) -> "tuple[PictureChip, ...]":
        """The chips of pictures."""
        if not self._chips:
            return ()
        from clipsearch.gui.chips import PictureChip

        return tuple(chip for chip in self._chips if isinstance(chip, PictureChip))

    def add(self, content: Content) -> None:
        """Put a chip at the end, unless there is one of this content."""
        if any(chip.content == content for chip in self._chips):
            return
        from clipsearch.gui.chips import FilterChip, PictureChip

        chip = PictureChip(content) if isinstance(content, Part) else FilterChip(content)
        self._chips.append(chip)
        chip.removed.connect(lambda: self._remove(chip))
        self._made_rows().flow.addWidget(chip)
        self._order_tabs()
        if isinstance(chip, PictureChip):
            chip.changed.connect(self.changed)
            self.picture_added.emit(chip)
        else:
            chip.wants_editing.connect(lambda: self.wants_editing.emit(chip))
        self._fit()

    def change(self, chip: "FilterChip", content: "Filter") -> None:
        """Let a chip stand for another filter; it goes if there is one of that already."""
        if any(other.content == content for other in self._chips if other is not chip):
            self.drop(chip)
        else:
            chip.set_content(content)
            self._fit()

    def drop(self, *gone: "Chip") -> None:
        """Take chips away."""
        self._chips = [chip for chip in self._chips if chip not in gone]
        for chip in gone:
            self._made_rows().flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._fit()

    def clear(self) -> None:
        """Take all chips away."""
        self.drop(*self._chips)

    def _made_rows(self) -> "_Rows":
        if self._rows is None:
            self._rows = _Rows()
            self._rows.resized.connect(self._fit)
            column = QVBoxLayout(self)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(self._rows)
        return self._rows

    def _fit(self) -> None:
        self.setVisible(bool(self._chips))
        if self._rows is not None:
            height = self._rows.flow.heightForWidth(self._rows.viewport().width())
            self.setFixedHeight(min(height, _MOST_HEIGHT))

    def _order_tabs(self) -> None:
        last = self._behind
        for chip in self._chips:
            for widget in (chip.body, chip.remove):
                QWidget.setTabOrder(last, widget)
                last = widget

    def _remove(self, chip: "Chip") -> None:
        self.drop(chip)
        self.changed.emit()


class _Rows(QScrollArea):
    """Scrolls up and down, and has no width of its own: the chips wrap."""

    resized = Signal()

    def __init__(self) -> None:
        from clipsearch.gui.flow_layout import FlowLayout

        super().__init__()
        inside = QWidget()
        self.flow = FlowLayout(inside)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for ground in (self.viewport(), inside):
            ground.setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()
