"""What the inspector is made of: sections, each of which tells one thing of the chosen photos."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from clipsearch.core.types import Hit, Photo
from clipsearch.errors import ClipSearchError

Question = Callable[[], object]
"""Answers what a section wants to know; called in a worker thread, so it touches no widget."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The photos that the inspector tells of."""

    photos: tuple[Photo, ...] = ()
    """In the order of the grid."""
    hit: Hit | None = None
    """Why the photo is in the grid; ``None`` for several, and where nothing was searched for."""

    @property
    def only(self) -> Photo | None:
        """The photo, if it is the only one."""
        return self.photos[0] if len(self.photos) == 1 else None


class Section(QWidget):
    """A `heading` and what stands below it, in `column`. GUI thread only.

    First `show_chosen` shows what is in memory; it is called for every photo that one passes with
    the arrow keys. Where the user stays, the `question` is asked in a worker thread, and
    `show_answer` or `show_failure` follows, unless another photo was chosen in the meantime.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        """Make a section; one without a title has no heading."""
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        self.heading = _heading(title)
        self.heading.setVisible(bool(title))
        self.setAccessibleName(title)
        self.column.addWidget(self.heading)

    @abstractmethod
    def show_chosen(self, chosen: Chosen) -> None:
        """Show what is in memory; hide where there is nothing to tell of these photos.

        Args:
            chosen: One photo at least.
        """

    def question(self, chosen: Chosen) -> Question | None:
        """What is to be read of these photos; ``None`` if nothing."""
        return None

    def show_answer(self, answer: object) -> None:
        """Show what the question has returned for the photos shown last."""

    def show_failure(self, error: ClipSearchError) -> None:
        """The question has no answer."""


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    font = label.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label
