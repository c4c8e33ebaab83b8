"""The groups of duplicates of one kind, a row each."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from clipsearch.gui.duplicate_choices import Choice
from clipsearch.gui.photo_facts import fate
from clipsearch.gui.work import number

CHOICE_ROLE = Qt.ItemDataRole.UserRole
"""The `Choice`."""

_Index = QModelIndex | QPersistentModelIndex


class GroupsModel(QAbstractListModel):
    """Holds choices, and no pixels. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._choices: Sequence[Choice] = ()

    @property
    def choices(self) -> Sequence[Choice]:
        """All rows."""
        return self._choices

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Replace the content."""
        self.beginResetModel()
        self._choices = tuple(choices)
        self.endResetModel()

    def touch(self, row: int) -> None:
        """Another photo of a row is kept, or is to go."""
        self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """How many groups there are."""
        return 0 if parent.isValid() else len(self._choices)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the delegate or a screen reader asks for."""
        if not index.isValid():
            return None
        choice = self._choices[index.row()]
        if role == CHOICE_ROLE:
            return choice
        if role == Qt.ItemDataRole.DisplayRole:
            return choice.keeper.path.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(choice)
        return None

    def _spoken(self, choice: Choice) -> str:
        photos = (
            f"{photo.path.name}, {fate(choice, place)}" for place, photo in enumerate(choice.photos)
        )
        count = number(len(choice.photos))
        return self.tr("{count} photos: ").format(count=count) + "; ".join(photos)
