"""The inspector's section on the collections that the chosen photos were put into by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clipsearch.errors import ClipSearchError
from clipsearch.gui.collection_row import CollectionRow, Membership
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.inspector_section import Chosen, Question, Section
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.label_session import LabelSession


@dataclass(frozen=True, slots=True)
class Memberships:
    """The collections of some photos."""

    contents: tuple[str, ...]
    """Of all the photos."""
    collections: tuple[Membership, ...] = ()
    """By name; those that one of the photos is in, at least."""


def read_memberships(
    contents: Sequence[str], library: PhotoLibrary, _: TaggerMaker | None = None
) -> Memberships:
    """Find out which collections photos are in, and what is said of them; for a worker thread."""
    from clipsearch.core.label_names import key_of  # It imports NumPy.

    captions: dict[str, dict[str, str]] = {}
    for content, said in library.labels.collections.of_photos(contents).items():
        for name, caption in said.items():
            captions.setdefault(name, {})[content] = caption
    collections = tuple(
        _membership(name, contents, captions[name]) for name in sorted(captions, key=key_of)
    )
    return Memberships(tuple(contents), collections)


def _membership(name: str, contents: Sequence[str], captions: dict[str, str]) -> Membership:
    first, *others = set(captions.values())
    inside = tuple(content for content in contents if content in captions)
    return Membership(name, inside, None if others else first)


class CollectionSection(Section):
    """Shows collections and captions, and changes them at once. GUI thread only.

    Hidden while the photos are in no collection.
    """

    collection_wanted = Signal(str)
    """Show the photos of this collection."""
    left = Signal()
    """A caption was finished: the focus belongs to the photos again."""

    def __init__(
        self, library: PhotoLibrary, session: LabelSession, parent: QWidget | None = None
    ) -> None:
        """Show nothing yet.

        Args:
            library: Knows the collections.
            session: Keeps what is said.
            parent: Where it stands.
        """
        super().__init__(self.tr("Collections"), parent)
        self._library = library
        self._session = session
        self._shown = Memberships(())
        self._is_overtaken = False
        self._rows: list[CollectionRow] = []
        # The first row holds the place of all in the order of Tab.
        self._add_row()
        session.changed.connect(self._ask_again)
        session.failed.connect(self._ask_again)
        self.hide()

    @property
    def rows(self) -> list[CollectionRow]:
        """A row for each collection that is shown."""
        return [row for row in self._rows if row.membership is not None]

    def show_chosen(self, chosen: Chosen) -> None:
        """Show no collections of the photos before any more."""
        contents = tuple(dict.fromkeys(photo.content_hash for photo in chosen.photos))
        if contents != self._shown.contents:
            self._show(Memberships(contents))

    def question(self, chosen: Chosen) -> Question:
        """Collections and captions."""
        self._is_overtaken = False
        return partial(read_memberships, self._shown.contents, self._library)

    def show_answer(self, answer: object) -> None:
        """Show them, unless something was said since the question."""
        if not self._is_overtaken:
            self._take(answer)

    def show_failure(self, error: ClipSearchError) -> None:
        """Show no collections: whoever says something now is told what is wrong."""

    def _ask_again(self) -> None:
        pane = self.parentWidget()  # This itself is hidden where there is no collection.
        if not self._shown.contents or pane is None or not pane.isVisible():
            return
        self._is_overtaken = True
        question = partial(read_memberships, self._shown.contents)
        self._session.ask(question, topic="memberships").succeeded.connect(self._take)

    def _take(self, answer: object) -> None:
        """Show an answer, unless other photos are chosen by now."""
        if isinstance(answer, Memberships) and answer.contents == self._shown.contents:
            self._show(answer)

    def _show(self, memberships: Memberships) -> None:
        self._shown = memberships
        found = memberships.collections
        while len(self._rows) < len(found):
            self._add_row()
        notes = {one.name: one.note for one in self._session.state.collections}
        of = len(memberships.contents)
        for place, row in enumerate(self._rows):
            one = found[place] if place < len(found) else None
            row.show_membership(one, of, notes.get(one.name, "") if one else "")
        self.setVisible(bool(found))

    def _add_row(self) -> None:
        row = CollectionRow()
        self.column.addWidget(row)
        if self._rows:
            QWidget.setTabOrder(self._rows[-1].field, row.chip.body)
            QWidget.setTabOrder(row.chip.body, row.chip.remove)
            QWidget.setTabOrder(row.chip.remove, row.field)
        row.chosen.connect(lambda: self._choose(row))
        row.removed.connect(lambda: self._take_out(row))
        row.field.written.connect(lambda caption: self._caption(row, caption))
        row.field.finished.connect(self.left)
        self._rows.append(row)

    def _choose(self, row: CollectionRow) -> None:
        if row.membership is not None:
            self.collection_wanted.emit(row.membership.name)

    def _take_out(self, row: CollectionRow) -> None:
        gone = row.membership
        if gone is None:
            return
        left = tuple(one for one in self._shown.collections if one.name != gone.name)
        self._show(replace(self._shown, collections=left))
        self._session.change(lambda labels: labels.collections.remove(gone.name, gone.contents))

    def _caption(self, row: CollectionRow, caption: str) -> None:
        one = row.membership
        if one is None:
            return
        job = self._session.change(
            lambda labels: labels.collections.set_caption(one.name, one.contents, caption)
        )
        job.failed.connect(lambda _: row.doubt(one))
        row.membership = replace(one, caption=caption)
