"""The inspector's section on what is said of the chosen photos: stars and tags."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget

from clipsearch.core.label_types import Verdict
from clipsearch.errors import ClipSearchError
from clipsearch.gui.chips import Chip
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.flow_layout import FlowLayout
from clipsearch.gui.inspector_section import Chosen, Question, Section
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.label_marks import LabelMarks
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.rating_row import RatingRow
from clipsearch.gui.reason_words import reason_words
from clipsearch.gui.tag_chips import NameChip, SuggestionChip
from clipsearch.gui.tag_field import TagField

_MOST_SUGGESTIONS = 12


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of some photos."""

    contents: tuple[str, ...]
    tags: tuple[str, ...] = ()
    """Those that all of them have, by the user's word."""
    suggestions: tuple[tuple[str, float, str], ...] = ()
    """Tag, certainty and reason, the surest first; of a single photo."""


def read_said(
    contents: Sequence[str], library: PhotoLibrary, make_tagger: TaggerMaker | None
) -> Said:
    """Find out what is said of some photos; for a worker thread."""
    decisions = library.labels.tags.of_photos(contents)
    given = [
        [one.tag for one in decisions.get(content, ()) if one.verdict == "accepted"]
        for content in contents
    ]
    said = Said(tuple(contents), _in_all(given))
    if make_tagger is None or len(contents) != 1:
        return said
    found = make_tagger().suggestions_of(contents).get(contents[0], ())
    suggestions = tuple((one.tag, one.certainty, reason_words(one.reason)) for one in found)
    return replace(said, suggestions=suggestions)


def _in_all(names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    first, *others = names
    return tuple(name for name in first if all(name in other for other in others))


class TagSection(Section):
    """Shows what is said, and changes it, at once. GUI thread only."""

    tag_wanted = Signal(str)
    """Show the photos that have this tag."""

    def __init__(
        self,
        library: PhotoLibrary,
        make_tagger: TaggerMaker | None,
        session: LabelSession,
        marks: LabelMarks,
        parent: QWidget | None = None,
    ) -> None:
        """Show nothing yet.

        Args:
            library: Knows what is said.
            make_tagger: Gives what suggests tags; ``None`` leaves that out.
            session: Keeps what is said.
            marks: Stars and favourites, as they stand on the photos.
            parent: Where it stands.
        """
        super().__init__(self.tr("Tags"), parent)
        self._library = library
        self._make_tagger = make_tagger
        self._session = session
        self._marks = marks
        self._contents: tuple[str, ...] = ()
        self._said = Said(())
        self.rating = RatingRow()
        self.rating.rated.connect(self._rate)
        self.rating.liked.connect(self._like)
        self.field = TagField()
        self.field.named.connect(lambda name: self._decide(name, "accepted"))
        self._tags, self._suggested = _Chips(), _Chips()
        self._head = QLabel(self.tr("Suggested"))
        self._head.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for widget in (self.rating, self._tags, self.field, self._head, self._suggested):
            self.column.addWidget(widget)
        session.changed.connect(self._ask_again)
        session.failed.connect(self._ask_again)
        marks.changed.connect(self._show_marks)
        self._fill(self._said)

    @property
    def tags(self) -> list[str]:
        """The tags that are shown as given."""
        return list(self._said.tags)

    @property
    def suggestions(self) -> list[SuggestionChip]:
        """The chips of what is suggested."""
        return [chip for chip in self._suggested.chips if isinstance(chip, SuggestionChip)]

    @property
    def chips(self) -> list[NameChip]:
        """The chips of the tags that are given."""
        return [chip for chip in self._tags.chips if isinstance(chip, NameChip)]

    def show_chosen(self, chosen: Chosen) -> None:
        """Show stars at once, and tags of the photos before no more."""
        contents = tuple(dict.fromkeys(photo.content_hash for photo in chosen.photos))
        if contents != self._contents:
            self._contents = contents
            self._show(Said(contents))
        self.field.offer([one.value for one in self._session.state.values.tags])
        self._show_marks()

    def question(self, chosen: Chosen) -> Question:
        """Tags and suggestions."""
        return partial(read_said, self._contents, self._library, self._make_tagger)

    def show_answer(self, answer: object) -> None:
        """Show them, unless other photos are chosen by now."""
        if isinstance(answer, Said) and answer.contents == self._contents:
            self._show(answer)

    def show_failure(self, error: ClipSearchError) -> None:
        """Leave the lists empty: whoever says something now is told what is wrong."""

    def _ask_again(self) -> None:
        if not self._contents or not self.isVisible():
            return
        job = self._session.ask(partial(read_said, self._contents), topic="said")
        job.succeeded.connect(self.show_answer)

    def _show_marks(self) -> None:
        stars = {self._marks.stars(content) for content in self._contents}
        likes = [self._marks.is_favourite(content) for content in self._contents]
        self.rating.show_rating(
            stars.pop() if len(stars) == 1 else 0, is_favourite=bool(likes) and all(likes)
        )

    def _show(self, said: Said) -> None:
        if said != self._said:
            self._said = said
            self._fill(said)

    def _fill(self, said: Said) -> None:
        self._tags.fill([self._tag_chip(name) for name in said.tags])
        self._suggested.fill(
            [self._suggestion(*one) for one in said.suggestions[:_MOST_SUGGESTIONS]]
        )
        self._head.setVisible(bool(said.suggestions))

    def _tag_chip(self, name: str) -> NameChip:
        tip = self.tr("Show all photos with this tag")
        chip = NameChip()
        chip.show_name(name, tip, self.tr("Take away “{name}”").format(name=name))
        chip.body.clicked.connect(lambda: self.tag_wanted.emit(name))
        chip.removed.connect(lambda: self._decide(name, None))
        return chip

    def _suggestion(self, name: str, certainty: float, reason: str) -> SuggestionChip:
        chip = SuggestionChip(name, certainty, reason)
        chip.accepted.connect(lambda: self._decide(name, "accepted"))
        chip.removed.connect(lambda: self._decide(name, "rejected"))
        return chip

    def _decide(self, name: str, verdict: Verdict | None) -> None:
        contents = self._contents
        given = [tag for tag in self._said.tags if tag.casefold() != name.casefold()]
        if verdict == "accepted":
            given.append(name)
        open_ones = tuple(one for one in self._said.suggestions if one[0] != name)
        self._show(Said(contents, tuple(given), open_ones))
        self._session.change(lambda labels: labels.tags.decide(name, contents, verdict))

    def _rate(self, stars: int) -> None:
        contents = self._contents
        self._marks.rate(contents, stars)
        self._session.change(lambda labels: labels.ratings.rate(contents, stars))

    def _like(self) -> None:
        contents = self._contents
        likes = not all(self._marks.is_favourite(content) for content in contents)
        self._marks.set_favourite(contents, likes)
        self._session.change(lambda labels: labels.ratings.set_favourite(contents, likes))


class _Chips(QWidget):
    """Chips in rows; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.chips: list[Chip] = []
        self._flow = FlowLayout(self)

    def fill(self, chips: Sequence[Chip]) -> None:
        """Replace the chips."""
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = list(chips)
        for chip in chips:
            self._flow.addWidget(chip)
        self.setVisible(bool(chips))
