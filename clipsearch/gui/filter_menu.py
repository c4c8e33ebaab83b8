"""The button "Filter", and the menu of what photos can be filtered by."""

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from clipsearch.gui.icons import tinted_icon


def _tr(text: str) -> str:
    return QCoreApplication.translate("FilterMenu", text)


def kinds() -> dict[str, str]:
    """What the user can choose, by the name of the filter or of its editor."""
    return {
        "in": _tr("&Folder…"),
        "date": _tr("&Date…"),
        "camera": _tr("&Camera…"),
        "lens": _tr("&Lens…"),
        "tag": _tr("&Tag…"),
        "collection": _tr("C&ollection…"),
        "rating": _tr("&Rating…"),
        "type": _tr("&Kind of File…"),
        "shape": _tr("&Shape…"),
        "size": _tr("Si&ze…"),
        "near": _tr("&Place…"),
        "is": _tr("&Other Properties…"),
    }


class FilterButton(QToolButton):
    """Opens a menu of the kinds of filters."""

    chosen = Signal(str)
    """A key of `kinds`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the button and its menu."""
        super().__init__(parent)
        self.setAutoRaise(True)
        self.setText(self.tr("Filter"))
        self.setToolTip(self.tr("Show only photos from a folder, a year, a camera …"))
        self.setAccessibleName(self.tr("Add a filter"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # Not the button's own menu, since Qt would draw an arrow into its corner.
        self.kinds = QMenu(self)
        self.kinds.triggered.connect(lambda action: self.chosen.emit(action.data()))
        self.clicked.connect(self.open_menu)
        self.setIcon(tinted_icon("filter", self.palette()))

    def open_menu(self) -> None:
        """Show the menu below the button; what is in it is made when it is first asked for."""
        if self.kinds.isEmpty():
            for kind, title in kinds().items():
                self.kinds.addAction(title).setData(kind)
        self.kinds.setActiveAction(self.kinds.actions()[0])  # Enter takes it.
        self.kinds.popup(self.mapToGlobal(QPoint(0, self.height())))

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(tinted_icon("filter", self.palette()))
