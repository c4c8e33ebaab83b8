"""What stands in place of the grid when there is nothing to show, and what to do about it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from clipsearch.gui.icons import tinted_icon, tinted_pixmap

_ICON_EDGE = 72
_TEXT_WIDTH = 440


class EmptyState(QWidget):
    """A picture, a sentence and buttons, in the middle. GUI thread only."""

    add_folder = Signal()
    try_samples = Signal()
    clear_search = Signal()
    try_again = Signal()
    show_closest = Signal()

    def __init__(self, *, has_samples: bool, parent: QWidget | None = None) -> None:
        """Make the page; the sample photos are offered if ``has_samples``."""
        super().__init__(parent)
        self._has_samples = has_samples
        self._icon_name = "picture"
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setFixedWidth(_TEXT_WIDTH)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._title.setFont(font)
        self._add = QPushButton(self.tr("Add a folder…"))
        self._samples = QPushButton(self.tr("Try the sample photos"))
        self._clear = QPushButton(self.tr("Clear the search"))
        self._again = QPushButton(self.tr("Try again"))
        self._closest = QPushButton(self.tr("Show the closest photos"))
        self._buttons = (self._add, self._samples, self._clear, self._again, self._closest)
        self._add.clicked.connect(self.add_folder)
        self._samples.clicked.connect(self.try_samples)
        self._clear.clicked.connect(self.clear_search)
        self._again.clicked.connect(self.try_again)
        self._closest.clicked.connect(self.show_closest)
        self._arrange()
        self.show_opening()

    @property
    def title(self) -> str:
        """What stands there, in large letters."""
        return self._title.text()

    @property
    def text(self) -> str:
        """What stands below it."""
        return self._text.text()

    def show_opening(self) -> None:
        """The library is being opened; usually too short to be read."""
        self._say("picture", self.tr("Opening the library…"), "")

    def show_unopened(self, reason: str) -> None:
        """The library cannot be read; ``reason`` is a sentence."""
        self._say("picture", self.tr("The library could not be opened"), reason, self._again)

    def show_welcome(self) -> None:
        """The library has no photos yet."""
        self._say(
            "picture",
            self.tr("No photos yet"),
            self.tr(
                "Add a folder, or drop one here. Your photos stay where they are and are never "
                "changed; nothing leaves this computer."
            ),
            self._add,
            *([self._samples] if self._has_samples else []),
        )

    def show_indexing(self) -> None:
        """The first photos are on their way."""
        self._say(
            "picture",
            self.tr("Looking at your photos…"),
            self.tr("They appear here as they are done."),
        )

    def show_nothing_found(self) -> None:
        """A query without hits."""
        self._say(
            "search",
            self.tr("Nothing found"),
            self.tr("Try other words, or fewer of them."),
            self._clear,
        )

    def show_nothing_certain(self) -> None:
        """A query whose hits are all less certain."""
        self._say(
            "search",
            self.tr("No photo here is certain to be this"),
            self.tr("Other words may say it better. Or have a look at what comes closest."),
            self._closest,
            self._clear,
        )

    def show_empty_folder(self) -> None:
        """A folder of the library without photos."""
        self._say("picture", self.tr("No photos in this folder"), "")

    def show_search_failed(self) -> None:
        """A query without an answer; the message bar says why."""
        self._say("search", self.tr("This search did not work"), "", self._clear)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icons readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _say(self, icon: str, title: str, text: str, *buttons: QPushButton) -> None:
        self._icon_name = icon
        self._title.setText(title)
        self._text.setText(text)
        # A layout gives a wrapped label in the middle one line's height unless told more.
        self._text.setMinimumHeight(max(0, self._text.heightForWidth(_TEXT_WIDTH)))
        for button in self._buttons:
            button.setVisible(button in buttons)
        if buttons:
            buttons[0].setDefault(True)
        self._tint()

    def _tint(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        ratio = self.devicePixelRatioF()
        pixmap = tinted_pixmap(self._icon_name, colour, round(_ICON_EDGE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        self._icon.setPixmap(pixmap)
        self._add.setIcon(tinted_icon("folder-add", self.palette()))

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in self._buttons:
            button.setMinimumHeight(button.sizeHint().height() + 6)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(2)
        column.addWidget(self._icon)
        column.addWidget(self._title)
        column.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addStretch(3)
