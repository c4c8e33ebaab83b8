"""What is known of the chosen photos: when, with what and where they were taken, and the like."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from clipsearch.errors import ClipSearchError
from clipsearch.gui.contracts import PhotoLibrary, PictureSource
from clipsearch.gui.fact_texts import Fact, Facts, facts_at_once, label, read_facts
from clipsearch.gui.inspector_section import Chosen, Question, Section
from clipsearch.gui.messages import sentence
from clipsearch.gui.selectable import SelectableText


class FactsSection(Section):
    """A row a fact; those of which nothing is known are left out."""

    def __init__(
        self, library: PhotoLibrary, source: PictureSource, parent: QWidget | None = None
    ) -> None:
        """Show nothing yet; ``library`` is asked, and ``source`` what only the file says."""
        super().__init__(self.tr("Facts"), parent)
        self._library = library
        self._source = source
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        self._rows = {fact: _Row(fact, grid, line) for line, fact in enumerate(Fact)}
        # As wide for few facts as for all, so that the values never move to the side.
        grid.setColumnMinimumWidth(
            0, max(row.label.sizeHint().width() for row in self._rows.values())
        )
        self.column.addLayout(grid)

    @property
    def facts(self) -> Facts:
        """What is shown."""
        return {fact: row.value.words for fact, row in self._rows.items() if row.is_shown}

    def value(self, fact: Fact) -> SelectableText:
        """Where a fact is shown."""
        return self._rows[fact].value

    def show_chosen(self, chosen: Chosen) -> None:
        """Show what is known at once; the other rows keep their place, without their values."""
        several = self.tr("What they have in common")
        self.heading.setText(several if chosen.only is None else self.tr("Facts"))
        known = facts_at_once(chosen.photos)
        for fact, row in self._rows.items():
            if fact in known:
                row.show_value(known[fact])
            else:
                row.value.blank()

    def question(self, chosen: Chosen) -> Question:
        """Everything else."""
        return partial(read_facts, self._library, self._source, chosen.photos)

    def show_answer(self, answer: object) -> None:
        """Show all facts, and no other rows."""
        assert isinstance(answer, dict)
        for fact, row in self._rows.items():
            row.show_value(answer.get(fact, ""))

    def show_failure(self, error: ClipSearchError) -> None:
        """Say why not more is known."""
        self.show_answer(self.facts | {Fact.NOTE: sentence(error)})


class _Row:
    """A fact with its name."""

    def __init__(self, fact: Fact, grid: QGridLayout, line: int) -> None:
        self.label = QLabel(label(fact))
        self.label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.value = SelectableText(label(fact))
        self.label.setBuddy(self.value)
        grid.addWidget(self.label, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.value, line, 1)
        self.show_value("")

    @property
    def is_shown(self) -> bool:
        return not self.value.isHidden()

    def show_value(self, words: str) -> None:
        """Show the fact if there is one."""
        if words != self.value.words:
            self.value.set_words(words)
        for widget in (self.label, self.value):
            widget.setVisible(bool(words))
