"""Stars and a heart to click on."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

_MOST = 5


class RatingRow(QWidget):
    """Shows how many stars photos have, and whether they are favourites. GUI thread only."""

    rated = Signal(int)
    """From 0 to 5."""
    liked = Signal()
    """Make it a favourite, or no more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show no stars."""
        super().__init__(parent)
        self.value = 0
        """From -1 (rejected) to 5."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.stars = [self._button(partial(self._rate, count)) for count in range(1, _MOST + 1)]
        self.heart = self._button(self.liked.emit)
        for count, star in enumerate(self.stars, start=1):
            one = self.tr("1 star")
            words = one if count == 1 else self.tr("{count} stars").format(count=count)
            star.setAccessibleName(words)
            star.setToolTip(f"{words} ({count})")
            row.addWidget(star)
        self.heart.setAccessibleName(self.tr("Favourite"))
        self.heart.setToolTip(self.tr("Favourite (.)"))
        row.addSpacing(8)
        row.addWidget(self.heart)
        row.addStretch(1)
        self.show_rating(0, is_favourite=False)

    def show_rating(self, stars: int, *, is_favourite: bool) -> None:
        """Show so many stars."""
        self.value = stars
        for count, star in enumerate(self.stars, start=1):
            star.setText("\u2605" if count <= stars else "\u2606")
        self.heart.setText("\u2665" if is_favourite else "\u2661")
        self.heart.setAccessibleDescription(self.tr("Yes") if is_favourite else self.tr("No"))

    def _rate(self, stars: int) -> None:
        # A second click on the last star takes the rating back.
        self.rated.emit(0 if stars == self.value else stars)

    def _button(self, act: Callable[[], object]) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        font = button.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        button.setFont(font)
        button.clicked.connect(lambda: act())
        return button
