"""A small window below a chip, or below "Filter", in which one filter is made or changed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.filter_words import read_filter, write_filter
from clipsearch.core.types import FilterValues
from clipsearch.errors import InputError
from clipsearch.gui.filter_editors import (
    SHAPES,
    TRAITS,
    ChoiceEditor,
    DateEditor,
    Editor,
    PlaceEditor,
    RatingEditor,
    SizeEditor,
)
from clipsearch.gui.filter_menu import kinds
from clipsearch.gui.value_editor import ValueEditor

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter


def _tr(text: str) -> str:
    return QCoreApplication.translate("FilterPopup", text)


class FilterPopup(QWidget):
    """Asks for one filter. GUI thread only; deletes itself when it closes."""

    chosen = Signal(object)
    """The `Filter`."""
    closed = Signal()

    def __init__(self, kind: str, parent: QWidget) -> None:
        """Ask for a filter of a kind, a key of `clipsearch.gui.filter_menu.kinds`."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = kinds().get(kind, kind).replace("&", "").removesuffix("…")
        self.setAccessibleName(_tr("Filter: {kind}").format(kind=title))
        self.editor = _editor(kind, title)
        self.editor.accepted.connect(self.accept)
        self.negated = QCheckBox(_tr("&Not: all other photos"))
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.ok = QPushButton(_tr("&Add"), default=True)
        self.ok.clicked.connect(self.accept)
        self._arrange(title)

    @classmethod
    def of(cls, content: "Filter", parent: QWidget) -> "FilterPopup":
        """Begin with a filter that there is."""
        name, value = write_filter(content)
        popup = cls(_kind(name, value), parent)
        popup.editor.show_filter(name, value)
        popup.negated.setChecked(content.negated)
        popup.ok.setText(_tr("&Change"))
        return popup

    def show_values(self, values: FilterValues) -> None:
        """Offer the library's own values."""
        self.editor.show_values(values)

    def open_below(self, anchor: QWidget) -> None:
        """Show it below a widget, inside the window if that is wide enough, else on the screen."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + 2))
        room = anchor.screen().availableGeometry()
        right = min(room.right(), anchor.window().frameGeometry().right())
        x = max(room.left(), min(place.x(), right - self.width()))
        y = max(room.top(), min(place.y(), room.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.editor.setFocus(Qt.FocusReason.PopupFocusReason)

    def accept(self) -> None:
        """Give the filter and close, or say what is wrong with it."""
        name, value = self.editor.typed()
        try:
            if not value:
                raise InputError(_tr("Choose a value, or type one."))
            chosen = read_filter(name, value, negated=self.negated.isChecked())
        except InputError as error:
            self.problem.setText(str(error))
            self.problem.show()
            self.adjustSize()
            return
        self.close()
        self.chosen.emit(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter accepts; Escape closes, as in any popup."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """An edge that is seen in light and dark."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell whoever holds it: it is deleted now."""
        super().closeEvent(event)
        self.closed.emit()

    def _arrange(self, title: str) -> None:
        heading = QLabel(title)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        self.cancel = cancel = QPushButton(_tr("Cancel"), autoDefault=True)
        cancel.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.negated, 1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        for widget in (heading, self.editor, self.problem):
            column.addWidget(widget)
        column.addLayout(buttons)


def _editor(kind: str, title: str) -> Editor:
    match kind:
        case "date":
            return DateEditor()
        case "rating":
            return RatingEditor()
        case "shape":
            shapes = (_tr("Portrait"), _tr("Landscape"), _tr("Square"), _tr("Panorama"))
            return ChoiceEditor(list(zip(SHAPES, shapes, strict=True)))
        case "is":
            traits = (
                _tr("Has a copy"),
                _tr("Has no tags"),
                _tr("Is a favourite"),
                _tr("Has a position"),
            )
            return ChoiceEditor(list(zip(TRAITS, traits, strict=True)))
        case "size":
            return SizeEditor()
        case "near":
            return PlaceEditor()
        case _:
            return ValueEditor(kind, title)


def _kind(name: str, value: str) -> str:
    if name in ("on", "before", "after"):
        return "date"
    return "shape" if name == "is" and value in SHAPES else name
