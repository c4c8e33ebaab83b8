"""The chips of a photo's tags: what it has, and what is suggested."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QToolButton, QWidget

from clipsearch.gui.chips import Chip
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.photo_model import relevance_text

_RADIUS = 6


class NameChip(Chip):
    """A tag that the photo has, or a collection that it is in; the cross takes it out."""

    name = ""

    def show_name(self, name: str, tip: str, without: str) -> None:
        """Stand for a tag or a collection.

        Args:
            name: Levels are parted by ``|``.
            tip: What a click does.
            without: What the cross does.
        """
        self.name = name
        self._say(name.replace("|", " \u203a "), tip)
        self.remove.setToolTip(without)
        self.remove.setAccessibleName(without)


class SuggestionChip(Chip):
    """A tag that is suggested: a tick accepts it, the cross rejects it."""

    accepted = Signal()

    def __init__(
        self, name: str, certainty: float, reason: str, parent: QWidget | None = None
    ) -> None:
        """Make a chip that tells its reason when the mouse is on it.

        Args:
            name: Of the tag.
            certainty: From 0 to 1.
            reason: In a few words.
            parent: Where it stands.
        """
        super().__init__(parent)
        self.name = name
        reasons = f"{reason}, {relevance_text(certainty)}"
        self._say(name.replace("|", " \u203a "), reasons)
        self.body.setAccessibleDescription(reasons)
        self.body.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.accept = QToolButton(autoRaise=True)
        self.accept.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for button, words in (
            (self.accept, self.tr("Accept \u201c{name}\u201d")),
            (self.remove, self.tr("Reject \u201c{name}\u201d")),
        ):
            button.setToolTip(words.format(name=name))
            button.setAccessibleName(words.format(name=name))
        row = self.layout()
        assert row is not None
        row.removeWidget(self.remove)
        row.addWidget(self.accept)
        row.addWidget(self.remove)
        self.accept.clicked.connect(self.accepted)
        self._tint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed edge without a ground: it is not said yet."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS
        )

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icons readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "accept"):
            self._tint()

    def _tint(self) -> None:
        self.accept.setIcon(tinted_icon("accept", self.palette()))
