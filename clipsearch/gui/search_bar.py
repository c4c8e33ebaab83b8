"""The search bar: words in a field, and filters and pictures as chips below it.

Field and chips are one state. A filter that is typed counts at once; when it is finished (a space,
Enter, paste, or the cursor leaves the field) it moves from the field into a chip. Backspace at the
start of the field turns the last chip back into text.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from clipsearch.core.filter_types import FilterValues
from clipsearch.core.query import Part, Picture, Query
from clipsearch.errors import QueryError
from clipsearch.gui.chip_tray import ChipTray
from clipsearch.gui.filter_menu import FilterButton
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.search_field import SearchField

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter
    from clipsearch.gui.chips import FilterChip, PictureChip
    from clipsearch.gui.completion import Completion
    from clipsearch.gui.filter_popup import FilterPopup

TYPING_PAUSE_MS = 200
"""Milliseconds without a keystroke after which the words are searched."""


class SearchBar(QWidget):
    """The query language and pictures; emits one query when typing pauses. GUI thread only."""

    searched = Signal(Query)
    """A new query, possibly empty; never twice the same in a row."""
    misread = Signal(object)
    """The `QueryError` of what is typed, or ``None`` as soon as it can be read again."""
    values_wanted = Signal()
    """The user is about to choose a value that the library may know: see `set_values`."""

    def __init__(self, results: int, parent: QWidget | None = None) -> None:
        """Make an empty field whose queries ask for ``results`` hits."""
        super().__init__(parent)
        self._results = results
        self._query = Query(k=results)
        self._is_misread = False
        self._values = FilterValues()
        self._popup: FilterPopup | None = None
        self.field = SearchField()
        self._completion: Completion | None = None
        self.filter_button = FilterButton()
        self.filter_button.chosen.connect(self._add_filter)
        self.tray = ChipTray(behind=self.filter_button)
        self.tray.changed.connect(self._chips_changed)
        self.tray.wants_editing.connect(self._edit)
        self._name_field()
        # Dropped files are the window's: the field would write their addresses into itself.
        self.field.setAcceptDrops(False)
        self._glass = QAction(self.tr("Search now"), self)
        self._glass.triggered.connect(self.search_now)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._pause = QTimer(self, interval=TYPING_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self.search_now)
        self._connect_field()
        self._arrange()
        self._tint()

    @property
    def query(self) -> Query:
        """What the field and the chips said when they could be read last."""
        return self._query

    @property
    def is_waiting(self) -> bool:
        """Whether typing has not paused long enough yet."""
        return self._pause.isActive()

    @property
    def pictures(self) -> "tuple[PictureChip, ...]":
        """The chips of the pictures that are searched by."""
        return self.tray.pictures

    @property
    def popup(self) -> "FilterPopup | None":
        """The filter that is being chosen, if one is."""
        return self._popup

    @property
    def completion(self) -> "Completion":
        """The list of values below the field; made when it is first needed."""
        if self._completion is None:
            from clipsearch.gui.completion import Completion  # Not before the first paint.

            self._completion = Completion(self.field)
            self._completion.set_values(self._values)
            self._completion.values_wanted.connect(self.values_wanted)
            self._completion.completed.connect(self._make_chips)
        return self._completion

    def set_values(self, values: FilterValues) -> None:
        """Offer these values of the library."""
        self._values = values
        if self._completion is not None:
            self._completion.set_values(values)
        if self._popup is not None:
            self._popup.show_values(values)

    def set_words(self, words: str) -> None:
        """Write a query into the field, beside the chips, and search at once."""
        self.field.setText(words)
        self._finish()

    def show_query(self, text: str) -> None:
        """Search for this query, in place of what is in the field and the chips."""
        self.tray.clear()
        self.set_words(text)

    def take_focus(self) -> None:
        """Put the cursor into the field, its words selected."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def type_on(self, text: str) -> None:
        """Go on typing in the field, from wherever the keys were pressed."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.setText(self.field.text() + text)

    def add_picture(self, path: Path) -> None:
        """Search by one more picture."""
        self.add_pictures(Picture(path))

    def add_pictures(self, *pictures: Picture) -> None:
        """Search by more pictures, or parts of some."""
        for picture in pictures:
            self.tray.add(Part(picture))
        self.search_now()

    def search_like(self, *pictures: Picture) -> None:
        """Search by these pictures alone, without words."""
        self.field.clear()
        self.tray.clear()
        self.add_pictures(*pictures)

    def search_by(self, content: "Filter") -> None:
        """Search by this filter alone."""
        self.field.clear()
        self.tray.clear()
        self.tray.add(content)
        self.search_now()

    def remove_picture(self, path: Path) -> None:
        """Search without this picture; the focus stays where it is."""
        self.tray.drop(*(chip for chip in self.pictures if chip.path == path))
        self.search_now()

    def clear(self) -> None:
        """Take words and chips away."""
        self.field.clear()
        self.tray.clear()
        self.search_now()

    def search_now(self) -> None:
        """Do not wait for a pause."""
        from clipsearch.core.query_language import parse_query  # Not before the first paint.

        self._pause.stop()
        try:
            typed = parse_query(self.field.text())
        except QueryError as error:
            # Mostly half a filter: what was found last stays until the rest of it is typed.
            self._set_misread(error)
            return
        self._set_misread(None)
        filters = dict.fromkeys((*self.tray.filters, *typed.filters))
        parts = (*typed.parts, *self.tray.parts)
        query = Query(parts, tuple(filters), k=self._results)
        if query != self._query:
            self._query = query
            self.searched.emit(query)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _name_field(self) -> None:
        self.field.setPlaceholderText(self.tr("Search your photos, or drop a picture here"))
        self.field.setAccessibleName(self.tr("Search"))
        self.field.setAccessibleDescription(
            self.tr("Describe what is in the photo, or paste a picture to find similar ones.")
        )
        self.field.setClearButtonEnabled(True)

    def _connect_field(self) -> None:
        field = self.field
        field.escaped.connect(self.clear)
        field.textEdited.connect(self._complete)
        field.textChanged.connect(lambda: self._pause.start())
        field.separated.connect(lambda: self._make_chips(field.cursorPosition()))
        field.taken_back.connect(self._take_back)
        field.returnPressed.connect(self._finish)
        field.editingFinished.connect(lambda: self._make_chips(len(field.text())))

    def _arrange(self) -> None:
        font = self.field.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self.field.setFont(font)
        self.field.setMinimumHeight(self.field.sizeHint().height() + 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.filter_button)
        self.filter_button.setFixedHeight(self.field.minimumHeight())
        column.addLayout(row)
        column.addWidget(self.tray)

    def _complete(self, text: str) -> None:
        if ":" in text or self._completion is not None:
            self.completion.look()

    def _finish(self) -> None:
        self._make_chips(len(self.field.text()))
        self.search_now()

    def _make_chips(self, end: int) -> None:
        """Move the filters and pictures before a place in the text into chips, if it is read."""
        text = self.field.text()
        before = text[:end]
        if ":" not in before:
            return
        from clipsearch.core.query_language import format_query, parse_query  # As above.

        try:
            typed = parse_query(before)
        except QueryError:
            return
        pictures = [part for part in typed.parts if isinstance(part.content, Picture)]
        finished = (*typed.filters, *pictures)
        if not finished:
            return
        for content in finished:
            self.tray.add(content)
        words = Query(tuple(part for part in typed.parts if part not in pictures))
        space = " " if words.parts and before.endswith(" ") else ""
        self._write(format_query(words) + space, text[end:].lstrip())

    def _take_back(self) -> None:
        if not self.tray.chips:
            return
        from clipsearch.core.query_language import format_query  # As above.

        chip = self.tray.chips[-1]
        self.tray.drop(chip)
        taken = chip.content
        query = Query((taken,)) if isinstance(taken, Part) else Query(filters=(taken,))
        self._write(format_query(query), f" {self.field.text()}".rstrip())

    def _write(self, before: str, after: str) -> None:
        """Fill the field, with the cursor between these texts."""
        self.field.setText(before + after)
        self.field.setCursorPosition(len(before))

    def _add_filter(self, kind: str) -> None:
        from clipsearch.gui.filter_popup import FilterPopup  # As above.

        popup = FilterPopup(kind, self)
        popup.chosen.connect(self._add_chosen)
        self._open(popup, self.filter_button)

    def _edit(self, chip: "FilterChip") -> None:
        from clipsearch.gui.filter_popup import FilterPopup  # As above.

        popup = FilterPopup.of(chip.content, self)
        popup.chosen.connect(lambda content: self._change(chip, content))
        self._open(popup, chip)

    def _open(self, popup: "FilterPopup", anchor: QWidget) -> None:
        self._popup = popup
        popup.closed.connect(self._forget_popup)
        popup.show_values(self._values)
        popup.open_below(anchor)
        self.values_wanted.emit()

    def _forget_popup(self) -> None:
        self._popup = None

    def _add_chosen(self, content: "Filter") -> None:
        self.tray.add(content)
        self._chips_changed()

    def _change(self, chip: "FilterChip", content: "Filter") -> None:
        if chip in self.tray.chips:
            self.tray.change(chip, content)
            self._chips_changed()

    def _chips_changed(self) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search_now()

    def _set_misread(self, error: QueryError | None) -> None:
        if error is not None or self._is_misread:
            self.misread.emit(error)
        self._is_misread = error is not None

    def _tint(self) -> None:
        self._glass.setIcon(tinted_icon("search", self.palette()))
