"""The duplicates of one kind: a list of groups, and what can be done about them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.types import DuplicateKind
from clipsearch.gui.duplicate_choices import Choice
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.group_list import GroupList
from clipsearch.gui.groups_model import GroupsModel
from clipsearch.gui.places_model import kind_name
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.work import number, size


class DuplicatesPage(QWidget):
    """Stands in place of the photos while duplicates are chosen in the sidebar. GUI thread only."""

    removal_asked = Signal(object)
    """What is ticked in these groups, a ``list[Choice]``, is to go."""
    search_asked = Signal()
    """Look for duplicates again."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Make an empty page."""
        super().__init__(parent)
        self.kind: DuplicateKind = "exact"
        self.model = GroupsModel(self)
        self.list = GroupList(self.model, thumbnails)
        self._title = QLabel()
        self._sentence = ElidedLabel()
        self._sentence.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._again = QPushButton(self.tr("Search"))
        self._again.clicked.connect(self.search_asked)
        self.compare = self._button(self.tr("Compare"), self._compare)
        self.remove = self._button(self.tr("Move the Others to the Bin…"), self._ask_selected)
        self.remove_all = self._button(self.tr("All Groups…"), self._ask_all)
        self.compare.setToolTip(self.tr("Photos of a group side by side (Enter)"))
        self.remove.setToolTip(self.tr("What is ticked in the selected groups (Delete)"))
        self.remove_all.setToolTip(self.tr("What is ticked in all groups of this list"))
        self._arrange()
        self.list.selectionModel().selectionChanged.connect(self._enable)
        self.list.changed.connect(self._refresh)
        self.list.removal_asked.connect(self._ask_selected)

    @property
    def sentence(self) -> str:
        """What stands beside the title."""
        return self._sentence.text()

    @property
    def notice(self) -> str:
        """What stands in place of the list; empty while there is one."""
        is_list = self._pages.currentWidget() is self.list
        return "" if is_list else self._nothing.text()

    def show_choices(self, kind: DuplicateKind, choices: Sequence[Choice]) -> None:
        """List groups; those of the same kind stay where they are on the screen."""
        place = self.list.verticalScrollBar().value() if kind == self.kind else 0
        row = max(0, self.list.currentIndex().row()) if kind == self.kind else 0
        self._begin(kind)
        self.model.show_choices(choices)
        if not choices:
            self._say(_nothing_found(self, kind), can_search=False)
            return
        self._pages.setCurrentWidget(self.list)
        self.list.show_place(min(row, len(choices) - 1), 0)
        # The layout after a reset is put off; without it the scroll bar has nowhere to go.
        self.list.doItemsLayout()
        self.list.verticalScrollBar().setValue(place)
        self._refresh()

    def show_searching(self, kind: DuplicateKind) -> None:
        """The groups are being looked for; the status line tells how far that has come."""
        self._begin(kind)
        self.model.show_choices(())
        self._say(self.tr("Looking for duplicates… The line below tells how far it has come."))
        self._again.hide()

    def show_stopped(self, kind: DuplicateKind) -> None:
        """The search ended without an answer."""
        self._begin(kind)
        self.model.show_choices(())
        self._say(self.tr("The search for duplicates was stopped."))

    def refresh_row(self, row: int) -> None:
        """Another photo of a group is kept, or is to go."""
        self.model.touch(row)
        self._refresh()

    def _begin(self, kind: DuplicateKind) -> None:
        self.kind = kind
        self._title.setText(kind_name(kind))
        self._sentence.setText("")

    def _say(self, words: str, *, can_search: bool = True) -> None:
        self._nothing.setText(words)
        self._again.setVisible(can_search)
        self._pages.setCurrentWidget(self._empty)
        self._enable()

    def _refresh(self) -> None:
        choices = self.model.choices
        going = [photo for choice in choices for photo in choice.going]
        words = self.tr("1 group") if len(choices) == 1 else self.tr("{count} groups")
        words = words.format(count=number(len(choices)))
        if going:
            more = self.tr("{count} files ticked, {size}")
            if len(going) == 1:
                more = self.tr("1 file ticked, {size}")
            freed = size(sum(photo.state.size for photo in going))
            words = f"{words}  ·  {more.format(count=number(len(going)), size=freed)}"
        self._sentence.setText(words)
        self._sentence.setToolTip(words)
        self._enable()

    def _enable(self) -> None:
        selected = self.list.selected_choices()
        self.compare.setEnabled(bool(selected))
        self.remove.setEnabled(any(choice.going for choice in selected))
        self.remove_all.setEnabled(any(choice.going for choice in self.model.choices))

    def _compare(self) -> None:
        self.list.opened.emit(max(0, self.list.currentIndex().row()), self.list.place)

    def _ask_selected(self) -> None:
        if self.remove.isEnabled():
            self.removal_asked.emit(self.list.selected_choices())

    def _ask_all(self) -> None:
        self.removal_asked.emit(list(self.model.choices))

    def _button(self, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(act)
        return button

    def _arrange(self) -> None:
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        head = QHBoxLayout()
        head.setContentsMargins(18, 6, 14, 6)
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addWidget(self._sentence, 1)
        for button in (self.compare, self.remove, self.remove_all):
            head.addWidget(button)
        self._empty = QWidget()
        middle = QVBoxLayout(self._empty)
        middle.addStretch(2)
        middle.addWidget(self._nothing)
        middle.addWidget(self._again, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(3)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._pages, 1)


def _nothing_found(page: QWidget, kind: DuplicateKind) -> str:
    sentences = {
        "exact": page.tr("No two files of the library are the same."),
        "near": page.tr("No picture is in the library in several versions."),
        "burst": page.tr("No bursts: no photos were taken seconds apart and look alike."),
    }
    return sentences[kind]
