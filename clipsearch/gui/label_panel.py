"""Collections and tags in the sidebar: a list of each, with counts."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from clipsearch.gui.label_list import LabelList
from clipsearch.gui.label_rows import Row
from clipsearch.gui.label_state import KnownCollection, KnownTag, LabelState

if TYPE_CHECKING:
    from collections.abc import Sequence

_MANY_TAGS = 12
"""From so many on, there is a line to find one."""


class LabelPanel(QWidget):
    """Shows a `LabelState`; knows nothing of what follows from a choice. GUI thread only."""

    collection_chosen = Signal(str)
    tag_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty panel."""
        super().__init__(parent)
        self._tags: Sequence[KnownTag] = ()
        self.collections = LabelList(is_fitted=True)
        self.collections.setAccessibleName(self.tr("Collections"))
        self.collections.setAccessibleDescription(
            self.tr("Arrow keys choose which photos are shown, F2 renames, Delete removes.")
        )
        self.tags = LabelList()
        self.tags.setAccessibleName(self.tr("Tags"))
        self.tags.setAccessibleDescription(self.collections.accessibleDescription())
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setPlaceholderText(self.tr("Find a tag"))
        self.filter.setAccessibleName(self.tr("Find a tag"))
        self.filter.textChanged.connect(self._list_tags)
        self.filter.returnPressed.connect(self._enter_tags)
        self.collections.chosen.connect(self.collection_chosen)
        self.tags.chosen.connect(self.tag_chosen)
        self._nothing = QLabel(wordWrap=True)
        self._nothing.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._nothing.setContentsMargins(8, 2, 8, 2)
        self._arrange()
        self.show_state(LabelState())

    def show_state(self, state: LabelState) -> None:
        """List these tags and collections."""
        last = Row(
            "",
            self.tr("New collection…"),
            "add",
            tip=self.tr("Choose a name; photos dropped here begin it"),
            takes_photos=True,
            is_editable=True,
        )
        self.collections.show_rows([*(self._collection(one) for one in state.collections), last])
        self._tags = state.tags
        self.filter.setVisible(len(state.tags) >= _MANY_TAGS)
        self._list_tags()

    def show_chosen(self, *, tag: str = "", collection: str = "") -> None:
        """Mark what is shown in the grid, if it is one of these, and tell nobody."""
        self.tags.show_chosen(tag)
        self.collections.show_chosen(collection)

    def _list_tags(self) -> None:
        wanted = self.filter.text().strip().casefold() if self.filter.isVisibleTo(self) else ""
        tags = [tag for tag in self._tags if wanted in tag.name.casefold()]
        given = [self._tag(tag) for tag in tags if tag.is_own or tag.given]
        offered = [self._tag(tag) for tag in tags if not (tag.is_own or tag.given)]
        heading = [Row("", self.tr("Suggested"), is_heading=True)] if offered else []
        self.tags.show_rows([*given, *heading, *offered])
        nothing = self.tr("Select photos and press Ctrl+T to tag them.")
        self._nothing.setText(self.tr("No such tag") if self._tags else nothing)
        self._nothing.setVisible(not tags)

    def _enter_tags(self) -> None:
        first = next((row for row in self.tags.rows.rows if row.name), None)
        if first is not None:
            self.tags.setFocus(Qt.FocusReason.OtherFocusReason)
            self.tags.show_chosen(first.name)
            self.tag_chosen.emit(first.name)

    def _collection(self, one: KnownCollection) -> Row:
        is_smart = one.query is not None
        what = self.tr("Made by its search: {query}").format(query=one.query) if is_smart else ""
        return Row(
            one.name,
            one.name,
            "smart" if is_smart else "collection",
            one.photos,
            tip="\n".join(part for part in (one.name, what, one.note) if part),
            takes_photos=not is_smart,
            is_editable=True,
        )

    def _tag(self, tag: KnownTag) -> Row:
        return Row(
            tag.name,
            tag.name.replace("|", " \u203a "),
            "tag",
            tag.given,
            tag.suggested,
            tip=self._tip(tag),
            takes_photos=True,
            is_editable=tag.is_own,
        )

    def _tip(self, tag: KnownTag) -> str:
        given = self.tr("1 photo") if tag.given == 1 else self.tr("{count} photos")
        words = f"{tag.name}: {given.format(count=tag.given)}"
        if not tag.suggested:
            return words
        return self.tr("{words}, suggested for {count} more").format(
            words=words, count=tag.suggested
        )

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(_heading(self.tr("Collections")))
        column.addWidget(self.collections)
        column.addWidget(_heading(self.tr("Tags")))
        column.addWidget(self.filter)
        column.addWidget(self._nothing)
        column.addWidget(self.tags, 1)


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    font = label.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setContentsMargins(8, 12, 8, 3)
    return label
