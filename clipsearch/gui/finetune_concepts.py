"""The collections that a model can learn: which of them, what they are, and what is wrong."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.label_state import KnownCollection
from clipsearch.gui.tuning_contracts import SurveyedConcept
from clipsearch.gui.work import number

FEWEST = 5
"""Photos from which on a collection is chosen at first."""
_NAME_WIDTH = 150
_COUNT_WIDTH = 150


class ConceptRow(QWidget):
    """One collection. GUI thread only."""

    toggled = Signal()
    described = Signal(str, str)
    """The name, and the first line of the note as it should be."""

    def __init__(self, collection: KnownCollection) -> None:
        """Show a collection; it is chosen if it has some photos."""
        super().__init__()
        self.name = collection.name
        self.check = QCheckBox()
        self.check.setChecked((collection.photos or 0) >= FEWEST)
        self.check.setAccessibleName(self.tr("Train on {name}").format(name=self.name))
        self.check.toggled.connect(self.toggled)
        title = ElidedLabel()
        title.setText(self.name)
        title.setToolTip(self.name)
        title.setFixedWidth(_NAME_WIDTH)
        self._count = ElidedLabel()
        self._count.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._count.setFixedWidth(_COUNT_WIDTH)
        self.description = QLineEdit()
        self.description.setPlaceholderText(self.tr("What it is, such as: a sailing boat"))
        self.description.setAccessibleName(self.tr("What {name} is").format(name=self.name))
        self.description.editingFinished.connect(self._describe)
        self._warnings = QLabel(wordWrap=True)
        self._warnings.setTextFormat(Qt.TextFormat.PlainText)
        self._warnings.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._warnings.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        for column, widget in enumerate((self.check, title, self._count, self.description)):
            grid.addWidget(widget, 0, column)
        grid.addWidget(self._warnings, 1, 1, 1, 3)
        grid.setColumnStretch(3, 1)
        self.show_collection(collection)

    @property
    def count(self) -> str:
        """What is said of the number of photos."""
        return self._count.text()

    @property
    def warnings(self) -> str:
        """What the user should know of it."""
        return self._warnings.text()

    def show_collection(self, collection: KnownCollection) -> None:
        """The same collection, with other photos or another note."""
        self._note = collection.note
        if not self.description.hasFocus():
            self.description.setText(first_line(collection.note))
        count = collection.photos or 0
        words = self.tr("1 photo") if count == 1 else self.tr("{count} photos")
        if collection.query is not None:
            words = self.tr("found by a search")
        self._count.setText(words.format(count=number(count)))

    def show_survey(self, concept: SurveyedConcept | None) -> None:
        """Tell what there is to learn it from; ``None`` of one that is not learned."""
        self._warnings.setText("" if concept is None else " ".join(concept.warnings))
        self._warnings.setVisible(bool(self._warnings.text()))
        if concept is not None:
            words = self.tr("{count} photos, {held_out} to judge")
            self._count.setText(
                words.format(count=number(concept.photos), held_out=number(concept.held_out))
            )
            self._count.setToolTip(self.tr("Those that judge teach nothing."))

    def _describe(self) -> None:
        words = self.description.text().strip()
        if words != first_line(self._note):
            self._note = with_first_line(self._note, words)
            self.described.emit(self.name, self._note)


class ConceptList(QWidget):
    """All collections. GUI thread only."""

    changed = Signal()
    """Others are chosen."""
    described = Signal(str, str)
    """The name of a collection, and what its note should be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show no collections yet."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("Collections"))
        self.rows: dict[str, ConceptRow] = {}
        """By name, in their order."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of those that the model is to learn."""
        return tuple(name for name, row in self.rows.items() if row.check.isChecked())

    def show_collections(self, collections: Sequence[KnownCollection]) -> None:
        """Show these; what was chosen stays so."""
        names = [one.name for one in collections]
        for name in [name for name in self.rows if name not in names]:
            row = self.rows.pop(name)
            self._column.removeWidget(row)
            row.deleteLater()
        for place, one in enumerate(collections):
            if one.name in self.rows:
                self.rows[one.name].show_collection(one)
            else:
                self._column.insertWidget(place, self._made(one))
        self.rows = {name: self.rows[name] for name in names}

    def show_survey(self, concepts: Mapping[str, SurveyedConcept]) -> None:
        """Tell what there is to learn each from, by name."""
        for name, row in self.rows.items():
            row.show_survey(concepts.get(name))

    def _made(self, one: KnownCollection) -> ConceptRow:
        row = self.rows[one.name] = ConceptRow(one)
        row.toggled.connect(self.changed)
        row.described.connect(self.described)
        return row


def first_line(note: str) -> str:
    """What a note says that the collection is."""
    lines = note.strip().splitlines()
    return lines[0].strip() if lines else ""


def with_first_line(note: str, words: str) -> str:
    """The note with another first line."""
    rest = note.strip().splitlines()[1:]
    return "\n".join([words, *rest]).strip()
