"""The pane at the right: what is known of the chosen photos, and why they were found."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from clipsearch.gui.inspector_section import Section

NARROW = 1100
"""Logical pixels of the window below which the photos have the place of the inspector."""
_WIDTH = 270
_LEAST_WIDTH = 200
_MARGIN = 12
_EDGE = 4
_SPACING = 16


class Inspector(QFrame):
    """Stands its sections one below the other, or says what it is for. GUI thread only.

    It holds no section before `fill`: they are made for the first photo that is chosen.
    """

    visibility_changed = Signal()
    """It has come or gone."""
    left = Signal()
    """Escape: the focus belongs to the photos again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an inspector that tells of nothing yet."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Inspector"))
        self.setMinimumWidth(_LEAST_WIDTH)
        self.sections: tuple[Section, ...] = ()
        """From the top."""
        self._nothing = QLabel(
            self.tr("Choose a photo to see what is known of it, and why it was found."),
            alignment=Qt.AlignmentFlag.AlignCenter,
            wordWrap=True,
        )
        self._nothing.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._nothing.setMargin(_MARGIN)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._nothing)
        self._column: _Column | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it says that nothing is chosen."""
        return self._pages.currentWidget() is self._nothing

    def fill(self, sections: Sequence[Section]) -> None:
        """Put the sections in, once."""
        self.sections = tuple(sections)
        self._column = _Column(sections)
        self._pages.addWidget(self._column)
        self._order_tabs()

    def show_nothing(self) -> None:
        """No photo is chosen."""
        self._pages.setCurrentWidget(self._nothing)

    def show_sections(self) -> None:
        """Show what the sections tell, after `fill`."""
        if self._column is not None:
            self._pages.setCurrentWidget(self._column)

    def sizeHint(self) -> QSize:
        """Wide enough for most values."""
        return QSize(_WIDTH, super().sizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it has come."""
        super().showEvent(event)
        self.visibility_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it has gone."""
        super().hideEvent(event)
        self.visibility_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the photos; whoever copies a text does not want to end the search."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _order_tabs(self) -> None:
        """Tab leads through the sections where the pane stands among the others."""
        last: QWidget = self
        for section in self.sections:
            for widget in section.findChildren(QWidget):
                if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    QWidget.setTabOrder(last, widget)
                    last = widget


class _Column(QScrollArea):
    """Scrolls up and down; keeps the room of its scroll bar, so that no text wraps anew."""

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(_MARGIN, _MARGIN, _EDGE, _MARGIN)
        column.setSpacing(_SPACING)
        for section in sections:
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # On the window's own ground: white is for photos.
        for ground in (self.viewport(), self._inside):
            ground.setAutoFillBackground(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._inside.setFixedWidth(self.width() - self.verticalScrollBar().sizeHint().width())
        super().resizeEvent(event)
